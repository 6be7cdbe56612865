import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { type PartyIndex, partyIndex } from '../../../src/crypto/brand.ts';
import { toHex, u32 } from '../../../src/crypto/bytes.ts';
import { seededRng } from '../../../src/crypto/drbg.ts';
import { Bug, InputError } from '../../../src/crypto/errors.ts';
import { taggedHash } from '../../../src/crypto/hash.ts';
import { Point, actBase, scalar, scalarToBytes, subtract } from '../../../src/crypto/secp256k1.ts';
import {
  checkIndexSet,
  evaluate,
  evaluateInExponent,
  feldmanCommit,
  interpolateAtZero,
  interpolateInExponent,
  isIndexSet,
  lagrangeAtZero,
  randomPolynomial,
} from '../../../src/crypto/shamir.ts';

const rng = seededRng(taggedHash('test', u32(1)));
const indices = (...values: readonly number[]): readonly PartyIndex[] =>
  values.map((value) => partyIndex(value));

const sharing = fc
  .uniqueArray(fc.integer({ min: 1, max: 65_535 }), { minLength: 1, maxLength: 7 })
  .map((values) => indices(...values.sort((a, b) => a - b)));

describe('shares of a polynomial', () => {
  test('as many shares as coefficients give the constant back, whatever the indices', () => {
    fc.assert(
      fc.property(sharing, (set) => {
        const f = randomPolynomial(set.length - 1, rng);
        const shares = new Map(set.map((index) => [index, evaluate(f, index)]));
        expect(interpolateAtZero(shares)).toBe(f[0]);
        expect(interpolateAtZero(new Map([...shares].reverse()))).toBe(f[0]);
      }),
    );
  });

  test('one share too few gives something else', () => {
    const f = randomPolynomial(2, rng);
    const shares = new Map(indices(1, 2).map((index) => [index, evaluate(f, index)]));
    expect(interpolateAtZero(shares)).not.toBe(f[0]);
  });

  test('a polynomial has the degree and the constant that were asked for', () => {
    const f = randomPolynomial(3, rng, scalar(0n));
    expect(f).toHaveLength(4);
    expect(f[0]).toBe(0n);
    expect(f.slice(1).every((coefficient) => coefficient > 0n)).toBe(true);
    expect(() => randomPolynomial(-1, rng)).toThrow(Bug);
  });

  test('the value of a known polynomial is that of the calculation by hand', () => {
    expect(evaluate([scalar(5n), scalar(7n), scalar(2n)], partyIndex(10))).toBe(275n);
    expect(evaluate([], partyIndex(10))).toBe(0n);
  });
});

describe('in the exponent', () => {
  test('a commitment is evaluated to the share times G', () => {
    const f = randomPolynomial(2, rng);
    const commitments = feldmanCommit(f);
    for (const index of indices(1, 2, 4, 65_535))
      expect(evaluateInExponent(commitments, index).equals(actBase(evaluate(f, index)))).toBe(true);
  });

  test('a polynomial with a zero at the index evaluates to the identity and does not throw', () => {
    const f = [scalar(-3n), scalar(1n)];
    expect(evaluateInExponent(feldmanCommit(f), partyIndex(3)).isIdentity).toBe(true);
    expect(evaluateInExponent([], partyIndex(3)).isIdentity).toBe(true);
  });

  test('an intermediate identity does no harm', () => {
    const f = [scalar(9n), scalar(-3n), scalar(1n)];
    expect(evaluateInExponent(feldmanCommit(f), partyIndex(3)).equals(actBase(scalar(9n)))).toBe(true);
  });

  test('public shares give the public constant back', () => {
    const f = randomPolynomial(2, rng);
    const shares = new Map(indices(4, 1, 2).map((index) => [index, actBase(evaluate(f, index))]));
    expect(interpolateInExponent(shares).equals(actBase(f[0] ?? scalar(0n)))).toBe(true);
  });

  test('public shares of zero give the identity', () => {
    const f = randomPolynomial(1, rng, scalar(0n));
    const shares = new Map(indices(1, 2).map((index) => [index, actBase(evaluate(f, index))]));
    expect(interpolateInExponent(shares).equals(Point.identity)).toBe(true);
  });
});

describe('sets of indices', () => {
  test('the weights of {1, 2, 4} are the anchors of the protocol', () => {
    const set = indices(1, 2, 4);
    expect(set.map((index) => toHex(scalarToBytes(lagrangeAtZero(index, set))))).toEqual([
      '55555555555555555555555555555554e8e4f44ce51835693ff0ca2ef01215c3',
      'fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd036413f',
      'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa9d1c9e899ca306ad27fe1945de0242b81',
    ]);
  });

  test('the weights of any set sum to one', () => {
    fc.assert(
      fc.property(sharing, (set) => {
        const rest = set.reduce((left, index) => subtract(left, lagrangeAtZero(index, set)), scalar(1n));
        expect(rest).toBe(0n);
      }),
    );
  });

  test('a set that is empty, unsorted, or names a party twice is refused', () => {
    for (const set of [[], indices(2, 1), indices(1, 1), indices(1, 2, 2)]) {
      expect(isIndexSet(set)).toBe(false);
      expect(() => checkIndexSet(set, 'spec.participants')).toThrow(InputError);
      expect(() => lagrangeAtZero(partyIndex(1), set)).toThrow(Bug);
    }
    expect(() => checkIndexSet(indices(1, 2, 65_535))).not.toThrow();
  });

  test('a party outside the set has no weight, and no shares have no value', () => {
    expect(() => lagrangeAtZero(partyIndex(3), indices(1, 2))).toThrow(Bug);
    expect(() => interpolateAtZero(new Map())).toThrow(Bug);
    expect(() => interpolateInExponent(new Map())).toThrow(Bug);
  });
});
