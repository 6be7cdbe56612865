import { expect, it } from 'vitest';

import { toHex } from '../../../src/crypto/bytes.ts';
import { Bug } from '../../../src/crypto/errors.ts';
import {
  bytesOf,
  isListPart,
  partsOf,
  rlpBytes,
  rlpList,
  rlpNumber,
} from '../../../src/ethereum/rlp-parts.ts';
import { encodeRlp } from '../../../src/ethereum/rlp.ts';

const lengths = [0, 1, 2, 55, 56, 255, 256, 65_535, 65_536, 70_000];

it('writes what the reader of foreign RLP writes, and reads it back', () => {
  for (const length of lengths)
    for (const fill of [0, 127, 128]) {
      const bytes = new Uint8Array(length).fill(fill);
      expect(toHex(rlpBytes(bytes))).toBe(toHex(encodeRlp(bytes)));
      expect(toHex(bytesOf(rlpBytes(bytes)))).toBe(toHex(bytes));
      const list = rlpList([rlpBytes(bytes), rlpNumber(7n), rlpList([])]);
      expect(toHex(list)).toBe(toHex(encodeRlp([bytes, Uint8Array.of(7), []])));
      expect(partsOf(list).map(toHex)).toEqual([toHex(rlpBytes(bytes)), '07', 'c0']);
    }
  for (const value of [0n, 1n, 127n, 128n, 256n, 2n ** 255n])
    expect(bytesOf(rlpNumber(value)).length < 33).toBe(true);
  expect(rlpNumber(0n)).toEqual(Uint8Array.of(0x80));
  expect(isListPart(rlpList([]))).toBe(true);
  expect(isListPart(rlpBytes(new Uint8Array(60)))).toBe(false);
});
it('takes nothing apart that is cut, too long, or of the other kind', () => {
  const list = rlpList([rlpBytes(new Uint8Array(60)), rlpBytes(Uint8Array.of(200))]);
  for (let length = 0; length < list.length; length++)
    expect(() => partsOf(list.subarray(0, length))).toThrow(Bug);
  expect(() => partsOf(Uint8Array.of(...list, 1))).toThrow(Bug);
  expect(() => partsOf(rlpBytes(new Uint8Array(60)))).toThrow(Bug);
  expect(() => bytesOf(list)).toThrow(Bug);
  expect(() => bytesOf(new Uint8Array(0))).toThrow(Bug);
});
