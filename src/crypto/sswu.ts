import { assert } from './errors.ts';

/**
 * The map from a field element to a point of secp256k1, through an isogenous curve, without inversions and
 * without branches. Written once, for every way of doing arithmetic. [RFC 9380, 6.6.3, F.2, F.2.1.2 and E.1]
 */

/** Arithmetic modulo p on elements `E` of some representation. No function changes its arguments. */
export interface FieldArithmetic<E> {
  /** A constant, kept for as long as the arithmetic. */
  readonly constant: (value: bigint) => E;
  readonly multiply: (a: E, b: E) => E;
  /** a^(2^times). */
  readonly square: (a: E, times: number) => E;
  readonly add: (a: E, b: E) => E;
  readonly subtract: (a: E, b: E) => E;
  /** `off` for 0, `on` for 1. */
  readonly select: (bit: number, off: E, on: E) => E;
  /** 1 for zero, else 0. */
  readonly isZero: (a: E) => number;
  /** The least significant bit of the value in [0, p). */
  readonly parity: (a: E) => number;
}

/** Homogeneous coordinates: the affine point (X/Z, Y/Z). */
export interface ProjectivePoint<E> {
  readonly x: E;
  readonly y: E;
  readonly z: E;
}

const p = 2n ** 256n - 2n ** 32n - 977n;
/** The isogenous curve y² = x³ + A·x + B, and Z, of the suite. [8.7] */
const A = 0x3f8731abdd661adca08a5558f0f5d272e953d363cb6f0e5d405447c01a444533n;
const B = 1771n;
const Z = p - 11n;
/** A root of −Z. */
const ROOT_OF_MINUS_Z = 0x31fdf302724013e57ad13fb38f842afeec184f00a74789dd286729c8303c4a59n;
/** Coefficients of the isogeny, those of the highest power first. [E.1] */
const X_NUMERATOR = [
  0x8e38e38e38e38e38e38e38e38e38e38e38e38e38e38e38e38e38e38daaaaa88cn,
  0x534c328d23f234e6e2a413deca25caece4506144037c40314ecbd0b53d9dd262n,
  0x07d3d4c80bc321d5b9f315cea7fd44c5d595d2fc0bf63b92dfff1044f17c6581n,
  0x8e38e38e38e38e38e38e38e38e38e38e38e38e38e38e38e38e38e38daaaaa8c7n,
] as const;
const X_DENOMINATOR = [
  0n,
  1n,
  0xedadc6f64383dc1df7c4b2d51b54225406d36b641f5e41bbc52a56612a8c6d14n,
  0xd35771193d94918a9ca34ccbb7b640dd86cd409542f8487d9fe6b745781eb49bn,
] as const;
const Y_NUMERATOR = [
  0x2f684bda12f684bda12f684bda12f684bda12f684bda12f684bda12f38e38d84n,
  0x29a6194691f91a73715209ef6512e576722830a201be2018a765e85a9ecee931n,
  0xc75e0c32d5cb7c0fa9d0a54b12a0a6d5647ab046d686da6fdffc90fc201d71a3n,
  0x4bda12f684bda12f684bda12f684bda12f684bda12f684bda12f684b8e38e23cn,
] as const;
const Y_DENOMINATOR = [
  1n,
  0x6484aa716545ca2cf3a70c3fa8fe337e0a3d21162f0d6299a7bf8192bfd2a76fn,
  0x7a06534bb8bdb49fd5e9e6632722c2989467c1bfc8e8d978dfb425d2685c2573n,
  p - 756n,
] as const;

/** a^((p-3)/4) by an addition chain: the exponent is 223 ones, 0, 22 ones, 00001011 in binary. */
function powerForRoots<E>(f: FieldArithmetic<E>, a: E): E {
  const join = (high: E, shift: number, low: E): E => f.multiply(f.square(high, shift), low);
  const ones2 = join(a, 1, a);
  const ones3 = join(ones2, 1, a);
  const ones6 = join(ones3, 3, ones3);
  const ones9 = join(ones6, 3, ones3);
  const ones11 = join(ones9, 2, ones2);
  const ones22 = join(ones11, 11, ones11);
  const ones44 = join(ones22, 22, ones22);
  const ones88 = join(ones44, 44, ones44);
  const ones176 = join(ones88, 88, ones88);
  const ones220 = join(ones176, 44, ones44);
  const ones223 = join(ones220, 3, ones3);
  return join(join(join(ones223, 23, ones22), 5, a), 3, ones2);
}

/** √(u/v), or √(Z·u/v) where u/v is no square; and whether it is one. [F.2.1.2] */
function rootOfRatio<E>(f: FieldArithmetic<E>, u: E, v: E): { readonly isSquare: number; readonly root: E } {
  const uv = f.multiply(u, v);
  const power = powerForRoots(f, f.multiply(f.square(v, 1), uv));
  const root = f.multiply(power, uv);
  const isSquare = f.isZero(f.subtract(f.multiply(f.square(root, 1), v), u));
  const other = f.multiply(root, f.constant(ROOT_OF_MINUS_Z));
  return { isSquare, root: f.select(isSquare, other, root) };
}

/** A point of the isogenous curve, its x as a fraction. [F.2] */
function simplifiedMap<E>(f: FieldArithmetic<E>, u: E): { readonly x: E; readonly xBelow: E; readonly y: E } {
  const [a, b, z, one] = [f.constant(A), f.constant(B), f.constant(Z), f.constant(1n)];
  const zu2 = f.multiply(z, f.square(u, 1));
  const sum = f.add(f.square(zu2, 1), zu2);
  const x1 = f.multiply(b, f.add(sum, one));
  const below = f.multiply(a, f.select(f.isZero(sum), f.subtract(f.constant(0n), sum), z));
  const below2 = f.square(below, 1);
  const below3 = f.multiply(below2, below);
  const cubic = f.multiply(f.add(f.square(x1, 1), f.multiply(a, below2)), x1);
  const { isSquare, root } = rootOfRatio(f, f.add(cubic, f.multiply(b, below3)), below3);
  const x = f.select(isSquare, f.multiply(zu2, x1), x1);
  const y = f.select(isSquare, f.multiply(f.multiply(zu2, u), root), root);
  const sameSign = 1 - (f.parity(u) ^ f.parity(y));
  return { x, xBelow: below, y: f.select(sameSign, f.subtract(f.constant(0n), y), y) };
}

/** The point of secp256k1 that a field element stands for. */
export function mapToPoint<E>(f: FieldArithmetic<E>, u: E): ProjectivePoint<E> {
  const { x, xBelow, y } = simplifiedMap(f, u);
  const [x2, below2] = [f.square(x, 1), f.square(xBelow, 1)];
  const powers = [
    f.multiply(x2, x),
    f.multiply(x2, xBelow),
    f.multiply(x, below2),
    f.multiply(below2, xBelow),
  ];
  const polynomial = (coefficients: readonly bigint[]): E =>
    coefficients.reduce<E>((total, coefficient, n) => {
      const power = powers[n] ?? total;
      return f.add(total, f.multiply(f.constant(coefficient), power));
    }, f.constant(0n));
  const [xAbove, xUnder] = [polynomial(X_NUMERATOR), polynomial(X_DENOMINATOR)];
  const [yAbove, yUnder] = [f.multiply(y, polynomial(Y_NUMERATOR)), polynomial(Y_DENOMINATOR)];
  return { x: f.multiply(xAbove, yUnder), y: f.multiply(yAbove, xUnder), z: f.multiply(xUnder, yUnder) };
}

/**
 * The sum of any two points of y² = x³ + 7, by complete formulas. [Renes, Costello, Batina 2016, algorithm
 * 7]
 */
export function addPoints<E>(
  f: FieldArithmetic<E>,
  left: ProjectivePoint<E>,
  right: ProjectivePoint<E>,
): ProjectivePoint<E> {
  const b3 = f.constant(21n);
  const [xx, yy, zz] = [
    f.multiply(left.x, right.x),
    f.multiply(left.y, right.y),
    f.multiply(left.z, right.z),
  ];
  /** a·d + b·c = (a + b)·(c + d) − a·c − b·d, of two coordinates of each point. */
  const cross = (k: 'x' | 'y', n: 'y' | 'z', squares: E): E =>
    f.subtract(f.multiply(f.add(left[k], left[n]), f.add(right[k], right[n])), squares);
  const xy = cross('x', 'y', f.add(xx, yy));
  const yz = cross('y', 'z', f.add(yy, zz));
  const xz = cross('x', 'z', f.add(xx, zz));
  const xx3 = f.add(f.add(xx, xx), xx);
  const zz21 = f.multiply(b3, zz);
  const xz21 = f.multiply(b3, xz);
  const [sum, difference] = [f.add(yy, zz21), f.subtract(yy, zz21)];
  return {
    x: f.subtract(f.multiply(xy, difference), f.multiply(yz, xz21)),
    y: f.add(f.multiply(difference, sum), f.multiply(xx3, xz21)),
    z: f.add(f.multiply(yz, sum), f.multiply(xy, xx3)),
  };
}

/**
 * Affine coordinates of many points with one inversion, by products of all before each.
 * @throws Bug when one is the identity: no hash leads there
 */
export function affineCoordinates<E>(
  f: FieldArithmetic<E>,
  points: readonly ProjectivePoint<E>[],
): readonly { readonly x: E; readonly y: E }[] {
  const before: E[] = [];
  let product = f.constant(1n);
  for (const { z } of points) {
    before.push(product);
    product = f.multiply(product, z);
  }
  assert(f.isZero(product) === 0, 'a sum of mapped points is the identity');
  // p - 2 = 4·(p-3)/4 + 1
  let inverse = f.multiply(f.square(powerForRoots(f, product), 2), product);
  const out = points.map(({ x, y }) => ({ x, y }));
  for (let n = points.length - 1; n >= 0; n--) {
    const [point, earlier] = [points[n], before[n]];
    assert(point !== undefined && earlier !== undefined, 'a point without a product');
    const inverseOfZ = f.multiply(inverse, earlier);
    inverse = f.multiply(inverse, point.z);
    out[n] = { x: f.multiply(point.x, inverseOfZ), y: f.multiply(point.y, inverseOfZ) };
  }
  return out;
}
