import { describe, expect, it } from 'vitest';

import {
  type BatcherView,
  cheaperPlace,
  costsOf,
  decideBatch,
} from '../../../../src/services/batcher/machine.ts';

const view: BatcherView = {
  pending: [
    { timestamp: 100n, epoch: 1n, bytes: 200 },
    { timestamp: 101n, epoch: 1n, bytes: 200 },
  ],
  ...{ place: 'calldata', open: 0, maxOpen: 4, isFlush: false, maxAge: 10n, now: 105n },
};
const bytes = (count: number): number => 160 + 240 * count;

describe('the batcher decides', () => {
  it('by age, by a flush, and not while too many are on their way', () => {
    expect(decideBatch(view, bytes)).toBeUndefined();
    expect(decideBatch({ ...view, now: 110n }, bytes)).toEqual({ count: 2, because: 'age' });
    expect(decideBatch({ ...view, isFlush: true }, bytes)).toEqual({ count: 2, because: 'flush' });
    expect(decideBatch({ ...view, now: 110n, open: 4 }, bytes)).toBeUndefined();
    expect(decideBatch({ ...view, pending: [], isFlush: true }, bytes)).toBeUndefined();
  });
});

describe('the place of a payload', () => {
  const payload = new Uint8Array(10_000).fill(1);
  it('costs what L1 takes for it', () => {
    expect(costsOf(payload, { baseFee: 1n, tip: 0n, blobBaseFee: 1n })).toEqual({
      calldata: 421_000n,
      blobs: 152_072n,
    });
    const zeros = costsOf(new Uint8Array(10_000), { baseFee: 2n, tip: 0n, blobBaseFee: 0n });
    expect(zeros).toEqual({ calldata: 242_000n, blobs: 42_000n });
    expect(costsOf(new Uint8Array(126_973).fill(1), { baseFee: 0n, tip: 0n, blobBaseFee: 1n }).blobs).toBe(
      262_144n,
    );
  });

  it('changes where the other one is cheaper by a fifth', () => {
    expect(cheaperPlace('calldata', { calldata: 100n, blobs: 79n })).toBe('blobs');
    expect(cheaperPlace('calldata', { calldata: 100n, blobs: 80n })).toBe('calldata');
    expect(cheaperPlace('blobs', { calldata: 79n, blobs: 100n })).toBe('calldata');
    expect(cheaperPlace('blobs', { calldata: 81n, blobs: 100n })).toBe('blobs');
  });
});
