import { describe, expect, it } from 'vitest';

import { feesAt, gasLimitOf } from '../../../src/chain/fees.ts';

const GWEI = 1_000_000_000n;
const observed = { baseFee: 20n * GWEI, tip: GWEI, blobBaseFee: 5n * GWEI };
const cap = (gwei: bigint) => ({
  maxFeePerGas: gwei * GWEI,
  maxPriorityFeePerGas: gwei * GWEI,
  maxFeePerBlobGas: gwei * GWEI,
});

describe('the ladder of fees', () => {
  it('for calldata is the example of the specification', () => {
    const rungs = [0, 1, 2, 3].map((rung) => feesAt('calldata', observed, rung));
    expect(rungs.map((fees) => fees.maxFeePerGas)).toEqual([
      41n * GWEI,
      (123n * GWEI) / 2n,
      (369n * GWEI) / 4n,
      (1107n * GWEI) / 8n,
    ]);
    expect(rungs.map((fees) => fees.maxPriorityFeePerGas * 8n)).toEqual(
      [8n, 12n, 18n, 27n].map((n) => n * GWEI),
    );
    expect(rungs.every((fees) => fees.maxFeePerBlobGas === 0n)).toBe(true);
  });

  it('for blobs doubles all three fees at every step', () => {
    for (const rung of [1, 2, 3]) {
      const [low, high] = [feesAt('blobs', observed, rung - 1), feesAt('blobs', observed, rung)];
      expect(high.maxFeePerGas).toBe(2n * low.maxFeePerGas);
      expect(high.maxPriorityFeePerGas).toBe(2n * low.maxPriorityFeePerGas);
      expect(high.maxFeePerBlobGas).toBe(2n * low.maxFeePerBlobGas);
    }
  });

  it('stays within its caps, and never tips above the cap of the whole fee', () => {
    expect(feesAt('calldata', observed, 3, cap(100n)).maxFeePerGas).toBe(100n * GWEI);
    const tippy = { ...observed, baseFee: 0n, tip: 90n * GWEI };
    const fees = feesAt('blobs', tippy, 1, { ...cap(200n), maxFeePerGas: 100n * GWEI });
    expect(fees.maxPriorityFeePerGas).toBe(fees.maxFeePerGas);
  });

  it('offers a least blob fee, and knows no fifth step', () => {
    expect(feesAt('blobs', { ...observed, blobBaseFee: 1n }, 0).maxFeePerBlobGas).toBe(10_000_000n);
    expect(() => feesAt('blobs', observed, 4)).toThrow('no rung');
  });

  it('comes with a gas limit that covers the floor price of calldata', () => {
    expect(gasLimitOf('blobs', 300_000)).toBe(600_000n);
    expect(gasLimitOf('calldata', 0)).toBe(421_000n + 16n * 516n);
    expect(gasLimitOf('calldata', 119_456)).toBe(21_000n + 40n * 119_972n);
    expect(gasLimitOf('calldata', 119_456)).toBeLessThan(5_000_000n);
  });
});
