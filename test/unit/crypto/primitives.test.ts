import { afterEach, expect, test } from 'vitest';

import { Bug } from '../../../src/crypto/errors.ts';
import { purePrimitives } from '../../../src/crypto/primitives-pure.ts';
import { installPrimitives, primitives } from '../../../src/crypto/primitives.ts';

const before = primitives();
afterEach(() => installPrimitives(before));

test('what is installed is what is used', () => {
  const other = { ...purePrimitives, name: 'other' };
  installPrimitives(other);
  expect(primitives()).toBe(other);
});

test('an implementation that multiplies or hashes otherwise is refused, and the one before it stays', () => {
  const wrong = [
    { ...purePrimitives, name: 'a', baseMultiply: () => new Uint8Array(65) },
    { ...purePrimitives, name: 'b', sha256: () => new Uint8Array(32) },
  ];
  for (const implementation of wrong) {
    expect(() => installPrimitives(implementation)).toThrow(Bug);
    expect(primitives()).toBe(before);
  }
});
