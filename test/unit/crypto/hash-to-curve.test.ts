import { describe, expect, it } from 'vitest';

import { ascii, toHex } from '../../../src/crypto/bytes.ts';
import { hashToCurve } from '../../../src/crypto/hash-to-curve.ts';

// RFC 9380, appendix J.8.1.
const DOMAIN = 'QUUX-V01-CS02-with-secp256k1_XMD:SHA-256_SSWU_RO_';
const vectors: readonly (readonly [string, string])[] = [
  ['', '03c1cae290e291aee617ebaef1be6d73861479c48b841eaba9b7b5852ddfeb1346'],
  ['abc', '023377e01eab42db296b512293120c6cee72b6ecf9f9205760bd9ff11fb3cb2c4b'],
  ['abcdef0123456789', '02bac54083f293f1fe08e4a70137260aa90783a5cb84d3f35848b324d0674b0e3a'],
  [`q128_${'q'.repeat(128)}`, '03e2167bc785333a37aa562f021f1e881defb853839babf52a7f72b102e41890e9'],
  [`a512_${'a'.repeat(512)}`, '02e3c8d35aaaf0b9b647e88a0a0a7ee5d5bed5ad38238152e4e6fd8c1f8cb7c998'],
];

describe('hash to secp256k1', () => {
  it('gives the points of RFC 9380, J.8.1', () => {
    const points = hashToCurve(
      vectors.map(([message]) => ascii(message)),
      DOMAIN,
    );
    expect(points.map((point) => toHex(point.toBytes()))).toEqual(vectors.map(([, point]) => point));
  });

  it('gives one point a message, in order, and other points in another domain', () => {
    const messages = [ascii('a'), ascii('b'), ascii('a')];
    const [a, b, again] = hashToCurve(messages, 'one');
    expect(a!.equals(again!)).toBe(true);
    expect(a!.equals(b!)).toBe(false);
    expect(hashToCurve(messages, 'other')[0]!.equals(a!)).toBe(false);
    expect(hashToCurve([], 'one')).toEqual([]);
  });
});
