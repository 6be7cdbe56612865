import { describe, expect, it } from 'vitest';

import { type PendingBlock, planBatch, planFlush } from '../../../src/chain/batch-plan.ts';
import { maxBlockPayload } from '../../../src/chain/block-batch.ts';

const block = (change: Partial<PendingBlock> = {}): PendingBlock => ({
  ...{ timestamp: 1_000n, epoch: 1n, bytes: 1_000 },
  ...change,
});
const blocks = (count: number, change: Partial<PendingBlock> = {}): readonly PendingBlock[] =>
  Array.from({ length: count }, () => block(change));
const rules = { place: 'calldata', maxAge: 10n, now: 1_005n } as const;
/** Blocks of a thousand bytes, which compress to nine tenths. */
const payload = (count: number): number => 162 + 900 * count;

describe('the plan of batches', () => {
  it('waits for more blocks while nothing is full, old or over', () => {
    expect(planBatch([], rules, payload)).toBeUndefined();
    expect(planBatch(blocks(5), rules, payload)).toBeUndefined();
    expect(planFlush([], 'calldata', payload)).toBeUndefined();
  });

  it('closes a batch that is full, with as many blocks as fit', () => {
    const most = Math.floor((maxBlockPayload('calldata') - 162) / 900);
    expect(planBatch(blocks(200), rules, payload)).toEqual({ count: most, because: 'full' });
    expect(planBatch(blocks(most), rules, payload)).toBeUndefined();
    expect(planBatch(blocks(most + 1), rules, payload)).toEqual({ count: most, because: 'full' });
    expect(planBatch(blocks(200), { ...rules, place: 'blobs' }, payload)).toBeUndefined();
  });

  it('does not measure what fits by its raw bytes', () => {
    const never = (): never => {
      throw new Error('measured');
    };
    expect(planBatch(blocks(100), rules, never)).toBeUndefined();
  });

  it('takes one block alone, whatever it measures: it fits by the limits of blocks', () => {
    expect(planBatch(blocks(3, { bytes: 110_000 }), rules, (count) => 110_000 * count)).toEqual({
      ...{ count: 1, because: 'full' },
    });
    expect(planFlush(blocks(1, { bytes: 200_000 }), 'calldata', () => 200_000)?.count).toBe(1);
  });

  it('closes a batch whose oldest block has waited long enough', () => {
    expect(planBatch(blocks(2), { ...rules, now: 1_009n }, payload)).toBeUndefined();
    expect(planBatch(blocks(2), { ...rules, now: 1_010n }, payload)).toEqual({ count: 2, because: 'age' });
  });

  it('closes at the end of an epoch, if there is more than half a batch', () => {
    const epochs = (count: number): readonly PendingBlock[] => [...blocks(count), block({ epoch: 2n })];
    expect(planBatch(epochs(66), rules, payload)).toBeUndefined();
    expect(planBatch(epochs(67), rules, payload)).toEqual({ count: 67, because: 'epoch-end' });
  });

  it('gives all that fits when it is asked to', () => {
    expect(planFlush(blocks(5), 'calldata', payload)).toEqual({ count: 5, because: 'flush' });
    expect(planFlush(blocks(100_000, { bytes: 0 }), 'blobs', () => 1)).toMatchObject({ count: 65_535 });
  });
});
