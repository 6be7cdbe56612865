import nacl from 'tweetnacl';

import { assert } from './errors.ts';

/** Bytes of a secret and of a public key. */
export const X25519_BYTES = 32;

/** 2^255 − 19, little-endian, as its first and its last byte and those between, which are all 255. */
const [P_FIRST, P_LAST] = [0xed, 0x7f];

/** The public key, 32 bytes, of a secret one. [RFC 7748, 6.1] @throws Bug unless 32 bytes */
export function x25519PublicKey(secret: Uint8Array): Uint8Array {
  assert(secret.length === X25519_BYTES, `an X25519 secret of ${secret.length} bytes`);
  return nacl.scalarMult.base(secret);
}

/**
 * The secret that two sides share, 32 bytes; `undefined` where the other's key is of small order, so that
 * anybody could know the result. [RFC 7748, 6.1] @throws Bug unless both have 32 bytes
 */
export function x25519Shared(secret: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined {
  assert(secret.length === X25519_BYTES, `an X25519 secret of ${secret.length} bytes`);
  assert(publicKey.length === X25519_BYTES, `an X25519 key of ${publicKey.length} bytes`);
  const shared = nacl.scalarMult(secret, publicKey);
  // All bytes are looked at before the branch: the result is a secret.
  const joined = shared.reduce((bits, byte) => bits | byte, 0);
  return joined === 0 ? undefined : shared;
}

/**
 * Whether bytes are a key to which something may be sealed: 32 of them, in their one spelling below
 * 2^255 − 19, and not of small order. Every secret is a multiple of 8, so a point of order 1, 2, 4 or 8, on
 * the curve or its twist, gives zero under any of them. [RFC 7748, 5 and 6.1]
 */
export function isX25519Key(bytes: Uint8Array): boolean {
  if (bytes.length !== X25519_BYTES || !isBelowPrime(bytes)) return false;
  return x25519Shared(new Uint8Array(X25519_BYTES).fill(1), bytes) !== undefined;
}

function isBelowPrime(bytes: Uint8Array): boolean {
  const [first = 255, last = 255] = [bytes[0], bytes[X25519_BYTES - 1]];
  if (last !== P_LAST) return last < P_LAST;
  return first < P_FIRST || bytes.subarray(1, X25519_BYTES - 1).some((byte) => byte !== 255);
}
