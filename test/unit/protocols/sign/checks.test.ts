import { describe, expect, it } from 'vitest';

import { bigintToBytes } from '../../../../src/crypto/bytes.ts';
import {
  G,
  Point,
  actBase,
  invert,
  multiply,
  p,
  q,
  scalar,
  subtract,
} from '../../../../src/crypto/secp256k1.ts';
import { normaliseLowS } from '../../../../src/crypto/ecdsa.ts';
import {
  bindsTuple,
  bindsTuple0,
  isProperSum,
  isSignableDigest,
  isSignatureOf,
  isUsableShift,
} from '../../../../src/protocols/sign/checks.ts';
import { messageOf } from '../../../../src/protocols/sign/tuple.ts';
import { flipAt } from '../../../sim/cheating.ts';

const a = new Uint8Array(32).fill(1);
const b = flipAt(5)(a);

describe('checks of an online session', () => {
  it('S2 refuses zero, q, and what is no digest', () => {
    expect(isSignableDigest(a)).toBe(true);
    expect(isSignableDigest(new Uint8Array(32))).toBe(false);
    expect(isSignableDigest(bigintToBytes(q, 32))).toBe(false);
    expect(isSignableDigest(a.slice(1))).toBe(false);
  });

  it('S6 refuses the identity, and an x that is not below the group order', () => {
    expect(isUsableShift(G)).toBe(true);
    expect(isUsableShift(Point.identity)).toBe(false);
    expect(isUsableShift(pointWithLargeX())).toBe(false);
  });

  it('S7 refuses another tuple, and another presignature', () => {
    expect(bindsTuple0({ tuple0: a, nonce: b }, a)).toBe(true);
    expect(bindsTuple0({ tuple0: b, nonce: b }, a)).toBe(false);
    expect(bindsTuple({ presigId: a, tuple: b }, { presigId: a, tuple: b })).toBe(true);
    expect(bindsTuple({ presigId: b, tuple: b }, { presigId: a, tuple: b })).toBe(false);
    expect(bindsTuple({ presigId: a, tuple: a }, { presigId: a, tuple: b })).toBe(false);
  });

  it('S9 refuses zero', () => {
    expect([0n, 1n, q - 1n].map((value) => isProperSum(scalar(value)))).toEqual([false, true, true]);
  });

  it('S10 accepts a low-s signature whose parity recovers the key, and no other', () => {
    const [x, k] = [scalar(11n), scalar(13n)];
    const R = actBase(k);
    const r = scalar(R.x);
    const s = multiply(scalar(messageOf(a) + r * x), invert(k));
    const key = actBase(x);
    const good = normaliseLowS({ r, s, yParity: R.yParity });
    expect(isSignatureOf(key, a, good)).toBe(true);
    expect(isSignatureOf(key, b, good)).toBe(false);
    expect(isSignatureOf(G, a, good)).toBe(false);
    expect(isSignatureOf(key, a, { ...good, yParity: good.yParity === 0 ? 1 : 0 })).toBe(false);
    expect(isSignatureOf(key, a, { ...good, s: subtract(scalar(0n), good.s) })).toBe(false);
    expect(isSignatureOf(key, a, { ...good, r: scalar(0n) })).toBe(false);
    expect(isSignatureOf(key, a, { ...good, s: scalar(0n) })).toBe(false);
  });
});

/** The first point whose x is at least q. */
function pointWithLargeX(): Point {
  for (let x = q; x < p; x++) {
    try {
      return Point.fromBytes(Uint8Array.from([2, ...bigintToBytes(x, 32)]));
    } catch {
      continue;
    }
  }
  throw new RangeError('there is none');
}
