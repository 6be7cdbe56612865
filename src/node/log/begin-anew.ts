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
 * of the others' heads stays. @throws OperationError nothing-to-repair where there is no log; what `Disk`
 * throws
 */
export function beginAnew(options: BeginAnewOptions, deps: SignatureLogDeps, rng: Rng): BegunAnew {
  const { owner, cluster, stamp } = options;
  const { disk } = deps;
  const folder = logFolderOf(options.folder, cluster);
  if (disk.list(folder).length === 0)
    throw new OperationError('nothing-to-repair', 'fatal', `${folder} holds no signature log`);
  const predecessor = logIdOf({ owner, cluster, instance: instanceIn(options, deps) });
  const peers = disk.read(`${folder}/peers.log`);
  const attic = `attic/log-${toHex(cluster).slice(0, 16)}-${stamp}`;
  disk.move(folder, attic);
  if (peers !== undefined) disk.create(`${folder}/peers.log`, peers);
  const instance = rng(16).slice();
  const log = SignatureLog.open({ folder, owner, cluster, instance }, deps);
  log.append({ kind: 'succeeds', predecessor, instance }, noSubject);
  return { attic, predecessor, logId: logIdOf(log.of) };
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
