import { to0x } from '../../crypto/bytes.ts';
import { isUnsigned, unsigned } from './ledger.ts';
import { type Draft, type Submitter, openOf } from './state.ts';

/**
 * Whether a batch, and all behind it, may get another content: nobody has signed any of them, and no
 * signature is awaited. What was signed has to go to L1, whatever becomes of it there.
 */
export function canGiveUp({ ledger, signing }: Submitter, index: bigint): boolean {
  return ledger.txs
    .filter((tx) => tx.index >= index)
    .every((tx) => isUnsigned(tx) && (signing?.account !== tx.account || signing.nonce !== tx.nonce));
}

/** Forgets them, durably where a nonce was assigned. */
export function giveUp(draft: Draft, index: bigint): void {
  for (const { account, nonce } of draft.state.ledger.txs.filter((tx) => tx.index >= index).reverse())
    draft.record({ kind: 'given-up', account, nonce });
  const batches = new Map([...draft.state.batches].filter(([known]) => known < index));
  draft.set({ batches, retry: { atMs: 0, pauseMs: 0 } });
}

/** What is heard where the one that is asked holds it, or those that it asks. */
const HELD_CODES: ReadonlySet<string> = new Set(['guard-conflict', 'signing-failed', 'quorum-unavailable']);

/**
 * A signer that approved what was given up holds its index and nonce for good, and refuses every other
 * content. That is its duty, so only people can help. What waits may have the index or the nonce of it.
 */
export function sayHeld(draft: Draft): void {
  if (!HELD_CODES.has(draft.state.retry.code ?? '')) return;
  const waiting = openOf(draft.state).find((tx) => unsigned(tx) !== undefined);
  const { givenUp } = draft.state.ledger;
  const held = [...givenUp].find(
    ([index, one]) =>
      index === waiting?.index || (one.account === waiting?.account && one.nonce === waiting.nonce),
  );
  if (held === undefined) return;
  const [index, { nonce, content }] = held;
  draft.alarm(
    'index-held',
    `signers may hold batch ${index} and nonce ${nonce} for ${to0x(content)}, which was given up: ` +
      'start so many others as a quorum needs; "conclave guard show" says who holds what',
  );
}
