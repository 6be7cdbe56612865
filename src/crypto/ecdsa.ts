import { secp256k1 as curves } from '@noble/curves/secp256k1.js';
import * as second from '@noble/secp256k1';

import { bytesToBigint, concat } from './bytes.ts';
import { type Codec, malformed } from './codec.ts';
import { assert } from './errors.ts';
import { Point, type Scalar, q, scalar, scalarToBytes, subtract } from './secp256k1.ts';

/** An ECDSA signature, and the parity of the y of its nonce point: the recovery id, as x(R) < q always. */
export interface Signature {
  readonly r: Scalar;
  readonly s: Scalar;
  readonly yParity: 0 | 1;
}

/** The greatest s that is low. [protocol, 9.3; EIP-2] */
const HALF_ORDER = (q - 1n) / 2n;

/**
 * The one of the two valid forms whose s is at most (q − 1) / 2; turning s turns the parity. [protocol, 9.3]
 */
export function normaliseLowS(signature: Signature): Signature {
  if (signature.s <= HALF_ORDER) return signature;
  const yParity = signature.yParity === 0 ? 1 : 0;
  return { r: signature.r, s: subtract(scalar(0n), signature.s), yParity };
}

/**
 * Whether this is the key's signature of a 32-byte digest: low-S, and with the parity that recovers the key.
 * True only if two implementations agree, so that a fault of one of them releases nothing. [protocol, 9.3,
 * S10]
 * @throws Bug unless the digest has 32 bytes
 */
export function verifyDigest(publicKey: Point, digest32: Uint8Array, signature: Signature): boolean {
  assert(digest32.length === 32, `a digest of ${digest32.length} bytes`);
  if (publicKey.isIdentity || !isProper(signature)) return false;
  const bytes = recoverable(signature);
  const key = publicKey.toBytes();
  // Both packages hash again unless told not to: they would then judge another message.
  const options = { prehash: false, lowS: true, format: 'recovered' } as const;
  const [first, other] = [curves.verify, second.verify].map((verify) =>
    verify(bytes, digest32, key, options),
  );
  return first === true && other === true;
}

/** The only key under which this signature of the digest has its parity; `undefined` if there is none. */
export function recoverPublicKey(digest32: Uint8Array, signature: Signature): Point | undefined {
  assert(digest32.length === 32, `a digest of ${digest32.length} bytes`);
  if (!isProper(signature)) return undefined;
  try {
    return Point.fromBytes(curves.recoverPublicKey(recoverable(signature), digest32, { prehash: false }));
  } catch {
    return undefined; // r is no x of the curve, or the key would be the identity
  }
}

/** r ‖ s ‖ yParity, 65 bytes. Strict: 1 ≤ r < q, 1 ≤ s ≤ (q − 1) / 2, parity 0 or 1. */
export const signatureCodec: Codec<Signature> = {
  schema: { kind: 'bytes', length: 65 },
  maxBytes: 65,
  write: (signature) => {
    assert(isProper(signature), 'a signature out of range or with a high s');
    return concat(scalarToBytes(signature.r), scalarToBytes(signature.s), Uint8Array.of(signature.yParity));
  },
  read: (from, path) => {
    const r = inRange(bytesToBigint(from.take(32, `${path}.r`)), q - 1n, `${path}.r`);
    const s = inRange(bytesToBigint(from.take(32, `${path}.s`)), HALF_ORDER, `${path}.s`);
    const [yParity] = from.take(1, `${path}.yParity`);
    if (yParity !== 0 && yParity !== 1) throw malformed(`${path}.yParity`, 'is neither 0 nor 1');
    return { r, s, yParity };
  },
};

function inRange(value: bigint, maximum: bigint, path: string): Scalar {
  if (value < 1n || value > maximum) throw malformed(path, 'is out of range');
  return scalar(value);
}

const isProper = ({ r, s }: Signature): boolean => r >= 1n && r < q && s >= 1n && s <= HALF_ORDER;

/** The packages' form: recovery id first. */
const recoverable = ({ r, s, yParity }: Signature): Uint8Array =>
  concat(Uint8Array.of(yParity), scalarToBytes(r), scalarToBytes(s));
