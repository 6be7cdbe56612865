import { describe, expect, it } from 'vitest';

import { bitAt } from '../../src/crypto/bits.ts';
import { extensionAlice, extensionBob } from '../../src/protocols/ot/extension.ts';
import { rvoleBob } from '../../src/protocols/ot/rvole.ts';
import { cheatingMessage } from '../unit/protocols/ot/cheating-alice.ts';
import { idealPair, seededScalar } from '../unit/protocols/ot/pair.ts';

const inputs = [seededScalar('r'), seededScalar('sk')] as const;
/** So many sessions, in each of which one bit is guessed. */
const TRIES = 32;

describe('ATK-P13 selective failure of the multiplication check', () => {
  /**
   * Alice alters one word of the OT j of session n. Bob’s check fails if and only if his choice bit there is
   * set: his abort, or that there is none, tells it to her.
   */
  function guess(n: number, session: string): { readonly bit: number; readonly choices: Uint8Array } {
    const pair = idealPair(session, 1);
    // Bob's seed is the same in all sessions, as if it were kept: his choices are of the session still.
    const { bobSeed } = idealPair('seed of Bob', 1).bob;
    const atBob = extensionBob(pair.context, { ...pair.bob, bobSeed });
    const atAlice = extensionAlice(pair.context, pair.alice, atBob.message);
    const place = { sidAB: pair.context.sidAB, instance: 0 };
    const { ok } = rvoleBob(place, atBob, cheatingMessage({ ...pair, atAlice }, { j: n, w: n % 4 }, inputs));
    return { bit: ok ? 0 : 1, choices: atBob.choices };
  }

  const guesses = (sessionOf: (n: number) => string) =>
    Array.from({ length: TRIES }, (_, n) => guess(n, sessionOf(n)));
  /** How many of the bits that were put together are those of one session. */
  const hitsIn = (tries: ReturnType<typeof guesses>, { choices }: { readonly choices: Uint8Array }): number =>
    tries.filter(({ bit }, n) => bit === bitAt(choices, n)).length;

  it('ATK-P13: tells one bit of choices that are never used again: put together they are coins', () => {
    const tries = guesses((n) => `session ${n}`);
    for (const [n, { bit, choices }] of tries.entries()) expect(bit).toBe(bitAt(choices, n));
    expect(new Set(tries.map(({ choices }) => choices.join())).size).toBe(TRIES);
    for (const one of tries) expect(hitsIn(tries, one)).toBeLessThan(TRIES - 4);
  });

  it('ATK-P13: positive control, choices that are not of one session alone are read out bit by bit', () => {
    const tries = guesses(() => 'one session for all');
    for (const one of tries) expect(hitsIn(tries, one)).toBe(TRIES);
  });
});
