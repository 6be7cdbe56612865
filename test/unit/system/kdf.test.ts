import { expect, test } from 'vitest';

import { ascii, toHex } from '../../../src/crypto/bytes.ts';
import { nodeKdf } from '../../../src/system/kdf.ts';

test('scrypt gives the second and third vectors of RFC 7914, section 12', () => {
  expect(toHex(nodeKdf.scrypt(ascii('password'), ascii('NaCl'), { n: 1024, r: 8, p: 16 }, 64))).toBe(
    'fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac7' +
      '27afb94a83ee6d8360cbdfa2cc0640',
  );
  expect(
    toHex(nodeKdf.scrypt(ascii('pleaseletmein'), ascii('SodiumChloride'), { n: 16384, r: 8, p: 1 }, 64)),
  ).toBe(
    '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9' +
      'e61e85dc0d651e40dfcf017b45575887',
  );
});

test('the cost of a production key is within the memory that is asked for', () => {
  const key = nodeKdf.scrypt(ascii('a long password'), ascii('salt'), { n: 131_072, r: 8, p: 1 }, 32);
  expect(key).toHaveLength(32);
});
