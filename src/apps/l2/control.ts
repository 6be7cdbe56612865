import { to0x } from '../../crypto/bytes.ts';
import { OperationError, assertNever } from '../../crypto/errors.ts';
import type { Address } from '../../ethereum/address.ts';
import type { BatcherService } from '../../services/batcher/service.ts';
import type { PlaceChoice } from '../../services/batcher/place-choice.ts';
import type { Heads } from '../../services/driver/machine.ts';
import type { SubmitterService } from '../../services/l1/service.ts';
import type { Witness, WitnessStatus } from '../../services/witness/service.ts';
import type { LineHandler } from '../../system/folder-lease.ts';
import type { Log } from '../../system/ports.ts';
import { lineHandler, parsed, refuseStrange } from '../admin-line.ts';
import {
  type BatchingStatus,
  type ControlRequest,
  type SequencerStatus,
  controlRequest,
} from './control-protocol.ts';
import { shownUrl } from '../../system/shown-url.ts';

/** What an operator may tell of batches. */
export interface ControlledBatching {
  readonly batcher: Pick<BatcherService, 'flush' | 'status'>;
  readonly submitter: Pick<SubmitterService, 'pause' | 'resume' | 'clear' | 'retry' | 'status'>;
  readonly choose: (place: PlaceChoice) => Promise<void>;
  readonly endpointFaults: () => ReadonlyMap<string, string>;
}

/** What is controlled. */
export interface ControlDeps {
  readonly account: Address;
  readonly heads: () => Heads;
  /** `undefined` while batching has not begun. */
  readonly batching: () => ControlledBatching | undefined;
  /** Why it has not. */
  readonly waitsFor: () => string | undefined;
  readonly log: Log;
  /** The second engine, where one is named. */
  readonly witness?: Pick<Witness, 'status'> | undefined;
}

/** Answers the admin socket of a sequencer; the answer is always the status after what was asked. */
export function sequencerControl(deps: ControlDeps): LineHandler {
  return lineHandler(deps.log, async (question) => {
    refuseStrange(question, 'sequencer');
    const request = parsed(controlRequest, question, 'request');
    if (request.verb !== 'sequencer-status') {
      await act(request, begun(deps));
      deps.log.info('operator', { kind: request.verb });
    }
    return statusOf(deps);
  });
}

function begun({ batching, waitsFor }: ControlDeps): ControlledBatching {
  const found = batching();
  if (found !== undefined) return found;
  const message = `batches have not begun yet: ${waitsFor() ?? 'the node is starting'}`;
  throw new OperationError('batching-not-begun', 'retry', message);
}

async function act(
  request: ControlRequest,
  { batcher, submitter, choose }: ControlledBatching,
): Promise<void> {
  switch (request.verb) {
    case 'sequencer-pause':
      return void submitter.pause();
    case 'sequencer-resume':
      return void submitter.resume();
    case 'sequencer-flush':
      return void batcher.flush();
    case 'sequencer-retry':
      return submitter.retry();
    case 'sequencer-place':
      return choose(request.args.place);
    case 'sequencer-clear':
      return submitter.clear(request.args.account, request.args.nonce);
    case 'sequencer-status':
      return;
    default:
      return assertNever(request);
  }
}

const placeOf = ({ number, hash }: Heads['l1']): SequencerStatus['l1'] => ({
  number: String(number),
  hash: to0x(hash),
});

function statusOf({ account, heads, batching, waitsFor, witness }: ControlDeps): SequencerStatus {
  const { unsafe, safe, finalized, l1 } = heads();
  const found = batching();
  return {
    account,
    heads: { unsafe: placeOf(unsafe), safe: placeOf(safe), finalized: placeOf(finalized) },
    l1: placeOf(l1),
    ...(witness === undefined ? {} : { secondEngine: witnessText(witness.status()) }),
    ...(found === undefined ? { waitsFor: waitsFor() } : { batching: batchingStatus(found) }),
  };
}

const witnessText = (status: WitnessStatus): string =>
  status.state === 'agrees' ? `agrees up to block ${status.number}` : `${status.state}: ${status.why}`;

function batchingStatus({ batcher, submitter, endpointFaults }: ControlledBatching): BatchingStatus {
  const { isFlush, choice, alarm } = batcher.status();
  const { isPaused, batches, accounts, alarms } = submitter.status();
  const said: BatchingStatus['alarms'] = [
    ...[...alarms].map(([name, detail]) => ({ alarm: name, detail })),
    ...[...endpointFaults()].map(([url, why]) => ({
      alarm: 'l1-endpoint',
      detail: `${shownUrl(url)}: ${why}`,
    })),
  ];
  return {
    ...{ isPaused, isFlush, place: choice },
    batches: batches.map(({ index, phase, da, nonce, txHash, block }) => ({
      ...{ index: String(index), phase, place: da, nonce: textOf(nonce), tx: txHash, l1Block: textOf(block) },
    })),
    accounts: accounts.map(({ account, nextNonce, isStopped, balance, runwayDays }) => ({
      ...{ account, nextNonce: String(nextNonce), isStopped },
      ...{ balance: textOf(balance), runwayDays: textOf(runwayDays) },
    })),
    alarms: alarm === undefined ? said : [...said, { alarm: 'batcher', detail: alarm }],
  };
}

const textOf = (value: bigint | undefined): string | undefined =>
  value === undefined ? undefined : String(value);
