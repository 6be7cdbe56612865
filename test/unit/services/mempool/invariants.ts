import { assert } from '../../../../src/crypto/errors.ts';
import type { Candidate } from '../../../../src/chain/execution.ts';
import { toHex } from '../../../../src/crypto/bytes.ts';
import { keccak256 } from '../../../../src/ethereum/address.ts';
import { type CandidateLimits, candidatesOf } from '../../../../src/services/mempool/candidates.ts';
import type { PoolLimits, PoolState } from '../../../../src/services/mempool/draft.ts';
import { type Pooled, effectiveTip } from '../../../../src/services/mempool/queue.ts';

/** What is true of every pool, counted again from its transactions alone. */
export function checkPool(state: PoolState, limits: PoolLimits): void {
  let [ready, queued, bytes, items] = [0, 0, 0, 0];
  for (const [address, queue] of state.queues) {
    assert(queue.address === address && queue.items.length > 0, 'a queue without an account or an item');
    queue.items.forEach(({ tx, id }, i) => {
      const before = queue.items[i - 1]?.tx.nonce ?? queue.nonce - 1n;
      assert(tx.sender === address && tx.nonce > before, 'nonces do not ascend, or one is used already');
      assert(
        (tx.nonce === queue.nonce + BigInt(i)) === i < queue.ready,
        'a gap among the ready, or none behind',
      );
      assert(state.byId.get(id) === queue.items[i], 'one that is not found by its hash');
      bytes += tx.raw.length;
      items += 1;
    });
    ready += queue.ready;
    queued += queue.items.length - queue.ready;
  }
  assert(state.ready === ready && state.queued === queued && state.bytes === bytes, 'counts are wrong');
  assert(state.byId.size === items, 'one that left is found by its hash');
  assert(ready <= limits.ready && queued <= limits.queued && bytes <= limits.bytes, 'there are too many');
}

/** What is true of every list of candidates. */
export function checkCandidates(state: PoolState, limits: CandidateLimits): void {
  const picked = [...candidatesOf(state, limits)].map((candidate) => itemOf(state, candidate));
  picked.forEach((item, at) => {
    const { tx } = item;
    const ofAccount = picked.slice(0, at).filter((one) => one.tx.sender === tx.sender);
    const queue = state.queues.get(tx.sender);
    assert(tx.nonce === (queue?.nonce ?? 0n) + BigInt(ofAccount.length), 'one overtakes its account');
    const spent = ofAccount.reduce((total, { cost }) => total + cost, item.cost);
    assert(spent <= (queue?.balance ?? 0n), 'one is not surely paid for');
    const tip = effectiveTip(tx, limits.baseFee);
    assert(tip >= 0n && tx.gasLimit <= limits.gas, 'one does not pay the base fee, or fits no block');
    // Whoever stood at the head of its account at this point paid less, or came later.
    for (const later of picked.slice(at + 1)) {
      const waits = picked.slice(at, picked.indexOf(later)).some((one) => one.tx.sender === later.tx.sender);
      const its = effectiveTip(later.tx, limits.baseFee);
      assert(
        waits || its < tip || (its === tip && later.arrival > item.arrival),
        'a better one stands behind',
      );
    }
  });
}

function itemOf(state: PoolState, { raw }: Candidate): Pooled {
  const item = state.byId.get(toHex(keccak256(raw)));
  assert(item !== undefined, 'a candidate that does not wait');
  return item;
}

/** A pool in words: what waits, where, and in which order it came. */
export function portrait(state: PoolState): string {
  const queues = [...state.queues.values()]
    .map(({ address, nonce, items, ready }) => [address, nonce, ready, ...items.map(({ id }) => id)].join())
    .sort();
  const order = [...state.byId.values()].sort((a, b) => a.arrival - b.arrival).map(({ id }) => id);
  return [...queues, order.join(), state.ready, state.queued, state.bytes].join('\n');
}
