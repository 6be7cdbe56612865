import { describe, expect, test } from 'vitest';

import { plain } from '../../../src/audit/plain.ts';

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
});
