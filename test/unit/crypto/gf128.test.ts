import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { concat, xorBytes } from '../../../src/crypto/bytes.ts';
import { Bug } from '../../../src/crypto/errors.ts';
import { foldRows, multiplySchoolbook } from '../../../src/crypto/gf128.ts';

const element = fc.uint8Array({ minLength: 16, maxLength: 16 });
const one = Uint8Array.from({ length: 16 }, (_, i) => (i === 0 ? 1 : 0));
const times = multiplySchoolbook;

function squareTimes(a: Uint8Array, count: number): Uint8Array {
  let value = a;
  for (let i = 0; i < count; i++) value = times(value, value);
  return value;
}

describe('GF(2^128)', () => {
  it('multiplication is commutative, associative, distributive, and has a one', () => {
    fc.assert(
      fc.property(element, element, element, (a, b, c) => {
        expect(times(a, b)).toEqual(times(b, a));
        expect(times(times(a, b), c)).toEqual(times(a, times(b, c)));
        expect(times(a, xorBytes(b, c))).toEqual(xorBytes(times(a, b), times(a, c)));
        expect(times(a, one)).toEqual(a);
      }),
    );
  });

  it('x^(2^128) = x for every element', () => {
    fc.assert(
      fc.property(element, (a) => {
        expect(squareTimes(a, 128)).toEqual(a);
      }),
      { numRuns: 5 },
    );
  });

  it('a^(2^128 - 2) is the inverse of a', () => {
    fc.assert(
      fc.property(
        element.filter((a) => a.some((byte) => byte !== 0)),
        (a) => {
          let inverse: Uint8Array = one;
          for (let i = 1; i < 128; i++) inverse = times(inverse, squareTimes(a, i));
          expect(times(a, inverse)).toEqual(one);
        },
      ),
      { numRuns: 3 },
    );
  });

  it('the product by tables equals the product by definition', () => {
    fc.assert(
      fc.property(element, element, (a, h) => {
        expect(foldRows(concat(a, new Uint8Array(16)), [h])).toEqual(times(a, h));
      }),
    );
  });

  it('a fold adds the last block and the products of the others, row by row', () => {
    fc.assert(
      fc.property(fc.array(element, { minLength: 6, maxLength: 6 }), element, element, (blocks, h0, h1) => {
        const fold = (row: readonly Uint8Array[]): Uint8Array =>
          xorBytes(row[2]!, xorBytes(times(h0, row[0]!), times(h1, row[1]!)));
        expect(foldRows(concat(...blocks), [h0, h1])).toEqual(
          concat(fold(blocks.slice(0, 3)), fold(blocks.slice(3))),
        );
      }),
    );
  });

  it('a fold is linear, and not the sum of its blocks', () => {
    const [row, h] = [new Uint8Array(32).fill(3), Uint8Array.from(one, (byte) => byte << 1)];
    expect(foldRows(xorBytes(row, row), [h])).toEqual(new Uint8Array(16));
    expect(foldRows(row, [h])).not.toEqual(new Uint8Array(16));
  });

  it('a fold of rows of another length is refused', () => {
    expect(() => foldRows(new Uint8Array(33), [one])).toThrow(Bug);
    expect(() => foldRows(new Uint8Array(48), [one])).toThrow(Bug);
    expect(() => times(one, new Uint8Array(15))).toThrow(Bug);
  });
});
