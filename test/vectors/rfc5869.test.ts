import { hkdfSync } from 'node:crypto';

import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { expect, test } from 'vitest';

import { ascii, concat, fromHex, toHex } from '../../src/crypto/bytes.ts';
import { deriveKey } from '../../src/crypto/hash.ts';

const bytes = (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array();
const counting = (from: number, count: number): Uint8Array =>
  Uint8Array.from({ length: count }, (_, i) => from + i);

// RFC 5869, appendix A.1 to A.3.
const cases = [
  {
    name: 'A.1',
    ikm: new Uint8Array(22).fill(0x0b),
    salt: counting(0, 13),
    info: counting(0xf0, 10),
    okm: '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf' + '34007208d5b887185865',
  },
  {
    name: 'A.2',
    ikm: counting(0, 80),
    salt: counting(0x60, 80),
    info: counting(0xb0, 80),
    okm:
      'b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c' +
      '59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71' +
      'cc30c58179ec3e87c14c01d5c1f3434f1d87',
  },
  {
    name: 'A.3',
    ikm: new Uint8Array(22).fill(0x0b),
    salt: new Uint8Array(),
    info: new Uint8Array(),
    okm: '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d' + '9d201395faa4b61a96c8',
  },
];

test.each(cases)('HKDF-SHA256 gives the output of RFC 5869, $name', ({ ikm, salt, info, okm }) => {
  expect(toHex(hkdf(sha256, ikm, salt, info, bytes(okm).length))).toBe(okm);
});

test('a derived key is HKDF-SHA256 under the info of its purpose, by another implementation', () => {
  const [secret, salt, context] = [counting(1, 32), counting(2, 32), counting(3, 8)];
  for (const purpose of ['dm', 'zero', 'link', 'seal', 'backup'] as const) {
    const info = concat(ascii(`conclave/v1/${purpose}`), context);
    const expected = new Uint8Array(hkdfSync('sha256', secret, salt, info, 32));
    expect(toHex(deriveKey(secret, salt, purpose, context))).toBe(toHex(expected));
  }
});
