import type { Candidate } from '../../chain/execution.ts';
import type { PoolState } from './draft.ts';
import { Heap } from './heap.ts';
import { type AccountQueue, type Pooled, effectiveTip } from './queue.ts';

/** What a transaction must not exceed, and must pay at least, to be in the block at all. */
export interface CandidateLimits {
  /** Of the whole block. */
  readonly gas: bigint;
  /** In wei per gas. */
  readonly baseFee: bigint;
}

/** The next transaction of an account, and what the ones before it may have left of its balance. */
interface Next {
  readonly queue: AccountQueue;
  readonly at: number;
  readonly item: Pooled;
  readonly tip: bigint;
  readonly balance: bigint;
}

const goesBefore = (a: Next, b: Next): boolean =>
  a.tip === b.tip ? a.item.arrival < b.item.arrival : a.tip > b.tip;

/**
 * What a block should take, in this order: always the transaction with the highest effective tip, and of
 * equal ones the first to come, among those whose account has no other before it. An account waits where its
 * next one does not pay the base fee, is not surely paid for, or asks for more gas than a block has. One
 * after another as they are asked for, and without an end of its own: what fits shows when the ones before
 * have run, and a list cut beforehand could be filled with such as do not. [sequencer, 8.2]
 */
export function* candidatesOf(state: PoolState, limits: CandidateLimits): Generator<Candidate, undefined> {
  const next = (queue: AccountQueue, at: number, balance: bigint): readonly Next[] => {
    const item = at < queue.ready ? queue.items[at] : undefined;
    const tip = item === undefined ? -1n : effectiveTip(item.tx, limits.baseFee);
    return item === undefined || tip < 0n || item.cost > balance ? [] : [{ queue, at, item, tip, balance }];
  };
  const firsts = [...state.queues.values()].flatMap((queue) => next(queue, 0, queue.balance));
  const heap = new Heap(firsts, goesBefore);
  for (let best = heap.pop(); best !== undefined; best = heap.pop()) {
    const { tx, cost } = best.item;
    if (tx.gasLimit > limits.gas) continue;
    yield { raw: tx.raw, sender: tx.sender, tx };
    for (const one of next(best.queue, best.at + 1, best.balance - cost)) heap.push(one);
  }
  return undefined;
}
