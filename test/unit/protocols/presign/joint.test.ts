import { describe, expect, it } from 'vitest';

import { partyIndex, sessionId } from '../../../../src/crypto/brand.ts';
import { toHex } from '../../../../src/crypto/bytes.ts';
import { G, type Point, actBase, scalar } from '../../../../src/crypto/secp256k1.ts';
import {
  combine,
  isDropped,
  okOf,
  pairId,
  presigIdOf,
  sumOfKeys,
} from '../../../../src/protocols/presign/joint.ts';

const sid = sessionId(new Uint8Array(32).fill(1));
const view = new Uint8Array(32).fill(2);
const salt = new Uint8Array(32);
const times = (n: bigint): Point => actBase(scalar(n));
const reveals = new Map([
  [partyIndex(1), { salt, R: [times(1n), times(2n)], pk: [times(5n), times(6n)] }],
  [partyIndex(3), { salt, R: [times(4n), times(-2n)], pk: [times(7n), times(8n)] }],
]);

describe('what the broadcasts of R3 make together', () => {
  it('is the sum of the nonces, with a mark on every instance that cannot be used', () => {
    const joint = combine(2, reveals, (R) => !R.isIdentity);
    expect(joint.R.map((R) => R.equals(times(5n)))).toEqual([true, false]);
    expect([isDropped(joint, 0), isDropped(joint, 1)]).toEqual([false, true]);
    expect(joint.dropBitmap).toEqual(Uint8Array.of(2));
  });

  it('is the sum of the shares of the key', () => {
    expect(sumOfKeys(reveals, 1).equals(times(14n))).toBe(true);
  });

  it('is confirmed with everything that it consists of', () => {
    const joint = combine(2, reveals, () => true);
    const oks = [
      okOf(sid, view, joint),
      okOf(sid, salt, joint),
      okOf(sessionId(view), view, joint),
      okOf(sid, view, { ...joint, dropBitmap: Uint8Array.of(1) }),
      okOf(sid, view, { ...joint, R: [G, G] }),
    ];
    expect(new Set(oks.map(toHex)).size).toBe(oks.length);
  });
});

describe('names', () => {
  it('tell presignatures of sessions, views and instances apart', () => {
    const ids = [presigIdOf(sid, view, 0), presigIdOf(sid, view, 1), presigIdOf(sid, salt, 0)];
    expect(new Set(ids.map(toHex)).size).toBe(3);
  });

  it('tell the two roles of a pair apart', () => {
    const [one, two] = [partyIndex(1), partyIndex(2)];
    expect(pairId(sid, one, two)).not.toEqual(pairId(sid, two, one));
  });
});
