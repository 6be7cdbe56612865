import { beforeAll, expect, it } from 'vitest';

import type { SimDisk } from '../sim/disk.ts';
import { SimulatedHouse, foundedDisks } from './simulated-house.ts';

// Whole nodes, one of which is away for longer than anybody waits for it.

let disks: readonly SimDisk[] = [];
beforeAll(async () => {
  disks = await foundedDisks();
}, 60_000);

const STAYING = [1, 3, 4, 5];
const made = async (): Promise<SimulatedHouse> => {
  const house = new SimulatedHouse(
    2,
    disks.map((disk, i) => disk.fork(i)),
    1,
  );
  await house.start(STAYING);
  return house;
};
const isAt = (house: SimulatedHouse, epoch: string) => (): boolean =>
  STAYING.every((index) => house.epochOf(index) === epoch);
/** The second node leaves while it is away, and the fifth takes its place. */
async function withoutSecond(house: SimulatedHouse): Promise<void> {
  await house.hold(house.changePlan({ add: [5], remove: ['2'] }), STAYING);
  expect(await house.run(30_000, isAt(house, '1')), house.story()).toBe(true);
}
const refused = (house: SimulatedHouse): number =>
  house.nodes.flatMap(({ lines }) => lines.filter(({ event }) => event === 'connection refused')).length;

it('who leaves while it is away learns of it when it comes, and calls nobody any more', async () => {
  const house = await made();
  await withoutSecond(house);
  await house.run(180_000);
  house.at(2).boot();
  expect(await house.run(60_000, () => house.epochOf(2) === 'left'), house.story()).toBe(true);
  await house.run(130_000);
  const before = refused(house);
  await house.run(300_000);
  expect(refused(house) - before).toBe(0);
  expect(house.faults).toEqual([]);
}, 120_000);

it('who was away for two changes of the epoch hears of both, one after the other', async () => {
  const house = await made();
  await withoutSecond(house);
  await house.hold(house.changePlan({ kind: 'refresh' }), STAYING);
  expect(await house.run(30_000, isAt(house, '2')), house.story()).toBe(true);
  await house.run(180_000);
  house.at(2).boot();
  expect(await house.run(60_000, () => house.epochOf(2) === 'left'), house.story()).toBe(true);
  await house.run(5_000);
  const told = house.at(2).lines.filter(({ event }) => event === 'epoch changed');
  expect(told.map(({ fields }) => fields['epoch'])).toEqual([1, 2]);
  expect(house.faults).toEqual([]);
}, 120_000);

it('who ends after it has accepted says so again, and the ceremony goes on', async () => {
  const house = new SimulatedHouse(
    2,
    disks.map((disk, i) => disk.fork(i)),
    1,
  );
  await house.start([1, 2, 3, 4]);
  const plan = house.changePlan({ kind: 'refresh' });
  for (const index of [1, 2, 3]) {
    const view = house.at(index).command((node) => node.join(plan));
    house.at(index).command((node) => void node.accept(view?.id ?? ''));
  }
  await house.run(1_000);
  house.at(2).kill();
  await house.run(2_000);
  await house.hold(plan, [4]);
  const isNew = (): boolean => [1, 2, 3, 4].every((index) => house.epochOf(index) === '1');
  expect(await house.run(30_000, isNew), house.story()).toBe(true);
  expect(house.faults).toEqual([]);
}, 120_000);

it('who is to leave and says no does not keep the others from going on without it', async () => {
  const house = new SimulatedHouse(
    2,
    disks.map((disk, i) => disk.fork(i)),
    1,
  );
  await house.start();
  const plan = house.changePlan({ add: [5], remove: ['2'] });
  for (const { index } of house.nodes) {
    const view = house.at(index).command((node) => node.join(plan));
    house.at(index).command((node) => void node.accept(view?.id ?? ''));
  }
  await house.run(2_000);
  const id = house.at(2).command((node) => node.ceremonies().at(-1)?.id) ?? '';
  house.at(2).command((node) => node.reject(id, 'I would rather stay'));
  await house.run(1_000);
  house.at(1).command((node) => node.execute(id, { whenReady: true }));
  expect(await house.run(30_000, isAt(house, '1')), house.story()).toBe(true);
  expect(await house.run(10_000, () => house.epochOf(2) === 'left'), house.story()).toBe(true);
  expect(house.faults).toEqual([]);
}, 120_000);

it('who left while it was away learns of it also when all others were started anew since', async () => {
  const house = await made();
  await withoutSecond(house);
  await house.hold(house.changePlan({ kind: 'refresh' }), STAYING);
  expect(await house.run(30_000, isAt(house, '2')), house.story()).toBe(true);
  await house.run(180_000);
  for (const index of STAYING) house.at(index).kill();
  expect(await house.run(60_000, isAt(house, '2')), house.story()).toBe(true);
  await house.run(180_000);
  house.at(2).boot();
  expect(await house.run(60_000, () => house.epochOf(2) === 'left'), house.story()).toBe(true);
  expect(house.faults).toEqual([]);
}, 120_000);

it('who has left is added again under another seat, without a restart', async () => {
  const house = await made();
  house.at(2).boot();
  await house.run(2_000);
  const all = [1, 2, 3, 4, 5];
  await house.hold(house.changePlan({ add: [5], remove: ['2'] }), all);
  expect(await house.run(30_000, () => house.epochOf(2) === 'left'), house.story()).toBe(true);
  await house.run(30_000);
  const plan = house.changePlan({ add: [2] });
  await house.hold(plan, all);
  const isBack = (): boolean => all.every((index) => house.epochOf(index) === '2');
  expect(await house.run(60_000, isBack), house.story()).toBe(true);
  const own = house.at(2).command((node) => node.status().members.find(({ isSelf }) => isSelf)?.index);
  expect(own).toBe(6);
  expect(house.faults).toEqual([]);
}, 120_000);
