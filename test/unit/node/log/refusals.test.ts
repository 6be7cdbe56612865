import { expect, it } from 'vitest';

import { REFUSAL_BURST, REFUSAL_EVERY_MS, Refusals } from '../../../../src/node/log/refusals.ts';
import { handClock, named } from '../helpers.ts';

const refused = (i: number, from = 2, reason = 'guard-conflict') => ({
  ...{ requestId: named(`request ${i}`), from, reason },
});

it('a refusal has one entry, and another for another reason or asker', () => {
  const refusals = new Refusals(handClock());
  expect(refusals.admits(refused(1))).toBe(true);
  expect(refusals.admits(refused(1))).toBe(false);
  expect(refusals.admits(refused(1, 3))).toBe(true);
  expect(refusals.admits(refused(1, 2, 'policy-denied'))).toBe(true);
  expect(refusals.leftOut).toBe(0);
});

it('one asker has so many entries in a time and no more, whatever the others have', () => {
  const clock = handClock();
  const refusals = new Refusals(clock);
  const admitted = (count: number, from: number, first: number): number =>
    Array.from({ length: count }, (_, i) => refusals.admits(refused(first + i, from))).filter(Boolean).length;
  expect(admitted(REFUSAL_BURST + 10, 2, 0)).toBe(REFUSAL_BURST);
  expect(refusals.leftOut).toBe(10);
  expect(admitted(3, 3, 0)).toBe(3);
  clock.move(REFUSAL_EVERY_MS - 1);
  expect(admitted(1, 2, 1_000)).toBe(0);
  clock.move(1);
  expect(admitted(2, 2, 2_000)).toBe(1);
  clock.move(1_000 * REFUSAL_EVERY_MS);
  expect(admitted(REFUSAL_BURST + 1, 2, 3_000)).toBe(REFUSAL_BURST);
});

it('a refusal that was left out is no entry yet, and may become one', () => {
  const clock = handClock();
  const refusals = new Refusals(clock);
  for (let i = 0; i < REFUSAL_BURST; i++) refusals.admits(refused(i));
  expect(refusals.admits(refused(99))).toBe(false);
  clock.move(REFUSAL_EVERY_MS);
  expect(refusals.admits(refused(99))).toBe(true);
});
