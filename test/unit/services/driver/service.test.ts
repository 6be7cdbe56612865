import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { type DerivationState, startOf } from '../../../../src/chain/derivation-state.ts';
import type { ExecutedBlock } from '../../../../src/chain/execution.ts';
import { outputRoot } from '../../../../src/chain/output.ts';
import { OperationError } from '../../../../src/crypto/errors.ts';
import { memoryFiles } from '../../../../src/services/driver/memory-files.ts';
import {
  type Driver,
  type DriverDeps,
  type DriverNews,
  openDriver,
} from '../../../../src/services/driver/service.ts';
import { batchCompressors } from '../../../../src/system/compression.ts';
import { silent } from '../../../../src/apps/guard-folder.ts';
import { type BlockWish, deriveNow, makeBatch, makeBlocks, pool } from '../../chain/derive-world.ts';
import { FakeExecutor, l1Hash, rollup } from '../../chain/fake-executor.ts';
import { SimL1 } from './sim-l1.ts';

interface World {
  readonly l1: SimL1;
  readonly executor: FakeExecutor;
  readonly files: DriverDeps['disk'];
  readonly news: DriverNews[];
}

const newWorld = (): World => ({
  ...{ l1: new SimL1(), executor: new FakeExecutor(), files: memoryFiles(), news: [] },
});

const clock: DriverDeps['clock'] = {
  ...{ nowMs: () => 0, monotonicMs: () => 0 },
  after: (_, event) => {
    const timer = setImmediate(event);
    return () => {
      clearImmediate(timer);
    };
  },
};

async function open(at: World, change: Partial<DriverDeps> = {}): Promise<Driver> {
  const { l1, executor, files: disk, news } = at;
  const driver = await openDriver(
    { rollup, originDepth: 1n, pollMs: 1 },
    { l1, executor, disk, compressors: batchCompressors, clock, log: silent, ...change },
  );
  driver.on((one) => void news.push(one));
  return driver;
}

async function settle(driver: Driver): Promise<void> {
  while (await driver.step());
}

/** What somebody else derives from the same L1, with an engine of its own. */
function fresh({ l1 }: World): DerivationState {
  const executor = new FakeExecutor();
  const payload = (batch: { readonly index: bigint; readonly data: Uint8Array }): Uint8Array =>
    l1.blobs.get(batch.index) ?? batch.data;
  return l1
    .all()
    .reduce((state, facts) => deriveNow(executor, state, facts, { payload }).state, startOf(rollup));
}

/** Posts a batch of blocks behind what L1 says so far. */
function post(at: World, wishes: readonly BlockWish[], index: bigint): void {
  const state = fresh(at);
  at.l1.mine({ batches: [makeBatch(state, makeBlocks(at.executor, state, wishes), { index })] });
}

/** What is to be claimed of block 1. */
function rootAfter(executed: ExecutedBlock | undefined): Uint8Array {
  if (executed === undefined) throw new RangeError('there is a block');
  const { hash: blockHash, header } = executed.block;
  const { stateRoot } = header;
  return outputRoot(rollup.l2ChainId, { blockNumber: 1n, blockHash, stateRoot, messageTreeRoot: stateRoot });
}

const kinds = ({ news }: World): readonly string[] =>
  news.filter(({ kind }) => kind !== 'heads').map(({ kind }) => kind);

describe('the driver', () => {
  it('follows L1, and says where L2 stands and which batch holds which block', async () => {
    const at = newWorld();
    for (let i = 0; i < 3; i++) at.l1.mine();
    const driver = await open(at);
    await settle(driver);
    post(at, [{ transactions: pool.slice(0, 2) }, { advance: true }], 1n);
    await settle(driver);
    expect(driver.heads().safe).toEqual(fresh(at).safe);
    expect(driver.heads()).toMatchObject({
      unsafe: { number: 2n },
      finalized: { number: 0n },
      l1: { number: 104n },
    });
    expect(driver.batches.holding(2n)).toMatchObject({ index: 1n, outcome: 'taken', l1Block: 104n });
    expect(driver.batches.holding(3n)).toBeUndefined();
    expect(driver.batches.last()).toBe(driver.batches.at(1n));
    at.l1.finalize(0);
    await settle(driver);
    expect(driver.heads().finalized.number).toBe(2n);
    expect((await at.executor.heads()).finalized).toEqual(driver.heads().safe.hash);
  });

  it('offers the next origin as soon as enough blocks stand on it, and knows one that is gone', async () => {
    const at = newWorld();
    const driver = await open(at);
    expect(driver.nextOrigin(rollup.genesis.origin)).toBeUndefined();
    at.l1.mine();
    await settle(driver);
    expect(driver.nextOrigin(rollup.genesis.origin)).toBeUndefined();
    const next = at.l1.mine();
    await settle(driver);
    expect(driver.nextOrigin(rollup.genesis.origin)).toMatchObject({ origin: { number: 101n } });
    expect(driver.origin(102n)?.origin.hash).toEqual(next.hash);
    expect(driver.nextOrigin({ number: 101n, hash: l1Hash(1n) })).toBe('gone');
    expect(driver.nextOrigin({ number: 150n, hash: l1Hash(1n) })).toBeUndefined();
  });

  it('lets what L1 says win over what the sequencer told', async () => {
    const at = newWorld();
    at.l1.mine();
    const driver = await open(at);
    await settle(driver);
    const [own, other] = [{ transactions: pool.slice(0, 1) }, { transactions: pool.slice(1, 2) }];
    const [told] = makeBlocks(at.executor, fresh(at), [own]);
    expect(told && (await driver.adopt(told))).toBe(true);
    expect(told && (await driver.adopt(told))).toBe(false);
    post(at, [other], 1n);
    await settle(driver);
    expect(kinds(at)).toEqual(['unsafe-cut', 'batch']);
    expect(driver.heads().unsafe).toEqual(driver.heads().safe);
    expect(driver.heads().unsafe.hash).not.toEqual(told?.block.hash);
  });

  it('keeps unsafe blocks through a batch with the first of them, and builds none twice', async () => {
    const at = newWorld();
    at.l1.mine();
    const driver = await open(at);
    await settle(driver);
    const blocks = makeBlocks(at.executor, fresh(at), [
      { transactions: pool.slice(0, 2) },
      { advance: true },
    ]);
    for (const block of blocks) expect(await driver.adopt(block)).toBe(true);
    at.l1.mine({ batches: [makeBatch(fresh(at), blocks.slice(0, 1))] });
    const before = at.executor.builds;
    await settle(driver);
    expect(driver.heads()).toMatchObject({ safe: { number: 1n }, unsafe: { number: 2n } });
    expect(at.executor.builds).toBe(before);
    expect(kinds(at)).toEqual(['batch']);
  });

  it('cuts unsafe blocks whose origin L1 has replaced, and those behind', async () => {
    const at = newWorld();
    at.l1.mine();
    at.l1.mine();
    const driver = await open(at);
    await settle(driver);
    const blocks = makeBlocks(at.executor, fresh(at), [{}, { advance: true }, { advance: true }, {}]);
    for (const block of blocks) await driver.adopt(block);
    at.l1.reorg(1);
    await settle(driver);
    expect(kinds(at)).toEqual(['unsafe-cut']);
    expect(driver.heads().unsafe.number).toBe(2n);
    expect((await at.executor.heads()).unsafe).toEqual(blocks[1]?.block.hash);
  });

  it('cuts what L1 made alone when it takes that back', async () => {
    const at = newWorld();
    for (let i = 0; i < 11; i++) at.l1.mine();
    const driver = await open(at);
    await settle(driver);
    expect(driver.heads()).toMatchObject({ unsafe: { number: 1n }, safe: { number: 1n } });
    const posted = makeBatch(startOf(rollup), makeBlocks(at.executor, startOf(rollup), [{}]));
    at.l1.reorg(1, (i) => (i === 0 ? { batches: [posted] } : {}));
    expect(await driver.step()).toBe(true);
    expect(driver.heads()).toMatchObject({ unsafe: { number: 0n }, safe: { number: 0n } });
    expect(kinds(at)).toEqual(['fallback', 'unsafe-cut']);
    await settle(driver);
    expect(driver.batches.last()).toMatchObject({ outcome: 'taken' });
  });

  it('takes batches back that a reorg of L1 took away', async () => {
    const at = newWorld();
    at.l1.mine();
    const driver = await open(at);
    await settle(driver);
    post(at, [{}], 1n);
    await settle(driver);
    at.l1.reorg(1);
    await settle(driver);
    expect(kinds(at)).toEqual(['batch', 'batch-undone']);
    expect(driver.heads().safe.number).toBe(0n);
    expect(driver.batches.at(1n)).toBeUndefined();
    expect(driver.batches.last()).toBeUndefined();
  });

  it('waits while the endpoint lags behind what was read already', async () => {
    const at = newWorld();
    const [first] = [at.l1.mine(), at.l1.mine(), at.l1.mine()];
    const driver = await open(at);
    await settle(driver);
    const lagging = await open(
      { ...at, news: [] },
      {
        l1: { facts: at.l1.facts, blobPayload: at.l1.blobPayload, head: () => Promise.resolve(first) },
      },
    );
    expect(await lagging.step()).toBe(false);
    expect(lagging.heads().l1.number).toBe(103n);
  });

  it('says that a root on L1 is not the own one, as soon as it knows the block', async () => {
    const at = newWorld();
    at.l1.mine();
    const driver = await open(at);
    await settle(driver);
    const proposer = rollup.outputs;
    const output = { index: 1n, outputRoot: l1Hash(1n), l2Block: 1n, proposer };
    at.l1.mine({ outputs: [output] });
    await settle(driver);
    expect(kinds(at)).toEqual([]);
    post(at, [{ transactions: pool.slice(0, 1) }], 1n);
    await settle(driver);
    const own = rootAfter(await at.executor.block(1n));
    expect(at.news.find(({ kind }) => kind === 'wrong-output')).toMatchObject({ output, own });
    at.l1.mine({ outputs: [{ ...output, index: 2n, outputRoot: own }] });
    await settle(driver);
    expect(kinds(at).filter((kind) => kind === 'wrong-output')).toHaveLength(1);
  });

  it('judges a root again where L1 puts another batch in the place of that with its block', async () => {
    const at = newWorld();
    const start = fresh(at);
    const first = makeBlocks(at.executor, start, [{ transactions: pool.slice(0, 1) }]);
    const second = makeBlocks(at.executor, start, [{ transactions: pool.slice(1, 2) }]);
    const claim = { index: 1n, outputRoot: rootAfter(first[0]), l2Block: 1n };
    at.l1.mine({ outputs: [{ ...claim, proposer: rollup.outputs }] });
    at.l1.mine({ batches: [makeBatch(start, first)] });
    const driver = await open(at);
    await settle(driver);
    at.l1.reorg(1, (i) => (i === 0 ? { batches: [makeBatch(start, second)] } : {}));
    await settle(driver);
    expect(kinds(at)).toEqual(['batch', 'batch-undone', 'unsafe-cut', 'batch', 'wrong-output']);
  });

  it('forgets all of an L1 that breaks its word, also on disk', async () => {
    const at = newWorld();
    post(at, [{}], 1n);
    at.l1.mine();
    at.l1.finalize(0);
    const driver = await open(at);
    await settle(driver);
    const l1 = new SimL1();
    l1.mine();
    l1.reorg(1);
    const elsewhere = await open({ ...at, l1 });
    await settle(elsewhere);
    expect(elsewhere.heads()).toMatchObject({ safe: { number: 0n }, l1: { number: 102n } });
    expect((await open({ ...at, l1 })).batches.last()).toBeUndefined();
  });

  it('accuses the sequencer that left out what L1 forces in', async () => {
    const at = newWorld();
    at.l1.mine({ forced: pool.slice(3, 4) });
    const driver = await open(at);
    await settle(driver);
    post(at, [{ advance: true, cheat: true }], 1n);
    await settle(driver);
    expect(kinds(at)).toEqual(['batch', 'forced-left-out']);
    expect(driver.batches.at(1n)).toMatchObject({ outcome: 'hash-mismatch', leftOutForced: true });
  });

  it('waits for the payload of a committee, and takes the one that is posted on L1', async () => {
    const at = newWorld();
    at.l1.mine();
    const state = fresh(at);
    const batch = makeBatch(state, makeBlocks(at.executor, state, [{}]), { da: 'committee' });
    at.l1.mine({ batches: [{ ...batch, data: new Uint8Array(73) }] });
    const driver = await open(at, { committee: () => Promise.resolve(new Uint8Array(3)) });
    await expect(settle(driver)).rejects.toThrow(expect.objectContaining({ code: 'payload-missing' }));
    at.l1.mine({ reposts: [{ index: 1n, payload: new Uint8Array(3) }] });
    await expect(settle(driver)).rejects.toThrow(expect.objectContaining({ code: 'payload-missing' }));
    at.l1.mine({ reposts: [{ index: 1n, payload: batch.data }] });
    await settle(driver);
    expect(driver.heads().safe.number).toBe(1n);
  });

  it('goes on by itself after faults of L1, and says so', async () => {
    const at = newWorld();
    at.l1.mine();
    at.l1.fault = new OperationError('l1-unreachable', 'retry', 'gone');
    const driver = await open(at);
    const heard = new Promise<void>((resolve) => {
      driver.on(({ kind }) => {
        if (kind !== 'waiting') return;
        at.l1.fault = undefined;
        resolve();
      });
    });
    driver.start();
    await heard;
    await expect.poll(() => driver.heads().l1.number).toBe(101n);
    await driver.stop();
    expect(kinds(at)).toContain('waiting');
  });

  it('stops where its own machine fails', async () => {
    const at = newWorld();
    at.l1.mine();
    at.l1.fault = new OperationError('fsync-failed', 'fatal', 'disk');
    const driver = await open(at);
    driver.start();
    await expect.poll(() => at.news).toMatchObject([{ kind: 'stopped', error: at.l1.fault }]);
    await driver.stop();
  });

  it('refuses an L1 that does not lead to the origin of the genesis', async () => {
    const at = newWorld();
    const [facts] = [at.l1.mine()];
    const { head, blobPayload } = at.l1;
    const l1 = { head, blobPayload, facts: () => Promise.resolve({ ...facts, parentHash: l1Hash(7n) }) };
    const driver = await open(at, { l1 });
    await expect(driver.step()).rejects.toThrow(expect.objectContaining({ code: 'l1-behind-genesis' }));
  });

  it('comes to the state of a fresh derivation after any reorgs, restarts and cuts', async () => {
    const operations = fc.array(
      fc.oneof(
        fc.record({ kind: fc.constant('mine'), n: fc.nat({ max: 4 }) }),
        fc.record({ kind: fc.constant('post'), n: fc.nat({ max: 7 }) }),
        fc.record({ kind: fc.constant('reorg'), n: fc.integer({ min: 1, max: 20 }) }),
        fc.record({ kind: fc.constant('step'), n: fc.integer({ min: 1, max: 12 }) }),
        fc.record({ kind: fc.constant('cut'), n: fc.nat({ max: 6 }) }),
        fc.record({ kind: fc.constant('final'), n: fc.integer({ min: 3, max: 20 }) }),
      ),
      { maxLength: 40 },
    );
    await fc.assert(
      fc.asyncProperty(operations, async (list) => {
        const at = newWorld();
        let driver = await open(at);
        for (const { kind, n } of list) {
          if (kind === 'mine')
            at.l1.mine(n === 0 ? { forced: pool.slice(4, 5), messages: [l1Hash(1n)] } : {});
          if (kind === 'post') postAny(at, n);
          if (kind === 'reorg') at.l1.reorg(n);
          if (kind === 'step') for (let i = 0; i < n; i++) await driver.step();
          if (kind === 'final') at.l1.finalize(n);
          if (kind !== 'cut') continue;
          // Killed at its n-th write: the rest of what it does is lost.
          const doomed = await open(at, { disk: cutAfter(at.files, n) });
          await settle(doomed).catch((error: unknown) => {
            if (!(error instanceof OperationError)) throw error;
          });
          driver = await open(at);
        }
        await settle(driver);
        const expected = fresh(at);
        expect(driver.heads().safe).toEqual(expected.safe);
        expect((await at.executor.heads()).safe).toEqual(expected.safe.hash);
        const again = await open(at);
        expect(again.heads().safe).toEqual(expected.safe);
        expect(again.batches.last()).toEqual(driver.batches.last());
      }),
      { seed: 6, numRuns: 150 },
    );
  });
});

/** An honest batch, or now and then one that is good for nothing. */
function postAny(at: World, n: number): void {
  const state = fresh(at);
  const index = 1n + at.l1.all().reduce((sum, { batches }) => sum + BigInt(batches.length), 0n);
  const canAdvance = state.origins.length > 1;
  const wishes = [{ transactions: pool.slice(n, n + 1) }, { advance: canAdvance }];
  const batch = makeBatch(state, makeBlocks(at.executor, state, wishes), { index });
  at.l1.mine({ batches: [n === 7 ? { ...batch, lastHash: l1Hash(3n) } : batch] });
}

/** The same files, which take so many more writes and no other. */
function cutAfter(files: DriverDeps['disk'], writes: number): DriverDeps['disk'] {
  let left = writes;
  const spend = (): void => {
    if (left-- <= 0) throw new OperationError('disk-failed', 'fatal', 'cut');
  };
  return {
    ...files,
    replace: (path, bytes) => {
      spend();
      files.replace(path, bytes);
    },
    remove: (path) => {
      spend();
      files.remove(path);
    },
  };
}
