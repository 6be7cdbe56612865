import { latin1 } from '../../src/crypto/bytes.ts';
import { decodeManifest } from '../../src/node/manifest.ts';
import type { NotedState } from '../../src/node/manifest.ts';
import type { CrashPlan, Durable, DurableCall } from './crash-point.ts';

/** One thing that a ceremony makes durable on a node. */
export interface Step {
  readonly name: string;
  /** Which call it is, of those that a process made while nothing went wrong; `undefined` if it has none. */
  readonly find: (trace: readonly Durable[]) => Pick<CrashPlan, 'fits' | 'nth'> | undefined;
  /** Who takes it, where the second of four leaves and a fifth joins. */
  readonly by: readonly number[];
  /** It comes behind the activation: a run has to go on until the lock is whole. */
  readonly isLate?: boolean;
}

const everybody = [1, 2, 3, 4, 5];
const dealers = [1, 2, 3, 4];
const members = [1, 3, 4, 5];

type Fits = (durable: Durable) => boolean;

const on =
  (call: DurableCall, path: RegExp, text?: string): Fits =>
  (durable) =>
    durable.call === call &&
    path.test(durable.path) &&
    (text === undefined || latin1(durable.bytes).includes(text));

/** The n-th call that fits. */
const nth =
  (fits: Fits, n = 1): Step['find'] =>
  (trace) =>
    trace.filter(fits).length >= n ? { fits, nth: n } : undefined;

/** The last call that fits before the first of another kind. */
const lastBefore =
  (fits: Fits, next: Fits): Step['find'] =>
  (trace) => {
    const end = trace.findIndex(next);
    const count = trace.slice(0, Math.max(end, 0)).filter(fits).length;
    return count > 0 ? { fits, nth: count } : undefined;
  };

/** The manifest, once it notes a share of this epoch in this state. */
const noting =
  (epochNo: number, state: NotedState): Fits =>
  ({ call, path, bytes }) =>
    call === 'replace' &&
    path === 'manifest' &&
    decodeManifest(bytes).keys.some(({ shares }) =>
      shares.some((share) => share.epochNo === epochNo && share.state === state),
    );
const certified =
  (epochNo: number): Fits =>
  ({ call, path, bytes }) =>
    call === 'replace' &&
    path === 'manifest' &&
    decodeManifest(bytes).keys.some(({ newest }) => newest === epochNo);

const story = /events\.jsonl$/;
const log = on('append', /^wal\/.*records\.log$/);
const standing = on('replace', /activation\.json$/);
const lockMade = on('create', /^ceremonies\/.*\/lock\.json$/);
const lockChanged = on('replace', /^ceremonies\/.*\/lock\.json$/);
const round = (n: number): Fits => on('append', story, `"type":"round","round":${n},`);
const told = (type: string): Fits => on('append', story, `"type":"${type}"`);

/** What every ceremony does on its way to a share. */
const common: readonly Step[] = [
  { name: 'consent', by: everybody, find: nth(on('replace', /definition\.json$/), 2) },
  { name: 'seed', by: everybody, find: nth(on('create', /^wal\/.*seed\.json$/)) },
  { name: 'setup logged', by: everybody, find: nth(log) },
];

/** The steps of an epoch change, in order. [protocol, 12] */
export const changeSteps: readonly Step[] = [
  ...common,
  { name: 'deal logged', by: everybody, find: lastBefore(log, round(2)) },
  { name: 'vote logged', by: everybody, find: lastBefore(log, round(3)) },
  { name: 'pending noted', by: members, find: nth(noting(1, 'pending')) },
  { name: 'pending stored', by: members, find: nth(on('create', /^keys\/.*\/epoch-000001\/share-/)) },
  { name: 'standing kept', by: everybody, find: nth(standing) },
  { name: 'ack logged', by: everybody, find: lastBefore(log, round(4)) },
  { name: 'acks kept', by: everybody, find: nth(standing, 2) },
  {
    name: 'commit lock',
    by: dealers,
    find: nth((one) => on('append', /epoch-000000\/state\.log$/)(one) && one.bytes.length > 0),
  },
  { name: 'commit told', by: dealers, find: nth(told('committed')) },
  { name: 'certificate kept', by: everybody, find: lastBefore(standing, lockMade) },
  { name: 'lock made', by: everybody, find: nth(lockMade) },
  { name: 'manifest switched', by: everybody, find: nth(certified(1)) },
  { name: 'certificate told', by: everybody, find: nth(told('certificate')) },
  { name: 'log removed', by: everybody, find: nth(on('shred', /^wal\/.*seed\.json$/)) },
  { name: 'countersigned', by: members, find: nth(lockChanged), isLate: true },
  { name: 'proof kept', by: members, find: lastBefore(lockChanged, told('test-signature')), isLate: true },
  { name: 'old share doomed', by: dealers, find: nth(noting(0, 'doomed')), isLate: true },
  {
    name: 'old share erased',
    by: dealers,
    find: nth(on('shred', /^keys\/.*\/epoch-000000\/share-/)),
    isLate: true,
  },
  { name: 'erasure stated', by: dealers, find: nth(on('create', /erasure-/)), isLate: true },
  { name: 'complete', by: members, find: nth(told('complete')), isLate: true },
];

/** The steps of a key generation, in order. [protocol, 6] */
export const keygenSteps: readonly Step[] = [
  ...common,
  { name: 'first round logged', by: everybody, find: lastBefore(log, round(2)) },
  { name: 'second round logged', by: everybody, find: lastBefore(log, round(3)) },
  { name: 'pending noted', by: everybody, find: nth(noting(0, 'pending')) },
  { name: 'pending stored', by: everybody, find: nth(on('create', /^keys\/.*\/epoch-000000\/share-/)) },
  { name: 'prepared', by: everybody, find: nth(told('prepared')) },
  { name: 'confirmation logged', by: everybody, find: lastBefore(log, round(5)) },
  { name: 'certificate told', by: everybody, find: nth(told('certificate')) },
  { name: 'manifest switched', by: everybody, find: nth(certified(0)) },
  { name: 'lock made', by: everybody, find: nth(lockMade) },
  { name: 'complete', by: everybody, find: nth(told('complete')) },
];

/** The step of this name. */
export function stepNamed(steps: readonly Step[], name: string): Step {
  const found = steps.find((step) => step.name === name);
  if (found === undefined) throw new RangeError(`no step ${name}`);
  return found;
}
