import { describe, expect, it } from 'vitest';

import { pureBulk } from '../../../src/crypto/bulk-pure.ts';
import { bigintToBytes, concat, toHex } from '../../../src/crypto/bytes.ts';
import { Bug } from '../../../src/crypto/errors.ts';
import { p, q } from '../../../src/crypto/secp256k1.ts';

// Small numbers, by hand; test/compliance/bulk.test.ts holds the properties, for all implementations.
const list = (...values: readonly bigint[]): Uint8Array =>
  concat(...values.map((value) => bigintToBytes(value, 32)));

describe('pure bulk arithmetic', () => {
  it('differences wrap around the group order', () => {
    expect(
      pureBulk.maskedDifferences(list(1n, 5n, 0n, q), list(2n, 3n, 0n, 0n), list(0n, 1n, q - 1n, 4n)),
    ).toEqual(list(q - 1n, 3n, q - 1n, 4n));
  });

  it('a bit of zero leaves x, reduced', () => {
    const y = list(7n, 7n, 7n, 7n);
    expect(pureBulk.selectedSums(list(q, 1n, 2n, 3n), Uint8Array.of(0), y)).toEqual(list(0n, 1n, 2n, 3n));
    expect(pureBulk.selectedSums(list(q, 1n, 2n, 3n), Uint8Array.of(1), y)).toEqual(list(7n, 8n, 9n, 10n));
  });

  it('check sums use the challenges of their repetition', () => {
    const options = { theta: list(2n, 3n, 4n, 5n), bits: Uint8Array.of(1), eta: list(1000n, 10n) };
    expect(pureBulk.checkSums(list(10n, 20n, 100n, 200n), options)).toEqual(list(q - 820n, 330n));
  });

  it('weighted sums take the first two of a row', () => {
    const x = list(1n, 2n, 0n, 0n, 3n, 4n, 0n, 0n);
    expect(pureBulk.weightedSums(x, list(10n, 100n))).toEqual(list(310n, 420n));
  });

  it('the hash of a column is SHA-256 of 37 bytes', () => {
    const zero = new Uint8Array(16);
    const digests = pureBulk.columnHashes(zero, { prefix: zero, firstColumn: 0, shift: zero });
    // SHA-256 of 37 zero bytes, of OpenSSL.
    expect(toHex(digests.subarray(0, 32))).toBe(
      'ab24a95f44ceca5d2aed4b6d056adddd8539f44c6cd6ca506534e830c82ea8a8',
    );
    expect(digests.length).toBe(128);
  });

  it('two elements whose points cancel have no sum', () => {
    expect(() => pureBulk.mapToCurve(list(5n, p - 5n))).toThrow(Bug);
  });
});
