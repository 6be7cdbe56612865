import { expect, it, vi } from 'vitest';

import { startOf } from '../../../../src/chain/derivation-state.ts';
import { silent } from '../../../../src/apps/guard-folder.ts';
import { memoryFiles } from '../../../../src/services/driver/memory-files.ts';
import { type DriverNews, openDriver } from '../../../../src/services/driver/service.ts';
import { batchCompressors } from '../../../../src/system/compression.ts';
import { SimClock } from '../../../sim/clock.ts';
import { makeBatch, makeBlocks, pool } from '../../chain/derive-world.ts';
import { FakeExecutor, rollup } from '../../chain/fake-executor.ts';
import { SimL1 } from './sim-l1.ts';

const state = startOf(rollup);

/** A driver whose safe head is block 1 of three, and another chain from block 0 on. */
async function world() {
  const [l1, executor, news] = [new SimL1(), new FakeExecutor(), [] as DriverNews[]];
  const own = makeBlocks(executor, state, [{}, {}, {}]);
  const other = makeBlocks(executor, state, [{ transactions: pool.slice(0, 1) }, {}, {}]);
  const driver = await openDriver(
    { rollup, originDepth: 1n, pollMs: 1 },
    { l1, executor, disk: memoryFiles(), compressors: batchCompressors, clock: new SimClock(), log: silent },
  );
  for (const block of own) await driver.adopt(block);
  l1.mine({ batches: [makeBatch(state, own.slice(0, 1))] });
  while (await driver.step());
  driver.on((one) => void news.push(one));
  return { driver, executor, l1, own, other, news };
}

it('turns to another branch above the safe head, and says what was cut', async () => {
  const { driver, executor, own, news } = await world();
  const behind = { ...state, safe: driver.heads().safe };
  const [branch] = makeBlocks(executor, behind, [{ transactions: pool.slice(1, 2) }]);
  if (branch === undefined) throw new RangeError('there is one');
  expect(await driver.turnTo(branch)).toBe(true);
  expect(driver.heads().unsafe).toMatchObject({ number: 2n, hash: branch.block.hash });
  expect(news).toMatchObject([
    { kind: 'heads' },
    { kind: 'unsafe-cut', from: { number: 3n }, to: { number: 1n } },
  ]);
  expect((await executor.heads()).unsafe).toEqual(branch.block.hash);
  expect(own[0]?.block.hash).toEqual(driver.heads().safe.hash);
});

it('turns to nothing that would leave the safe head, or that stands on no block of its chain', async () => {
  const { driver, other, news } = await world();
  const before = driver.heads();
  for (const block of other) expect(await driver.turnTo(block)).toBe(false);
  expect(driver.heads()).toEqual(before);
  expect(news).toEqual([]);
});

it('cuts no block that the engine has still to hear of, when it looks behind a reorg', async () => {
  const { driver, executor, l1, news } = await world();
  l1.mine();
  while (await driver.step());
  l1.reorg(1);
  const [block] = makeBlocks(executor, { ...state, safe: driver.heads().unsafe }, [{}]);
  if (block === undefined) throw new RangeError('there is one');
  // Back, and two blocks on: the next step looks through the unsafe ones.
  for (let i = 0; i < 3; i++) expect(await driver.step()).toBe(true);
  let isWritten = (): void => undefined;
  const written = new Promise<void>((resolve) => {
    isWritten = resolve;
  });
  const { setHeads } = executor;
  vi.spyOn(executor, 'setHeads').mockImplementationOnce(async (heads) => {
    await written;
    return setHeads(heads);
  });
  const adopted = driver.adopt(block);
  const looked = driver.step();
  for (let i = 0; i < 20; i++) await Promise.resolve();
  isWritten();
  expect(await adopted).toBe(true);
  expect(await looked).toBe(false);
  expect(driver.heads().unsafe.hash).toEqual(block.block.hash);
  expect(news.map(({ kind }) => kind)).not.toContain('unsafe-cut');
});
