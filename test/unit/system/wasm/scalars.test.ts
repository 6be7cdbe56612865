import { describe, expect, it } from 'vitest';

import { bigintToBytes, bytesToBigint, concat } from '../../../../src/crypto/bytes.ts';
import { q } from '../../../../src/crypto/secp256k1.ts';
import { Machine, webAssembly } from '../../../../src/system/wasm/machine.ts';
import { scalarFunctions } from '../../../../src/system/wasm/scalars.ts';

// The edges of the reduction; test/compliance/bulk.test.ts holds the properties.
const machine = new Machine(webAssembly()!);
const list = (...values: readonly bigint[]): Uint8Array =>
  concat(...values.map((value) => bigintToBytes(value, 32)));

/** Runs a loop once and reads `count` scalars. */
function results(
  name: string,
  inputs: readonly Uint8Array[],
  rows: number,
  count: number,
): readonly bigint[] {
  return machine.within(() => {
    const out = machine.room(32 * count);
    const [first = 0, second = 0, third = 0] = inputs.map((input) => machine.put(input));
    machine.call(name)(first, second, third, rows, out);
    const bytes = machine.read(out, 32 * count);
    return Array.from({ length: count }, (_, n) => bytesToBigint(bytes.subarray(32 * n, 32 * n + 32)));
  });
}
const top = 2n ** 256n - 1n;
const edges = [0n, 1n, q - 1n, q, q + 1n, top, 2n ** 256n - q, 2n ** 234n, 2n ** 128n];

describe('scalar loops', () => {
  it('are the four of the multiplication protocol', () => {
    expect(scalarFunctions().map(({ name }) => name)).toEqual([
      'maskedDifferences',
      'selectedSums',
      'checkSums',
      'weightedSums',
    ]);
  });

  it('differences are exact at the edges of 256 bits and of the order', () => {
    for (const x of edges)
      for (const y of edges)
        expect(results('maskedDifferences', [list(x), list(y), list(q - 1n, 0n, 0n, 0n)], 1, 1)).toEqual([
          (((x - y - 1n) % q) + q) % q,
        ]);
  });

  it('sums of products are exact at the edges', () => {
    for (const x of edges)
      for (const y of edges) {
        const sums = results('weightedSums', [list(x, y, 0n, 0n), list(q - 1n), new Uint8Array()], 1, 2);
        expect(sums).toEqual([(x * (q - 1n)) % q, (y * (q - 1n)) % q]);
      }
  });

  it('every product that is a multiple of the order, or next to it, is reduced to the end', () => {
    for (const [a, b] of [
      [q, q],
      [q + 1n, q],
      [q - 1n, q - 1n],
      [top, top],
      [top, q],
    ] as const)
      expect(results('weightedSums', [list(a, 0n, 0n, 0n), list(b), new Uint8Array()], 1, 2)).toEqual([
        (a * b) % q,
        0n,
      ]);
  });

  it('a check sum whose only term is negative is positive modulo the order', () => {
    const zero = list(0n, 0n, 0n, 0n);
    for (const eta of [0n, 1n, q - 1n]) {
      const sums = results('checkSums', [zero, concat(zero, list(eta, 0n)), Uint8Array.of(1)], 1, 2);
      expect(sums).toEqual([(q - eta) % q, 0n]);
    }
  });
});
