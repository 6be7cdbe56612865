import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Fees } from '../../../../src/chain/fees.ts';
import { asksAbove, firstPrice, isReplacement, nextPrice } from '../../../../src/services/l1/ladder.ts';

const gwei = 10n ** 9n;
const caps: Fees = {
  ...{ maxFeePerGas: 100n * gwei, maxPriorityFeePerGas: 100n * gwei },
  maxFeePerBlobGas: 200n * gwei,
};
const seen = { baseFee: 20n * gwei, tip: gwei, blobBaseFee: gwei };

describe('the ladder of prices', () => {
  it('climbs as the example of the design does, and has no step that the cap makes too small', () => {
    const prices: Fees[] = [];
    for (
      let price = firstPrice('calldata', seen, caps);
      'fees' in price;
      price = nextPrice('calldata', prices, seen, caps)
    )
      prices.push(price.fees);
    expect(prices.map(({ maxFeePerGas }) => maxFeePerGas / 10n ** 7n)).toEqual([4_100n, 6_150n, 9_225n]);
    expect(prices.map(({ maxPriorityFeePerGas }) => maxPriorityFeePerGas / 10n ** 6n)).toEqual([
      1_000n,
      1_500n,
      2_250n,
    ]);
    expect(nextPrice('calldata', prices, seen, caps)).toEqual({ none: 'fee-cap' });
  });

  it('waits where L1 asks for more than the cap', () => {
    const spike = { ...seen, baseFee: 200n * gwei };
    expect(firstPrice('calldata', spike, caps)).toEqual({ none: 'fee-cap' });
    expect(firstPrice('blobs', { ...seen, blobBaseFee: 201n * gwei }, caps)).toEqual({ none: 'fee-cap' });
    expect(firstPrice('calldata', { ...seen, blobBaseFee: 201n * gwei }, caps)).toHaveProperty('fees');
    expect(asksAbove('calldata', seen, { ...caps, maxFeePerGas: 21n * gwei })).toBe(false);
    expect(asksAbove('calldata', seen, { ...caps, maxFeePerGas: 21n * gwei - 1n })).toBe(true);
    const blobBaseFee = caps.maxFeePerBlobGas;
    expect(asksAbove('blobs', { ...seen, blobBaseFee }, caps)).toBe(false);
    expect(asksAbove('blobs', { ...seen, blobBaseFee: blobBaseFee + 1n }, caps)).toBe(true);
  });

  it('jumps to what L1 asks by now, and ends after eight steps', () => {
    const first: Fees = { maxFeePerGas: gwei, maxPriorityFeePerGas: 1n, maxFeePerBlobGas: 0n };
    expect(nextPrice('calldata', [first], seen, caps)).toMatchObject({ fees: { maxFeePerGas: 41n * gwei } });
    const nine = Array.from({ length: 9 }, () => first);
    expect(nextPrice('calldata', nine, seen, caps)).toEqual({ none: 'steps-used' });
    expect(nextPrice('calldata', nine.slice(1), seen, caps)).toHaveProperty('fees');
    expect(nextPrice('calldata', [], seen, caps)).toEqual(firstPrice('calldata', seen, caps));
  });

  it('knows what a pool takes instead: a tenth more, the double for blobs, and of every fee', () => {
    const [maxFeePerGas, maxPriorityFeePerGas, maxFeePerBlobGas] = [100n, 10n, 50n];
    const first: Fees = { maxFeePerGas, maxPriorityFeePerGas, maxFeePerBlobGas };
    const isTaken = (place: 'calldata' | 'blobs', change: Partial<Fees>): boolean => {
      const more = { maxFeePerGas: 110n, maxPriorityFeePerGas: 11n, maxFeePerBlobGas: 0n };
      const double = { maxFeePerGas: 200n, maxPriorityFeePerGas: 20n, maxFeePerBlobGas: 100n };
      return isReplacement(place, first, { ...(place === 'blobs' ? double : more), ...change });
    };
    expect([isTaken('calldata', {}), isTaken('blobs', {})]).toEqual([true, true]);
    expect(isTaken('calldata', { maxFeePerGas: 109n })).toBe(false);
    expect(isTaken('calldata', { maxPriorityFeePerGas: 10n })).toBe(false);
    expect(isTaken('calldata', { maxPriorityFeePerGas: 110n })).toBe(true);
    expect(isTaken('calldata', { maxPriorityFeePerGas: 111n })).toBe(false);
    expect(isTaken('blobs', { maxFeePerGas: 199n })).toBe(false);
    expect(isTaken('blobs', { maxPriorityFeePerGas: 19n })).toBe(false);
    expect(isTaken('blobs', { maxFeePerBlobGas: 99n })).toBe(false);
    const free = { ...first, maxPriorityFeePerGas: 0n };
    expect(isReplacement('calldata', free, { ...free, maxFeePerGas: 110n })).toBe(false);
  });

  it('never gives a price that a pool refuses', () => {
    const fee = fc.bigInt({ min: 1n, max: 300n * gwei });
    fc.assert(
      fc.property(
        fee,
        fee,
        fee,
        fc.constantFrom('calldata', 'blobs', 'committee'),
        (baseFee, tip, blobBaseFee, place) => {
          const now = { baseFee, tip, blobBaseFee };
          const prices: Fees[] = [];
          for (let i = 0; i < 10; i++) {
            const price = nextPrice(place, prices, now, caps);
            if ('none' in price) break;
            const last = prices.at(-1);
            if (last !== undefined) expect(isReplacement(place, last, price.fees)).toBe(true);
            expect(price.fees.maxFeePerGas).toBeLessThanOrEqual(caps.maxFeePerGas);
            prices.push(price.fees);
          }
        },
      ),
      { numRuns: 500 },
    );
    expect(isReplacement('calldata', caps, caps)).toBe(false);
  });
});
