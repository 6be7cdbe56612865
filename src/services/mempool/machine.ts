import type { Address } from '../../ethereum/address.ts';
import type { L2Tx } from '../../ethereum/l2-tx.ts';
import { Draft, type PoolLimits, type PoolState } from './draft.ts';
import { type AccountNumbers, type AccountQueue, type Pooled, pooled, queueOf, withItem } from './queue.ts';
import { type Refused, noRoom, refusalOf } from './refusals.ts';

/** A transaction that asks to be let in, and what the newest block says of its sender. */
export interface Arrival {
  readonly tx: L2Tx;
  readonly account: AccountNumbers;
}
/** What a block says of accounts. */
export type Accounts = ReadonlyMap<Address, AccountNumbers>;

/** What happens to a pool. */
export type PoolEvent =
  /** One after another, in this order. */
  | { readonly kind: 'arrived'; readonly group: readonly Arrival[] }
  /**
   * A new head. `mined` holds hashes in hex; `accounts` at least those whose numbers changed, but for
   * balances that only grew.
   */
  | {
      readonly kind: 'head';
      readonly baseFee: bigint;
      readonly mined: ReadonlySet<string>;
      readonly accounts: Accounts;
    }
  /** Those that no block will ever take, by their hashes in hex. */
  | { readonly kind: 'useless'; readonly ids: ReadonlySet<string> }
  /** What a journal held, in the order of arrival, with the numbers of all its senders. */
  | { readonly kind: 'restored'; readonly txs: readonly L2Tx[]; readonly accounts: Accounts }
  /** What stood in blocks that are gone. It was in once already: no rule of arrival is asked. */
  | { readonly kind: 'returned'; readonly txs: readonly L2Tx[]; readonly accounts: Accounts };

/** What became of an arrival. */
export type Verdict = { readonly kind: 'accepted' } | { readonly kind: 'known' } | Refused;

/** What must be on disk before anybody hears of the step. */
export type JournalEntry =
  | { readonly kind: 'added'; readonly raw: Uint8Array }
  /** For another of its nonce, for want of room or of funds, or since no block takes it; 32 bytes. */
  | { readonly kind: 'left'; readonly hash: Uint8Array };

/** A state, and what came with it. */
export interface PoolStep {
  readonly next: PoolState;
  /** One for each arrival. */
  readonly verdicts: readonly Verdict[];
  /** Of what was mined there is none: the nonces of the chain say so. */
  readonly entries: readonly JournalEntry[];
}

/** A pool with nothing in it. `baseFee` is that of the next block, in wei per gas. */
export const emptyPool = (baseFee: bigint): PoolState => ({
  ...{ queues: new Map(), byId: new Map(), ready: 0, queued: 0, bytes: 0, arrivals: 0, baseFee },
});

/** One step of the pool: what is refused changes nothing. [sequencer, 8.2] */
export function step(state: PoolState, event: PoolEvent, limits: PoolLimits): PoolStep {
  const draft = new Draft(state, event.kind === 'head' ? event.baseFee : state.baseFee);
  const entries: JournalEntry[] = [];
  const verdicts =
    event.kind === 'arrived' ? event.group.map((one) => admit(draft, one, limits, entries)) : [];
  if (event.kind === 'head') follow(draft, event.accounts, event.mined, entries);
  if (event.kind === 'useless') remove(draft, event.ids, entries);
  if (event.kind === 'restored' || event.kind === 'returned') bringBack(draft, event, entries);
  entries.push(...draft.shrink(limits).map(left));
  return { next: draft.done(), verdicts, entries };
}

const left = ({ tx }: Pooled): JournalEntry => ({ kind: 'left', hash: tx.hash });

function admit(draft: Draft, { tx, account }: Arrival, limits: PoolLimits, entries: JournalEntry[]): Verdict {
  const item = pooled(tx, draft.arrivals);
  if (draft.item(item.id) !== undefined) return { kind: 'known' };
  const waiting = itemsFrom(account.nonce, draft.queue(tx.sender));
  const refusal = refusalOf(item, account, waiting, limits);
  if (refusal !== undefined) return refusal;
  const mark = draft.mark();
  const queue = withItem(queueOf(tx.sender, account, waiting), item);
  draft.put(queue);
  const evicted = draft.shrink(limits);
  if (evicted.includes(item)) {
    draft.rollBack(mark);
    return noRoom(queue.items.indexOf(item) < queue.ready);
  }
  draft.arrivals += 1;
  const replaced = waiting.filter((one) => one.tx.nonce === tx.nonce);
  entries.push(...[...replaced, ...evicted].map(left), { kind: 'added', raw: tx.raw });
  return { kind: 'accepted' };
}

const itemsFrom = (nonce: bigint, queue: AccountQueue | undefined): readonly Pooled[] =>
  queue?.items.filter(({ tx }) => tx.nonce >= nonce) ?? [];

function follow(draft: Draft, accounts: Accounts, mined: ReadonlySet<string>, entries: JournalEntry[]): void {
  for (const [address, account] of accounts) {
    const queue = draft.queue(address);
    if (queue === undefined) continue;
    const stays = ({ tx, cost }: Pooled): boolean => tx.nonce >= account.nonce && cost <= account.balance;
    draft.put(queueOf(address, account, queue.items.filter(stays)));
    entries.push(...queue.items.filter((item) => !stays(item) && !mined.has(item.id)).map(left));
  }
}

function remove(draft: Draft, ids: ReadonlySet<string>, entries: JournalEntry[]): void {
  for (const id of ids) {
    const item = draft.item(id);
    const queue = item && draft.queue(item.tx.sender);
    if (item === undefined || queue === undefined) continue;
    draft.put(
      queueOf(
        queue.address,
        queue,
        queue.items.filter((one) => one !== item),
      ),
    );
    entries.push(left(item));
  }
}

function bringBack(
  draft: Draft,
  { kind, txs, accounts }: Extract<PoolEvent, { readonly kind: 'restored' | 'returned' }>,
  entries: JournalEntry[],
): void {
  for (const tx of txs) {
    const account = accounts.get(tx.sender);
    const item = pooled(tx, draft.arrivals);
    if (account === undefined || tx.nonce < account.nonce) continue;
    const waiting = itemsFrom(account.nonce, draft.queue(tx.sender));
    // A journal tells the newer one last; the pool knows it already.
    if (kind === 'returned' && waiting.some((one) => one.tx.nonce === tx.nonce)) continue;
    draft.put(withItem(queueOf(tx.sender, account, waiting), item));
    draft.arrivals += 1;
    if (kind === 'returned') entries.push({ kind: 'added', raw: tx.raw });
  }
  follow(draft, accounts, new Set(), entries);
}
