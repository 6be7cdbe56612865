import { describe, expect, it } from 'vitest';

import { type DerivationState, originAt, startOf } from '../../../src/chain/derivation-state.ts';
import type { DeriveStep } from '../../../src/chain/derive.ts';
import type { AppendedBatch, L1Facts } from '../../../src/chain/l1-facts.ts';
import { parseAddress } from '../../../src/ethereum/address.ts';
import {
  type BlockWish,
  deriveNow,
  factsBehind,
  makeBatch,
  makeBlocks,
  pool,
  rulesWith,
} from './derive-world.ts';
import { FakeExecutor, l1Hash, rollup } from './fake-executor.ts';

const to = parseAddress('0x00000000000000000000000000000000000000ee');
const [first, second, forcedTx] = [0, 1, 3].map((i) => pool[i] ?? new Uint8Array(0));

interface World {
  readonly executor: FakeExecutor;
  readonly state: DerivationState;
}

/** After some quiet blocks of L1, of which the first forces a transaction in and credits somebody. */
function world(l1Blocks = 3, said: Partial<L1Facts> = {}): World {
  const executor = new FakeExecutor();
  let state = startOf(rollup);
  const credits = [{ nonce: 0n, to, gwei: 5n }];
  for (let i = 0; i < l1Blocks; i++) {
    const extra = i === 0 ? { credits, forced: [forcedTx ?? pool[0] ?? l1Hash(0n)], ...said } : {};
    state = deriveNow(executor, state, factsBehind(state, extra)).state;
  }
  return { executor, state };
}

const WISHES: readonly BlockWish[] = [
  { transactions: [first ?? l1Hash(0n)], ordered: 1n },
  { advance: true, transactions: [second ?? l1Hash(0n)], ordered: 1n },
  {},
];

const derive = (
  { executor, state }: World,
  batches: readonly AppendedBatch[],
  wish: Parameters<typeof deriveNow>[3] = {},
): readonly DeriveStep[] => deriveNow(executor, state, factsBehind(state, { batches }), wish).steps;

const batchOf = ({ executor, state }: World, wishes = WISHES): AppendedBatch =>
  makeBatch(state, makeBlocks(executor, state, wishes));

const outcome = (steps: readonly DeriveStep[]): string =>
  steps.map((step) => (step.kind === 'ignored' ? step.reason : step.kind)).join(' ');

describe('derivation', () => {
  it('takes a batch, and comes to the blocks that were built, credits and forced ones in them', () => {
    const at = world();
    const blocks = makeBlocks(at.executor, at.state, WISHES);
    const facts = factsBehind(at.state, { batches: [makeBatch(at.state, blocks)] });
    const { state, steps } = deriveNow(at.executor, at.state, facts);
    expect(outcome(steps)).toBe('taken');
    expect(state.safe.hash).toEqual(blocks.at(-1)?.block.hash);
    expect(state.safe).toMatchObject({ number: 3n, origin: 101n, epoch: 3n, view: 1n, orderedUpTo: 2n });
    expect(state.lastTaken).toBe(facts.number);
    expect(state.origins.map(({ origin }) => origin.number)).toEqual([101n, 102n, 103n, 104n]);
    expect(blocks[1]?.forcedCount).toBe(1);
    expect(blocks[1]?.block.withdrawals[0]).toMatchObject({ address: to, gwei: 5n });
  });

  it('takes batches that follow one another in one block of L1, and none that stands beside', () => {
    const at = world();
    const one = makeBlocks(at.executor, at.state, WISHES);
    const behind = deriveNow(
      at.executor,
      at.state,
      factsBehind(at.state, { batches: [makeBatch(at.state, one)] }),
    ).state;
    const next = makeBatch(behind, makeBlocks(at.executor, behind, [{ advance: true }]), { index: 2n });
    expect(outcome(derive(at, [makeBatch(at.state, one), next]))).toBe('taken taken');
    expect(outcome(derive(at, [next, makeBatch(at.state, one)]))).toBe('wrong-first-block taken');
    const again = { ...makeBatch(at.state, one), index: 2n };
    expect(outcome(derive(at, [makeBatch(at.state, one), again]))).toBe('taken wrong-first-block');
  });

  it('reads all places and compressions of a payload, and asks for those that are not in calldata', () => {
    const at = world();
    const blocks = makeBlocks(at.executor, at.state, WISHES);
    for (const da of ['calldata', 'blobs', 'committee'] as const)
      for (const isPlain of [true, false])
        expect(outcome(derive(at, [makeBatch(at.state, blocks, { da, isPlain })]))).toBe('taken');
    const blobs = makeBatch(at.state, blocks, { da: 'blobs' });
    expect(outcome(derive(at, [blobs], { payload: () => undefined }))).toBe('bad-blob');
    const committee = makeBatch(at.state, blocks, { da: 'committee' });
    expect(() => derive(at, [committee], { payload: () => l1Hash(1n) })).toThrow(
      'the hash that the committee',
    );
  });

  it('does not ask for a payload whose header is wrong already', () => {
    const at = world();
    const batch = makeBatch(at.state, makeBlocks(at.executor, at.state, WISHES), { da: 'blobs' });
    const never = (): never => {
      throw new Error('asked');
    };
    expect(outcome(derive(at, [{ ...batch, firstBlock: 2n }], { payload: never }))).toBe('wrong-first-block');
    expect(outcome(derive(at, [{ ...batch, parentHash: l1Hash(1n) }], { payload: never }))).toBe(
      'wrong-parent',
    );
    expect(outcome(derive(at, [{ ...batch, da: 1 }], { payload: never }))).toBe('unknown-da');
    expect(outcome(derive(at, [{ ...batch, compression: 13 }], { payload: never }))).toBe(
      'unknown-compression',
    );
  });

  it.each<[string, (batch: AppendedBatch) => AppendedBatch]>([
    ['bad-prefix', (batch) => ({ ...batch, index: 2n })],
    ['bad-prefix', (batch) => ({ ...batch, da: 4, payloadHash: batch.payloadHash })],
    ['bad-prefix', (batch) => ({ ...batch, compression: 12 })],
    ['bad-prefix', (batch) => ({ ...batch, lastBlock: 4n })],
    ['bad-prefix', (batch) => ({ ...batch, payloadSize: batch.payloadSize + 1 })],
    ['bad-prefix', (batch) => ({ ...batch, lastHash: l1Hash(1n) })],
    ['bad-prefix', (batch) => ({ ...batch, data: new Uint8Array(69), payloadSize: 69 })],
    [
      'bad-encoding',
      (batch) => ({ ...batch, data: batch.data.slice(0, -1), payloadSize: batch.payloadSize - 1 }),
    ],
    ['bad-origin', (batch) => ({ ...batch, lastOrigin: 102n })],
    ['root-mismatch', (batch) => ({ ...batch, blocksRoot: l1Hash(1n) })],
  ])('ignores a batch as %s, and changes nothing by it', (reason, change) => {
    const at = world();
    const facts = factsBehind(at.state, { batches: [change(batchOf(at))] });
    const { state, steps } = deriveNow(at.executor, at.state, facts);
    expect(outcome(steps)).toBe(reason);
    expect(state.safe).toEqual(at.state.safe);
    expect(state.lastTaken).toBe(at.state.lastTaken);
  });

  it('ignores what is larger than its place, or than a block may be', () => {
    const at = world();
    const data = new Uint8Array(119_457);
    const batch = batchOf(at);
    data.set(batch.data.subarray(0, 70));
    expect(outcome(derive(at, [{ ...batch, data, payloadSize: data.length }]))).toBe('too-large');
    const two = batchOf(at, [{ transactions: pool.slice(0, 2) }]);
    expect(outcome(derive(at, [two]))).toBe('taken');
    expect(outcome(derive(at, [two], { rules: rulesWith({ phase2Height: 2n }) }))).toBe('too-large');
    expect(outcome(derive(at, [two], { rules: rulesWith({ phase2Height: 1n }) }))).toBe('taken');
  });

  it('leaves nothing of a batch whose second block is bad', () => {
    const at = world();
    const batch = batchOf(at);
    at.executor.refuse(second ?? l1Hash(0n));
    expect(outcome(derive(at, [batch]))).toBe('tx-not-executable');
    expect(outcome(derive(at, [batch, batchOf(at, [{}])]))).toBe('tx-not-executable taken');
  });

  it('knows a sequencer that left out what L1 forces in, by the batch alone', () => {
    const at = world();
    const batch = batchOf(at, [{ advance: true, cheat: true }, {}]);
    expect(derive(at, [batch])).toMatchObject([{ reason: 'hash-mismatch', leftOutForced: true }]);
    const other = { ...batchOf(at), lastHash: l1Hash(1n) };
    const data = other.data.slice();
    // The last hash stands in the body behind 57 bytes: version, chain, parent, time and origin.
    data.set(other.lastHash, 70 + 57);
    expect(derive(at, [{ ...other, data }])).toMatchObject([
      { reason: 'hash-mismatch', leftOutForced: false },
    ]);
  });

  it('leaves out what L1 forces in and cannot be executed', () => {
    const at = world();
    at.executor.refuse(forcedTx ?? l1Hash(0n));
    const blocks = makeBlocks(at.executor, at.state, [{ advance: true }]);
    expect(blocks[0]?.block.transactions).toEqual([]);
    expect(outcome(derive(at, [makeBatch(at.state, blocks)]))).toBe('taken');
  });

  it('ignores an origin that L1 does not have yet, and another chain', () => {
    const at = world(1);
    const ahead = world(3);
    const batch = makeBatch(
      ahead.state,
      makeBlocks(ahead.executor, ahead.state, [{ advance: true }, { advance: true }]),
    );
    expect(outcome(derive(at, [batch]))).toBe('bad-origin');
    expect(outcome(derive(ahead, [batch], { rules: rulesWith({ l2ChainId: 9n }) }))).toBe('bad-encoding');
  });

  it('holds blocks to the clock: later than the one before, not before its origin, not beyond L1', () => {
    const at = world();
    const same = batchOf(at, [{ timestamp: 1_000n }]);
    expect(outcome(derive(at, [same]))).toBe('bad-timestamp');
    expect(outcome(derive(at, [same], { rules: rulesWith({ slotMs: 250 }) }))).toBe('taken');
    const late = (timestamp: bigint): string =>
      outcome(derive(at, [batchOf(at, [{ timestamp, advance: true }])]));
    // The block of L1 with the batch has time 948; blocks may be 120 s beyond.
    expect(late(1_068n)).toBe('taken');
    expect(late(1_069n)).toBe('bad-timestamp');
    const early = batchOf(at, [{ timestamp: 1_001n }]);
    const origins = at.state.origins.map((one, i) =>
      i === 0 ? { ...one, origin: { ...one.origin, timestamp: 1_002n } } : one,
    );
    const state = { ...at.state, origins };
    expect(outcome(derive({ ...at, state }, [early]))).toBe('bad-timestamp');
  });

  it('lets a block keep an old origin only while it is empty, and not when the next is old as well', () => {
    const at = world();
    const run = (wish: BlockWish, maxDrift: bigint): string =>
      outcome(
        deriveNow(
          at.executor,
          at.state,
          factsBehind(at.state, { timestamp: 5_000n, batches: [batchOf(at, [wish])] }),
          { rules: rulesWith({ maxDrift }) },
        ).steps,
      );
    // The origin has time 900, the next one 912.
    expect(run({ timestamp: 1_001n, transactions: pool.slice(0, 1) }, 101n)).toBe('taken');
    expect(run({ timestamp: 1_002n, transactions: pool.slice(0, 1) }, 101n)).toBe('bad-origin');
    expect(run({ timestamp: 1_002n }, 101n)).toBe('taken');
    expect(run({ timestamp: 1_013n }, 101n)).toBe('taken');
    expect(run({ timestamp: 1_014n }, 101n)).toBe('bad-origin');
    expect(run({ timestamp: 1_014n, advance: true, transactions: pool.slice(0, 1) }, 101n)).toBe('taken');
  });

  it('makes blocks itself where no batch was taken for a window, and again after each grace', () => {
    const executor = new FakeExecutor();
    const seen: string[] = [];
    let state = startOf(rollup);
    for (let i = 0; i < 17; i++) {
      const derived = deriveNow(executor, state, factsBehind(state));
      if (derived.steps.length > 0) seen.push(`${derived.state.l1.number}: ${derived.steps.length}`);
      state = derived.state;
    }
    // The window is 10, so block 111 of L1 is the first with an origin that is so old, and the grace is 2.
    expect(seen).toEqual(['111: 1', '113: 2', '115: 2', '117: 2']);
    expect(state.safe).toMatchObject({ number: 7n, origin: 107n, timestamp: 1_007n });
    expect(state).toMatchObject({ lastTaken: 100n, lastFallback: 117n });
  });

  it.each([
    [1n, 1n],
    [8n, 1n],
    [9n, 2n],
    [60n, 8n],
  ])('leaves, with a window of %d, a grace of %d blocks of L1', (sequencingWindow, grace) => {
    const executor = new FakeExecutor();
    const rules = rulesWith({ sequencingWindow });
    const seen: bigint[] = [];
    let state = startOf(rollup);
    while (seen.length < 3) {
      const derived = deriveNow(executor, state, factsBehind(state), { rules });
      if (derived.steps.length > 0) seen.push(derived.state.l1.number);
      state = derived.state;
    }
    const first = 101n + sequencingWindow;
    expect(seen).toEqual([first, first + grace, first + 2n * grace]);
    expect(state.safe.origin).toBe(101n + 2n * grace);
  });

  it('lets a sequencer that was silent for longer than a window come back within a grace', () => {
    const executor = new FakeExecutor();
    let state = startOf(rollup);
    for (let i = 0; i < 13; i++) state = deriveNow(executor, state, factsBehind(state)).state;
    expect(state).toMatchObject({ safe: { number: 3n }, lastFallback: 113n });
    // It builds on what it sees now, and needs two blocks of L1 to be signed and mined.
    const late = makeBatch(state, makeBlocks(executor, state, [{ advance: true }]));
    state = deriveNow(executor, state, factsBehind(state)).state;
    const back = deriveNow(executor, state, factsBehind(state, { batches: [late] }));
    expect(outcome(back.steps)).toBe('taken');
    ({ state } = back);
    expect(state).toMatchObject({ lastTaken: 115n, safe: { number: 4n, origin: 104n } });
    // A new window has begun; then all that is due is made at once.
    for (let i = 0; i < 9; i++) {
      const quiet = deriveNow(executor, state, factsBehind(state));
      expect(quiet.steps).toEqual([]);
      ({ state } = quiet);
    }
    const alone = deriveNow(executor, state, factsBehind(state));
    expect(alone.steps).toHaveLength(11);
    expect(alone.state).toMatchObject({ lastFallback: 125n, safe: { origin: 115n } });
  });

  it('counts a window of silence from the last batch, to the block', () => {
    const at = world(4);
    let { state } = deriveNow(at.executor, at.state, factsBehind(at.state, { batches: [batchOf(at, [{}])] }));
    expect(state).toMatchObject({ lastTaken: 105n, safe: { origin: 100n } });
    for (let i = 0; i < 9; i++) {
      const quiet = deriveNow(at.executor, state, factsBehind(state));
      expect(quiet.steps).toEqual([]);
      ({ state } = quiet);
    }
    const alone = deriveNow(at.executor, state, factsBehind(state));
    expect([alone.state.l1.number, alone.state.safe.origin]).toEqual([115n, 105n]);
  });

  it('gives a block that it makes itself the time of its origin, where that is later', () => {
    const executor = new FakeExecutor();
    let state = startOf(rollup);
    for (let i = 1n; i <= 11n; i++)
      ({ state } = deriveNow(executor, state, factsBehind(state, { timestamp: 2_000n + 12n * i })));
    expect(state.safe).toMatchObject({ number: 1n, origin: 101n, timestamp: 2_012n });
  });

  it('makes blocks alone where a sequencer posts batches and leaves the origins behind', () => {
    const { executor, state: begun } = world(1);
    let state = begun;
    const seen: string[] = [];
    while (state.l1.number < 125n) {
      const block = makeBlocks(executor, state, [{}]);
      const isDue = state.l1.number % 4n === 0n;
      const batches = isDue ? [makeBatch(state, block, { index: state.safe.number + 1n })] : [];
      const derived = deriveNow(executor, state, factsBehind(state, { batches }));
      const { number } = derived.state.l1;
      seen.push(...derived.steps.map(({ kind }) => `${number} ${kind}`));
      ({ state } = derived);
    }
    // Forced in 101, origins kept at 100: two windows of 10 later it is in, and so is all that is due.
    const batches = seen.filter((line) => line.endsWith('taken'));
    expect(batches).toEqual(['105 taken', '109 taken', '113 taken', '117 taken', '121 taken', '125 taken']);
    expect(seen.filter((line) => line === '121 fallback')).toHaveLength(11);
    expect(seen).toHaveLength(batches.length + 11);
    expect(state.safe.origin).toBe(111n);
  });

  it('puts forced transactions and credits into the block that it makes itself', () => {
    const { executor, state } = world(11);
    expect(state.safe.number).toBe(1n);
    const made = executor.buildNow({
      parent: rollup.genesis.hash,
      attributes: {
        ...{ timestamp: 1_001n, epoch: 0n, view: 0n, orderedUpTo: 0n },
        ...(originAt(state, 101n) ?? { origin: rollup.genesis.origin, credits: [], forced: [] }),
      },
      ...{ transactions: [], mode: 'exact' },
    });
    expect(made.kind === 'built' && made.executed.block.hash).toEqual(state.safe.hash);
    expect(made.kind === 'built' && made.executed.forcedCount).toBe(1);
  });

  it('reads blocks of L1 in their order, without a gap', () => {
    const { executor, state } = world();
    const facts = factsBehind(state);
    expect(() => deriveNow(executor, state, { ...facts, number: facts.number + 1n })).toThrow(
      'without a gap',
    );
    expect(() => deriveNow(executor, state, { ...facts, parentHash: l1Hash(1n) })).toThrow('as one chain');
  });

  it('judges every cut and every flipped bit of a payload alike, whoever does it', () => {
    const at = world();
    const batch = batchOf(at);
    const judge = (data: Uint8Array): string => {
      const changed = { ...batch, data, payloadSize: data.length };
      const steps = derive(at, [changed]);
      const other = world();
      expect(outcome(derive(other, [changed]))).toBe(outcome(steps));
      return outcome(steps);
    };
    const seen = new Set<string>();
    for (let length = 0; length < batch.data.length; length++) seen.add(judge(batch.data.slice(0, length)));
    for (let bit = 0; bit < 8 * batch.data.length; bit++) {
      const data = batch.data.slice();
      data[bit >> 3] = (data[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      seen.add(judge(data));
    }
    expect([...seen].sort()).not.toContain('taken');
    expect(seen.size).toBeGreaterThan(5);
  });
});
