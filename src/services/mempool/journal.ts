import { type Codec, blob, decode, encode, fixed, list, struct, union } from '../../crypto/codec.ts';
import { toHex } from '../../crypto/bytes.ts';
import { InputError } from '../../crypto/errors.ts';
import { MAX_RAW_TX_BYTES, type L2Tx } from '../../ethereum/l2-tx.ts';
import { keccak256 } from '../../ethereum/address.ts';
import { AppendLog, type AppendLogOptions } from '../../node/append-log.ts';
import type { Disk } from '../../system/ports.ts';
import type { JournalEntry } from './machine.ts';

/** Entries of one record. */
const MAX_ENTRIES = 1 << 14;
/** Bytes of transactions with which a record is full; the last one of it may begin just below. */
export const FULL_RECORD_BYTES: number = 1 << 20;
const MAX_RECORD_BYTES = 2 * FULL_RECORD_BYTES;
/** Bytes written, beyond twice what the pool holds, after which the journal is written anew. */
const SPARE_BYTES = 8 << 20;

const entriesCodec: Codec<readonly JournalEntry[]> = list(
  union<JournalEntry>({
    added: struct({ raw: blob(MAX_RAW_TX_BYTES) }),
    left: struct({ hash: fixed(32) }),
  }),
  MAX_ENTRIES,
);

/**
 * What the pool has promised to keep, across restarts: a log of what came and what left. A record holds all
 * that came at about the same time, so that many transactions share one fsync.
 */
export class Journal {
  readonly #disk: Disk;
  readonly #options: AppendLogOptions;
  #log: AppendLog;
  #writtenBytes: number;

  private constructor(disk: Disk, options: AppendLogOptions, log: AppendLog, writtenBytes: number) {
    this.#disk = disk;
    this.#options = options;
    this.#log = log;
    this.#writtenBytes = writtenBytes;
  }

  /**
   * Opens the journal of a chain, and gives the raw transactions that came and did not leave, in the order in
   * which they came. An incomplete last record was never acknowledged, and is cut off.
   * @throws InputError safety-state-damaged for any other damage; what `Disk` throws
   */
  static open(
    disk: Disk,
    path: string,
    chainId: bigint,
  ): { readonly journal: Journal; readonly raws: readonly Uint8Array[] } {
    const options = { path, kind: `pool/${chainId}`, maxBodyBytes: MAX_RECORD_BYTES };
    const { log, bodies } = opened(disk, options);
    const raws = new Map<string, Uint8Array>();
    for (const body of bodies) for (const entry of decode(entriesCodec, body, path)) replay(raws, entry);
    const writtenBytes = bodies.reduce((sum, body) => sum + body.length, 0);
    return { journal: new Journal(disk, options, log, writtenBytes), raws: [...raws.values()] };
  }

  /**
   * Appends entries; durable when this returns. Those of one record, as far as `FULL_RECORD_BYTES` goes, are
   * there all or none. @throws what `Disk` throws
   */
  append(entries: readonly JournalEntry[]): void {
    for (const record of records(entries)) {
      this.#log.append(record);
      this.#writtenBytes += record.length;
    }
  }

  /** Whether most of the file is about what left long ago, where the pool holds `bytes`. */
  isStale(bytes: number): boolean {
    return this.#writtenBytes > SPARE_BYTES + 2 * bytes;
  }

  /** Writes the journal anew, of what the pool holds. @throws what `Disk` throws; then it is as before */
  rewrite(txs: readonly L2Tx[]): void {
    const bodies = records(txs.map(({ raw }) => ({ kind: 'added', raw })));
    this.#log = AppendLog.replace(this.#disk, this.#options, bodies);
    this.#writtenBytes = 0;
  }
}

/** What is lost of it users send again, so there is nothing to repair. */
function opened(disk: Disk, options: AppendLogOptions): ReturnType<typeof AppendLog.open> {
  try {
    return AppendLog.open(disk, options);
  } catch (cause) {
    if (!(cause instanceof InputError)) throw cause;
    const message = `${cause.message}: move it away, and users send what waited again`;
    throw new InputError(cause.code, options.path, message, { cause });
  }
}

function replay(raws: Map<string, Uint8Array>, entry: JournalEntry): void {
  const id = toHex(entry.kind === 'added' ? keccak256(entry.raw) : entry.hash);
  // What came back from a block came a second time, behind the others.
  raws.delete(id);
  if (entry.kind === 'added') raws.set(id, entry.raw);
}

function records(entries: readonly JournalEntry[]): readonly Uint8Array[] {
  const groups: JournalEntry[][] = [];
  let room = 0;
  for (const entry of entries) {
    const group = groups.at(-1);
    if (group === undefined || room <= 0 || group.length === MAX_ENTRIES) {
      groups.push([entry]);
      room = FULL_RECORD_BYTES;
    } else group.push(entry);
    room -= entry.kind === 'added' ? entry.raw.length : 0;
  }
  return groups.map((group) => encode(entriesCodec, group));
}
