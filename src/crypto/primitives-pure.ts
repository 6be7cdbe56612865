import { ctr } from '@noble/ciphers/aes.js';
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { sha256 } from '@noble/hashes/sha2.js';
import nacl from 'tweetnacl';

import { pureBulk } from './bulk-pure.ts';
import { bytesToBigint } from './bytes.ts';
import type { Primitives } from './operations.ts';

const { Point } = secp256k1;
const at = (sec1: Uint8Array): InstanceType<typeof Point> => Point.fromBytes(sec1);

/**
 * noble and tweetnacl: works wherever JavaScript does. Its steps do not depend on a scalar; its timing may.
 */
export const purePrimitives: Primitives = {
  name: 'pure',
  sha256,
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
  ed25519Verify: (publicKey, message, signature) => nacl.sign.detached.verify(message, signature, publicKey),
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
  bulk: pureBulk,
};
