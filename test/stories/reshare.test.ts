import { afterAll, beforeAll, expect, it } from 'vitest';

import { type Resident, changePlan, hold, newestLock, plan, settle, stateOf, story, until } from './house.ts';

// A fifth node joins, one of the first four leaves: the address stays, and the new committee signs.

const residents: Resident[] = [];
const [joiner, leaver] = [4, 1];
const at = (i: number): Resident => {
  const one = residents[i];
  if (one === undefined) throw new RangeError(`no resident ${i}`);
  return one;
};

beforeAll(async () => {
  for (let i = 0; i < 5; i++) residents.push(settle(27_640 + i));
  for (const { node } of residents) await node.start();
  const id = await hold(residents.slice(0, 4), plan(residents.slice(0, 4), 3));
  await until('complete', () => residents.slice(0, 4).every((one) => stateOf(one, id) === 'complete'));
}, 60_000);
afterAll(async () => {
  for (const { node } of residents) await node.stop();
});

it('changes the committee and keeps the address', async () => {
  const before = newestLock(at(0));
  const definition = changePlan(at(0), { add: [at(joiner)], remove: ['2'] });
  const id = await hold(residents, definition);
  const ends = residents.map((_, i) => (i === leaver ? 'left' : 'complete'));
  try {
    await until('changed', () => residents.every((one, i) => stateOf(one, id) === ends[i]), 40_000);
  } catch (error) {
    throw new RangeError(story(residents), { cause: error });
  }
  const after = newestLock(at(joiner));
  expect(after.record.epochNo).toBe(1);
  expect(after.record.commitments[0]?.equals(before.record.commitments[0]!)).toBe(true);
  expect(at(leaver).node.status().state).toBe('left');
}, 60_000);
