import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';

import { ascii, bytesToBigint, concat, toHex, u32, u64 } from '../../../src/crypto/bytes.ts';
import { deriveKey, expand, hashBelow, hashToScalar, listOf, taggedHash } from '../../../src/crypto/hash.ts';
import { q } from '../../../src/crypto/secp256k1.ts';

const sha = (...parts: readonly Uint8Array[]): Uint8Array =>
  new Uint8Array(
    createHash('sha256')
      .update(concat(...parts))
      .digest(),
  );

describe('the tagged hash', () => {
  test('is SHA-256 of the tag twice, the count, and each part behind its length', () => {
    const tag = sha(ascii('conclave/v1/dkg/pok'));
    const parts = [ascii('one'), new Uint8Array(), ascii('three')];
    const expected = sha(tag, tag, u32(3), ...parts.flatMap((part) => [u64(part.length), part]));
    expect(toHex(taggedHash('dkg/pok', ...parts))).toBe(toHex(expected));
    expect(toHex(taggedHash('dkg/pok', ...parts))).toBe(toHex(expected));
  });

  test('no two lists of parts have one hash, wherever the bytes are cut', () => {
    const lists = fc.array(fc.uint8Array({ maxLength: 3, max: 1 }), { maxLength: 4 });
    fc.assert(
      fc.property(lists, lists, (a, b) => {
        const same = JSON.stringify(a.map(toHex)) === JSON.stringify(b.map(toHex));
        expect(toHex(taggedHash('test', ...a)) === toHex(taggedHash('test', ...b))).toBe(same);
      }),
      { numRuns: 500 },
    );
    const cuts = [[], [ascii('')], [ascii(''), ascii('')], [ascii('ab')], [ascii('a'), ascii('b')]];
    expect(new Set(cuts.map((parts) => toHex(taggedHash('test', ...parts)))).size).toBe(cuts.length);
  });

  test('an encoded length inside a part is not taken for one', () => {
    const inner = concat(ascii('a'), u64(1), ascii('b'));
    expect(toHex(taggedHash('test', inner))).not.toBe(toHex(taggedHash('test', ascii('a'), ascii('b'))));
  });

  test('one purpose does not stand for another', () => {
    expect(toHex(taggedHash('test', ascii('a')))).not.toBe(toHex(taggedHash('sid', ascii('a'))));
  });
});

describe('what is made of it', () => {
  test('a scalar is the hash modulo the order', () => {
    const value = hashToScalar('test', ascii('abc'));
    expect(value).toBe(bytesToBigint(taggedHash('test', ascii('abc'))) % q);
  });

  test('an expansion is the blocks of the counter, cut', () => {
    const blocks = concat(...[0, 1, 2].map((i) => taggedHash('test', u32(i), ascii('abc'))));
    for (const length of [0, 1, 31, 32, 33, 64, 96])
      expect(toHex(expand('test', length, ascii('abc')))).toBe(toHex(blocks.subarray(0, length)));
  });

  test('an integer below a bound is the first hash of the counter that fits', () => {
    const bound = 2n ** 253n;
    const value = hashBelow('test', bound, ascii('abc'));
    const drawn = Array.from({ length: 64 }, (_, c) =>
      bytesToBigint(taggedHash('test', ascii('abc'), u32(c))),
    );
    expect(value).toBe(drawn.find((each) => each >= 1n && each < bound));
    expect(drawn[0]).not.toBe(value);
  });

  test('a list is its count and its items', () => {
    expect(toHex(listOf([ascii('a'), ascii('b')]))).toBe('000000026162');
    expect(toHex(listOf([]))).toBe('00000000');
  });

  test('a derived key depends on the secret, the salt, the purpose and the context', () => {
    const [secret, salt, context] = [ascii('secret'), ascii('salt'), ascii('context')];
    const keys = [
      deriveKey(secret, salt, 'link', context),
      deriveKey(salt, salt, 'link', context),
      deriveKey(secret, secret, 'link', context),
      deriveKey(secret, salt, 'seal', context),
      deriveKey(secret, salt, 'link', salt),
    ];
    expect(new Set(keys.map(toHex)).size).toBe(keys.length);
    expect(keys.every(({ length }) => length === 32)).toBe(true);
  });
});
