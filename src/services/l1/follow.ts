import { equalBytes, to0x, toHex } from '../../crypto/bytes.ts';
import type { Address } from '../../ethereum/address.ts';
import { type LedgerTx, type MinedAt, topSigned } from './ledger.ts';
import { sayTaken } from './mend.ts';
import { reopen } from './reopen.ts';
import { type Draft, type L1Seen, type SeenReceipt, type SubmitterOptions, openOf } from './state.ts';

/** When something is looked at, and by whose settings. */
export interface At {
  readonly nowMs: number;
  /** For pauses, which do not end sooner or later where the clock on the wall jumps. */
  readonly monotonicMs: number;
  readonly options: SubmitterOptions;
}

/**
 * What became of what was sent: mined, taken back, final, or lost on the way. The same bytes are sent again
 * for as long as L1 does not have them.
 */
export function followTxs(draft: Draft, seen: L1Seen, at: At): void {
  reopen(draft, seen);
  for (const tx of openOf(draft.state)) followTx(draft, tx, seen, at);
  for (const [account, { latest, pending }] of seen.accounts)
    watchAccount(draft, account, { latest, pending, head: seen.head });
  for (const tx of openOf(draft.state)) resend(draft, tx, seen, at);
  forgetEnded(draft);
}

function followTx(draft: Draft, tx: LedgerTx, seen: L1Seen, { nowMs }: At): void {
  const { account, nonce, index } = tx;
  const found = receiptOf(tx, seen);
  if (found === undefined) {
    if (tx.mined !== undefined) draft.record({ kind: 'unmined', account, nonce });
    return;
  }
  const { block, blockHash, isSuccess, cost, hash } = found;
  if (!isSame(tx.mined, found))
    draft.record({ kind: 'mined', account, nonce, hash, block, blockHash, success: isSuccess ? 1 : 0 });
  if (!isSuccess) draft.alarm('batch-reverted', `batch ${index}: the inbox refused it in block ${block}`);
  const read = seen.derived.get(index);
  const isOurs = read !== undefined && equalBytes(read.l1Hash, hash);
  if (isSuccess && read !== undefined && !isOurs) sayTaken(draft, index);
  if (isOurs && !read.isTaken)
    draft.alarm('batch-not-derivable', `batch ${index} is on L1, and the own driver passes it over`);
  if (block > seen.finalized) return;
  // The endpoint's word alone is not enough: the own driver has proven the blocks in which it found a batch,
  // and by which transaction. One of somebody else leaves the nonce of ours to be used.
  if (isSuccess && !isOurs) return;
  if (isSuccess) draft.record({ kind: 'final', account, nonce, cost, atMs: BigInt(Math.trunc(nowMs)) });
  else if (nonce < (seen.accounts.get(account)?.finalized ?? 0n))
    draft.record({ kind: 'failed', account, nonce });
}

const isSame = (mined: MinedAt | undefined, { hash, blockHash }: Found): boolean =>
  mined !== undefined && equalBytes(mined.hash, hash) && equalBytes(mined.blockHash, blockHash);

interface Found extends SeenReceipt {
  readonly hash: Uint8Array;
}

/** Whichever of its prices was taken. */
function receiptOf({ rungs }: LedgerTx, { receipts }: L1Seen): Found | undefined {
  for (const { signed } of rungs) {
    const receipt = signed === undefined ? undefined : receipts.get(toHex(signed.hash));
    if (signed !== undefined && receipt !== undefined) return { ...receipt, hash: signed.hash };
  }
  return undefined;
}

/** Looks in a row, in blocks, after which a use that is not ours is believed: a reorg may pass by. */
const STRANGE_BLOCKS = 2n;

/** L1 knows more of an account than the journal: somebody else has its key, or another journal. */
function watchAccount(
  draft: Draft,
  account: Address,
  { latest, pending, head }: { readonly latest: bigint; readonly pending: bigint; readonly head: bigint },
): void {
  const known = draft.state.ledger.accounts.get(account);
  if (known === undefined) {
    if (pending > latest)
      draft.alarm('foreign-nonce', `${account} has ${pending - latest} transactions that wait already`);
    else draft.record({ kind: 'base', account, nonce: latest });
    return;
  }
  const mine = openOf(draft.state).filter((tx) => tx.account === account);
  const lost = mine.find((tx) => tx.nonce < latest && tx.mined === undefined);
  const strange = new Map(draft.state.strange);
  if (lost === undefined && latest <= known.next) strange.delete(account);
  else if (!strange.has(account)) strange.set(account, head);
  draft.set({ strange });
  const since = strange.get(account);
  if (since !== undefined && head >= since + STRANGE_BLOCKS && !known.isStopped)
    draft.record({ kind: 'stopped', account, nonce: known.next });
  if (draft.state.ledger.accounts.get(account)?.isStopped === true)
    draft.alarm(
      'foreign-nonce',
      `L1 has used ${latest} nonces of ${account}, and the journal knows of ${known.next}`,
    );
}

function resend(draft: Draft, tx: LedgerTx, { head }: L1Seen, { options }: At): void {
  const top = topSigned(tx);
  const batch = draft.state.batches.get(tx.index);
  if (tx.mined !== undefined || top === undefined || batch === undefined) return;
  const key = toHex(top.hash);
  const known = draft.state.sent.get(key);
  if (known !== undefined && head < known.last + options.resendAfter) return;
  draft.effects.push({ kind: 'send', batch, ...top });
  draft.set({ sent: new Map(draft.state.sent).set(key, { first: known?.first ?? head, last: head }) });
}

function forgetEnded(draft: Draft): void {
  const { batches, sent, ledger } = draft.state;
  const open = new Set(
    openOf(draft.state).flatMap(({ rungs }) => rungs.map(({ signed }) => signed && to0x(signed.hash))),
  );
  const ended = new Set(ledger.txs.filter(({ end }) => end === 'final').map(({ index }) => index));
  // A nonce that was signed for has to be used on L1, whoever brought the batch there.
  const wanted = new Set(ledger.txs.filter(({ end }) => end !== 'final').map(({ index }) => index));
  const isKept = (index: bigint): boolean =>
    !ended.has(index) && (index > ledger.elsewhere || wanted.has(index));
  draft.set({
    batches: new Map([...batches].filter(([index]) => isKept(index))),
    sent: new Map([...sent].filter(([key]) => open.has(`0x${key}`))),
  });
}
