import { afterAll, beforeAll, expect, test } from 'vitest';

import { thisMachine } from '../../src/apps/l2/machine.ts';
import type { Clock } from '../../src/system/ports.ts';
import { batchesAt, blockOf, lastOnL1, receiptAt, saidBy } from './l2-look.ts';
import { type TownNode, Town, headsAt, until } from './l2-town.ts';

const HOUR_MS = 3_600_000;
/** The sequencer's clock on the wall, in milliseconds beside the true one; that of the verifier is right. */
let jumpMs = 0;
const clock: Clock = { ...thisMachine.clock, nowMs: () => thisMachine.clock.nowMs() + jumpMs };

let town: Town;
let sequencer: TownNode;
let verifier: TownNode;
beforeAll(async () => {
  town = await Town.found({ machine: { ...thisMachine, clock } });
  sequencer = await town.sequencer();
  verifier = await town.verifier('verifier');
  await town.anvil.rpc('evm_setIntervalMining', [1]);
}, 60_000);
afterAll(() => town.end());

const head = async (): Promise<bigint> => BigInt((await headsAt(sequencer)).unsafe.number);
const l1Time = async (): Promise<bigint> => {
  const block = await town.anvil.rpc('eth_getBlockByNumber', ['latest', false]);
  return BigInt((block as { timestamp: string }).timestamp);
};
/** Waits until the sequencer says that it builds nothing, and why; gives its head then. */
async function idleFor(reason: string): Promise<bigint> {
  const idle = () =>
    saidBy(town, 'sequencer', 'no block').filter(({ fields }) => fields['reason'] === reason);
  await until(
    async () => idle().length,
    (count) => count === 1,
  );
  return head();
}

test.each([
  ['forward', HOUR_MS, 'clock-ahead-of-l1'],
  ['backward', -HOUR_MS, 'clock-behind'],
])(
  'a clock that jumps an hour %s stops the chain, and no block is made for it',
  async (_, jump, reason) => {
    await receiptAt(verifier, await town.send(sequencer, 0, {}));
    jumpMs = jump;
    const stopped = await idleFor(reason);
    const late = await town.send(sequencer, 1, {});
    const at = await l1Time();
    await until(l1Time, (time) => time >= at + 3n);
    expect(await head()).toBe(stopped);
    jumpMs = 0;
    // What was admitted meanwhile is in the very first blocks, and these reach L1 as ever.
    const { blockNumber } = await receiptAt(sequencer, late);
    expect(BigInt(blockNumber)).toBeLessThanOrEqual(stopped + 3n);
    await receiptAt(verifier, late);
  },
  90_000,
);

test('blocks are behind parent and origin, and within the drift of L1; every batch is taken', async () => {
  const last = await lastOnL1(town, verifier);
  const latest = await l1Time();
  for (let number = 1n, before = 0n; number <= last; number++) {
    const time = BigInt((await blockOf(verifier, number)).timestamp);
    const origin = await verifier.rpc('conclave_getOrigin', [`0x${number.toString(16)}`]);
    const l1 = (await town.anvil.rpc('eth_getBlockByNumber', [origin, false])) as { timestamp: string };
    expect(time).toBeGreaterThanOrEqual(before);
    expect(time).toBeGreaterThanOrEqual(BigInt(l1.timestamp));
    expect(time).toBeLessThanOrEqual(latest + 2n);
    before = time;
  }
  const batches = await batchesAt(verifier);
  expect(batches.map(({ isValid }) => isValid)).toEqual(batches.map(() => true));
  expect(town.words.filter(({ level }) => level === 'error')).toEqual([]);
}, 90_000);
