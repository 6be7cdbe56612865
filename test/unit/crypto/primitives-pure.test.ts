import { expect, test } from 'vitest';

import { toHex } from '../../../src/crypto/bytes.ts';
import { purePrimitives } from '../../../src/crypto/primitives-pure.ts';

// test/compliance/primitives.test.ts holds the suite that this implementation shares with the native one.

test('the pure implementation is named so, and needs nothing installed', () => {
  expect(purePrimitives.name).toBe('pure');
  const one = new Uint8Array(32);
  one[31] = 1;
  expect(toHex(purePrimitives.baseMultiply(one)).slice(0, 10)).toBe('0479be667e');
});

test('a public scalar of zero has no product that could be written', () => {
  const one = new Uint8Array(32).fill(1);
  const point = purePrimitives.baseMultiply(one);
  expect(() => purePrimitives.multiplyPublic(point, new Uint8Array(32))).toThrow();
});
