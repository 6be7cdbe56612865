import type { SealedBatch } from '../../chain/sealed-batch.ts';
import { equalBytes, toHex } from '../../crypto/bytes.ts';
import { assertNever } from '../../crypto/errors.ts';
import { type At, followTxs } from './follow.ts';
import { giveUp } from './give-up.ts';
import { clear, sendAgain } from './mend.ts';
import { planNext } from './plan.ts';
import type { TxName } from './records.ts';
import { Draft, type Submitter, type SubmitterEvent, type SubmitterStep } from './state.ts';

/** Pure: the same state, event and time give the same step. [sequencer, 10] */
export function transition(state: Submitter, event: SubmitterEvent, at: At): SubmitterStep {
  const draft = new Draft(state);
  switch (event.kind) {
    case 'sealed':
      takeBatch(draft, event.batch);
      break;
    case 'given-up':
      giveUp(draft, event.index);
      break;
    case 'looked':
      draft.set({ alarms: keptAlarms(state) });
      followTxs(draft, event.seen, at);
      planNext(draft, event.seen, at);
      break;
    case 'signed':
      takeSignature(draft, event.tx, event.raw);
      break;
    case 'sign-failed': {
      const pauseMs = Math.min(Math.max(2 * state.retry.pauseMs, at.options.retryMs), MAX_PAUSE_MS);
      draft.set({ signing: undefined, retry: { atMs: at.monotonicMs + pauseMs, pauseMs, code: event.code } });
      break;
    }
    case 'send-failed':
      draft.alarm('send-refused', `${event.code} for ${toHex(event.hash)}`);
      break;
    case 'paused':
      if (state.ledger.isPaused !== event.isPaused)
        draft.record({ kind: 'paused', on: event.isPaused ? 1 : 0 });
      break;
    case 'cleared':
      clear(draft, event);
      break;
    case 'again':
      sendAgain(draft);
      break;
    default:
      assertNever(event);
  }
  return { next: draft.state, effects: draft.effects };
}

/** The design doubles a pause up to ten minutes. */
const MAX_PAUSE_MS = 600_000;

/** A changed batch stays an alarm until the process ends; the others are found again at every look. */
const keptAlarms = ({ alarms }: Submitter): Submitter['alarms'] =>
  new Map([...alarms].filter(([alarm]) => alarm === 'batch-changed'));

/** Another content under an index that is known is never taken: it would be refused by every guard. */
function takeBatch(draft: Draft, batch: SealedBatch): void {
  const known = draft.state.batches.get(batch.index);
  if (known !== undefined && !equalBytes(known.payload, batch.payload)) {
    draft.alarm('batch-changed', `batch ${batch.index} was handed over with other bytes`);
    return;
  }
  draft.set({ batches: new Map(draft.state.batches).set(batch.index, batch) });
}

function takeSignature(draft: Draft, { account, nonce }: TxName, raw: Uint8Array): void {
  const { signing } = draft.state;
  if (signing?.account !== account || signing.nonce !== nonce) return;
  draft.record({ kind: 'signed', account, nonce, raw });
  draft.set({ signing: undefined, retry: { atMs: 0, pauseMs: 0 } });
}
