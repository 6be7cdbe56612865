import { type LedgerTx, isUnsigned } from './ledger.ts';
import { type Draft, type L1Seen, type Submitter, openOf } from './state.ts';

/**
 * What is called failed for good has used its nonce on L1. Where L1 has not used it after all, an endpoint
 * has lied: the transaction is followed and sent again, and what was to take its place is given up. Where
 * that was signed, signers have seen for themselves that the former nonce is spent.
 */
export function reopen(draft: Draft, { accounts }: L1Seen): void {
  for (const tx of draft.state.ledger.txs) {
    const { account, nonce, end } = tx;
    const latest = accounts.get(account)?.latest;
    if ((end !== 'failed' && end !== 'again') || latest === undefined || nonce < latest) continue;
    const later = laterOf(draft.state, tx);
    if (!later.every((one) => isFree(draft.state, one))) continue;
    for (const one of [...later].reverse())
      draft.record({ kind: 'given-up', account: one.account, nonce: one.nonce });
    draft.record({ kind: 'reopened', account, nonce });
  }
}

/** The transaction with the same batch under another nonce, and all behind it. */
function laterOf({ ledger }: Submitter, { account, nonce, index }: LedgerTx): readonly LedgerTx[] {
  const at = ledger.txs.findLastIndex((tx) => tx.account === account && tx.nonce === nonce);
  const behind = ledger.txs.slice(at + 1);
  const first = behind.findIndex((tx) => tx.index === index);
  return first < 0 ? [] : behind.slice(first);
}

const isFree = ({ signing }: Submitter, tx: LedgerTx): boolean =>
  isUnsigned(tx) && (signing?.account !== tx.account || signing.nonce !== tx.nonce);

/** Nonces that were called failed, and are followed again. */
export const reopenedOf = (before: Submitter, next: Submitter): readonly LedgerTx[] =>
  openOf(next).filter((tx) =>
    before.ledger.txs.some(
      ({ account, nonce, end }) => account === tx.account && nonce === tx.nonce && end !== undefined,
    ),
  );
