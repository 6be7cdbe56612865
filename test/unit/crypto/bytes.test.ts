import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  ascii,
  bigintToBytes,
  bytesToBigint,
  compareBytes,
  concat,
  constantTimeEqual,
  equalBytes,
  fromHex,
  latin1,
  to0x,
  toHex,
  u16,
  u32,
  u64,
  u8,
  wipe,
  xorBytes,
} from '../../../src/crypto/bytes.ts';
import { Bug } from '../../../src/crypto/errors.ts';

const anyBytes = fc.uint8Array({ maxLength: 80 });

describe('integers', () => {
  test('are written big-endian in their width', () => {
    expect([...u8(255)]).toEqual([255]);
    expect([...u16(0x0102)]).toEqual([1, 2]);
    expect([...u32(0x01020304)]).toEqual([1, 2, 3, 4]);
    expect([...u64(0x0102030405060708n)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect([...u64(258)]).toEqual([0, 0, 0, 0, 0, 0, 1, 2]);
  });

  test('that do not fit are our own mistake', () => {
    for (const write of [
      () => u8(256),
      () => u16(65_536),
      () => u32(2 ** 32),
      () => u64(2n ** 64n),
      () => u8(-1),
      () => u32(1.5),
      () => u64(-1n),
      () => bigintToBytes(256n, 1),
    ])
      expect(write).toThrow(Bug);
  });

  test('of any width come back', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        expect(bigintToBytes(bytesToBigint(bytes), bytes.length)).toEqual(bytes);
        expect(bytesToBigint(bytes)).toBe(BigInt(`0x0${toHex(bytes)}`));
      }),
    );
  });

  test('are read from the view alone, not from the buffer behind it', () => {
    const around = Uint8Array.of(9, 1, 2, 9);
    expect(bytesToBigint(around.subarray(1, 3))).toBe(258n);
  });
});

describe('comparison', () => {
  test('both equalities say the same', () => {
    fc.assert(
      fc.property(anyBytes, anyBytes, (a, b) => {
        expect(constantTimeEqual(a, b)).toBe(toHex(a) === toHex(b));
        expect(equalBytes(a, b)).toBe(toHex(a) === toHex(b));
        expect(constantTimeEqual(a, a.slice())).toBe(true);
        expect(equalBytes(a, a.slice())).toBe(true);
      }),
    );
  });

  test('each flipped bit makes bytes unequal', () => {
    const bytes = ascii('digest');
    for (let bit = 0; bit < 48; bit++) {
      const flipped = bytes.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
      expect(constantTimeEqual(bytes, flipped)).toBe(false);
      expect(equalBytes(bytes, flipped)).toBe(false);
    }
  });

  test('the order is that of unsigned bytes, a prefix before what it begins', () => {
    const sorted = [[], [0], [0, 255], [1], [127], [128], [255, 0]].map((bytes) => Uint8Array.from(bytes));
    expect([...sorted].reverse().sort(compareBytes)).toEqual(sorted);
    expect(compareBytes(ascii('a'), ascii('a'))).toBe(0);
  });
});

describe('joining, mixing and wiping', () => {
  test('parts are joined in order', () => {
    expect([...concat(ascii('a'), new Uint8Array(), ascii('bc'))]).toEqual([97, 98, 99]);
    expect(concat()).toHaveLength(0);
  });

  test('xor is its own inverse and wants equal lengths', () => {
    const [a, b] = [ascii('one'), ascii('two')];
    expect(xorBytes(xorBytes(a, b), b)).toEqual(a);
    expect([...xorBytes(a, a)]).toEqual([0, 0, 0]);
    expect(() => xorBytes(a, ascii('four'))).toThrow(Bug);
  });

  test('wiped bytes are zeros', () => {
    const [a, b] = [ascii('one'), ascii('two')];
    wipe(a, b);
    expect([...a, ...b]).toEqual([0, 0, 0, 0, 0, 0]);
  });
});

describe('text', () => {
  test('hex comes back, in either case and with or without 0x', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        expect(fromHex(toHex(bytes))).toEqual(bytes);
        expect(fromHex(to0x(bytes).toUpperCase().replace('0X', '0x'))).toEqual(bytes);
      }),
    );
    expect(to0x(Uint8Array.of(0, 171))).toBe('0x00ab');
  });

  test('what is not hex gives nothing', () => {
    for (const text of ['0', '0x0', 'zz', '0x0g', ' 00', '00 ', '0x 0', '+1', '-1'])
      expect(fromHex(text)).toBeUndefined();
  });

  test('only ASCII becomes ASCII', () => {
    expect([...ascii('aZ~')]).toEqual([97, 90, 126]);
    for (const text of ['ü', '€', '😀', '\u0080']) expect(() => ascii(text)).toThrow(Bug);
  });
});

describe('text of bytes', () => {
  test('is one character a byte, for more bytes than a call has arguments', () => {
    const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => i % 256);
    const text = latin1(bytes);
    expect(text).toHaveLength(300_000);
    expect([0, 65, 255, 299_999].map((i) => text.charCodeAt(i))).toEqual([0, 65, 255, 299_999 % 256]);
    expect(latin1(new Uint8Array(0))).toBe('');
  });

  test('as hex goes both ways for long strings too, and refuses every other character', () => {
    const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => (7 * i) % 256);
    expect(fromHex(toHex(bytes))).toEqual(bytes);
    for (let code = 0; code < 300; code++) {
      const digit = String.fromCharCode(code);
      const isDigit = /^[0-9a-fA-F]$/.test(digit);
      expect(fromHex(`000${digit}`) !== undefined, digit).toBe(isDigit);
      expect(fromHex(`00${digit}0`) !== undefined, digit).toBe(isDigit);
    }
  });
});
