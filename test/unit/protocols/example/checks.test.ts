import { describe, expect, it } from 'vitest';

import { partyIndex, sessionId } from '../../../../src/crypto/brand.ts';
import { commitTo, opensCoin } from '../../../../src/protocols/example/checks.ts';

const sid = sessionId(new Uint8Array(32).fill(1));
const other = sessionId(new Uint8Array(32).fill(2));
const [a, b] = [partyIndex(1), partyIndex(2)];
const coin = new Uint8Array(32).fill(3);

describe('a commitment to a coin', () => {
  const commitment = commitTo(sid, a, coin);
  it('opens to its coin', () => {
    expect(opensCoin(sid, a, { commitment, coin })).toBe(true);
  });
  it('opens to no other coin, for no other party, in no other session', () => {
    expect(opensCoin(sid, a, { commitment, coin: new Uint8Array(32) })).toBe(false);
    expect(opensCoin(sid, b, { commitment, coin })).toBe(false);
    expect(opensCoin(other, a, { commitment, coin })).toBe(false);
  });
});
