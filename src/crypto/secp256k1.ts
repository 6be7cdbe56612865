import type { Brand } from './brand.ts';
import { bigintToBytes, bytesToBigint, concat, equalBytes } from './bytes.ts';
import { type Codec, malformed } from './codec.ts';
import { InputError, assert } from './errors.ts';
import { primitives } from './primitives.ts';

/** Order of secp256k1. */
export const q = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
/** Prime of the base field of secp256k1. */
export const p = 0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2fn;

/** An integer in [0, q-1]. */
export type Scalar = Brand<bigint, 'Scalar'>;
/** Randomness as an argument: `rng(n)` gives n fresh uniform bytes. */
export type Rng = (length: number) => Uint8Array;

/** A bigint reduced modulo q. For arithmetic; what comes from outside is decoded by `scalarCodec` instead. */
export const scalar = (value: bigint): Scalar => (((value % q) + q) % q) as Scalar;
/** The same for what is not negative: one division less in the inner loops. */
const reduced = (value: bigint): Scalar => (value % q) as Scalar;
/** a + b mod q. */
export const add = (a: Scalar, b: Scalar): Scalar => reduced(a + b);
/** a − b mod q. */
export const subtract = (a: Scalar, b: Scalar): Scalar => reduced(a - b + q);
/** a · b mod q. */
export const multiply = (a: Scalar, b: Scalar): Scalar => reduced(a * b);
/** Σ values mod q. */
export const sum = (values: Iterable<Scalar>): Scalar => {
  let total = 0n;
  for (const value of values) total += value;
  return reduced(total);
};

/** a⁻¹ mod q, by the extended Euclidean algorithm: for public or blinded values. @throws Bug for zero */
export function invert(a: Scalar): Scalar {
  assert(a !== 0n, 'zero has no inverse');
  let [r, s, u, v] = [q, a as bigint, 0n, 1n];
  while (s !== 0n) {
    const quotient = r / s;
    [r, s, u, v] = [s, r - quotient * s, v, u - quotient * v];
  }
  return scalar(u);
}

/** 32 bytes, big-endian. */
export const scalarToBytes = (value: Scalar): Uint8Array => bigintToBytes(value, 32);

/** A uniform scalar in [1, q-1], by rejection. [protocol, 3.4] */
export function randomScalar(rng: Rng): Scalar {
  for (;;) {
    const value = bytesToBigint(rng(32));
    if (value >= 1n && value < q) return scalar(value);
  }
}

/** Strict: exactly 32 bytes, below q, never reduced. [protocol, 3.3] */
export const scalarCodec: Codec<Scalar> = {
  schema: { kind: 'scalar', length: 32 },
  maxBytes: 32,
  write: scalarToBytes,
  read: (from, path) => {
    const value = bytesToBigint(from.take(32, path));
    if (value >= q) throw malformed(path, 'is not below the group order');
    return scalar(value);
  },
};

/** A point of secp256k1, or the identity. Immutable. */
export class Point {
  /** 65 bytes, SEC1 uncompressed; `undefined` for the identity. */
  readonly #sec1: Uint8Array | undefined;

  private constructor(sec1: Uint8Array | undefined) {
    this.#sec1 = sec1;
  }

  /** The neutral element. It has no encoding. */
  static readonly identity: Point = new Point(undefined);

  /** A canonical point of 33 or 65 SEC1 bytes. @throws InputError malformed for anything else */
  static fromBytes(sec1: Uint8Array, path = 'point'): Point {
    const parsed = primitives().parsePoint(sec1);
    if (parsed === undefined) throw malformed(path, 'is no point of secp256k1 in canonical form');
    return new Point(parsed);
  }

  /** Wraps what a primitive returned. Not for bytes from outside. */
  static ofPrimitive(sec1: Uint8Array | undefined): Point {
    return sec1 === undefined ? Point.identity : new Point(sec1);
  }

  /** Whether this is the neutral element. */
  get isIdentity(): boolean {
    return this.#sec1 === undefined;
  }

  /** 65 bytes, uncompressed. @throws InputError identity for the identity, which has no encoding */
  get uncompressed(): Uint8Array {
    if (this.#sec1 === undefined) throw new InputError('identity', 'point', 'the identity has no encoding');
    return this.#sec1;
  }

  /** 33 bytes, compressed. @throws InputError identity for the identity */
  toBytes(): Uint8Array {
    const full = this.uncompressed;
    const out = full.slice(0, 33);
    out[0] = 2 + ((full[64] ?? 0) & 1);
    return out;
  }

  /** Affine x as an integer in [0, p). @throws InputError identity */
  get x(): bigint {
    return bytesToBigint(this.uncompressed.subarray(1, 33));
  }

  /** y mod 2. @throws InputError identity */
  get yParity(): 0 | 1 {
    return ((this.uncompressed[64] ?? 0) & 1) === 1 ? 1 : 0;
  }

  /** Whether both are the same element. */
  equals(other: Point): boolean {
    if (this.isIdentity || other.isIdentity) return this.isIdentity === other.isIdentity;
    return equalBytes(this.uncompressed, other.uncompressed);
  }

  /** −P. */
  negate(): Point {
    if (this.#sec1 === undefined) return this;
    const out = this.#sec1.slice();
    out.set(bigintToBytes(p - bytesToBigint(out.subarray(33)), 32), 33);
    return new Point(out);
  }

  /** P + Q + …, the identity for none. */
  static sum(points: readonly Point[]): Point {
    const proper = points.filter((point) => !point.isIdentity).map((point) => point.uncompressed);
    return proper.length === 0 ? Point.identity : Point.ofPrimitive(primitives().addPoints(proper));
  }

  /** P + Q. */
  add(other: Point): Point {
    return Point.sum([this, other]);
  }

  /** P − Q. */
  subtract(other: Point): Point {
    return this.add(other.negate());
  }
}

/** secret · G. The steps do not depend on the secret, as far as the installed primitives go. */
export const actBase = (secret: Scalar): Point =>
  secret === 0n ? Point.identity : Point.ofPrimitive(primitives().baseMultiply(scalarToBytes(secret)));

/** secret · P, for secret scalars. */
export const act = (secret: Scalar, point: Point): Point =>
  secret === 0n || point.isIdentity
    ? Point.identity
    : Point.ofPrimitive(primitives().multiply(point.uncompressed, scalarToBytes(secret)));

/** scalar · P in variable time, for public scalars only. */
export const actPublic = (value: Scalar, point: Point): Point =>
  value === 0n || point.isIdentity
    ? Point.identity
    : Point.ofPrimitive(primitives().multiplyPublic(point.uncompressed, scalarToBytes(value)));

/** The base point. Written down, so that loading this file computes nothing. [SEC 2, 2.4.1] */
export const G: Point = Point.ofPrimitive(
  concat(
    Uint8Array.of(4),
    bigintToBytes(0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798n, 32),
    bigintToBytes(0x483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8n, 32),
  ),
);

/** 33 bytes, compressed, on the curve, not the identity. [protocol, 3.3] */
export const pointCodec: Codec<Point> = {
  schema: { kind: 'point', length: 33 },
  maxBytes: 33,
  write: (point) => point.toBytes(),
  read: (from, path) => Point.fromBytes(from.take(33, path), path),
};
