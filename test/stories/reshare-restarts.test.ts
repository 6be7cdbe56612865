import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { keyOf, signBatch } from './batches.ts';
import { type Resident, changePlan, hold, newestLock, stateOf } from './house.ts';
import {
  type Image,
  all,
  awakenAll,
  expectEpoch,
  firstEvent,
  imagesOf,
  linked,
  makeKey,
  ready,
  reborn,
  restarted,
  settleAll,
  stopAll,
} from './village.ts';

// A refresh of a key of two out of three, in which processes end.

let images: readonly Image[] = [];
let residents: Resident[] = [];
const at = (i: number): Resident => {
  const one = residents[i];
  if (one === undefined) throw new RangeError(`no resident ${i}`);
  return one;
};
const members = (): Resident[] => residents.slice(0, 3);

beforeAll(async () => {
  const made = await settleAll(3, 27_730);
  await makeKey(made.slice(0, 3), 2);
  await stopAll(made);
  images = imagesOf(made);
}, 60_000);
beforeEach(async () => {
  residents = awakenAll(images);
  for (const { node } of residents) await node.start();
  await ready(members());
  await linked(members());
});
afterEach(async () => {
  await stopAll(residents);
});

const shares = ({ disk }: Resident): readonly string[] =>
  [...disk.files.keys()].filter((path) => path.startsWith('keys/') && path.includes('share-'));

/** Nothing is missing any more: neither in the lock, nor of what had to go. */
const whole = async (): Promise<void> =>
  all('whole', members(), (one) => newestLock(one).signatures.length === 3 && shares(one).length === 1);

it('a member whose process ends after its acknowledgement comes back and completes', async () => {
  const id = await hold(members(), changePlan(at(0), { kind: 'refresh' }));
  await firstEvent(at(2), id, 'prepared');
  residents[2] = await restarted(at(2));
  await expectEpoch(1, members());
  await whole();
}, 60_000);

it('a member that is down for the rest of the session is not forgotten when it comes back', async () => {
  const id = await hold(members(), changePlan(at(0), { kind: 'refresh' }));
  await firstEvent(at(2), id, 'acknowledged');
  await at(2).node.stop();
  await all('in service', residents.slice(0, 2), (one) => keyOf(one).epoch === '1');
  residents[2] = reborn(at(2));
  await at(2).node.start();
  await expectEpoch(1, members());
  await whole();
}, 60_000);

describe('when the processes of all members end', () => {
  it.each(['round', 'prepared', 'acknowledged', 'committed', 'certificate', 'test-signature'])(
    'at %s of each, all complete',
    { timeout: 60_000 },
    async (type) => {
      const id = await hold(members(), changePlan(at(0), { kind: 'refresh' }));
      const restart = async (i: number): Promise<void> => {
        await firstEvent(at(i), id, type);
        residents[i] = await restarted(at(i));
      };
      await Promise.all([0, 1, 2].map(restart));
      await expectEpoch(1, members());
      await whole();
    },
  );
});

it(
  'the lock is countersigned by who was away when the key went into service',
  { timeout: 60_000 },
  async () => {
    const id = await hold(members(), changePlan(at(0), { kind: 'refresh' }));
    await firstEvent(at(2), id, 'certificate');
    await at(2).node.stop();
    await all('in service', residents.slice(0, 2), (one) => keyOf(one).epoch === '1');
    expect(await signBatch(at(0), 1n)).toMatchObject({ signers: [1, 2] });
    residents[2] = reborn(at(2));
    await at(2).node.start();
    await whole();
    await all('complete', residents.slice(0, 2), (one) => stateOf(one, id) === 'complete');
  },
);
