import { expect, test } from 'vitest';

import { taggedHash } from '../../../../src/crypto/hash.ts';
import { ascii, toHex } from '../../../../src/crypto/bytes.ts';
import { firstWords, secondWords } from '../../../../src/protocols/ceremony/words.ts';

test('both lists have 256 different lower-case words, none of which is in both', () => {
  expect([firstWords.length, secondWords.length]).toEqual([256, 256]);
  expect(new Set([...firstWords, ...secondWords]).size).toBe(512);
  expect([...firstWords, ...secondWords].every((word) => /^[a-z]{2,14}$/.test(word))).toBe(true);
});

test('the lists are those of the first release: a changed word would rename nodes', () => {
  const hash = taggedHash('test', ascii(firstWords.join(' ')), ascii(secondWords.join(' ')));
  expect(toHex(hash).slice(0, 16)).toBe('5824c69a630e812a');
});
