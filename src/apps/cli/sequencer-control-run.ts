import { parseAddress } from '../../ethereum/address.ts';
import type { PlaceChoice } from '../../services/batcher/place-choice.ts';
import {
  type BatchingStatus,
  type ControlVerb,
  type SequencerStatus,
  sequencerStatus,
} from '../l2/control-protocol.ts';
import { type Output, document, result, table } from '../output.ts';
import { type Cli, usage } from './context.ts';

/** Flags of `sequencer clear`. */
export interface ClearFlags {
  readonly account: string;
  readonly nonce: string;
}

/** Shows a running sequencer. */
export async function showSequencer(cli: Cli): Promise<void> {
  const status = await ask(cli, 'sequencer-status');
  document(cli.output, status, linesOf(status, cli.output));
}

/** Tells a running sequencer something, and shows what has come of it. */
export async function tellSequencer(cli: Cli, what: 'pause' | 'resume' | 'flush' | 'retry'): Promise<void> {
  const status = await ask(cli, `sequencer-${what}`);
  result(cli.output, { status }, [`${cli.output.paint('good', '✔')} ${said[what]}`]);
  if (what === 'flush' && status.batching?.isPaused === true)
    result(cli.output, {}, ['it is paused: batches are sealed, and none is signed before "resume"']);
}

/** Lets an account go on, at the nonce that the operator has seen on L1. */
export async function clearAccount(cli: Cli, { account, nonce }: ClearFlags): Promise<void> {
  if (!/^(0|[1-9][0-9]{0,18})$/.test(nonce)) throw usage('--nonce', `${nonce.slice(0, 40)} is no nonce`);
  const args = { account: parseAddress(account, '--account'), nonce };
  const status = await ask(cli, 'sequencer-clear', args);
  result(cli.output, { status }, [`${cli.output.paint('good', '✔')} ${args.account} goes on at ${nonce}`]);
}

/** Where payloads go from the next batch on. */
export async function placePayloads(cli: Cli, place: PlaceChoice): Promise<void> {
  const status = await ask(cli, 'sequencer-place', { place });
  result(cli.output, { status }, [`${cli.output.paint('good', '✔')} ${placed[place]}`]);
}

const placed: Readonly<Record<PlaceChoice, string>> = {
  auto: 'payloads go where they are cheaper, calldata or blobs',
  calldata: 'payloads go to calldata from the next batch on',
  blobs: 'payloads go to blobs from the next batch on',
  committee: 'payloads go to the committee from the next batch on',
};

const said = {
  pause: 'paused: nothing more is signed until "resume", also after a restart',
  resume: 'batches are signed again',
  flush: 'all blocks that are there go into batches now',
  retry: 'what failed is sent again, under other nonces',
} as const;

const ask = async (cli: Cli, verb: ControlVerb, args = {}): Promise<SequencerStatus> =>
  sequencerStatus.parse(await cli.ask(verb, { args }));

function linesOf(status: SequencerStatus, output: Output): readonly string[] {
  const { account, heads, l1, batching, waitsFor, secondEngine } = status;
  const { unsafe, safe, finalized } = heads;
  return [
    `sequencer  ${account}`,
    `L2         unsafe ${unsafe.number}, safe ${safe.number}, finalized ${finalized.number}`,
    `L1         read to ${l1.number}`,
    ...(secondEngine === undefined ? [] : [`engine     the second one ${secondEngine}`]),
    ...(batching === undefined
      ? [`batches    have not begun: ${waitsFor ?? 'the node is starting'}`]
      : batchingLines(batching, output)),
  ];
}

function batchingLines(status: BatchingStatus, output: Output): readonly string[] {
  const { isPaused, isFlush, place, batches, accounts, alarms } = status;
  const state = isPaused ? output.paint('warn', 'paused') : 'running';
  const rows = batches.map(({ index, phase, place: at, nonce, l1Block, tx }) => [
    ...[index, phase, at, nonce ?? '', l1Block ?? '', tx ?? ''],
  ]);
  return [
    `batches    ${state}${isFlush ? ', flushing' : ''}, payloads to ${place}`,
    ...accounts.map(
      ({ account, nextNonce, isStopped, balance, runwayDays }) =>
        `account    ${account}, next nonce ${nextNonce}, ${balance ?? '?'} wei` +
        `${runwayDays === undefined ? '' : ` for ${runwayDays} days`}${isStopped ? ', stopped' : ''}`,
    ),
    ...alarms.map(({ alarm, detail }) => `${output.paint('bad', 'alarm')}      ${alarm}: ${detail}`),
    ...(rows.length === 0 ? [] : ['', ...table([['batch', 'phase', 'place', 'nonce', 'L1', 'tx'], ...rows])]),
  ];
}
