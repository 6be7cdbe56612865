import { contentHashOf } from '../../chain/duty.ts';
import type { Fees } from '../../chain/fees.ts';
import { type SealedBatch, requestFor } from '../../chain/sealed-batch.ts';
import { equalBytes, to0x, toHex } from '../../crypto/bytes.ts';
import { type Address, addressFromBytes } from '../../ethereum/address.ts';
import type { At } from './follow.ts';
import { sayHeld } from './give-up.ts';
import { asksAbove, firstPrice, nextPrice } from './ladder.ts';
import { type LedgerTx, isUnsigned, topSigned, unsigned } from './ledger.ts';
import { failedOf, sayTaken } from './mend.ts';
import { type Draft, type L1Seen, type Submitter, accountFor, openOf } from './state.ts';

/**
 * What is signed next, one thing at a time: what was asked for before, then a higher price for what is stuck,
 * then the next batch.
 */
export function planNext(draft: Draft, seen: L1Seen, at: At): void {
  sayLate(draft, seen, at);
  watchBalances(draft, seen, at);
  const { signing, retry, ledger } = draft.state;
  if (signing !== undefined || ledger.isPaused || at.monotonicMs < retry.atMs) return;
  if (askAgain(draft, seen, at) || raisePrice(draft, seen, at)) return;
  startNext(draft, seen, at);
}

function sayLate(draft: Draft, { lastIndex }: L1Seen, { monotonicMs, options }: At): void {
  const { signing, retry } = draft.state;
  if (signing !== undefined && monotonicMs - signing.sinceMs >= options.signStaleMs)
    draft.alarm(
      'sign-stale',
      `nonce ${signing.nonce} has been asked for since ${monotonicMs - signing.sinceMs} ms`,
    );
  if (retry.code !== undefined) draft.alarm('sign-refused', `the cluster answered ${retry.code}`);
  sayHeld(draft);
  // Signers that hold it still sign it, and the inbox reverts it: the nonce is used up. It is asked for on.
  const taken = openOf(draft.state).some((tx) => isUnsigned(tx) && tx.index <= lastIndex);
  const [failed] = failedOf(draft.state);
  const isOver = failed !== undefined && failed.index <= lastIndex;
  if (taken || isOver || isPassed(draft.state, lastIndex)) sayTaken(draft, lastIndex);
  if (failed === undefined) return;
  const remedy = isOver ? 'clear' : 'retry';
  draft.alarm('batch-reverted', `batch ${failed.index} has failed for good: "conclave sequencer ${remedy}"`);
}

/** What was sent from here, or an operator has said that L1 may have. */
function lastKnown({ ledger }: Submitter): bigint {
  const last = ledger.txs.findLast(({ end }) => end !== 'again')?.index ?? 0n;
  return last > ledger.elsewhere ? last : ledger.elsewhere;
}

/** Whether L1 has more than was sent from here: an operator says first that it may be gone on behind that. */
function isPassed(state: Submitter, lastIndex: bigint): boolean {
  const known = lastKnown(state);
  return known > 0n ? known < lastIndex : [...state.batches.keys()].some((index) => index <= lastIndex);
}

/** A rung that the journal has and that nobody has signed: the same request, so the same digest. */
function askAgain(draft: Draft, seen: L1Seen, at: At): boolean {
  for (const tx of openOf(draft.state)) {
    if (tx.mined !== undefined || isStopped(draft, tx.account)) continue;
    const rung = unsigned(tx);
    if (rung !== undefined) return ask(draft, tx, rung.fees, at);
    // The power went between a nonce and its first price.
    if (tx.rungs.length === 0) return askFirst(draft, tx, seen, at);
  }
  return false;
}

function askFirst(draft: Draft, tx: LedgerTx, seen: L1Seen, at: At): boolean {
  const price = firstPrice(tx.place, seen.fees, at.options.caps);
  if ('none' in price || draft.state.batches.get(tx.index) === undefined) return false;
  draft.record({ kind: 'requested', account: tx.account, nonce: tx.nonce, ...price.fees });
  return ask(draft, tx, price.fees, at);
}

function ask(
  draft: Draft,
  { account, nonce, index, content }: LedgerTx,
  fees: Fees,
  { monotonicMs }: At,
): boolean {
  const batch = draft.state.batches.get(index);
  if (batch === undefined) return false;
  if (!equalBytes(contentOf(batch, account), content)) {
    draft.alarm('batch-changed', `batch ${index} is not the one that ${to0x(content)} stands for`);
    return false;
  }
  draft.effects.push({ kind: 'sign', tx: { account, nonce }, batch, fees });
  draft.set({ signing: { account, nonce, sinceMs: monotonicMs } });
  return true;
}

const isStopped = (draft: Draft, account: Address): boolean =>
  draft.state.ledger.accounts.get(account)?.isStopped ?? true;

/** Only the first that waits holds up the others, so only its price counts. */
function raisePrice(draft: Draft, seen: L1Seen, at: At): boolean {
  const stuck = openOf(draft.state).find(({ mined }) => mined === undefined);
  const top = stuck && topSigned(stuck);
  if (stuck === undefined || top === undefined || isStopped(draft, stuck.account)) return false;
  const sent = draft.state.sent.get(toHex(top.hash));
  const { bumpAfter } = at.options;
  if (sent === undefined || seen.head < sent.first + bumpAfter) return false;
  const prices = stuck.rungs.map(({ fees }) => fees);
  const isCheap = asksAbove(stuck.place, seen.fees, prices.at(-1) ?? NO_FEES);
  if (!isCheap && seen.head < sent.first + PATIENCE * bumpAfter) return false;
  const price = nextPrice(stuck.place, prices, seen.fees, at.options.caps);
  if ('none' in price) {
    if (price.none === 'fee-cap' && !isCheap) return false;
    draft.alarm(price.none === 'fee-cap' ? 'fee-cap' : 'fee-steps-used', `batch ${stuck.index} waits`);
    return false;
  }
  if (draft.state.batches.get(stuck.index) === undefined) return false;
  const { account, nonce } = stuck;
  draft.record({ kind: 'requested', account, nonce, ...price.fees });
  return ask(draft, stuck, price.fees, at);
}

/** Where the price is good enough, something else holds it up: the next step waits so much longer. */
const PATIENCE = 4n;
const NO_FEES: Fees = { maxFeePerGas: 0n, maxPriorityFeePerGas: 0n, maxFeePerBlobGas: 0n };

function startNext(draft: Draft, seen: L1Seen, at: At): void {
  if (isHeldUp(draft)) return;
  const batch = nextBatch(draft, seen);
  if (batch === undefined || !hasTurn(draft, batch, at)) return;
  const { index, da: place } = batch;
  const account = accountFor(at.options, place);
  const price = firstPrice(place, seen.fees, at.options.caps);
  if ('none' in price) {
    draft.alarm('fee-cap', `L1 asks ${seen.fees.baseFee} wei per gas; batch ${index} waits`);
    return;
  }
  const nonce = draft.state.ledger.accounts.get(account)?.next ?? 0n;
  if ((seen.accounts.get(account)?.balance ?? 0n) < RESERVE * mostOf(batch, price.fees)) {
    draft.alarm('balance-low', `${account} could not pay batch ${index} and its higher prices`);
    return;
  }
  const content = contentOf(batch, account);
  draft.record({ kind: 'assigned', account, nonce, index, place, content });
  draft.record({ kind: 'requested', account, nonce, ...price.fees });
  ask(draft, { account, nonce, index, place, content, rungs: [] }, price.fees, at);
}

/** The inbox takes nothing before the batch that it refused: whatever came behind would fail as well. */
const isHeldUp = ({ state }: Draft): boolean =>
  failedOf(state).length > 0 || openOf(state).some(({ mined }) => mined?.isSuccess === false);

/** The first sealed batch that has no nonce; contiguous with the one before, or with L1. */
function nextBatch({ state }: Draft, { lastIndex }: L1Seen): SealedBatch | undefined {
  if (isPassed(state, lastIndex)) return undefined;
  const known = lastKnown(state);
  return state.batches.get((known > 0n ? known : lastIndex) + 1n);
}

/**
 * One after another: the one before is signed, and where another account or another pool has it, final.
 * Nonces of one account keep the order of batches through every reorg; between two accounts nothing
 * would, and what the inbox reverts is lost for good: no guard signs it under another nonce.
 */
function hasTurn(draft: Draft, { da }: SealedBatch, { options }: At): boolean {
  const open = openOf(draft.state);
  const account = accountFor(options, da);
  if (open.length >= options.maxOpen || isStopped(draft, account)) return false;
  const isBlobs = da === 'blobs';
  return open.every(
    (tx) => topSigned(tx) !== undefined && tx.account === account && (tx.place === 'blobs') === isBlobs,
  );
}

/** One name for all that a batch has signed for it: neither nonce, fees nor certificate are in it. */
const contentOf = (batch: SealedBatch, sender: Address): Uint8Array =>
  contentHashOf(requestFor(batch, { ...CONTENT_FRAME, sender, inbox: sender }));

const CONTENT_FRAME = {
  ...{ keyId: new Uint8Array(32), keyEpoch: 0, l1ChainId: 0n, l2ChainId: 0n, nonce: 0n },
  ...NO_FEES,
};

/** What a transaction costs at most, in wei. */
const mostOf = (batch: SealedBatch, fees: Fees): bigint =>
  requestFor(batch, { ...CONTENT_FRAME, sender: ANYBODY, inbox: ANYBODY }).gasLimit * fees.maxFeePerGas +
  BigInt(batch.blobVersionedHashes.length) * BLOB_GAS * fees.maxFeePerBlobGas;

const BLOB_GAS = 131_072n;
const ANYBODY: Address = addressFromBytes(new Uint8Array(20));

/** Days that an account lasts at the pace of the last week, below which its operator is called. */
const LEAST_DAYS = 7n;
/** Wei that the next transactions may cost at most. */
const RESERVE = 3n;
const DAY_MS = 86_400_000n;
/** Gas of a large batch in calldata. */
const LARGE_GAS = 5_000_000n;

/** Days that a balance lasts; `undefined` where nothing was spent in the last week. */
export function runwayDays(
  spent: readonly { readonly account: Address; readonly wei: bigint; readonly atMs: bigint }[],
  {
    account,
    balance,
    nowMs,
  }: { readonly account: Address; readonly balance: bigint; readonly nowMs: number },
): bigint | undefined {
  const since = BigInt(Math.trunc(nowMs)) - 7n * DAY_MS;
  const own = spent.filter((one) => one.account === account && one.atMs > since);
  const total = own.reduce((sum, { wei }) => sum + wei, 0n);
  return total === 0n ? undefined : (7n * balance) / total;
}

function watchBalances(draft: Draft, { accounts, fees }: L1Seen, { nowMs }: At): void {
  for (const [account, { balance }] of accounts) {
    const days = runwayDays(draft.state.ledger.spent, { account, balance, nowMs });
    const least = RESERVE * LARGE_GAS * fees.baseFee;
    if (balance < least || (days !== undefined && days < LEAST_DAYS))
      draft.alarm('balance-low', `${account} has ${balance} wei, for ${days ?? '?'} days at this pace`);
  }
}
