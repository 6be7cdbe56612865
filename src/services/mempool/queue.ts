import { toHex } from '../../crypto/bytes.ts';
import type { Address } from '../../ethereum/address.ts';
import type { L2Tx } from '../../ethereum/l2-tx.ts';

/** A transaction in the pool. */
export interface Pooled {
  readonly tx: L2Tx;
  /** Its hash in hex: the name by which the pool finds it. */
  readonly id: string;
  /** Running number: who has the smaller one came first. */
  readonly arrival: number;
  /** The most that it can cost its sender, in wei. */
  readonly cost: bigint;
}

/** What the newest block says of an account. */
export interface AccountNumbers {
  readonly nonce: bigint;
  /** In wei. */
  readonly balance: bigint;
}

/** What waits of one account, by ascending nonce; the first `ready` follow its nonce without a gap. */
export interface AccountQueue extends AccountNumbers {
  readonly address: Address;
  readonly items: readonly Pooled[];
  readonly ready: number;
}

/** A transaction as the pool keeps it. */
export const pooled = (tx: L2Tx, arrival: number): Pooled => ({
  ...{ tx, arrival, id: toHex(tx.hash) },
  cost: tx.gasLimit * tx.maxFeePerGas + tx.value,
});

/** What waits of an account. `items` ascend by nonce, and none is below the account's. */
export function queueOf(
  address: Address,
  { nonce, balance }: AccountNumbers,
  items: readonly Pooled[],
): AccountQueue {
  let ready = 0;
  while (items[ready]?.tx.nonce === nonce + BigInt(ready)) ready++;
  return { address, nonce, balance, items, ready };
}

/** With one more, in its place; one of the same nonce gives way. */
export function withItem(queue: AccountQueue, item: Pooled): AccountQueue {
  const { nonce } = item.tx;
  const others = queue.items;
  const before = others.filter(({ tx }) => tx.nonce < nonce);
  const behind = others.filter(({ tx }) => tx.nonce > nonce);
  return queueOf(queue.address, queue, [...before, item, ...behind]);
}

/** Wei per gas that the producer of a block with this base fee would get; below zero where it must wait. */
export function effectiveTip(
  { maxFeePerGas, maxPriorityFeePerGas }: Pick<L2Tx, 'maxFeePerGas' | 'maxPriorityFeePerGas'>,
  baseFee: bigint,
): bigint {
  const left = maxFeePerGas - baseFee;
  return left < maxPriorityFeePerGas ? left : maxPriorityFeePerGas;
}

/**
 * What the last of these is worth: no more than any before it, since a transaction cannot overtake the others
 * of its account.
 */
export const worthOf = (items: readonly Pooled[], baseFee: bigint): bigint | undefined =>
  items.reduce<bigint | undefined>((least, { tx }) => {
    const tip = effectiveTip(tx, baseFee);
    return least === undefined || tip < least ? tip : least;
  }, undefined);

/** The sum of the most that these can cost, in wei. */
export const costOf = (items: readonly Pooled[]): bigint => items.reduce((sum, { cost }) => sum + cost, 0n);
