import { privateKeyToAccount, sign } from 'viem/accounts';
import { bytesToHex, hexToBytes } from 'viem/utils';

import type { Secret } from '../crypto/secret.ts';
import { InputError, assert } from '../crypto/errors.ts';
import { type Address, keccak256, parseAddress } from './address.ts';
import type { SignedL1Tx } from './l1-tx.ts';

/** A transaction that may create a contract; no cluster signs such. Amounts in wei. */
export interface DeploymentTx {
  readonly chainId: bigint;
  readonly nonce: bigint;
  readonly to?: Address | undefined;
  readonly gasLimit: bigint;
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
  readonly data: Uint8Array;
  /** Wei; none without it. */
  readonly value?: bigint | undefined;
}

/** The account of an ordinary key of 32 bytes. @throws InputError bad-account when it is no key */
export function accountOfKey(key: Secret): Address {
  try {
    return parseAddress(key.use((bytes) => privateKeyToAccount(bytesToHex(bytes)).address));
  } catch {
    // Whatever the library says of it could hold it.
    throw new InputError('bad-account', 'key', 'the key is no key of an account: 32 bytes in hex');
  }
}

/** Signs a transaction; the same one always gives the same bytes. [RFC 6979] */
export async function signDeployment(tx: DeploymentTx, key: Secret): Promise<SignedL1Tx> {
  const account = key.use((bytes) => privateKeyToAccount(bytesToHex(bytes)));
  const raw = hexToBytes(
    await account.signTransaction({
      type: 'eip1559',
      chainId: Number(tx.chainId),
      nonce: Number(tx.nonce),
      gas: tx.gasLimit,
      maxFeePerGas: tx.maxFeePerGas,
      maxPriorityFeePerGas: tx.maxPriorityFeePerGas,
      data: bytesToHex(tx.data),
      ...(tx.to === undefined ? {} : { to: tx.to }),
      ...(tx.value === undefined ? {} : { value: tx.value }),
    }),
  );
  return { raw, hash: keccak256(raw) };
}

/** The signature of an ordinary key over a digest, as contracts read it: r, s, v, 65 bytes. [RFC 6979] */
export async function signDigest(digest: Uint8Array, key: Secret): Promise<Uint8Array> {
  assert(digest.length === 32, `a digest of ${digest.length} bytes`);
  const privateKey = key.use(bytesToHex);
  return hexToBytes(await sign({ hash: bytesToHex(digest), privateKey, to: 'hex' }));
}
