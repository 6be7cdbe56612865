import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { type Reader } from '../../../src/crypto/codec.ts';
import { encodeVarint, readVarint } from '../../../src/chain/varint.ts';

function readerOf(bytes: readonly number[]): Reader {
  let at = 0;
  return {
    take: (length) => {
      if (at + length > bytes.length) throw new RangeError('early end');
      at += length;
      return Uint8Array.from(bytes.slice(at - length, at));
    },
  };
}
const read = (...bytes: number[]): bigint => readVarint(readerOf(bytes), 'n');
const refused = expect.objectContaining({ code: 'batch-malformed' });

describe('a varint', () => {
  it('reads back what it writes, over all of 64 bits', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), (value) => {
        expect(read(...encodeVarint(value))).toBe(value);
      }),
      { seed: 5 },
    );
  });

  it.each([
    [0, [0]],
    [127, [127]],
    [128, [128, 1]],
    [300, [172, 2]],
  ])('writes %i as LEB128 does', (value, bytes) => {
    expect([...encodeVarint(value)]).toEqual(bytes);
  });

  it('is refused in a longer form, beyond 64 bits, and without an end', () => {
    expect(() => read(128, 0)).toThrow(refused);
    expect(() => read(255, 128, 0)).toThrow(refused);
    expect(() => read(...Array.from({ length: 9 }, () => 255), 2)).toThrow(refused);
    expect(() => read(...Array.from({ length: 11 }, () => 255))).toThrow(refused);
    expect(() => read(128)).toThrow('early end');
  });

  it('of a negative or too large number is our own mistake', () => {
    expect(() => encodeVarint(-1)).toThrow('no u64');
    expect(() => encodeVarint(1n << 64n)).toThrow('no u64');
  });
});
