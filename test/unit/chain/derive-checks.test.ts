import { describe, expect, it } from 'vitest';

import type { BatchBody, BlockContent } from '../../../src/chain/batch-body.ts';
import { readBlockBatch } from '../../../src/chain/block-batch.ts';
import { type DerivationState, startOf, withOrigin } from '../../../src/chain/derivation-state.ts';
import {
  decodePayload,
  faultOfBody,
  faultOfHeader,
  isPrefixOf,
  planBlocks,
} from '../../../src/chain/derive-checks.ts';
import type { Rollup } from '../../../src/chain/rollup.ts';
import { batchCompressors } from '../../../src/system/compression.ts';
import { factsBehind, makeBatch, makeBlocks } from './derive-world.ts';
import { FakeExecutor, l1Hash, rollup } from './fake-executor.ts';

const state = startOf(rollup);
const batch = makeBatch(state, makeBlocks(new FakeExecutor(), state, [{}, {}]));
const { body } = readBlockBatch(batch.data, batchCompressors);

/** A payload with one byte changed. */
function changed(at: number): Uint8Array {
  const data = batch.data.slice();
  data[at] = (data[at] ?? 0) ^ 1;
  return data;
}

describe('what derivation checks of a batch', () => {
  it('finds nothing against a good one', () => {
    expect(faultOfHeader(state, batch)).toBeUndefined();
    expect(isPrefixOf(batch, batch.data)).toBe(true);
    expect(decodePayload(batch.data, batchCompressors)).toMatchObject({ body });
    expect(faultOfBody(state, batch, body, rollup)).toBeUndefined();
    expect(planBlocks(state, body.blocks, { rollup, l1Time: 1_000n })).toHaveLength(2);
  });

  it.each([
    ['place', 0],
    ['compression', 1],
    ['index', 33],
    ['first block', 65],
    ['count', 69],
  ])('compares the %s of the prefix with the header', (_, at) => {
    expect(isPrefixOf(batch, changed(at))).toBe(false);
  });

  it('takes no prefix with an earlier first block and as many blocks more', () => {
    const data = changed(65);
    data[69] = 3;
    expect(isPrefixOf(batch, data)).toBe(false);
  });

  it.each<[string, string, Partial<BatchBody<Uint8Array>>]>([
    ['its chain', 'bad-encoding', { l2ChainId: 9n }],
    ['its parent', 'bad-prefix', { parentHash: l1Hash(1n) }],
    ['its last hash', 'bad-prefix', { lastHash: l1Hash(1n) }],
    ['the time of its parent', 'wrong-parent', { baseTimestamp: 1_001n }],
    ['the origin of its parent', 'wrong-parent', { baseOrigin: 101n }],
    ['its last origin', 'bad-origin', { blocks: [] }],
  ])('compares %s with header and safe head: %s', (_, reason, change) => {
    expect(faultOfBody(state, batch, { ...body, ...change }, rollup)).toBe(reason);
  });

  const [block] = body.blocks;
  const plan = (...changes: readonly Partial<BlockContent<Uint8Array>>[]): unknown =>
    planBlocks(
      state,
      changes.flatMap((change, i) =>
        block === undefined ? [] : [{ ...block, timestamp: 1_001n + BigInt(i), ...change }],
      ),
      { rollup, l1Time: 1_000n },
    );

  it('takes no number that a header would cut to another one', () => {
    const most = (1n << 64n) - 1n;
    expect(plan({ ordered: most })).toMatchObject([{ attributes: { orderedUpTo: most } }]);
    expect(plan({ ordered: most }, { ordered: 1n })).toBe('bad-encoding');
    expect(plan({ view: (1n << 32n) - 1n })).toHaveLength(1);
    expect(plan({ view: 1n << 32n })).toBe('bad-encoding');
  });

  it('holds a block to its bytes', () => {
    const transactions = [new Uint8Array(60_000), new Uint8Array(50_000)];
    expect(plan({ transactions })).toHaveLength(1);
    expect(plan({ transactions: [...transactions, new Uint8Array(1)] })).toBe('too-large');
  });

  const planFirst = (
    change: Partial<BlockContent<Uint8Array>>,
    { rules = {}, at = state }: { readonly rules?: Partial<Rollup>; readonly at?: DerivationState } = {},
  ): unknown =>
    planBlocks(at, block === undefined ? [] : [{ ...block, timestamp: 1_001n, ...change }], {
      ...{ rollup: { ...rollup, ...rules }, l1Time: 1_010n },
    });

  it('holds a block to one transaction before its second phase', () => {
    const [one] = [Uint8Array.of(1)];
    const rules = { phase2Height: 9n };
    expect(planFirst({ transactions: [one] }, { rules })).toHaveLength(1);
    expect(planFirst({ transactions: [one, one] }, { rules })).toBe('too-large');
    expect(planFirst({ transactions: [one, one] }, { rules: { phase2Height: 1n } })).toHaveLength(1);
  });

  it('lets a block have the very time of its origin, and none before it', () => {
    const at = withOrigin(state, factsBehind(state, { timestamp: 1_005n }));
    expect(planFirst({ origin: 101n, timestamp: 1_005n }, { at })).toHaveLength(1);
    expect(planFirst({ origin: 101n, timestamp: 1_004n }, { at })).toBe('bad-timestamp');
  });

  it('lets an empty block be late where L1 has no next origin yet', () => {
    const rules = { maxDrift: 0n };
    const late = { timestamp: rollup.genesis.origin.timestamp + 1_000n };
    const at = { ...state, safe: { ...state.safe, timestamp: 0n } };
    const plan = (transactions: readonly Uint8Array[]): unknown =>
      planBlocks(at, block === undefined ? [] : [{ ...block, ...late, transactions }], {
        ...{ rollup: { ...rollup, ...rules }, l1Time: late.timestamp },
      });
    expect(plan([])).toHaveLength(1);
    expect(plan([Uint8Array.of(1)])).toBe('bad-origin');
  });

  it('blames no batch for a fault of the machine', () => {
    const fault = new RangeError('no memory');
    const brotli = {
      compress: (bytes: Uint8Array) => bytes,
      decompress: (): never => {
        throw fault;
      },
    };
    const data = batch.data.slice();
    data[1] = 12;
    expect(() => decodePayload(data, { ...batchCompressors, brotli })).toThrow(fault);
  });
});
