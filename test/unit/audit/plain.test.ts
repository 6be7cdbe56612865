import { describe, expect, test } from 'vitest';

import { inAscii, plain } from '../../../src/audit/plain.ts';

describe('plain text', () => {
  test('is what it was, in every script', () => {
    for (const text of ['', 'lock.json: it does not hold', 'Zürich, 東京, 🙂'])
      expect(plain(text)).toBe(text);
  });

  test('shows what is not seen, or changes what is', () => {
    expect(plain('a\nb\tc\u001b[31m')).toBe('a\\u{000a}b\\u{0009}c\\u{001b}[31m');
    for (const sly of [
      '\u0000',
      '\u007f',
      '\u009b',
      '\u200b',
      '\u202e',
      '\u2066',
      '\ufeff',
      '\ud800',
      '\u2028',
    ])
      expect(plain(`a${sly}b`)).toMatch(/^a\\u\{[0-9a-f]{4}\}b$/);
  });

  test('shows every character that Unicode calls ignorable, a control, a format or a blank', () => {
    const isUnseen = /[\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\u2800]|(?! )\p{Zs}/u;
    const missed: string[] = [];
    for (let code = 0; code <= 0x10ffff; code++) {
      const character = String.fromCodePoint(code);
      if (isUnseen.test(character) && plain(character) === character) missed.push(code.toString(16));
    }
    expect(missed).toEqual([]);
  });

  test('shows blanks and fillers, tags and selectors, one by one', () => {
    const codes = [0x3164, 0x115f, 0x1160, 0x2800, 0x34f, 0xe0001, 0xe0041, 0xfe0f, 0xe0100, 0xffa0, 0x180e];
    for (const code of codes)
      expect(plain(`a${String.fromCodePoint(code)}b`)).toBe(`a\\u{${code.toString(16).padStart(4, '0')}}b`);
  });
});

describe('JSON in ASCII', () => {
  test('says the same, and holds nothing that a terminal obeys', () => {
    const value = { 'a\u202e': '\u009b31m \u{e0041} Zürich \u007f \u001b' };
    const text = inAscii(JSON.stringify(value));
    expect(text).toMatch(/^[ -~]*$/);
    expect(JSON.parse(text)).toEqual(value);
  });
});
