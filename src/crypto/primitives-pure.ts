import { ctr } from '@noble/ciphers/aes.js';
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { ed25519 } from '@noble/curves/ed25519.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import nacl from 'tweetnacl';

import { pureBulk } from './bulk-pure.ts';
import { bytesToBigint, concat, equalBytes } from './bytes.ts';
import type { Primitives } from './operations.ts';

const { Point } = secp256k1;
const Edwards = ed25519.Point;
const littleEndian = (bytes: Uint8Array): bigint => bytesToBigint(bytes.toReversed());

/**
 * Whether R is the encoding of S·B − k·A. Five times as fast as tweetnacl, and the same equation: the
 * verifier of noble itself multiplies both sides by 8, and so accepts signatures under keys with a part of
 * small order which OpenSSL refuses. Evidence must mean the same to all. [RFC 8032, 5.1.7]
 */
function verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const [R, S] = [signature.subarray(0, 32), littleEndian(signature.subarray(32))];
  const order = Edwards.Fn.ORDER;
  if (signature.length !== 64 || S >= order) return false;
  try {
    const A = Edwards.fromBytes(publicKey);
    const k = littleEndian(sha512(concat(R, publicKey, message))) % order;
    return equalBytes(Edwards.BASE.multiplyUnsafe(S).subtract(A.multiplyUnsafe(k)).toBytes(), R);
  } catch {
    return false; // the key is no point of the curve
  }
}

const at = (sec1: Uint8Array): InstanceType<typeof Point> => Point.fromBytes(sec1);

/**
 * noble and tweetnacl: works wherever JavaScript does. Its steps do not depend on a scalar; its timing may.
 */
export const purePrimitives: Primitives = {
  name: 'pure',
  sha256,
  keccak256: keccak_256,
  aes128Ctr: (key, length) => ctr(key, new Uint8Array(16)).encrypt(new Uint8Array(length)),
  aeadSeal: (key, nonce, aad, plaintext) => chacha20poly1305(key, nonce, aad).encrypt(plaintext),
  aeadOpen: (key, nonce, aad, sealed) => {
    try {
      return chacha20poly1305(key, nonce, aad).decrypt(sealed);
    } catch {
      return undefined; // a wrong tag or a ciphertext shorter than one: what the sender sealed is not this
    }
  },
  ed25519Sign: (seed, message) => nacl.sign.detached(message, nacl.sign.keyPair.fromSeed(seed).secretKey),
  ed25519Verify: verifyEd25519,
  parsePoint: (sec1) => {
    if (sec1.length !== 33 && sec1.length !== 65) return undefined;
    try {
      return at(sec1).toBytes(false);
    } catch {
      return undefined; // not on the curve, or not canonical
    }
  },
  baseMultiply: (scalar) => Point.BASE.multiply(bytesToBigint(scalar)).toBytes(false),
  multiply: (point, scalar) => at(point).multiply(bytesToBigint(scalar)).toBytes(false),
  multiplyPublic: (point, scalar) => at(point).multiplyUnsafe(bytesToBigint(scalar)).toBytes(false),
  addPoints: (points) => {
    const sum = points.reduce((total, point) => total.add(at(point)), Point.ZERO);
    return sum.is0() ? undefined : sum.toBytes(false);
  },
  recover: (digest, signature, yParity) => {
    try {
      const found = secp256k1.Signature.fromBytes(signature, 'compact').addRecoveryBit(yParity);
      return found.recoverPublicKey(digest).toBytes(false);
    } catch {
      return undefined; // r or s out of range, no point has this x, or the sum is the identity
    }
  },
  bulk: pureBulk,
};
