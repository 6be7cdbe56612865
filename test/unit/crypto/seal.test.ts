import { hkdfSync } from 'node:crypto';

import { describe, expect, test } from 'vitest';

import { partyIndex, sessionId } from '../../../src/crypto/brand.ts';
import { ascii, concat, fromHex, toHex } from '../../../src/crypto/bytes.ts';
import { Bug } from '../../../src/crypto/errors.ts';
import { taggedHash } from '../../../src/crypto/hash.ts';
import { purePrimitives } from '../../../src/crypto/primitives-pure.ts';
import { directKey, openDirect, sealDirect, zeroKey } from '../../../src/crypto/seal.ts';

const sharedX = taggedHash('test', ascii('shared'));
const sid = sessionId(taggedHash('test', ascii('sid')));
const [one, two, three] = [1, 2, 3].map((index) => partyIndex(index)) as [
  ReturnType<typeof partyIndex>,
  ReturnType<typeof partyIndex>,
  ReturnType<typeof partyIndex>,
];
const aad = ascii('header');
const plaintext = ascii('salt and body');

describe('keys of a pair', () => {
  test('are HKDF of the shared x under the session, the purpose and both indices', () => {
    const info = (purpose: string): Uint8Array =>
      concat(ascii(`conclave/v1/${purpose}`), fromHex('0000000100000003') ?? aad);
    for (const [purpose, key] of [
      ['dm', directKey(sharedX, sid, one, three)],
      ['zero', zeroKey(sharedX, sid, one, three)],
    ] as const)
      expect(toHex(key)).toBe(toHex(new Uint8Array(hkdfSync('sha256', sharedX, sid, info(purpose), 32))));
  });

  test('differ by direction, party, purpose, session and shared point', () => {
    const other = sessionId(taggedHash('test', ascii('other')));
    const keys = [
      directKey(sharedX, sid, one, two),
      directKey(sharedX, sid, two, one),
      directKey(sharedX, sid, one, three),
      directKey(sharedX, other, one, two),
      directKey(other, sid, one, two),
      zeroKey(sharedX, sid, one, two),
      zeroKey(sharedX, sid, one, three),
    ];
    expect(new Set(keys.map(toHex)).size).toBe(keys.length);
  });

  test('of zero shares are named in ascending order only', () => {
    expect(() => zeroKey(sharedX, sid, two, one)).toThrow(Bug);
    expect(() => zeroKey(sharedX, sid, one, one)).toThrow(Bug);
  });

  test('need 32 bytes and two parties', () => {
    expect(() => directKey(sharedX.subarray(1), sid, one, two)).toThrow(Bug);
    expect(() => directKey(sharedX, sid, one, one)).toThrow(Bug);
  });
});

describe('a direct message', () => {
  const key = directKey(sharedX, sid, one, two);
  const sealed = sealDirect(key, 2, aad, plaintext);

  test('opens to what was sealed', () => {
    expect(openDirect(key, 2, aad, sealed)).toEqual(plaintext);
    expect(sealed).toHaveLength(plaintext.length + 16);
  });

  test('has eight zero bytes and the round as nonce', () => {
    const nonce = fromHex('000000000000000000000002') ?? aad;
    expect(toHex(sealed)).toBe(toHex(purePrimitives.aeadSeal(key, nonce, aad, plaintext)));
  });

  test('does not open in another round, direction, session or under another header', () => {
    expect(openDirect(key, 3, aad, sealed)).toBeUndefined();
    expect(openDirect(directKey(sharedX, sid, two, one), 2, aad, sealed)).toBeUndefined();
    expect(openDirect(key, 2, ascii('headex'), sealed)).toBeUndefined();
  });

  test('does not open after a flipped bit or a truncation, at any place', () => {
    for (let at = 0; at < sealed.length; at++) {
      const flipped = sealed.map((byte, i) => (i === at ? byte ^ 1 : byte));
      expect(openDirect(key, 2, aad, flipped)).toBeUndefined();
      expect(openDirect(key, 2, aad, sealed.subarray(0, at))).toBeUndefined();
    }
  });

  test('has a round of four bytes', () => {
    expect(() => sealDirect(key, 2 ** 32, aad, plaintext)).toThrow(Bug);
    expect(() => sealDirect(key, -1, aad, plaintext)).toThrow(Bug);
  });
});
