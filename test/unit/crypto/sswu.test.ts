import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { Bug } from '../../../src/crypto/errors.ts';
import { G, type Point, actBase, p, scalar } from '../../../src/crypto/secp256k1.ts';
import {
  type FieldArithmetic,
  type ProjectivePoint,
  addPoints,
  affineCoordinates,
  mapToPoint,
} from '../../../src/crypto/sswu.ts';

/** Arithmetic that is easy to believe. */
const field: FieldArithmetic<bigint> = {
  constant: (value) => value,
  multiply: (a, b) => (a * b) % p,
  square: (a, times) => Array.from({ length: times }).reduce<bigint>((value) => (value * value) % p, a),
  add: (a, b) => (a + b) % p,
  subtract: (a, b) => (((a - b) % p) + p) % p,
  select: (bit, off, on) => (bit === 1 ? on : off),
  isZero: (a) => (a === 0n ? 1 : 0),
  parity: (a) => Number(a % 2n),
};
const affine = (point: ProjectivePoint<bigint>): { x: bigint; y: bigint } =>
  affineCoordinates(field, [point])[0]!;
const y = (point: Point): bigint =>
  BigInt(`0x${Buffer.from(point.uncompressed.subarray(33)).toString('hex')}`);
const projective = (point: Point, z: bigint): ProjectivePoint<bigint> => ({
  x: (point.x * z) % p,
  y: (y(point) * z) % p,
  z,
});
const element = fc.bigInt({ min: 1n, max: p - 1n });

describe('map to the curve', () => {
  it('gives the intermediate points of RFC 9380, J.8.1, for the empty message', () => {
    const u0 = 0x6b0f9910dd2ba71c78f2ee9f04d73b5f4c5f7fc773a701abea1e573cab002fb3n;
    const u1 = 0x1ae6c212e08fe1a5937f6202f929a2cc8ef4ee5b9782db68b0d5799fd8f09e16n;
    expect(affine(mapToPoint(field, u0))).toEqual({
      x: 0x74519ef88b32b425a095e4ebcc84d81b64e9e2c2675340a720bb1a1857b99f1en,
      y: 0xc174fa322ab7c192e11748beed45b508e9fdb1ce046dee9c2cd3a2a86b410936n,
    });
    expect(affine(mapToPoint(field, u1))).toEqual({
      x: 0x44548adb1b399263ded3510554d28b4bead34b8cf9a37b4bd0bd2ba4db87ae63n,
      y: 0x96eb8e2faf05e368efe5957c6167001760233e6dd2487516b46ae725c4cce0c6n,
    });
  });

  it('gives points of secp256k1, and the negative for the negative', () => {
    fc.assert(
      fc.property(element, (u) => {
        const point = affine(mapToPoint(field, u));
        expect((point.y * point.y) % p).toBe((point.x ** 3n + 7n) % p);
        expect(affine(mapToPoint(field, p - u))).toEqual({ x: point.x, y: p - point.y });
      }),
      { numRuns: 20 },
    );
  });

  it('takes the same number of steps for every element', () => {
    const counts = [0n, 1n, 2n, 3n, p - 1n, 12_345n].map((u) => {
      const steps: Record<string, number> = {};
      const counted = Object.fromEntries(
        Object.entries(field).map(([name, run]: [string, (...args: never[]) => unknown]) => [
          name,
          (...args: never[]): unknown => {
            steps[name] = (steps[name] ?? 0) + 1;
            return run(...args);
          },
        ]),
      ) as unknown as FieldArithmetic<bigint>;
      mapToPoint(counted, u);
      return steps;
    });
    expect(counts[0]!['multiply']).toBeGreaterThan(30);
    for (const steps of counts) expect(steps).toEqual(counts[0]);
  });
});

describe('addition', () => {
  it('adds different points and equal ones by one formula', () => {
    fc.assert(
      fc.property(element, element, (z1, z2) => {
        const [two, three] = [actBase(scalar(2n)), actBase(scalar(3n))];
        const sum = affine(addPoints(field, projective(two, z1), projective(three, z2)));
        const doubled = affine(addPoints(field, projective(two, z1), projective(two, z2)));
        expect(sum.x).toBe(actBase(scalar(5n)).x);
        expect(doubled).toEqual({ x: actBase(scalar(4n)).x, y: y(actBase(scalar(4n))) });
      }),
      { numRuns: 20 },
    );
  });

  it('the identity is neutral, and has no affine coordinates', () => {
    const identity = { x: 0n, y: 1n, z: 0n };
    expect(affine(addPoints(field, projective(G, 5n), identity)).x).toBe(G.x);
    const nothing = addPoints(field, projective(G, 5n), projective(G.negate(), 7n));
    expect(nothing.z).toBe(0n);
    expect(() => affineCoordinates(field, [projective(G, 1n), nothing])).toThrow(Bug);
  });

  it('many points share one inversion', () => {
    const points = Array.from({ length: 9 }, (_, n) => actBase(scalar(BigInt(n + 1))));
    const found = affineCoordinates(
      field,
      points.map((point, n) => projective(point, BigInt(n * n + 3))),
    );
    expect(found).toEqual(points.map((point) => ({ x: point.x, y: y(point) })));
    expect(affineCoordinates(field, [])).toEqual([]);
  });
});
