import { secp256k1_hasher } from '@noble/curves/secp256k1.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { pureBulk } from '../../src/crypto/bulk-pure.ts';
import type { Bulk } from '../../src/crypto/bulk.ts';
import { bigintToBytes, bytesToBigint, concat, u32, u8, xorBytes } from '../../src/crypto/bytes.ts';
import { primitives } from '../../src/crypto/primitives.ts';
import { p, q } from '../../src/crypto/secp256k1.ts';
import { wasmBulk } from '../../src/system/wasm/bulk.ts';

// One suite for every implementation; what is expected is written out here with bigints and with noble.

const fast = wasmBulk();
const implementations: readonly Bulk[] = fast === undefined ? [pureBulk] : [pureBulk, fast];

const of = (value: bigint): Uint8Array => bigintToBytes(value, 32);
const list = (values: readonly bigint[]): Uint8Array => concat(...values.map(of));
const edges = (bound: bigint): readonly bigint[] => [
  0n,
  1n,
  bound - 1n,
  bound >> 1n,
  2n ** 26n - 1n,
  2n ** 208n,
];
const below = (bound: bigint): fc.Arbitrary<bigint> =>
  fc.oneof(fc.constantFrom(...edges(bound)), fc.bigInt({ min: 0n, max: bound - 1n }));
const any256 = below(2n ** 256n);
const scalar = below(q);
const many = (item: fc.Arbitrary<bigint>, count: number): fc.Arbitrary<readonly bigint[]> =>
  fc.array(item, { minLength: count, maxLength: count });
const bits = (count: number): fc.Arbitrary<readonly number[]> =>
  fc.array(fc.constantFrom(0, 1), { minLength: count, maxLength: count });
const mod = (value: bigint): bigint => ((value % q) + q) % q;

/** map_to_curve of the library, whose declared type is that of extension fields. */
const reference = (
  u: bigint,
): { add: (other: unknown) => { toBytes: (compressed: boolean) => Uint8Array } } =>
  Reflect.apply(secp256k1_hasher.mapToCurve, secp256k1_hasher, [u]) as ReturnType<typeof reference>;

describe('the implementations', () => {
  it('include the fast one on this platform', () => {
    expect(implementations.map(({ name }) => name)).toEqual(['pure', 'wasm']);
  });
});

describe.each(implementations)('bulk arithmetic: $name', (bulk) => {
  it('hashes four inputs a column', () => {
    const column = fc.uint8Array({ minLength: 16, maxLength: 16 });
    const number = fc.integer({ min: 0, max: 106_495 });
    fc.assert(
      fc.property(
        column,
        column,
        fc.array(column, { maxLength: 5 }),
        number,
        (prefix, shift, columns, first) => {
          const expected = columns.flatMap((row, c) =>
            [0, 1, 2, 3].map((w) =>
              primitives().sha256(concat(prefix, u32(first + c), u8(w), xorBytes(row, shift))),
            ),
          );
          expect(bulk.columnHashes(concat(...columns), { prefix, shift, firstColumn: first })).toEqual(
            concat(...expected),
          );
        },
      ),
    );
  });

  it('x − y + z modulo q, for any 256 bits', () => {
    fc.assert(
      fc.property(many(any256, 8), many(any256, 8), many(scalar, 4), (x, y, z) => {
        expect(bulk.maskedDifferences(list(x), list(y), list(z))).toEqual(
          list(x.map((value, n) => mod(value - y[n]! + z[n & 3]!))),
        );
      }),
      { numRuns: 200 },
    );
  });

  it('x + bit·y modulo q, with one bit a row', () => {
    fc.assert(
      fc.property(many(any256, 12), bits(3), many(scalar, 12), (x, flags, y) => {
        expect(bulk.selectedSums(list(x), Uint8Array.from(flags), list(y))).toEqual(
          list(x.map((value, n) => mod(value + BigInt(flags[n >> 2]!) * y[n]!))),
        );
      }),
      { numRuns: 200 },
    );
  });

  it('two check sums a row', () => {
    fc.assert(
      fc.property(many(any256, 12), many(scalar, 4), bits(3), many(scalar, 2), (x, theta, flags, eta) => {
        const expected = flags.flatMap((bit, j) =>
          [0, 1].map((z) => {
            const products = theta[2 * z]! * x[4 * j]! + theta[2 * z + 1]! * x[4 * j + 1]!;
            return mod(x[4 * j + 2 + z]! + products - BigInt(bit) * eta[z]!);
          }),
        );
        const options = { theta: list(theta), bits: Uint8Array.from(flags), eta: list(eta) };
        expect(bulk.checkSums(list(x), options)).toEqual(list(expected));
      }),
      { numRuns: 200 },
    );
  });

  it('weighted sums of the first two of each row', () => {
    fc.assert(
      fc.property(many(any256, 4 * 5), many(scalar, 5), (x, g) => {
        const sum = (i: number): bigint =>
          mod(g.reduce((total, value, j) => total + value * x[4 * j + i]!, 0n));
        expect(bulk.weightedSums(list(x), list(g))).toEqual(list([sum(0), sum(1)]));
      }),
      { numRuns: 200 },
    );
  });

  it('416 products of the largest factors do not overflow', () => {
    const largest = 2n ** 256n - 1n;
    const x = list(Array.from({ length: 4 * 416 }, () => largest));
    const g = list(Array.from({ length: 416 }, () => q - 1n));
    expect(bulk.weightedSums(x, g)).toEqual(
      list([mod(416n * largest * (q - 1n)), mod(416n * largest * (q - 1n))]),
    );
  });

  it('more rows than one multiplication has', () => {
    const x = Uint8Array.from({ length: 128 * 1000 }, (_, k) => (k * 131 + (k >> 8)) & 255);
    const last = x.subarray(128 * 999);
    const flags = new Uint8Array(1000).fill(1);
    const tail = (all: Uint8Array, bytes: number): Uint8Array => all.subarray(all.length - bytes);
    expect(tail(bulk.maskedDifferences(x, x.toReversed(), list([1n, 2n, 3n, 4n])), 128)).toEqual(
      pureBulk.maskedDifferences(last, x.toReversed().subarray(128 * 999), list([1n, 2n, 3n, 4n])),
    );
    expect(tail(bulk.selectedSums(x, flags, x), 128)).toEqual(
      pureBulk.selectedSums(last, Uint8Array.of(1), last),
    );
    const options = { theta: list([5n, 6n, 7n, 8n]), eta: list([9n, 10n]) };
    expect(tail(bulk.checkSums(x, { ...options, bits: flags }), 64)).toEqual(
      pureBulk.checkSums(last, { ...options, bits: Uint8Array.of(1) }),
    );
    const hash = { prefix: x.subarray(0, 16), shift: x.subarray(16, 32) };
    expect(tail(bulk.columnHashes(x, { ...hash, firstColumn: 3 }), 128)).toEqual(
      pureBulk.columnHashes(tail(x, 16), { ...hash, firstColumn: 3 + 8 * 1000 - 1 }),
    );
  });

  it('the map to the curve is that of the library, at its exceptional inputs too', () => {
    // 1/√11 is where the denominator of the map vanishes: Z²·u⁴ + Z·u² = 0 for Z = −11.
    let root = 1n;
    for (
      let [base, exponent] = [11n, (p + 1n) / 4n];
      exponent > 0n;
      exponent >>= 1n, base = (base * base) % p
    )
      if (exponent % 2n === 1n) root = (root * base) % p;
    let inverse = 1n;
    for (let [base, exponent] = [root, p - 2n]; exponent > 0n; exponent >>= 1n, base = (base * base) % p)
      if (exponent % 2n === 1n) inverse = (inverse * base) % p;
    expect((11n * inverse * inverse) % p).toBe(1n);
    const special = [0n, 1n, 2n, p - 1n, p - 2n, inverse, p - inverse];
    const element = fc.oneof(fc.constantFrom(...special), below(p));
    fc.assert(
      fc.property(element, element, (u0, u1) => {
        fc.pre((u0 + u1) % p !== 0n); // their sum may be the identity, which no hash gives
        const point = bulk.mapToCurve(list([u0, u1]));
        expect(point).toEqual(reference(u0).add(reference(u1)).toBytes(false));
      }),
      { numRuns: 60 },
    );
  });

  it('maps many points, each as it would alone', () => {
    const elements = Uint8Array.from({ length: 64 * 300 }, (_, k) =>
      k % 32 === 0 ? 1 : (k * 73 + (k >> 6)) & 255,
    );
    const points = bulk.mapToCurve(elements);
    expect(points.length).toBe(65 * 300);
    for (const n of [0, 1, 255, 256, 299]) {
      const [u0, u1] = [0, 32].map((k) => bytesToBigint(elements.subarray(64 * n + k, 64 * n + k + 32)));
      expect(points.subarray(65 * n, 65 * n + 65)).toEqual(reference(u0!).add(reference(u1!)).toBytes(false));
    }
    expect(bulk.mapToCurve(new Uint8Array())).toEqual(new Uint8Array());
  });
});
