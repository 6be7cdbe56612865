import { sha256 } from '@noble/hashes/sha2.js';

import type { Bulk } from './bulk.ts';
import {
  type FieldArithmetic,
  type ProjectivePoint,
  addPoints,
  affineCoordinates,
  mapToPoint,
} from './sswu.ts';

const q = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** Numbers of 32 bytes each. */
function numbersOf(bytes: Uint8Array): readonly bigint[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const out = new Array<bigint>(bytes.length / 32);
  for (let n = 0, at = 0; n < out.length; n++, at += 32) {
    const high = (view.getBigUint64(at) << 64n) | view.getBigUint64(at + 8);
    const low = (view.getBigUint64(at + 16) << 64n) | view.getBigUint64(at + 24);
    out[n] = (high << 128n) | low;
  }
  return out;
}

/** 32 bytes for each of `count` values. */
function bytesOf(count: number, value: (n: number) => bigint): Uint8Array {
  const out = new Uint8Array(32 * count);
  const view = new DataView(out.buffer);
  for (let n = 0; n < count; n++) {
    const number = value(n);
    view.setBigUint64(32 * n, number >> 192n);
    view.setBigUint64(32 * n + 8, BigInt.asUintN(64, number >> 128n));
    view.setBigUint64(32 * n + 16, BigInt.asUintN(64, number >> 64n));
    view.setBigUint64(32 * n + 24, BigInt.asUintN(64, number));
  }
  return out;
}

/** Products stay unreduced until the end of a sum: 416 of them are below 2^521. */
function weightedSums(x: Uint8Array, weights: Uint8Array): Uint8Array {
  const values = numbersOf(x);
  let [first, second] = [0n, 0n];
  numbersOf(weights).forEach((g, j) => {
    first += g * (values[4 * j] ?? 0n);
    second += g * (values[4 * j + 1] ?? 0n);
  });
  return bytesOf(2, (n) => (n === 0 ? first : second) % q);
}

const p = 2n ** 256n - 2n ** 32n - 977n;

const field: FieldArithmetic<bigint> = {
  constant: (value) => value,
  multiply: (a, b) => (a * b) % p,
  square: (a, times) => {
    let value = a;
    for (let n = 0; n < times; n++) value = (value * value) % p;
    return value;
  },
  add: (a, b) => (a + b) % p,
  subtract: (a, b) => (a + p - b) % p,
  select: (bit, off, on) => (bit === 0 ? off : on),
  isZero: (a) => (a === 0n ? 1 : 0),
  parity: (a) => Number(a & 1n),
};

function mapToCurve(elements: Uint8Array): Uint8Array {
  const mapped = numbersOf(elements).map((u) => mapToPoint(field, u));
  const sums: ProjectivePoint<bigint>[] = [];
  mapped.forEach((right, n) => {
    const left = mapped[n - 1];
    if (n % 2 === 1 && left !== undefined) sums.push(addPoints(field, left, right));
  });
  const out = new Uint8Array(65 * sums.length);
  affineCoordinates(field, sums).forEach(({ x, y }, n) => {
    out[65 * n] = 4;
    out.set(
      bytesOf(2, (k) => (k === 0 ? x : y)),
      65 * n + 1,
    );
  });
  return out;
}

/** noble's SHA-256, and bigints, whose arithmetic takes a time that depends a little on the values. */
export const pureBulk: Bulk = {
  name: 'pure',
  columnHashes: (columns, { prefix, firstColumn, shift }) => {
    const count = columns.length / 16;
    const out = new Uint8Array(128 * count);
    const input = new Uint8Array(37);
    const view = new DataView(input.buffer);
    input.set(prefix);
    for (let c = 0; c < count; c++) {
      view.setUint32(16, firstColumn + c);
      for (let k = 0; k < 16; k++) input[21 + k] = (columns[16 * c + k] ?? 0) ^ (shift[k] ?? 0);
      for (let w = 0; w < 4; w++) {
        input[20] = w;
        out.set(sha256(input), 128 * c + 32 * w);
      }
    }
    input.fill(0);
    return out;
  },
  maskedDifferences: (x, y, z) => {
    const [xs, ys, zs] = [numbersOf(x), numbersOf(y), numbersOf(z)];
    // Any 256 bits are below 2q: adding 2q keeps the difference positive.
    return bytesOf(xs.length, (n) => ((xs[n] ?? 0n) + 2n * q - (ys[n] ?? 0n) + (zs[n & 3] ?? 0n)) % q);
  },
  selectedSums: (x, bits, y) => {
    const [xs, ys, factors] = [numbersOf(x), numbersOf(y), Array.from(bits, BigInt)];
    return bytesOf(xs.length, (n) => ((xs[n] ?? 0n) + (factors[n >> 2] ?? 0n) * (ys[n] ?? 0n)) % q);
  },
  checkSums: (x, { theta, bits, eta }) => {
    const [xs, ts, factors] = [numbersOf(x), numbersOf(theta), Array.from(bits, BigInt)];
    const answers = numbersOf(eta).map((value) => q - value);
    return bytesOf(xs.length / 2, (n) => {
      const [row, z] = [4 * (n >> 1), n & 1];
      const products = (ts[2 * z] ?? 0n) * (xs[row] ?? 0n) + (ts[2 * z + 1] ?? 0n) * (xs[row + 1] ?? 0n);
      return ((xs[row + 2 + z] ?? 0n) + products + (factors[n >> 1] ?? 0n) * (answers[z] ?? 0n)) % q;
    });
  },
  weightedSums,
  mapToCurve,
};
