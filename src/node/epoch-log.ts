import { concat } from '../crypto/bytes.ts';
import { InputError } from '../crypto/errors.ts';
import type { Disk } from '../system/ports.ts';
import { AppendLog } from './append-log.ts';

/** What an epoch's state log holds, each kind with its byte on disk. New kinds are appended. */
const epochRecordKinds = { joinedSpec: 1, suspicion: 2, commitLock: 3 } as const;
/** One of them. */
export type EpochRecordKind = keyof typeof epochRecordKinds;

/** The longest record, in bytes. */
const MAX_BODY_BYTES = 1024;
const VERSION = 1;

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

  /** Opens or starts the log. @throws InputError safety-state-damaged */
  static open(disk: Disk, path: string): EpochLog {
    const { log, bodies } = AppendLog.open(disk, { path, kind: 'epoch-state', maxBodyBytes: MAX_BODY_BYTES });
    const known: readonly number[] = Object.values(epochRecordKinds);
    for (const [i, body] of bodies.entries())
      if (body[0] !== VERSION || !known.includes(body[1] ?? 0))
        throw new InputError('safety-state-damaged', path, `${path}: record ${i} is of no known kind`);
    return new EpochLog(path, log, bodies);
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
