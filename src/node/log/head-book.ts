import {
  type HeadRecord,
  type Witnessed,
  headRecordCodec,
  witnessedCodec,
} from '../../chain/log/heads-file.ts';
import { countCodec } from '../../chain/log/entry.ts';
import { equalBytes, toHex } from '../../crypto/bytes.ts';
import { type Codec, decode, encode, fixed, struct, union } from '../../crypto/codec.ts';
import { InputError } from '../../crypto/errors.ts';
import type { Disk, Log } from '../../system/ports.ts';
import { AppendLog, type AppendLogOptions } from '../append-log.ts';
import { isOrdinary } from '../supervise.ts';

/** Which book, and how long it remembers. */
export interface HeadBookOptions {
  /** Path in the data folder. */
  readonly path: string;
  /** Heads of one log that are kept, newest last. */
  readonly keep: number;
}

interface Line {
  readonly logId: Uint8Array;
  readonly size: number;
  readonly one: Witnessed;
}
interface Closed {
  readonly owner: Uint8Array;
  readonly logId: Uint8Array;
}
type BookEntry =
  | ({ readonly kind: 'head' } & HeadRecord)
  | ({ readonly kind: 'witnessed' } & Line)
  | ({ readonly kind: 'closed' } & Closed);

const entryCodec: Codec<BookEntry> = union<BookEntry>({
  head: headRecordCodec,
  witnessed: struct<Line>({ logId: fixed(32), size: countCodec, one: witnessedCodec }),
  closed: struct<Closed>({ owner: fixed(32), logId: fixed(32) }),
});
const KIND = 'log-heads';

/** Records behind which the file is written anew with what is remembered only, however little that is. */
const ROOM = 256;

/**
 * Signed heads on disk: those of the own log, or the newest of each other. A book that is damaged is put
 * aside and begun anew: the entries say what an honest head is, and another owner shows its heads again.
 */
export class HeadBook {
  readonly #disk: Disk;
  readonly #options: HeadBookOptions;
  #log: AppendLog;
  /** By name of the log, ascending by size. */
  readonly #heads = new Map<string, HeadRecord[]>();
  /** By name of the log: logs of which nothing is remembered but that they are over. */
  readonly #closed = new Map<string, Closed>();

  private constructor(disk: Disk, options: HeadBookOptions, log: AppendLog) {
    this.#disk = disk;
    this.#options = options;
    this.#log = log;
  }

  /** Opens or starts a book. @throws what `Disk` throws */
  static open(disk: Disk, options: HeadBookOptions, log: Log): HeadBook {
    const { path } = options;
    try {
      return HeadBook.#read(disk, options);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      const aside = freeName(disk, path);
      disk.move(path, aside);
      log.error('book of heads damaged', { path, aside, detail: error.message });
      return HeadBook.#read(disk, options);
    }
  }

  static #read(disk: Disk, options: HeadBookOptions): HeadBook {
    const { log, bodies } = AppendLog.open(disk, logAt(options.path));
    const book = new HeadBook(disk, options, log);
    for (const body of bodies) book.#take(decode(entryCodec, body, options.path));
    return book;
  }

  /** All heads that are remembered, log by log, each ascending by size. */
  get records(): readonly HeadRecord[] {
    return [...this.#heads.values()].flat();
  }

  /** The newest head of a log. */
  newest(logId: Uint8Array): HeadRecord | undefined {
    return this.#heads.get(toHex(logId))?.at(-1);
  }

  /** The newest head of each log of an owner; the last is that which was added last. */
  newestOf(owner: Uint8Array): readonly HeadRecord[] {
    const last = (heads: HeadRecord[]): readonly HeadRecord[] => heads.slice(-1);
    return [...this.#heads.values()].flatMap(last).filter((head) => equalBytes(head.owner, owner));
  }

  /** Whether a log was closed: its heads are not here, and none is to come. */
  isClosed(logId: Uint8Array): boolean {
    return this.#closed.has(toHex(logId));
  }

  /** How many logs of an owner are closed. */
  closedOf(owner: Uint8Array): number {
    return [...this.#closed.values()].filter((one) => equalBytes(one.owner, owner)).length;
  }

  /** Forgets the heads of a log for good. @throws what `Disk` throws */
  close({ owner, signed }: HeadRecord): void {
    this.#append({ kind: 'closed', owner, logId: signed.head.logId });
  }

  /** Writes a head down; durable when this returns. @throws what `Disk` throws */
  add(record: HeadRecord): void {
    this.#append({ kind: 'head', ...record });
  }

  /**
   * Writes a countersignature down, under the newest head of this size. Returns whether there is such a head,
   * and it had none of this member. @throws what `Disk` throws
   */
  witness(line: Line): boolean {
    const head = this.#at(line);
    if (head === undefined || hasWitness(head, line.one)) return false;
    this.#append({ kind: 'witnessed', ...line });
    return true;
  }

  #append(entry: BookEntry): void {
    this.#log.append(encode(entryCodec, entry));
    this.#take(entry);
    try {
      this.#compact();
    } catch (error) {
      // What was appended holds; the next entry tries again.
      if (!isOrdinary(error)) throw error;
    }
  }

  #compact(): void {
    if (this.#log.count <= ROOM + 4 * (this.records.length + this.#closed.size)) return;
    const bodies = [
      ...this.records.map((record) => encode(entryCodec, { kind: 'head', ...record })),
      ...[...this.#closed.values()].map((one) => encode(entryCodec, { kind: 'closed', ...one })),
    ];
    this.#log = AppendLog.replace(this.#disk, logAt(this.#options.path), bodies);
  }

  #take(entry: BookEntry): void {
    if (entry.kind === 'closed') {
      const { owner, logId } = entry;
      this.#heads.delete(toHex(logId));
      this.#closed.set(toHex(logId), { owner, logId });
      return;
    }
    if (entry.kind === 'head') {
      const { kind: _kind, ...record } = entry;
      const name = toHex(record.signed.head.logId);
      const heads = [...(this.#heads.get(name) ?? []), record].slice(-this.#options.keep);
      this.#heads.delete(name);
      this.#heads.set(name, heads);
      return;
    }
    const head = this.#at(entry);
    const heads = this.#heads.get(toHex(entry.logId)) ?? [];
    if (head === undefined || hasWitness(head, entry.one)) return;
    const countersignatures = [...head.countersignatures, entry.one];
    heads[heads.indexOf(head)] = { ...head, countersignatures };
  }

  #at({ logId, size }: Pick<Line, 'logId' | 'size'>): HeadRecord | undefined {
    return this.#heads.get(toHex(logId))?.findLast(({ signed }) => signed.head.size === size);
  }
}

const hasWitness = ({ countersignatures }: HeadRecord, { identityPk }: Witnessed): boolean =>
  countersignatures.some((known) => equalBytes(known.identityPk, identityPk));

const logAt = (path: string): AppendLogOptions => ({ path, kind: KIND, maxBodyBytes: entryCodec.maxBytes });

function freeName(disk: Disk, path: string): string {
  for (let n = 1; ; n++) {
    const name = `${path}.damaged-${n}`;
    if (disk.read(name) === undefined) return name;
  }
}
