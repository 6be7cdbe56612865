import { bigintToBytes, concat } from '../crypto/bytes.ts';
import { InputError, assert } from '../crypto/errors.ts';
import { primitives } from '../crypto/primitives.ts';
import { q } from '../crypto/secp256k1.ts';
import { type Address, addressOfKey } from './address.ts';

/** An ECDSA signature as a transaction carries it; `r` and `s` are integers below the group order. */
export interface TxSignature {
  readonly r: bigint;
  readonly s: bigint;
  readonly yParity: 0 | 1;
}

/** The largest s that Ethereum accepts: half the group order, rounded down. [EIP-2] */
export const MAX_S: bigint = q / 2n;

/**
 * The account whose key made a signature over a 32-byte digest. Malleable signatures are refused, since a
 * second valid signature would give a signed transaction a second hash. [SEC 1, 4.1.6; EIP-2]
 * @throws InputError tx-signature
 */
export function recoverAddress(digest: Uint8Array, signature: TxSignature, path = 'signature'): Address {
  assert(digest.length === 32, `a digest of ${digest.length} bytes`);
  const { r, s, yParity } = signature;
  if (r <= 0n || r >= q) throw new InputError('tx-signature', path, `${path}: r is not in [1, order)`);
  if (s <= 0n || s > MAX_S) throw new InputError('tx-signature', path, `${path}: s is not in [1, order/2]`);
  const key = primitives().recover(digest, concat(bigintToBytes(r, 32), bigintToBytes(s, 32)), yParity);
  if (key === undefined) throw new InputError('tx-signature', path, `${path} belongs to no key`);
  return addressOfKey(key);
}
