import { describe, expect, test } from 'vitest';

import { partyIndex } from '../../src/crypto/brand.ts';
import { ascii, bigintToBytes, toHex, u32 } from '../../src/crypto/bytes.ts';
import { expand, hashBelow, taggedHash } from '../../src/crypto/hash.ts';
import { q, scalarToBytes } from '../../src/crypto/secp256k1.ts';
import { lagrangeAtZero } from '../../src/crypto/shamir.ts';
import { implementations, under } from './implementations.ts';
import { data } from './shared.ts';

const anchors = data('anchors.json') as {
  readonly taggedHash: readonly { readonly parts: readonly string[]; readonly hex: string }[];
  readonly taggedHashOfU32One: string;
  readonly expand40: string;
  readonly hashBelowOrder: string;
  readonly lagrangeOf124: readonly string[];
  readonly aes128CtrOfCountingKey16: string;
};

for (const implementation of implementations)
  describe(`the anchors of the protocol, by ${implementation.name}`, () => {
    test('tagged hashes', () => {
      for (const { parts, hex } of anchors.taggedHash)
        expect(toHex(under(implementation, () => taggedHash('test', ...parts.map(ascii))))).toBe(hex);
      expect(toHex(under(implementation, () => taggedHash('test', u32(1))))).toBe(anchors.taggedHashOfU32One);
      expect(anchors.taggedHash).toHaveLength(4);
    });

    test('expansion, and the integer below the order', () => {
      expect(toHex(under(implementation, () => expand('test', 40, ascii('abc'))))).toBe(anchors.expand40);
      const below = under(implementation, () => hashBelow('test', q, ascii('abc')));
      expect(toHex(bigintToBytes(below, 32))).toBe(anchors.hashBelowOrder);
    });

    test('the keystream of AES-128-CTR under the key 00 01 … 0f', () => {
      const key = Uint8Array.from({ length: 16 }, (_, i) => i);
      expect(toHex(implementation.aes128Ctr(key, 16))).toBe(anchors.aes128CtrOfCountingKey16);
    });
  });

test('the weights of the set {1, 2, 4}', () => {
  const set = [1, 2, 4].map((index) => partyIndex(index));
  expect(set.map((index) => toHex(scalarToBytes(lagrangeAtZero(index, set))))).toEqual(anchors.lagrangeOf124);
});
