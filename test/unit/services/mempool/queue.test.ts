import { describe, expect, it } from 'vitest';

import {
  costOf,
  effectiveTip,
  pooled,
  queueOf,
  withItem,
  worthOf,
} from '../../../../src/services/mempool/queue.ts';
import { type TxPlan, accountAt, rich, tx } from './samples.ts';

const items = (...plans: readonly TxPlan[]) => plans.map((plan, i) => pooled(tx(plan), i));
const queue = (...plans: readonly TxPlan[]) => queueOf(accountAt(0), rich, items(...plans));

describe('the queue of an account', () => {
  it('is ready as far as nonces follow the account, and no further', () => {
    expect(queue({ nonce: 0 }, { nonce: 1 }, { nonce: 3 }, { nonce: 4 }).ready).toBe(2);
    expect(queue({ nonce: 1 }, { nonce: 2 }).ready).toBe(0);
    expect(queue().ready).toBe(0);
    expect(queueOf(accountAt(0), { ...rich, nonce: 7n }, items({ nonce: 7 })).ready).toBe(1);
  });

  it('takes one more in its place, and instead of one of its nonce', () => {
    const two = queue({ nonce: 0 }, { nonce: 2 });
    const [middle, other] = items({ nonce: 1 }, { nonce: 2, salt: 1 });
    const three = withItem(two, middle!);
    expect(three.items.map((item) => item.tx.nonce)).toEqual([0n, 1n, 2n]);
    expect(three.ready).toBe(3);
    expect(withItem(two, other!).items[1]).toBe(other);
    expect(withItem(two, other!).items).toHaveLength(2);
  });
});

describe('what a transaction pays', () => {
  it('is its tip, or what the base fee leaves of its cap, also below zero', () => {
    const one = tx({ cap: 100, tip: 10 });
    expect([0n, 90n, 91n, 100n, 105n].map((fee) => effectiveTip(one, fee))).toEqual([10n, 10n, 9n, 0n, -5n]);
  });

  it('is worth no more than what stands before it', () => {
    expect(worthOf(items({ tip: 5 }, { tip: 3 }, { tip: 9 }), 0n)).toBe(3n);
    expect(worthOf([], 0n)).toBeUndefined();
  });

  it('costs at most its gas at its cap, and its value', () => {
    const both = items({ cap: 2, tip: 1, gas: 30_000, value: 5 }, { cap: 1, tip: 1, value: 1 });
    expect(both[0]?.cost).toBe(60_005n);
    expect(costOf(both)).toBe(60_005n + 21_001n);
  });
});
