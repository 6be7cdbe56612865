import { secp256k1 } from '@noble/curves/secp256k1.js';
import { describe, expect, test } from 'vitest';

import { ascii, bigintToBytes, concat } from '../../../src/crypto/bytes.ts';
import { decode, encode } from '../../../src/crypto/codec.ts';
import {
  type Signature,
  normaliseLowS,
  recoverPublicKey,
  signatureCodec,
  verifyDigest,
} from '../../../src/crypto/ecdsa.ts';
import { Bug, InputError } from '../../../src/crypto/errors.ts';
import { taggedHash } from '../../../src/crypto/hash.ts';
import { Point, actBase, q, scalar } from '../../../src/crypto/secp256k1.ts';

/** A signature of the digest of `label`, by another program, and everything about it. */
function example(label: string) {
  const secret = taggedHash('test', ascii('ecdsa key'));
  const digest = taggedHash('test', ascii(label));
  const bytes = secp256k1.sign(digest, secret, { prehash: false, format: 'recovered' });
  const { r, s, recovery } = secp256k1.Signature.fromBytes(bytes, 'recovered');
  const signature: Signature = { r: scalar(r), s: scalar(s), yParity: recovery === 1 ? 1 : 0 };
  return { key: Point.fromBytes(secp256k1.getPublicKey(secret)), digest, signature };
}
const examples = ['a', 'b', 'c', 'd', 'e', 'f'].map(example);
const one = example('a');
const high = (signature: Signature): Signature => ({
  r: signature.r,
  s: scalar(q - signature.s),
  yParity: signature.yParity === 0 ? 1 : 0,
});

describe('verifying a digest', () => {
  test('signatures of both parities are accepted and recover their key', () => {
    for (const { key, digest, signature } of examples) {
      expect(verifyDigest(key, digest, signature)).toBe(true);
      expect(recoverPublicKey(digest, signature)?.equals(key)).toBe(true);
    }
    expect(new Set(examples.map(({ signature }) => signature.yParity)).size).toBe(2);
  });

  test('another key, another digest, another r, another s and another parity are refused', () => {
    const { key, digest, signature } = one;
    expect(verifyDigest(actBase(scalar(5n)), digest, signature)).toBe(false);
    expect(verifyDigest(key, taggedHash('test', ascii('other')), signature)).toBe(false);
    expect(verifyDigest(key, digest, { ...signature, r: scalar(signature.r + 1n) })).toBe(false);
    expect(verifyDigest(key, digest, { ...signature, s: scalar(signature.s - 1n) })).toBe(false);
    expect(verifyDigest(key, digest, { ...signature, yParity: signature.yParity === 0 ? 1 : 0 })).toBe(false);
  });

  test('the digest is not hashed again', () => {
    const { key, digest } = one;
    const bytes = secp256k1.sign(digest, taggedHash('test', ascii('ecdsa key')), { format: 'recovered' });
    const { r, s, recovery } = secp256k1.Signature.fromBytes(bytes, 'recovered');
    const hashedTwice: Signature = { r: scalar(r), s: scalar(s), yParity: recovery === 1 ? 1 : 0 };
    expect(verifyDigest(key, digest, hashedTwice)).toBe(false);
    expect(recoverPublicKey(digest, hashedTwice)?.equals(key)).toBe(false);
  });

  test('the high form is refused until it is normalised', () => {
    for (const { key, digest, signature } of examples) {
      expect(verifyDigest(key, digest, high(signature))).toBe(false);
      expect(recoverPublicKey(digest, high(signature))).toBeUndefined();
      expect(normaliseLowS(high(signature))).toEqual(signature);
      expect(normaliseLowS(signature)).toBe(signature);
    }
  });

  test('the greatest low s stays, and the next is turned', () => {
    const half = (q - 1n) / 2n;
    const at = (s: bigint): Signature => ({ r: scalar(1n), s: scalar(s), yParity: 0 });
    expect(normaliseLowS(at(half))).toEqual(at(half));
    expect(normaliseLowS(at(half + 1n))).toEqual({ ...at(half), yParity: 1 });
  });

  test('zeros and the identity are refused without a throw', () => {
    const { key, digest, signature } = one;
    const zero = scalar(0n);
    expect(verifyDigest(Point.identity, digest, signature)).toBe(false);
    for (const bad of [
      { ...signature, r: zero },
      { ...signature, s: zero },
    ]) {
      expect(verifyDigest(key, digest, bad)).toBe(false);
      expect(recoverPublicKey(digest, bad)).toBeUndefined();
    }
  });

  test('an r that is no x of the curve recovers nothing', () => {
    expect(recoverPublicKey(one.digest, { ...one.signature, r: scalar(5n) })).toBeUndefined();
  });

  test('a digest of another length is our own mistake', () => {
    for (const length of [0, 31]) {
      const digest = new Uint8Array(length);
      expect(() => verifyDigest(one.key, digest, one.signature)).toThrow(Bug);
      expect(() => recoverPublicKey(digest, one.signature)).toThrow(Bug);
    }
  });
});

describe('the form of a signature', () => {
  const bytes = encode(signatureCodec, one.signature);
  const bad = (at: number, value: bigint, length = 32): Uint8Array => {
    const out = bytes.slice();
    out.set(bigintToBytes(value, length), at);
    return out;
  };

  test('65 bytes and back', () => {
    for (const { signature } of examples) {
      const encoded = encode(signatureCodec, signature);
      expect(encoded).toHaveLength(65);
      expect(decode(signatureCodec, encoded)).toEqual(signature);
    }
  });

  test('zero, the order, a high s and a parity of 2 are refused', () => {
    const half = (q - 1n) / 2n;
    const refused = [bad(0, 0n), bad(0, q), bad(32, 0n), bad(32, half + 1n), bad(32, q - 1n), bad(64, 2n, 1)];
    for (const encoded of refused) expect(() => decode(signatureCodec, encoded)).toThrow(InputError);
    expect(decode(signatureCodec, bad(0, q - 1n)).r).toBe(q - 1n);
    expect(decode(signatureCodec, bad(32, half)).s).toBe(half);
  });

  test('every truncation and one byte too many are refused', () => {
    for (let length = 0; length < 65; length++)
      expect(() => decode(signatureCodec, bytes.subarray(0, length))).toThrow(InputError);
    expect(() => decode(signatureCodec, concat(bytes, Uint8Array.of(0)))).toThrow(InputError);
  });

  test('one flipped bit is refused or decodes to another signature', () => {
    for (let bit = 0; bit < 8 * 65; bit++) {
      const flipped = bytes.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
      try {
        expect(decode(signatureCodec, flipped)).not.toEqual(one.signature);
      } catch (error) {
        expect(error).toBeInstanceOf(InputError);
      }
    }
  });

  test('a high or empty signature is not written', () => {
    expect(() => encode(signatureCodec, high(one.signature))).toThrow(Bug);
    expect(() => encode(signatureCodec, { ...one.signature, r: scalar(0n) })).toThrow(Bug);
  });
});
