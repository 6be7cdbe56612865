import { expect, it } from 'vitest';

import { startOf } from '../../../../src/chain/derivation-state.ts';
import { silent } from '../../../../src/apps/guard-folder.ts';
import { memoryFiles } from '../../../../src/services/driver/memory-files.ts';
import { openDriver } from '../../../../src/services/driver/service.ts';
import { DriverStore } from '../../../../src/services/driver/store.ts';
import { batchCompressors } from '../../../../src/system/compression.ts';
import { SimClock } from '../../../sim/clock.ts';
import { makeBatch, makeBlocks, pool } from '../../chain/derive-world.ts';
import { FakeExecutor, rollup } from '../../chain/fake-executor.ts';
import { SimL1 } from './sim-l1.ts';

const state = startOf(rollup);

it('a driver starts with the unsafe head of the engine, where that stands on the safe one', async () => {
  const [l1, executor, disk] = [new SimL1(), new FakeExecutor(), memoryFiles()];
  const ports = { l1, executor, disk, compressors: batchCompressors, clock: new SimClock(), log: silent };
  const open = () => openDriver({ rollup, originDepth: 1n, pollMs: 1 }, ports);
  const blocks = makeBlocks(executor, state, [{}, {}]);
  const other = makeBlocks(executor, state, [{ transactions: pool.slice(0, 1) }, {}]);
  l1.mine({ batches: [makeBatch(state, blocks.slice(0, 1))] });
  const driver = await open();
  while (await driver.step());
  expect(await driver.adopt(blocks[1]!)).toBe(true);
  expect((await open()).heads()).toMatchObject({ safe: { number: 1n }, unsafe: { number: 2n } });
  for (const { hash } of [other[1]!.block, rollup.genesis]) {
    const start = rollup.genesis.hash;
    await executor.setHeads({ unsafe: hash, safe: start, finalized: start });
    const again = await open();
    expect(again.heads().unsafe).toEqual(driver.heads().safe);
    expect((await executor.heads()).unsafe).toEqual(driver.heads().safe.hash);
  }
});

it('a driver keeps no snapshot on disk from before the final block', async () => {
  const [l1, executor, disk] = [new SimL1(), new FakeExecutor(), memoryFiles()];
  const ports = { l1, executor, disk, compressors: batchCompressors, clock: new SimClock(), log: silent };
  const driver = await openDriver({ rollup, originDepth: 1n, pollMs: 1 }, ports);
  for (let i = 0; i < 3; i++) l1.mine();
  while (await driver.step());
  expect(new DriverStore(disk).snapshots()).toHaveLength(4);
  l1.finalize(0);
  while (await driver.step());
  expect(new DriverStore(disk).snapshots()).toHaveLength(1);
});
