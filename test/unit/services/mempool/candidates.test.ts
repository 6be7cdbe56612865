import { describe, expect, it } from 'vitest';

import { type CandidateLimits, candidatesOf } from '../../../../src/services/mempool/candidates.ts';
import { emptyPool, step } from '../../../../src/services/mempool/machine.ts';
import { type TxPlan, accountAt, poolOf, tx, wide } from './samples.ts';

const all = { gas: 30_000_000n, baseFee: 50n };
const picked = (plans: readonly TxPlan[], limits: Partial<CandidateLimits> = {}): readonly number[] => {
  const raws = [...candidatesOf(poolOf(plans), { ...all, ...limits })].map(({ raw }) => raw.join());
  return raws.map((raw) => plans.findIndex((plan) => tx(plan).raw.join() === raw));
};

describe('candidates for a block', () => {
  it('come by what they pay beyond the base fee, and of equals in the order of arrival', () => {
    expect(
      picked([
        { from: 0, tip: 3 },
        { from: 1, tip: 9 },
        { from: 2, tip: 3 },
      ]),
    ).toEqual([1, 0, 2]);
    expect(
      picked([
        { from: 0, tip: 5 },
        { from: 1, cap: 53, tip: 53 },
      ]),
    ).toEqual([0, 1]);
    expect(
      picked(
        [
          { from: 0, tip: 5 },
          { from: 1, cap: 53, tip: 53 },
        ],
        { baseFee: 10n },
      ),
    ).toEqual([1, 0]);
  });

  it('keep the order of nonces in an account: one that pays well waits for those before it', () => {
    const plans = [
      { from: 0, tip: 1 },
      { from: 0, nonce: 1, tip: 40 },
      { from: 1, tip: 20 },
    ];
    expect(picked(plans)).toEqual([2, 0, 1]);
  });

  it('are none behind a gap, none whose cap is below the base fee, and none that follows such', () => {
    expect(picked([{ from: 0 }, { from: 0, nonce: 2 }])).toEqual([0]);
    expect(picked([{ from: 0, cap: 60 }, { from: 0, nonce: 1 }, { from: 1 }], { baseFee: 61n })).toEqual([2]);
    expect(picked([{ from: 0, cap: 60 }], { baseFee: 60n })).toEqual([0]);
  });

  it('carry their senders, and all that was read of them', () => {
    const read = tx({ from: 3 });
    expect([...candidatesOf(poolOf([{ from: 3 }]), all)]).toEqual([
      { raw: read.raw, sender: accountAt(3), tx: read },
    ]);
  });

  it('are found one after another, as they are asked for', () => {
    const found = candidatesOf(
      poolOf([
        { from: 0, tip: 1 },
        { from: 1, tip: 2 },
      ]),
      all,
    );
    expect(found.next()).toMatchObject({ done: false, value: { sender: accountAt(1) } });
    expect(found.next()).toMatchObject({ done: false, value: { sender: accountAt(0) } });
    expect(found.next()).toEqual({ done: true, value: undefined });
  });

  it('are never one that asks for more gas than a block has; its account waits and others go on', () => {
    const plans = [
      { from: 0, gas: 1_000_001, tip: 9 },
      { from: 0, nonce: 1, tip: 9 },
      { from: 1, gas: 1_000_000 },
      { from: 2, gas: 900_000 },
    ];
    expect(picked(plans, { gas: 1_000_000n })).toEqual([2, 3]);
  });

  it('are surely paid for: an account that has less than before waits with the rest', () => {
    const account = { nonce: 0n, balance: 2n * 2_100_000n - 1n };
    const accounts = new Map([[accountAt(0), account]]);
    const state = poolOf([{ nonce: 0 }, { nonce: 1 }]);
    const event = { kind: 'head', baseFee: 50n, mined: new Set<string>(), accounts } as const;
    const poorer = step(state, event, wide).next;
    expect(poorer.ready).toBe(2);
    expect([...candidatesOf(poorer, all)]).toHaveLength(1);
  });

  it('of an empty pool are none', () => {
    expect([...candidatesOf(emptyPool(0n), all)]).toEqual([]);
  });
});
