import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { fromHex } from '../../../src/crypto/bytes.ts';
import {
  type RlpItem,
  decodeRlp,
  encodeRlp,
  readBytes,
  readInteger,
  readList,
  rlpInteger,
} from '../../../src/ethereum/rlp.ts';

const refused = expect.objectContaining({ code: 'tx-malformed' });
const { item } = fc.letrec<{ item: RlpItem; list: RlpItem[] }>((tie) => ({
  item: fc.oneof({ depthSize: 'small' }, fc.uint8Array({ maxLength: 70 }), tie('list')),
  list: fc.array(tie('item'), { maxLength: 4 }),
}));

describe('RLP', () => {
  it('reads back what it writes', () => {
    fc.assert(
      fc.property(item, (value) => {
        expect(decodeRlp(encodeRlp(value), 'x')).toEqual(value);
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it('refuses every truncation and one byte too many', () => {
    const bytes = encodeRlp([new Uint8Array(60), [Uint8Array.of(1, 2)], Uint8Array.of(200)]);
    for (let length = 0; length < bytes.length; length++)
      expect(() => decodeRlp(bytes.subarray(0, length), 'x')).toThrow(refused);
    expect(() => decodeRlp(Uint8Array.from([...bytes, 0]), 'x')).toThrow(refused);
  });

  it.each([
    ['a length in a longer form', 'b80101'],
    ['a single byte with a length', '8101'],
    ['a list length with leading zeros', 'f90001c0'],
    ['a length beyond all memory', 'bbffffffff'],
  ])('refuses %s', (_, hex) => {
    expect(() => decodeRlp(fromHex(hex)!, 'x')).toThrow(refused);
  });

  it('refuses ten thousand lists in each other without using up the stack', () => {
    let value: RlpItem = [];
    for (let depth = 0; depth < 900; depth++) value = [value];
    expect(decodeRlp(encodeRlp(value), 'x')).toEqual(value);
    expect(() => decodeRlp(new Uint8Array(10_000).fill(0xc1), 'x')).toThrow(refused);
  });

  it('takes integers without leading zeros, within their width', () => {
    expect(rlpInteger(0n)).toEqual(new Uint8Array(0));
    expect(rlpInteger(256n)).toEqual(Uint8Array.of(1, 0));
    expect(readInteger(Uint8Array.of(1, 0), 2, 'x')).toBe(256n);
    expect(() => readInteger(Uint8Array.of(1, 0, 0), 2, 'x')).toThrow(refused);
    expect(() => readInteger(Uint8Array.of(0), 2, 'x')).toThrow(refused);
  });

  it('tells lists from bytes', () => {
    expect(() => readBytes([], 'x')).toThrow(refused);
    expect(() => readBytes(new Uint8Array(3), 'x', 4)).toThrow(refused);
    expect(() => readList(new Uint8Array(0), 'x')).toThrow(refused);
    expect(() => readList(undefined, 'x')).toThrow(refused);
  });
});
