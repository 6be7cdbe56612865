import type { PoolLimits } from './draft.ts';
import { type AccountNumbers, type Pooled, costOf } from './queue.ts';
import type { reasons } from './reasons.ts';

/** Why the pool takes a transaction that is well formed for none of its own. */
export type PoolCode = keyof typeof reasons;

/** A refusal. The message begins as that of geth does, by which wallets know what is wrong. */
export interface Refused {
  readonly kind: 'refused';
  readonly code: string;
  readonly message: string;
}

/** A refusal by a rule of the pool. */
export const refused = (code: PoolCode, message: string): Refused => ({ kind: 'refused', code, message });

/** Percent by which both fees of a replacement must be higher. */
const BUMP = 10n;

/** Why a transaction is refused beside those of its account that wait; `undefined` where it is not. */
export function refusalOf(
  item: Pooled,
  { nonce, balance }: AccountNumbers,
  waiting: readonly Pooled[],
  limits: PoolLimits,
): Refused | undefined {
  const { tx, cost } = item;
  if (tx.nonce < nonce)
    return refused('pool-nonce-too-low', `nonce too low: next nonce ${nonce}, tx nonce ${tx.nonce}`);
  const replaced = waiting.find((one) => one.tx.nonce === tx.nonce);
  const others = costOf(waiting) - (replaced?.cost ?? 0n);
  if (others + cost > balance)
    return refused(
      'pool-no-funds',
      `insufficient funds for gas * price + value: balance ${balance}, queued cost ${others}, ` +
        `tx cost ${cost}, overshot ${others + cost - balance}`,
    );
  if (replaced === undefined && waiting.length >= limits.perAccount)
    return refused('pool-account-full', `account limit exceeded: pooled ${waiting.length} txs`);
  if (replaced !== undefined && !outbids(item, replaced))
    return refused('pool-replacement-underpriced', 'replacement transaction underpriced');
  return undefined;
}

function outbids({ tx }: Pooled, { tx: old }: Pooled): boolean {
  const isHigher = (fee: bigint, before: bigint): boolean =>
    fee > before && fee * 100n >= before * (100n + BUMP);
  return (
    isHigher(tx.maxFeePerGas, old.maxFeePerGas) && isHigher(tx.maxPriorityFeePerGas, old.maxPriorityFeePerGas)
  );
}

/** The refusal of one that would be the first to leave a pool that is full. */
export const noRoom = (isReady: boolean): Refused =>
  isReady
    ? refused('pool-underpriced', 'transaction underpriced: the pool is full of such that pay more')
    : refused('pool-full', 'txpool is full: no room for a transaction behind a gap');
