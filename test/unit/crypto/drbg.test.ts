import { expect, test } from 'vitest';

import { ascii, toHex, u64 } from '../../../src/crypto/bytes.ts';
import { seededRng, sessionRng } from '../../../src/crypto/drbg.ts';
import { Bug } from '../../../src/crypto/errors.ts';
import { expand, taggedHash } from '../../../src/crypto/hash.ts';

const seed = taggedHash('test', ascii('seed'));

test('the same seed and calls give the same bytes', () => {
  const [a, b] = [seededRng(seed), seededRng(seed)];
  for (const length of [32, 0, 1, 100, 32]) expect(toHex(a(length))).toBe(toHex(b(length)));
});

test('each call gives the bytes that were asked for, of its own expansion', () => {
  const rng = seededRng(seed);
  expect(toHex(rng(40))).toBe(toHex(expand('drbg', 40, seed, u64(0))));
  expect(toHex(rng(32))).toBe(toHex(expand('drbg', 32, seed, u64(1))));
  expect(rng(0)).toHaveLength(0);
});

test('no two calls and no two seeds share bytes', () => {
  const [rng, other] = [seededRng(seed), seededRng(taggedHash('test', ascii('other')))];
  const drawn = [rng(32), rng(32), rng(32), other(32), other(32)].map(toHex);
  expect(new Set(drawn).size).toBe(5);
});

test('wiping the seed afterwards does not change what comes', () => {
  const copy = seed.slice();
  const rng = seededRng(copy);
  copy.fill(0);
  expect(toHex(rng(32))).toBe(toHex(seededRng(seed)(32)));
});

test('a seed of another length is our own mistake', () => {
  for (const length of [0, 31, 33]) expect(() => seededRng(new Uint8Array(length))).toThrow(Bug);
});

test('what is mixed in changes all that follows, and nothing else does', () => {
  const [a, b, c] = [sessionRng(seed), sessionRng(seed), sessionRng(seed)];
  expect(toHex(a.rng(32))).toBe(toHex(b.rng(32)));
  for (const one of [a, b]) one.mix(ascii('view'));
  c.mix(ascii('another view'));
  const drawn = [a.rng(32), a.rng(32), c.rng(32)].map(toHex);
  expect(new Set(drawn).size).toBe(3);
  expect(toHex(b.rng(32))).toBe(drawn[0]);
  expect(drawn[0]).toBe(toHex(expand('drbg', 32, taggedHash('drbg', seed, ascii('view')), u64(0))));
});

test('a generator that was wiped gives nothing', () => {
  const { rng, wipe } = sessionRng(seed);
  rng(1);
  wipe();
  expect(() => rng(1)).toThrow(Bug);
});
