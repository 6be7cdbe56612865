import { describe, expect, it } from 'vitest';

import type { L1Facts } from '../../../../src/chain/l1-facts.ts';
import { keccak256 } from '../../../../src/ethereum/address.ts';
import { startOf } from '../../../../src/chain/derivation-state.ts';
import { memoryFiles } from '../../../../src/services/driver/memory-files.ts';
import { type Driver, openDriver } from '../../../../src/services/driver/service.ts';
import { batchCompressors } from '../../../../src/system/compression.ts';
import { SimClock, settle } from '../../../sim/clock.ts';
import { keptLog } from '../../../sim/log.ts';
import { makeBatch, makeBlocks } from '../../chain/derive-world.ts';
import { FakeExecutor, rollup } from '../../chain/fake-executor.ts';
import { RepostSearch } from '../../../../src/services/driver/reposts.ts';
import { SimL1 } from './sim-l1.ts';

const payload = new Uint8Array(80).fill(7);
const other = new Uint8Array(90).fill(8);
const batch = { index: 1n, payloadHash: keccak256(payload) };
const second = { index: 2n, payloadHash: keccak256(other) };
const posted = (index: bigint, bytes: Uint8Array): Partial<L1Facts> => ({
  reposts: [{ index, payload: bytes }],
});

interface World {
  readonly l1: SimL1;
  readonly search: RepostSearch;
  /** Which blocks were read since it was asked last. */
  readonly reads: () => readonly bigint[];
  /** Lets L1 end with a block. */
  readonly cut: (newest: bigint) => void;
}

/** An L1 from block 101 on. */
function world(blocks: number): World {
  const l1 = new SimL1();
  for (let i = 0; i < blocks; i++) l1.mine();
  const read: bigint[] = [];
  let end: bigint | undefined;
  const head: SimL1['head'] = async (tag) =>
    l1.all().find(({ number }) => number === end) ?? (await l1.head(tag));
  const facts: SimL1['facts'] = (number) => {
    read.push(number);
    return l1.facts(number);
  };
  return {
    ...{ l1, search: new RepostSearch({ head, facts }), reads: () => read.splice(0) },
    cut: (newest) => {
      end = newest;
    },
  };
}

describe('the search for a payload that was posted again', () => {
  it('reads each block once, from the one of the batch to the newest', async () => {
    const { l1, search, reads } = world(4);
    expect(await search.find(102n, batch)).toBeUndefined();
    expect(reads()).toEqual([102n, 103n, 104n]);
    expect(await search.find(102n, batch)).toBeUndefined();
    expect(reads()).toEqual([]);
    l1.mine(posted(1n, other));
    l1.mine(posted(2n, payload));
    expect(await search.find(102n, batch)).toBeUndefined();
    expect(reads()).toEqual([105n, 106n]);
    l1.mine(posted(1n, payload));
    expect(await search.find(102n, batch)).toEqual(payload);
    expect(reads()).toEqual([107n]);
  });

  it('finds again what it has found: derivation may have failed behind it', async () => {
    const { l1, search, reads } = world(2);
    l1.mine(posted(1n, payload));
    l1.mine();
    for (const expected of [[101n, 102n, 103n], [103n]]) {
      expect(await search.find(101n, batch)).toEqual(payload);
      expect(reads()).toEqual(expected);
    }
  });

  it('remembers for each batch of a block apart', async () => {
    const { l1, search, reads } = world(1);
    l1.mine(posted(1n, payload));
    l1.mine();
    expect(await search.find(101n, batch)).toEqual(payload);
    expect(await search.find(101n, second)).toBeUndefined();
    expect(reads()).toEqual([101n, 102n, 101n, 102n, 103n]);
    l1.mine(posted(2n, other));
    expect(await search.find(101n, batch)).toEqual(payload);
    expect(await search.find(101n, second)).toEqual(other);
    expect(reads()).toEqual([102n, 104n]);
  });

  it('begins again for a batch of another block', async () => {
    const { search, reads } = world(3);
    await search.find(101n, batch);
    await search.find(102n, batch);
    expect(reads()).toEqual([101n, 102n, 103n, 102n, 103n]);
  });

  it('begins again where a longer L1 has other blocks, and finds what is in them', async () => {
    const { l1, search, reads } = world(5);
    await search.find(101n, batch);
    reads();
    l1.reorg(3, (i) => (i === 1 ? posted(1n, payload) : {}));
    // The first block behind what was read shows it.
    expect(await search.find(101n, batch)).toBeUndefined();
    expect(reads()).toEqual([106n]);
    expect(await search.find(101n, batch)).toEqual(payload);
    expect(reads()).toEqual([101n, 102n, 103n, 104n]);
  });

  it.each([
    ['as long', 105n],
    ['shorter', 104n],
  ])('begins again where another L1 is only %s', async (_name, newest) => {
    const at = world(5);
    await at.search.find(101n, batch);
    at.reads();
    at.l1.reorg(3, (i) => (i === 0 ? posted(1n, payload) : {}));
    at.cut(newest);
    expect(await at.search.find(101n, batch)).toEqual(payload);
    expect(at.reads()).toEqual([101n, 102n, 103n]);
  });

  it('goes on where it was after a fault of L1', async () => {
    const { l1, search, reads } = world(3);
    await search.find(101n, batch);
    l1.fault = new Error('gone');
    await expect(search.find(101n, batch)).rejects.toThrow('gone');
    l1.fault = undefined;
    l1.mine(posted(1n, payload));
    reads();
    expect(await search.find(101n, batch)).toEqual(payload);
    expect(reads()).toEqual([104n]);
  });
});

/** A driver before a batch in block 102 whose payload nobody has, and which blocks of L1 were read. */
async function waiting(): Promise<{ l1: SimL1; driver: Driver; bytes: Uint8Array; read: bigint[] }> {
  const [l1, executor, read] = [new SimL1(), new FakeExecutor(), [] as bigint[]];
  l1.mine();
  const start = startOf(rollup);
  const made = makeBatch(start, makeBlocks(executor, start, [{}]), { da: 'committee' });
  l1.mine({ batches: [{ ...made, data: new Uint8Array(73) }] });
  const facts: SimL1['facts'] = (number) => {
    read.push(number);
    return l1.facts(number);
  };
  const driver = await openDriver(
    { rollup, originDepth: 1n, pollMs: 1 },
    {
      ...{ l1: { head: l1.head, facts, blobPayload: l1.blobPayload }, executor, disk: memoryFiles() },
      ...{ compressors: batchCompressors, clock: new SimClock(), log: keptLog() },
    },
  );
  return { l1, driver, bytes: made.data, read };
}
const missing: unknown = expect.objectContaining({ code: 'payload-missing' });

describe('a driver that waits for a payload', () => {
  it('reads no block of L1 again at each turn but the one that it derives', async () => {
    const { l1, driver, bytes, read } = await waiting();
    for (let i = 0; i < 3; i++) l1.mine();
    expect(await driver.step()).toBe(true);
    await expect(driver.step()).rejects.toEqual(missing);
    expect(read.splice(0)).toEqual([101n, 102n, 102n, 103n, 104n, 105n]);
    await expect(driver.step()).rejects.toEqual(missing);
    l1.mine({ reposts: [{ index: 1n, payload: bytes }] });
    expect(read.splice(0)).toEqual([102n]);
    expect(await driver.step()).toBe(true);
    expect(read).toEqual([102n, 106n]);
    expect(driver.heads().safe.number).toBe(1n);
  });

  it('is stopped between two blocks, though it has many to read', async () => {
    const { l1, driver, read } = await waiting();
    for (let i = 0; i < 50; i++) l1.mine();
    const stopped = new Promise<void>((resolve) => {
      const { push } = read;
      read.push = (number) => {
        if (number === 110n) void driver.stop().then(resolve);
        return push.call(read, number);
      };
    });
    driver.start();
    for (let i = 0; i < 40; i++) await settle();
    await stopped;
    expect(read.at(-1)).toBe(110n);
  });
});
