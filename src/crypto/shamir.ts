import type { PartyIndex } from './brand.ts';
import { InputError, assert } from './errors.ts';
import {
  Point,
  type Rng,
  type Scalar,
  actBase,
  actPublic,
  add,
  invert,
  multiply,
  randomScalar,
  scalar,
  subtract,
  sum,
} from './secp256k1.ts';

/**
 * A polynomial over the scalars, constant first. A sharing of threshold t has t coefficients, degree t − 1.
 * [protocol, 2.1]
 */
export type Polynomial = readonly Scalar[];

/**
 * A polynomial of this degree with uniform non-zero coefficients, and `constant` as its value at 0 if given.
 */
export function randomPolynomial(degree: number, rng: Rng, constant?: Scalar): Polynomial {
  assert(Number.isInteger(degree) && degree >= 0, `${degree} is no degree`);
  const first = constant ?? randomScalar(rng);
  return [first, ...Array.from({ length: degree }, () => randomScalar(rng))];
}

/** f(index), by Horner's rule. The steps depend on the degree and the index only. */
export const evaluate = (f: Polynomial, index: PartyIndex): Scalar =>
  f.reduceRight((value, coefficient) => add(multiply(value, scalar(BigInt(index))), coefficient), scalar(0n));

/** Feldman's commitments f_k · G, constant first. */
export const feldmanCommit = (f: Polynomial): readonly Point[] => f.map(actBase);

/**
 * f(index) · G from commitments to f. All of it is public. The identity is a value like any other here: a
 * dishonest dealer can aim at it, and the caller's check names him.
 */
export const evaluateInExponent = (commitments: readonly Point[], index: PartyIndex): Point =>
  commitments.reduceRight(
    (value, commitment) => actPublic(scalar(BigInt(index)), value).add(commitment),
    Point.identity,
  );

/** Whether these indices are one or more, ascending and distinct: the only form of a set of parties. */
export const isIndexSet = (indices: readonly PartyIndex[]): boolean =>
  indices.length > 0 && indices.every((index, i) => i === 0 || index > (indices[i - 1] ?? index));

/** Refuses what is no set of parties from outside. @throws InputError bad-index-set */
export function checkIndexSet(indices: readonly PartyIndex[], path = 'indices'): void {
  if (!isIndexSet(indices))
    throw new InputError(
      'bad-index-set',
      path,
      `${path} [${indices.join(', ')}] is not ascending and distinct`,
    );
}

/**
 * L_i(Q) = Π_{j ∈ Q, j ≠ i} j / (j − i) mod q: the weight of i's share in the value at 0. [protocol, 2.1]
 * @throws Bug unless Q is ascending and distinct and holds i
 */
export function lagrangeAtZero(index: PartyIndex, set: readonly PartyIndex[]): Scalar {
  assert(isIndexSet(set), `[${set.join(', ')}] is no index set`);
  assert(set.includes(index), `${index} is not in [${set.join(', ')}]`);
  const own = scalar(BigInt(index));
  let [numerator, denominator] = [scalar(1n), scalar(1n)];
  for (const other of set) {
    if (other === index) continue;
    const j = scalar(BigInt(other));
    numerator = multiply(numerator, j);
    denominator = multiply(denominator, subtract(j, own));
  }
  return multiply(numerator, invert(denominator));
}

/** f(0) from as many shares as f has coefficients. @throws Bug for no shares */
export function interpolateAtZero(shares: ReadonlyMap<PartyIndex, Scalar>): Scalar {
  const set = ascending(shares);
  return sum(set.map((index) => multiply(lagrangeAtZero(index, set), valueOf(shares, index))));
}

/** f(0) · G from as many public shares f(i) · G as f has coefficients. @throws Bug for no shares */
export function interpolateInExponent(shares: ReadonlyMap<PartyIndex, Point>): Point {
  const set = ascending(shares);
  return Point.sum(set.map((index) => actPublic(lagrangeAtZero(index, set), valueOf(shares, index))));
}

function ascending(shares: ReadonlyMap<PartyIndex, unknown>): readonly PartyIndex[] {
  assert(shares.size > 0, 'nothing to interpolate');
  return [...shares.keys()].sort((a, b) => a - b);
}

function valueOf<T>(shares: ReadonlyMap<PartyIndex, T>, index: PartyIndex): T {
  const value = shares.get(index);
  assert(value !== undefined, `no share of ${index}`);
  return value;
}
