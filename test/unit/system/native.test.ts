import { createRequire } from 'node:module';

import { describe, expect, test } from 'vitest';

import { identityPublicKey } from '../../../src/crypto/ed25519.ts';
import { type Libsecp256k1, nativePrimitives } from '../../../src/system/native.ts';

// test/compliance/primitives.test.ts holds the suite that these share with the pure primitives.

const load = (): Libsecp256k1 => createRequire(import.meta.url)('secp256k1/bindings.js') as Libsecp256k1;
const native = nativePrimitives();
if (native === undefined) throw new Error('this platform has no binary: run on one that has');

describe('where the addon cannot be loaded', () => {
  test('there are no native primitives, and the reason is told', () => {
    const reasons: string[] = [];
    const failing = (): Libsecp256k1 => {
      throw new Error('No native build was found for platform=moon');
    };
    expect(nativePrimitives((reason) => reasons.push(reason), failing)).toBeUndefined();
    expect(reasons).toEqual(['No native build was found for platform=moon']);
    expect(nativePrimitives(undefined, failing)).toBeUndefined();
  });

  test('nothing is told where it can', () => {
    const reasons: string[] = [];
    expect(nativePrimitives((reason) => reasons.push(reason))?.name).toBe('native');
    expect(reasons).toEqual([]);
  });
});

test('the multiplications with G are blinded when the library is loaded', () => {
  const seeds: Uint8Array[] = [];
  const spied = { ...load(), contextRandomize: (seed: Uint8Array) => void seeds.push(seed) };
  nativePrimitives(undefined, () => spied);
  nativePrimitives(undefined, () => spied);
  expect(seeds.map((seed) => seed.length)).toEqual([32, 32]);
  expect(seeds[0]).not.toEqual(seeds[1]);
});

test('only the sum that is the identity is undefined: another refusal is thrown', () => {
  const refusing = (message: string) => {
    const publicKeyCombine = (): never => {
      throw new Error(message);
    };
    return nativePrimitives(undefined, () => ({ ...load(), publicKeyCombine }));
  };
  const point = native.baseMultiply(new Uint8Array(32).fill(1));
  expect(refusing('The sum of the public keys is not valid')?.addPoints([point])).toBeUndefined();
  expect(() => refusing('Public Key could not be parsed')?.addPoints([point])).toThrow('could not be parsed');
});

test('a point that no curve has is not multiplied', () => {
  const wrong = new Uint8Array(65).fill(4);
  const one = new Uint8Array(32).fill(1);
  expect(() => native.multiply(wrong, one)).toThrow();
  expect(() => native.multiplyPublic(wrong, one)).toThrow();
});

test('signing and verifying go on rightly when more keys come than are kept', () => {
  const message = Uint8Array.of(1, 2, 3);
  const seeds = Array.from({ length: 300 }, (_, i) => new Uint8Array(32).fill(i & 255).fill(i >> 8, 0, 1));
  const first = identityPublicKey(seeds[0] ?? message);
  const signatures = seeds.map((seed) => native.ed25519Sign(seed, message));
  expect(new Set(signatures.map((signature) => signature.join())).size).toBe(300);
  expect(native.ed25519Verify(first, message, signatures[0] ?? message)).toBe(true);
  expect(native.ed25519Verify(first, message, signatures[1] ?? message)).toBe(false);
  expect(native.ed25519Sign(seeds[0] ?? message, message)).toEqual(signatures[0]);
});

test('keys and signatures of another length are false, not an exception', () => {
  const [key, message] = [new Uint8Array(32).fill(3), new Uint8Array(1)];
  expect(native.ed25519Verify(key.subarray(1), message, new Uint8Array(64))).toBe(false);
  expect(native.ed25519Verify(key, message, new Uint8Array(63))).toBe(false);
});
