import { describe, expect, it } from 'vitest';

import { partyIndex } from '../../../../src/crypto/brand.ts';
import { ascii } from '../../../../src/crypto/bytes.ts';
import { EarlyMessages } from '../../../../src/node/sessions/early.ts';
import { handClock } from '../helpers.ts';

const [two, three] = [partyIndex(2), partyIndex(3)];

describe('messages that came before their session', () => {
  it('are given to it once, oldest first, and to no other', () => {
    const early = new EarlyMessages(handClock());
    early.keep('a', two, ascii('one'));
    early.keep('b', two, ascii('other'));
    early.keep('a', three, ascii('two'));
    expect(early.take('a').map(({ from, bytes }) => [from, bytes])).toEqual([
      [2, ascii('one')],
      [3, ascii('two')],
    ]);
    expect(early.take('a')).toEqual([]);
    early.clear();
    expect(early.take('b')).toEqual([]);
  });

  it('are kept for 30 s', () => {
    const clock = handClock();
    const early = new EarlyMessages(clock);
    early.keep('a', two, ascii('old'));
    clock.move(30_001);
    early.keep('a', two, ascii('new'));
    expect(early.take('a').map(({ bytes }) => bytes)).toEqual([ascii('new')]);
  });

  it('are limited for each peer in number and bytes, and in all', () => {
    const early = new EarlyMessages(handClock());
    for (let i = 0; i < 20; i++) early.keep(`s${i}`, two, ascii('x'));
    early.keep('large', three, new Uint8Array(65_537));
    early.keep('fits', three, new Uint8Array(65_536));
    early.keep('more', three, ascii('x'));
    const kept = Array.from({ length: 20 }, (_, i) => early.take(`s${i}`).length);
    expect(kept.reduce((sum, n) => sum + n, 0)).toBe(16);
    expect(['large', 'fits', 'more'].map((id) => early.take(id).length)).toEqual([0, 1, 0]);
    for (let i = 1; i <= 17; i++) early.keep('many', partyIndex(i), new Uint8Array(65_536));
    expect(early.take('many')).toHaveLength(16);
  });
});
