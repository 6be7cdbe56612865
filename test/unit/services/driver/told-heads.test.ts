import { expect, it } from 'vitest';

import { startOf } from '../../../../src/chain/derivation-state.ts';
import type { HeadHashes } from '../../../../src/chain/execution.ts';
import { silent } from '../../../../src/apps/guard-folder.ts';
import { memoryFiles } from '../../../../src/services/driver/memory-files.ts';
import { type DriverNews, openDriver } from '../../../../src/services/driver/service.ts';
import { batchCompressors } from '../../../../src/system/compression.ts';
import { SimClock, settle } from '../../../sim/clock.ts';
import { makeBlocks } from '../../chain/derive-world.ts';
import { FakeExecutor, rollup } from '../../chain/fake-executor.ts';
import { SimL1 } from './sim-l1.ts';

it('heads are told on once the engine has them by their numbers, one after another', async () => {
  const inner = new FakeExecutor();
  const [first, second] = makeBlocks(inner, startOf(rollup), [{}, {}]);
  if (first === undefined || second === undefined) throw new RangeError('there are two');
  const writes: (() => void)[] = [];
  let isSlow = false;
  const { build, block, call, heads } = inner;
  const setHeads = async (hashes: HeadHashes): Promise<void> => {
    if (isSlow) await new Promise<void>((resolve) => void writes.push(resolve));
    await inner.setHeads(hashes);
  };
  const driver = await openDriver(
    { rollup, originDepth: 1n, pollMs: 1 },
    {
      ...{ l1: new SimL1(), disk: memoryFiles(), compressors: batchCompressors },
      ...{ clock: new SimClock(), log: silent, executor: { build, block, call, heads, setHeads } },
    },
  );
  const news: DriverNews[] = [];
  driver.on((one) => void news.push(one));
  isSlow = true;
  const adopted = [driver.adopt(first), driver.adopt(second)];
  const seen = async (): Promise<readonly unknown[]> => {
    for (let i = 0; i < 4; i++) await settle();
    const { number } = driver.toldHeads().unsafe;
    expect((await block(number))?.block.hash).toEqual(driver.toldHeads().unsafe.hash);
    expect(await block(number + 1n)).toBeUndefined();
    return [driver.heads().unsafe.number, number, news.length];
  };
  expect(await seen()).toEqual([2n, 0n, 0]);
  writes[0]?.();
  expect(await seen()).toEqual([2n, 1n, 1]);
  writes[1]?.();
  expect(await seen()).toEqual([2n, 2n, 2]);
  expect(await Promise.all(adopted)).toEqual([true, true]);
  const told = news.map((one) => one.kind === 'heads' && one.heads.unsafe.number);
  expect(told).toEqual([1n, 2n]);
});
