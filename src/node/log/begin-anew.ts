import { type LogOwner, chainStart, decodeLogEntry, logIdOf } from '../../chain/log/entry.ts';
import { equalBytes, toHex } from '../../crypto/bytes.ts';
import { attempt } from '../../crypto/codec.ts';
import { OperationError } from '../../crypto/errors.ts';
import type { Rng } from '../../crypto/secp256k1.ts';
import { readLog } from '../append-log.ts';
import { segmentOf } from './entry-store.ts';
import { logFolderOf } from './node-log.ts';
import { SignatureLog, type SignatureLogDeps, noSubject } from './signature-log.ts';

/** Whose log, and where. */
export interface BeginAnewOptions extends Pick<LogOwner, 'owner' | 'cluster'> {
  /** Folder of the logs in the data folder. */
  readonly folder: string;
  /** A part of a file name that tells moments apart. */
  readonly stamp: string;
}

/** What was done. */
export interface BegunAnew {
  /** Where the old log lies. */
  readonly attic: string;
  /** Names of the old log and of the new one, 32 bytes each. */
  readonly predecessor: Uint8Array;
  readonly logId: Uint8Array;
}

/**
 * Puts the log of a cluster into the attic, whatever state it is in, and begins another of a new name, whose
 * first entry names the old one: members who saw heads of the old log see that it ended. What this node knows
 * of the others' heads stays. @throws OperationError nothing-to-repair where there is no log, log-not-begun;
 * what `Disk` throws
 */
export function beginAnew(options: BeginAnewOptions, deps: SignatureLogDeps, rng: Rng): BegunAnew {
  const { owner, cluster, stamp } = options;
  const { disk } = deps;
  const folder = logFolderOf(options.folder, cluster);
  if (!hasLog(options, disk))
    throw new OperationError('nothing-to-repair', 'fatal', `${folder} holds no signature log`);
  const predecessor = logIdOf({ owner, cluster, instance: instanceIn(options, deps) });
  const peers = disk.read(`${folder}/peers.log`);
  const attic = `attic/log-${toHex(cluster).slice(0, 16)}-${stamp}`;
  disk.move(folder, attic);
  if (peers !== undefined) disk.create(`${folder}/peers.log`, peers);
  return { attic, predecessor, logId: succeed(options, predecessor, deps, rng) };
}

/**
 * The same after a loss, where there may be nothing to put away: a node that does not know what it has shown
 * to others must show them another log, because one of the same name would contradict it. Without a log the
 * first of this node is named as the one before. @throws OperationError log-not-begun; what `Disk` throws
 */
export function beginAnewAfterLoss(options: BeginAnewOptions, deps: SignatureLogDeps, rng: Rng): void {
  const { owner, cluster } = options;
  const first = logIdOf({ owner, cluster, instance: new Uint8Array(0) });
  if (hasLog(options, deps.disk)) beginAnew(options, deps, rng);
  else succeed(options, first, deps, rng);
}

const hasLog = ({ folder, cluster }: BeginAnewOptions, disk: SignatureLogDeps['disk']): boolean =>
  disk.list(logFolderOf(folder, cluster)).length > 0;

/** Returns the name of the log that takes the place of another. */
function succeed(
  { owner, cluster, folder }: BeginAnewOptions,
  predecessor: Uint8Array,
  deps: SignatureLogDeps,
  rng: Rng,
): Uint8Array {
  const instance = rng(16).slice();
  const log = SignatureLog.open({ folder: logFolderOf(folder, cluster), owner, cluster, instance }, deps);
  if (!log.append({ kind: 'succeeds', predecessor, instance }, noSubject))
    throw new OperationError('log-not-begun', 'reset', 'the disk did not take the first entry of the log');
  return logIdOf(log.of);
}

/** Which log the old one was, as far as its first entry can still be read; else the first of this node. */
function instanceIn({ owner, cluster, folder }: BeginAnewOptions, { disk }: SignatureLogDeps): Uint8Array {
  const first = new Uint8Array(0);
  const [body] = readLog(disk, segmentOf(`${logFolderOf(folder, cluster)}/entries`, 0)).bodies;
  const entry = body && attempt(() => decodeLogEntry(body, 'entry'));
  if (entry?.event.kind !== 'succeeds') return first;
  const { instance } = entry.event;
  return equalBytes(entry.prev, chainStart(logIdOf({ owner, cluster, instance }))) ? instance : first;
}
