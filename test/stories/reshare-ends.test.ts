import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { keyOf, signBatch } from './batches.ts';
import { type Resident, changePlan, hold, stateOf, until } from './house.ts';
import {
  type Image,
  all,
  awakenAll,
  change,
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

// Four nodes, three of which have a key that needs two of them. Each story begins on that day.

let images: readonly Image[] = [];
let residents: Resident[] = [];
const at = (i: number): Resident => {
  const one = residents[i];
  if (one === undefined) throw new RangeError(`no resident ${i}`);
  return one;
};
const members = (): Resident[] => residents.slice(0, 3);

beforeAll(async () => {
  const made = await settleAll(4, 27_720);
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

describe('a change of epochs that does not take place', () => {
  it('is aborted before anybody has committed; the next proposal succeeds', { timeout: 60_000 }, async () => {
    const id = await hold(members(), changePlan(at(0), { kind: 'refresh' }));
    await firstEvent(at(1), id, 'round');
    at(1).node.abort(id);
    await all('ended', members(), (one) => ['aborted', 'failed'].includes(stateOf(one, id) ?? ''));
    await expectEpoch(0, members());
    await change(members(), { kind: 'refresh' });
    await expectEpoch(1, members());
  });

  it('leaves room for no second one while it is undecided', { timeout: 60_000 }, async () => {
    const first = changePlan(at(0), { kind: 'refresh' });
    const second = changePlan(at(0), { kind: 'refresh' });
    for (const { node } of members()) await node.accept(node.join(first).id);
    expect(() => at(1).node.join(second)).toThrow(expect.objectContaining({ code: 'ceremony-in-progress' }));
    const [{ id } = { id: '' }] = at(0).node.ceremonies();
    at(0).node.execute(id, { whenReady: true });
    await all('complete', members(), (one) => stateOf(one, id) === 'complete');
    // It starts from an epoch that is over.
    const late = at(1).node.join(second);
    await expect(at(1).node.accept(late.id)).rejects.toMatchObject({ code: 'preflight-failed' });
    await expectEpoch(1, members());
  });
});

describe('a member that leaves while it is away', () => {
  it('learns of it afterwards, and has left for good', { timeout: 60_000 }, async () => {
    await at(2).node.stop();
    const isAway = (): boolean =>
      at(0)
        .node.status()
        .members.some(({ state }) => state === 'connecting');
    await until('away', isAway);
    const staying = [at(0), at(1), at(3)];
    await change(staying, { add: [at(3)], remove: ['3'] });
    await expectEpoch(1, staying);
    residents[2] = reborn(at(2));
    await at(2).node.start();
    await until('left', () => at(2).node.status().state === 'left', 20_000);
    await expect(signBatch(at(2), 3n)).rejects.toThrow('no key');
    residents[2] = await restarted(at(2));
    expect(at(2).node.status()).toMatchObject({ state: 'left', key: undefined });
    expect(keyOf(at(0)).epoch).toBe('1');
  });
});
