import { describe, expect, it } from 'vitest';

import { Draft } from '../../../../src/services/mempool/draft.ts';
import { pooled, queueOf, withItem } from '../../../../src/services/mempool/queue.ts';
import { checkPool, portrait } from './invariants.ts';
import { type TxPlan, accountAt, content, poolOf, rich, tx, wide } from './samples.ts';

const plans = [{ tip: 5 }, { nonce: 1, tip: 9 }, { from: 1, tip: 4 }, { from: 2, nonce: 3, tip: 1 }];

/** Puts one more into its queue. */
function put(draft: Draft, plan: TxPlan): void {
  const address = accountAt(plan.from ?? 0);
  const queue = draft.queue(address) ?? queueOf(address, rich, []);
  draft.put(withItem(queue, pooled(tx(plan), draft.arrivals++)));
}

describe('a state under change', () => {
  it('leaves the state that it comes from as it was', () => {
    const state = poolOf(plans);
    const before = portrait(state);
    const draft = new Draft(state, 7n);
    put(draft, { from: 5 });
    draft.shrink({ ...wide, ready: 1 });
    expect(portrait(state)).toBe(before);
    expect(draft.done()).toMatchObject({ ready: 1, queued: 1, baseFee: 7n });
  });

  it('goes back to a mark, and evicts from there as if nothing had been', () => {
    const draft = new Draft(poolOf(plans));
    put(draft, { from: 3, tip: 3 });
    const mark = draft.mark();
    put(draft, { from: 4, tip: 2 });
    put(draft, { from: 4, nonce: 1, tip: 2 });
    expect(draft.shrink({ ...wide, ready: 2 })).toHaveLength(4);
    draft.rollBack(mark);
    expect(draft.item(pooled(tx({ from: 4, tip: 2 }), 0).id)).toBeUndefined();
    const gone = draft.shrink({ ...wide, ready: 2 }).map((item) => item.tx.maxPriorityFeePerGas);
    expect(gone).toEqual([3n, 4n]);
    const state = draft.done();
    expect(content(state)).toEqual(['0: 0,1|', '2: |3']);
    checkPool(state, wide);
  });

  it('forgets an account of which nothing waits', () => {
    const draft = new Draft(poolOf([{}]));
    draft.put(queueOf(accountAt(0), rich, []));
    expect(draft.queue(accountAt(0))).toBeUndefined();
    expect(draft.done()).toMatchObject({ ready: 0, bytes: 0 });
  });
});
