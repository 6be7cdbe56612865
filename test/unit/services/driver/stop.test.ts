import { expect, it } from 'vitest';

import { startOf } from '../../../../src/chain/derivation-state.ts';
import type { BuildResult } from '../../../../src/chain/execution.ts';
import { memoryFiles } from '../../../../src/services/driver/memory-files.ts';
import { type DriverNews, openDriver } from '../../../../src/services/driver/service.ts';
import { batchCompressors } from '../../../../src/system/compression.ts';
import { SimClock, settle } from '../../../sim/clock.ts';
import { keptLog } from '../../../sim/log.ts';
import { makeBatch, makeBlocks } from '../../chain/derive-world.ts';
import { FakeExecutor, rollup } from '../../chain/fake-executor.ts';
import { SimL1 } from './sim-l1.ts';

const state = startOf(rollup);

it('a driver that is stopped finishes the block that it executes, and derives the rest later', async () => {
  const [l1, executor, log, disk] = [new SimL1(), new FakeExecutor(), keptLog(), memoryFiles()];
  const blocks = makeBlocks(new FakeExecutor(), state, [{}, {}, {}, {}]);
  l1.mine({ batches: [makeBatch(state, blocks)] });
  let go: () => void = () => undefined;
  let isSlow = true;
  const slow = {
    ...{ block: executor.block, call: executor.call, heads: executor.heads, setHeads: executor.setHeads },
    build: async (request: Parameters<typeof executor.build>[0]): Promise<BuildResult> => {
      if (isSlow) await new Promise<void>((resolve) => void (go = resolve));
      return executor.build(request);
    },
  };
  const options = { rollup, originDepth: 1n, pollMs: 1 };
  const deps = { l1, disk, compressors: batchCompressors, clock: new SimClock(), log };
  const driver = await openDriver(options, { ...deps, executor: slow });
  const news: DriverNews[] = [];
  driver.on((one) => void news.push(one));
  driver.start();
  for (let i = 0; i < 8; i++) await settle();
  const stopped = driver.stop();
  go();
  isSlow = false;
  await stopped;
  expect(executor.builds).toBe(1);
  expect(driver.heads().safe.number).toBe(0n);
  expect([news, log.lines]).toEqual([[], []]);

  const next = await openDriver(options, { ...deps, executor: slow });
  while (await next.step());
  expect(next.heads().safe.number).toBe(4n);
});
