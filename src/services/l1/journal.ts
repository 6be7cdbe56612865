import { decode, encode } from '../../crypto/codec.ts';
import { InputError } from '../../crypto/errors.ts';
import { AppendLog, type AppendLogOptions, encodeLog, readLog } from '../../node/append-log.ts';
import type { Disk } from '../../system/ports.ts';
import { recordsOf } from './compact.ts';
import { type Ledger, emptyLedger, post } from './ledger.ts';
import { type JournalRecord, recordCodec } from './records.ts';

/** Where the journal is, in the data folder. */
const JOURNAL_PATH = 'submitter/journal';
const log: AppendLogOptions = {
  path: JOURNAL_PATH,
  kind: 'submitter',
  maxBodyBytes: recordCodec.maxBytes,
};

/** Bytes of records after which the journal is written anew, and how often longer it has to be then. */
const COMPACT_BYTES = 8_388_608;
const COMPACT_FACTOR = 2;

/** The journal of nonces and batches. */
export class Journal {
  readonly #disk: Disk;
  readonly #atBytes: number;
  #file: AppendLog;
  #bytes: number;
  #ledger: Ledger;

  /**
   * Opens it. A last record that was cut short was never acted on, and is gone; every other flaw stops.
   * @throws InputError submitter-journal-damaged; what `Disk` throws
   */
  constructor(disk: Disk, atBytes: number = COMPACT_BYTES) {
    const { file, bodies } = opened(disk);
    this.#disk = disk;
    this.#atBytes = atBytes;
    this.#file = file;
    this.#bytes = sizeOf(bodies);
    this.#ledger = fold(bodies);
  }

  /** What it says. */
  get ledger(): Ledger {
    return this.#ledger;
  }

  /** A record is durable when this returns. @throws what `Disk` throws; then it was not written */
  append(record: JournalRecord): void {
    const body = encode(recordCodec, record);
    this.#file.append(body);
    this.#bytes += body.length;
    this.#ledger = post(this.#ledger, record);
  }

  /**
   * Leaves out what has ended, where that is worth it. The whole file is replaced: whenever the power goes,
   * it is the old one or the new one, and both say the same.
   */
  compact(): void {
    if (this.#bytes < this.#atBytes) return;
    const bodies = recordsOf(this.#ledger).map((record) => encode(recordCodec, record));
    if (COMPACT_FACTOR * sizeOf(bodies) > this.#bytes) return;
    this.#file = AppendLog.replace(this.#disk, log, bodies);
    this.#bytes = sizeOf(bodies);
  }
}

function opened(disk: Disk): { readonly file: AppendLog; readonly bodies: readonly Uint8Array[] } {
  try {
    const { log: file, bodies } = AppendLog.open(disk, log);
    return { file, bodies };
  } catch (cause) {
    if (!(cause instanceof InputError)) throw cause;
    const message = `${cause.message}: keep a copy, then run "conclave sequencer repair"`;
    throw new InputError('submitter-journal-damaged', JOURNAL_PATH, message, { cause });
  }
}

const sizeOf = (bodies: readonly Uint8Array[]): number => bodies.reduce((sum, { length }) => sum + length, 0);

const fold = (bodies: readonly Uint8Array[]): Ledger =>
  bodies.reduce<Ledger>((ledger, body) => post(ledger, decode(recordCodec, body, 'record')), emptyLedger);

/**
 * Keeps what is sound, from the beginning. What is lost may have been signed: it is asked for again, with the
 * same content under the same index, which is all that guards allow. @returns records kept
 */
export function repairJournal(disk: Disk): number {
  const { bodies } = readLog(disk, log);
  disk.replace(JOURNAL_PATH, encodeLog(log.kind, bodies));
  return bodies.length;
}
