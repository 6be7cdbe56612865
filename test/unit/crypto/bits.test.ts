import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  bitAt,
  bytesOfWords,
  selectBytes,
  transpose32,
  transposeBits,
  wordsOf,
} from '../../../src/crypto/bits.ts';
import { Bug } from '../../../src/crypto/errors.ts';

const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });

describe('bits', () => {
  it('bit 0 is the least significant bit of the first byte', () => {
    const value = Uint8Array.of(0b0000_0001, 0b1000_0000);
    expect(Array.from({ length: 16 }, (_, i) => bitAt(value, i)).join('')).toBe('1000000000000001');
  });

  it('words and bytes are the same bits', () => {
    fc.assert(
      fc.property(bytes(32), (value) => {
        const words = wordsOf(value);
        for (let i = 0; i < 256; i++) expect((words[i >> 5]! >>> (i & 31)) & 1).toBe(bitAt(value, i));
        expect(bytesOfWords(words)).toEqual(value);
      }),
    );
  });

  it('words are read at any offset of a buffer', () => {
    expect([...wordsOf(Uint8Array.of(9, 1, 2, 3, 4).subarray(1))]).toEqual([0x04030201]);
  });

  it('selection takes one of two byte strings', () => {
    const [off, on] = [Uint8Array.of(1, 2, 255), Uint8Array.of(7, 0, 128)];
    expect(selectBytes(0, off, on)).toEqual(off);
    expect(selectBytes(1, off, on)).toEqual(on);
    expect(() => selectBytes(1, off, Uint8Array.of(1))).toThrow(Bug);
  });

  it('a square of 32 words is transposed bit by bit, and twice is identity', () => {
    fc.assert(
      fc.property(bytes(128), (value) => {
        const before = wordsOf(value);
        const after = before.slice();
        transpose32(after);
        for (let r = 0; r < 32; r++)
          for (let c = 0; c < 32; c++) expect((after[c]! >>> r) & 1).toBe((before[r]! >>> c) & 1);
        transpose32(after);
        expect(after).toEqual(before);
      }),
      { numRuns: 5 },
    );
  });

  it('bit i of column j is bit j of row i, for 128 rows', () => {
    fc.assert(
      fc.property(bytes(128 * 24), (rows) => {
        const columns = transposeBits(rows, 24, 160);
        expect(columns.length).toBe(160 * 16);
        let same = true;
        for (let i = 0; i < 128; i++)
          for (let j = 0; j < 160; j++)
            same &&=
              bitAt(columns.subarray(16 * j, 16 * j + 16), i) ===
              bitAt(rows.subarray(24 * i, 24 * i + 24), j);
        expect(same).toBe(true);
      }),
      { numRuns: 5 },
    );
  });

  it('transposing twice is identity', () => {
    fc.assert(
      fc.property(bytes(128 * 16), (rows) => {
        expect(transposeBits(transposeBits(rows, 16, 128), 16, 128)).toEqual(rows);
      }),
    );
  });

  it('a matrix without whole blocks is refused', () => {
    expect(() => transposeBits(new Uint8Array(31 * 4), 4, 32)).toThrow(Bug);
    expect(() => transposeBits(new Uint8Array(32 * 4), 4, 64)).toThrow(Bug);
    expect(() => transpose32(new Uint32Array(31))).toThrow(Bug);
    expect(() => wordsOf(new Uint8Array(5))).toThrow(Bug);
  });
});
