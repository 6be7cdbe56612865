import { InputError, OperationError } from '../../crypto/errors.ts';
import type { Address } from '../../ethereum/address.ts';
import { type LedgerTx, isUnsigned } from './ledger.ts';
import { type Draft, type Submitter, openOf } from './state.ts';

/** What L1 says of an account when its operator lets it go on. */
export interface AccountSeen {
  /** The next nonce by the newest block, by what waits, and by the last block that cannot go away. */
  readonly latest: bigint;
  readonly pending: bigint;
  readonly finalized: bigint;
  /** The last batch that the inbox has, and whether its block cannot go away. */
  readonly lastIndex: bigint;
  readonly isLastFinal: boolean;
}

/**
 * An account goes on only where nothing of it can still change: nothing waits, all is final, and the operator
 * names the nonce that L1 says, so that he has looked there. The last batch on L1 is final, too: the account
 * goes on behind it for ever, and were it taken back, the inbox would wait for an index that nobody sends.
 * @throws InputError not-stopped | nonce-differs; OperationError account-busy
 */
export function refuseToClear(
  state: Submitter,
  { account, nonce }: { readonly account: Address; readonly nonce: bigint },
  { latest, pending, finalized, lastIndex, isLastFinal }: AccountSeen,
): void {
  const { ledger, alarms, signing } = state;
  const known = ledger.accounts.get(account);
  if (known === undefined || !(known.isStopped || alarms.has('index-taken')))
    throw new InputError('not-stopped', 'account', `${account} is not stopped: there is nothing to clear`);
  if (latest !== nonce)
    throw new InputError(
      'nonce-differs',
      'nonce',
      `L1 has used ${latest} nonces of ${account}, not ${nonce}`,
    );
  if (!isLastFinal)
    throw new OperationError(
      'account-busy',
      'retry',
      `batch ${lastIndex} is on L1, and not final there; where others go on, pause them first`,
    );
  const taken = takenUnsigned(state, account, lastIndex);
  if (taken !== undefined && signing?.account === account && signing.nonce === taken.nonce)
    throw new OperationError(
      'account-busy',
      'retry',
      `a signature for batch ${taken.index} is awaited: "conclave sequencer pause", and ask again`,
    );
  if (pending === latest && finalized === latest) return;
  const message = `of ${account} L1 has ${pending} nonces in all, ${latest} in blocks, ${finalized} final`;
  throw new OperationError('account-busy', 'retry', message);
}

/** The newest transaction, where nobody has signed it, and L1 has its batch from elsewhere. */
function takenUnsigned({ ledger }: Submitter, account: Address, lastIndex: bigint): LedgerTx | undefined {
  const newest = ledger.txs.at(-1);
  if (newest === undefined || newest.account !== account || newest.index > lastIndex) return undefined;
  return isUnsigned(newest) ? newest : undefined;
}

/**
 * What another transaction took the nonce of has failed; the account goes on behind all that are known, and
 * with the batch behind those that L1 has. What was asked for in vain, and L1 has from elsewhere, is given
 * up: its nonce is the next one again.
 */
export function clear(
  draft: Draft,
  seen: { readonly account: Address; readonly nonce: bigint; readonly lastIndex: bigint },
): void {
  const { account, lastIndex } = seen;
  const taken = takenUnsigned(draft.state, account, lastIndex);
  if (taken !== undefined) {
    draft.record({ kind: 'given-up', account, nonce: taken.nonce });
    draft.set({ retry: { atMs: 0, pauseMs: 0 } });
  }
  const own = openOf(draft.state).filter((tx) => tx.account === account && tx.mined === undefined);
  for (const { nonce } of own.filter((tx) => tx.nonce < seen.nonce))
    draft.record({ kind: 'failed', account, nonce });
  // What has ended as well: an endpoint may have lied about it, and guards hold its nonce for its content.
  const known = draft.state.ledger.txs.filter((tx) => tx.account === account);
  const nonce = known.reduce((next, tx) => (tx.nonce >= next ? tx.nonce + 1n : next), seen.nonce);
  draft.record({ kind: 'cleared', account, nonce });
  draft.set({ strange: new Map([...draft.state.strange].filter(([strange]) => strange !== account)) });
  if (lastIndex > lastFinal(draft.state.ledger)) draft.record({ kind: 'elsewhere', index: lastIndex });
}

/**
 * What failed for good, oldest first: L1 has no batch of that index, as far as is known. Where it has taken
 * one behind, it has this one too, from somebody else: the inbox leaves no gap.
 */
export function failedOf({ ledger }: Submitter): readonly LedgerTx[] {
  const taken = lastFinal(ledger);
  const known = taken > ledger.elsewhere ? taken : ledger.elsewhere;
  return ledger.txs.filter(({ end, index }) => end === 'failed' && index > known);
}

const lastFinal = ({ txs }: Submitter['ledger']): bigint =>
  txs.findLast(({ end }) => end === 'final')?.index ?? 0n;

/**
 * Failed batches are sent again only when nothing of ours is on its way, and the inbox waits for the first of
 * them. @throws InputError nothing-failed | index-on-l1; OperationError account-busy
 */
export function refuseToRetry(
  state: Submitter,
  lastIndex: bigint,
  finalized: ReadonlyMap<Address, bigint>,
): void {
  const [first] = failedOf(state);
  if (first === undefined) throw new InputError('nothing-failed', 'batch', 'no batch has failed for good');
  const [open] = openOf(state);
  if (open !== undefined)
    throw new OperationError('account-busy', 'retry', `batch ${open.index} is still on its way`);
  const unused = failedOf(state).find(({ account, nonce }) => nonce >= (finalized.get(account) ?? 0n));
  if (unused !== undefined)
    throw new OperationError(
      'account-busy',
      'retry',
      `L1 has not used nonce ${unused.nonce} of batch ${unused.index} for good`,
    );
  if (first.index !== lastIndex + 1n)
    throw new InputError('index-on-l1', 'batch', `L1 has batch ${lastIndex}, and ${first.index} failed here`);
}

/** Somebody else brought it: an operator has to look who. */
export const sayTaken = (draft: Draft, index: bigint): void =>
  draft.alarm('index-taken', `L1 has batch ${index}, and not all up to it was sent from here`);

/** Each gets another nonce, in the order of the batches. */
export function sendAgain(draft: Draft): void {
  for (const { account, nonce } of failedOf(draft.state)) draft.record({ kind: 'again', account, nonce });
  draft.set({ retry: { atMs: 0, pauseMs: 0 } });
}
