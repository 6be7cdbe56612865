import { ed25519 } from '@noble/curves/ed25519.js';
import { describe, expect, test } from 'vitest';

import { ascii, bytesToBigint, bigintToBytes, concat, fromHex, toHex } from '../../../src/crypto/bytes.ts';
import {
  checkIdentityPublicKey,
  identityPublicKey,
  partyIdOf,
  signFor,
  verifyFor,
  verifyStrict,
} from '../../../src/crypto/ed25519.ts';
import { Bug, InputError } from '../../../src/crypto/errors.ts';
import { taggedHash } from '../../../src/crypto/hash.ts';
import { signingPurposes } from '../../../src/crypto/tags.ts';
import { implementations, under } from '../../vectors/implementations.ts';

const L = 2n ** 252n + 27742317777372353535851937790883648493n;
const P = 2n ** 255n - 19n;
const seed = taggedHash('test', ascii('identity'));
const publicKey = identityPublicKey(seed);
const hash = taggedHash('test', ascii('message'));
const signature = signFor('env', seed, hash);

const littleEndian = (value: bigint): Uint8Array => bigintToBytes(value, 32).reverse();
const signed = (encoding: Uint8Array): Uint8Array =>
  encoding.map((byte, i) => (i === 31 ? byte | 128 : byte));
const bytes = (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array();

/** The encodings of the eight points of small order, from another implementation of the curve. */
const torsion = ((): readonly Uint8Array[] => {
  const order8 = ed25519.Point.fromHex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a');
  const points = [ed25519.Point.ZERO];
  for (let k = 1; k < 8; k++) points.push((points[k - 1] ?? order8).add(order8));
  return points.map((point) => point.toBytes());
})();

describe('signing for a purpose', () => {
  test('the signed bytes are the purpose, a zero byte and the hash', () => {
    const message = concat(ascii('conclave/v1/sig/env'), Uint8Array.of(0), hash);
    expect(ed25519.verify(signature, message, publicKey)).toBe(true);
    expect(verifyStrict(publicKey, message, signature)).toBe(true);
  });

  test('a signature counts for its purpose, key and hash alone', () => {
    expect(verifyFor('env', publicKey, hash, signature)).toBe(true);
    for (const purpose of Object.values(signingPurposes).filter((other) => other !== 'env'))
      expect(verifyFor(purpose, publicKey, hash, signature)).toBe(false);
    expect(verifyFor('env', identityPublicKey(hash), hash, signature)).toBe(false);
    expect(verifyFor('env', publicKey, seed, signature)).toBe(false);
  });

  test('every implementation makes the same signature', () => {
    for (const implementation of implementations)
      expect(toHex(under(implementation, () => signFor('env', seed, hash)))).toBe(toHex(signature));
  });

  test('seeds and hashes of another length are our own mistake', () => {
    expect(() => identityPublicKey(seed.subarray(1))).toThrow(Bug);
    expect(() => signFor('env', seed.subarray(1), hash)).toThrow(Bug);
    expect(() => signFor('env', seed, hash.subarray(1))).toThrow(Bug);
    expect(() => verifyFor('env', publicKey, hash.subarray(1), signature)).toThrow(Bug);
  });

  test("a node's name is the tagged hash of its key", () => {
    expect(toHex(partyIdOf(publicKey))).toBe(toHex(taggedHash('pid', publicKey)));
  });
});

describe.each(implementations)('strict verification over $name', (implementation) => {
  const verdict = (key: Uint8Array, candidate: Uint8Array): boolean =>
    under(implementation, () => verifyFor('env', key, hash, candidate));

  test('accepts the signature itself', () => {
    expect(verdict(publicKey, signature)).toBe(true);
  });

  test('refuses S + L, which some verifiers accept', () => {
    const S = bytesToBigint(signature.slice(32).reverse());
    expect(verdict(publicKey, concat(signature.subarray(0, 32), littleEndian(S + L)))).toBe(false);
  });

  test('refuses any other length, and any flipped bit', () => {
    for (const length of [0, 32, 63, 65])
      expect(verdict(publicKey, concat(signature, signature).subarray(0, length))).toBe(false);
    expect(verdict(publicKey.subarray(1), signature)).toBe(false);
    expect(verdict(concat(publicKey, Uint8Array.of(0)), signature)).toBe(false);
    for (const at of [0, 31, 32, 63])
      expect(
        verdict(
          publicKey,
          signature.map((byte, i) => (i === at ? byte ^ 4 : byte)),
        ),
      ).toBe(false);
  });

  test('refuses keys of small order, under which the zero signature fits every message', () => {
    for (const key of torsion)
      for (const R of torsion) expect(verdict(key, concat(R, new Uint8Array(32)))).toBe(false);
  });

  test('refuses encodings that are not canonical, of the key and of R', () => {
    for (const y of [P, P + 1n, 2n ** 255n - 1n]) {
      expect(verdict(littleEndian(y), signature)).toBe(false);
      expect(verdict(publicKey, concat(littleEndian(y), signature.subarray(32)))).toBe(false);
    }
    for (const y of [1n, P - 1n])
      expect(verdict(publicKey, concat(signed(littleEndian(y)), signature.subarray(32)))).toBe(false);
  });
});

describe('admission to a roster', () => {
  const refusal = (key: Uint8Array): string => {
    try {
      checkIdentityPublicKey(key, 'operators[2]');
    } catch (error) {
      if (error instanceof InputError && error.code === 'bad-identity-key') return error.message;
      throw error;
    }
    return 'admitted';
  };

  test('a key that was made from a seed is admitted', () => {
    for (let i = 0; i < 8; i++)
      expect(refusal(identityPublicKey(taggedHash('test', Uint8Array.of(i))))).toBe('admitted');
  });

  test('the eight points of small order are refused', () => {
    expect(new Set(torsion.map(toHex)).size).toBe(8);
    for (const key of torsion)
      expect(refusal(key)).toBe('the identity key at operators[2] is of small order');
  });

  test('what is not canonical is refused', () => {
    const keys = [P, P + 1n, 2n ** 255n - 1n].map(littleEndian);
    for (const key of [...keys, ...keys.map(signed), signed(littleEndian(1n)), signed(littleEndian(P - 1n))])
      expect(refusal(key)).toContain('is not canonical');
  });

  test('another length is refused', () => {
    expect(refusal(publicKey.subarray(1))).toContain('31 bytes');
    expect(refusal(new Uint8Array())).toContain('0 bytes');
  });

  test('whether y has an x is decided as another implementation decides', () => {
    for (let y = 2n; y < 40n; y++) {
      const key = littleEndian(y);
      let exists = true;
      try {
        ed25519.Point.fromBytes(key);
      } catch {
        exists = false;
      }
      expect(refusal(key)).toBe(
        exists ? 'admitted' : 'the identity key at operators[2] is no point of the curve',
      );
    }
    expect(refusal(bytes('02'.padEnd(64, '0')))).toContain('no point');
  });
});
