import type { Address } from '../../ethereum/address.ts';
import type { Ledger, LedgerTx } from './ledger.ts';
import type { JournalRecord } from './records.ts';

/**
 * The shortest journal that says the same: `post` makes this ledger of it again. Signed bytes of what is
 * final are what it leaves out, and they are nearly all of a journal.
 */
export function recordsOf(ledger: Ledger): readonly JournalRecord[] {
  const records: JournalRecord[] = [];
  const next = new Map<Address, bigint>();
  for (const tx of ledger.txs) {
    const { account, nonce } = tx;
    if (next.get(account) !== nonce) records.push({ kind: 'base', account, nonce });
    next.set(account, nonce + 1n);
    records.push(...recordsOfTx(tx));
  }
  for (const [account, { next: nonce, isStopped }] of ledger.accounts) {
    if (next.get(account) !== nonce) records.push({ kind: 'base', account, nonce });
    if (isStopped) records.push({ kind: 'stopped', account, nonce });
  }
  for (const { account, wei, atMs } of ledger.spent) records.push({ kind: 'spent', account, wei, atMs });
  for (const [index, held] of ledger.givenUp) records.push({ kind: 'held', index, ...held });
  if (ledger.elsewhere > 0n) records.push({ kind: 'elsewhere', index: ledger.elsewhere });
  if (ledger.isPaused) records.push({ kind: 'paused', on: 1 });
  return records;
}

function recordsOfTx({
  account,
  nonce,
  index,
  place,
  content,
  rungs,
  mined,
  end,
}: LedgerTx): JournalRecord[] {
  const name = { account, nonce };
  const records: JournalRecord[] = [{ kind: 'assigned', ...name, index, place, content }];
  for (const { fees, signed } of rungs) {
    records.push({ kind: 'requested', ...name, ...fees });
    if (signed !== undefined) records.push({ kind: 'signed', ...name, raw: signed.raw });
  }
  if (mined !== undefined) {
    const { hash, block, blockHash, isSuccess } = mined;
    records.push({ kind: 'mined', ...name, hash, block, blockHash, success: isSuccess ? 1 : 0 });
  }
  if (end === 'final') records.push({ kind: 'final', ...name, cost: 0n, atMs: 0n });
  if (end === 'failed' || end === 'again') records.push({ kind: 'failed', ...name });
  if (end === 'again') records.push({ kind: 'again', ...name });
  return records;
}
