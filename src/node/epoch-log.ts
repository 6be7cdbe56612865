import { concat, equalBytes } from '../crypto/bytes.ts';
import { InputError } from '../crypto/errors.ts';
import type { Disk } from '../system/ports.ts';
import { AppendLog, type AppendLogOptions, chainHeadOf } from './append-log.ts';
import type { NotedLog } from './manifest.ts';

/** What an epoch's state log holds, each kind with its byte on disk. New kinds are appended. */
const epochRecordKinds = { joinedSpec: 1, suspicion: 2, commitLock: 3, opened: 4 } as const;
/** One of them. */
export type EpochRecordKind = keyof typeof epochRecordKinds;

/** The longest record, in bytes. */
const MAX_BODY_BYTES = 1024;
const VERSION = 1;
const KIND = 'epoch-state';

const optionsOf = (path: string): AppendLogOptions => ({ path, kind: KIND, maxBodyBytes: MAX_BODY_BYTES });

const REMEDY =
  'put your own newest copy of it back; without one the share of this epoch is lost: move share-* and ' +
  'state.log of that folder to attic, and run "conclave key give-up-lost"; the others sign without this ' +
  'node, and can give it a new share';

/** Its place in the folder of an epoch. */
export const statePathIn = (epochFolder: string): string => `${epochFolder}/state.log`;

/** `state.log` of one epoch: session specs joined, suspicion, commit lock; append-only. [product, 6.1] */
export class EpochLog {
  readonly #log: AppendLog;
  readonly #bodies: readonly Uint8Array[];
  /** Its place in the data folder. */
  readonly path: string;

  private constructor(path: string, log: AppendLog, bodies: readonly Uint8Array[]) {
    this.path = path;
    this.#log = log;
    this.#bodies = bodies;
  }

  /**
   * Opens or starts the log. One that the manifest has noted must hold what was noted: otherwise this node
   * would join a session twice, or commit twice. @throws InputError safety-state-damaged |
   * safety-state-missing | rollback-detected
   */
  static open(disk: Disk, path: string, noted?: NotedLog): EpochLog {
    const { log, bodies } = AppendLog.open(disk, optionsOf(path));
    const known: readonly number[] = Object.values(epochRecordKinds);
    for (const [i, body] of bodies.entries())
      if (body[0] !== VERSION || !known.includes(body[1] ?? 0))
        throw new InputError('safety-state-damaged', path, `${path}: record ${i} is of no known kind`);
    if (noted !== undefined) checkNoted(path, bodies, noted);
    return new EpochLog(path, log, bodies);
  }

  /**
   * The log of an epoch that is about to be active, with a first record that names it: from then on it is
   * missed when it is gone. Durable when this returns. Again, it changes nothing.
   */
  static begin(disk: Disk, path: string, epochId: Uint8Array): EpochLog {
    const log = EpochLog.open(disk, path);
    if (log.noted.seq === 0) log.append('opened', epochId);
    return log;
  }

  /** How far it reaches, for the manifest. */
  get noted(): NotedLog {
    return { seq: this.#log.count, head: this.#log.head };
  }

  /** The records of a kind that were there when the log was opened, oldest first. */
  found(kind: EpochRecordKind): readonly Uint8Array[] {
    return this.#bodies.filter((body) => body[1] === epochRecordKinds[kind]).map((body) => body.slice(2));
  }

  /** Appends a record; durable when this returns. */
  append(kind: EpochRecordKind, body: Uint8Array): void {
    this.#log.append(concat(Uint8Array.of(VERSION, epochRecordKinds[kind]), body));
  }
}

function checkNoted(path: string, bodies: readonly Uint8Array[], { seq, head }: NotedLog): void {
  if (bodies.length === 0) throw missingState(path);
  if (bodies.length >= seq && equalBytes(chainHeadOf(KIND, bodies.slice(0, seq)), head)) return;
  throw new InputError(
    'rollback-detected',
    path,
    `${path} has ${bodies.length} records, which do not contain the ${seq} that the manifest knew: it was ` +
      `restored from an older copy; ${REMEDY}`,
  );
}

/** The log of the active epoch is gone. */
export const missingState = (path: string): InputError =>
  new InputError(
    'safety-state-missing',
    path,
    `${path} is missing although its epoch is active, and this node does not know which sessions it has ` +
      `joined, nor whether it has committed to another epoch: ${REMEDY}`,
  );
