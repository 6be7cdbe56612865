import { equalBytes, fromHex, to0x } from '../../crypto/bytes.ts';
import { InputError } from '../../crypto/errors.ts';
import {
  type LogEntry,
  type LogOwner,
  chainStart,
  decodeLogEntry,
  encodeLogEntry,
  entryHash,
  logIdOf,
} from './entry.ts';
import { headerLine, lineError, readHeaderLine } from './lines.ts';
import { MerkleFrontier, leafHash } from './merkle.ts';

const KIND = 'conclave-log';
/** The bytes of the entry stand last in its line, so that no text of an entry can be taken for them. */
const ENTRY = /,"entry":"(0x[0-9a-f]*)"\}$/;
const TRAILER = /^\{"end":true,"count":\d+,"root":"0x[0-9a-f]{64}","chain":"0x[0-9a-f]{64}"\}$/;

/** What a whole log comes to. */
export interface LogSummary extends LogOwner {
  /** How many entries there are. */
  readonly count: number;
  /** Root of the tree over them, and `entryHash` of the newest or `chainStart`; 32 bytes each. */
  readonly root: Uint8Array;
  readonly chain: Uint8Array;
}

/** One entry, with its place in the file. */
export interface LogLine {
  readonly entry: LogEntry;
  /** From 1. */
  readonly line: number;
  /** File, line and entry, for what is said about it. */
  readonly where: string;
  /** `leafHash` of the entry, 32 bytes. */
  readonly leaf: Uint8Array;
}

/** Values as people read them: bytes in hex, all else as it is. */
function readable(value: unknown): unknown {
  if (value instanceof Uint8Array) return to0x(value);
  if (Array.isArray(value)) return value.map(readable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, readable(field)]));
}

/** An entry as people and programs read it: what its line in the export holds. */
export const readableEntry = (entry: LogEntry): object => {
  const { seq, atMs, keyId, epochNo, event } = entry;
  const fields = { seq, atMs, keyId: to0x(keyId), epochNo, event: readable(event) };
  return { ...fields, entry: to0x(encodeLogEntry(entry)) };
};

const entryLine = (entry: LogEntry): string => JSON.stringify(readableEntry(entry));

const trailerLine = ({ count, root, chain }: Omit<LogSummary, keyof LogOwner>): string =>
  JSON.stringify({ end: true, count, root: to0x(root), chain: to0x(chain) });

/** What goes on behind every line that was written or read. */
class Progress {
  readonly #frontier = new MerkleFrontier();
  chain: Uint8Array;

  constructor(of: LogOwner) {
    this.chain = chainStart(logIdOf(of));
  }

  get count(): number {
    return this.#frontier.size;
  }

  add(bytes: Uint8Array): Uint8Array {
    const leaf = leafHash(bytes);
    this.#frontier.append(leaf);
    this.chain = entryHash(bytes);
    return leaf;
  }

  sum(): Omit<LogSummary, keyof LogOwner> {
    return { count: this.count, root: this.#frontier.root(), chain: this.chain };
  }
}

/** Writes `log.jsonl`, a line at a time: each call gives the next line, without its newline. */
export class LogWriter {
  readonly #of: LogOwner;
  readonly #progress: Progress;

  constructor(of: LogOwner) {
    this.#of = of;
    this.#progress = new Progress(of);
  }

  /** The first line. */
  header(): string {
    return headerLine(KIND, this.#of);
  }

  /** The line of the next entry. */
  entry(entry: LogEntry): string {
    this.#progress.add(encodeLogEntry(entry));
    return entryLine(entry);
  }

  /** The last line: how many entries there are, and the root and the chain over them. */
  trailer(): string {
    return trailerLine(this.#progress.sum());
  }
}

/**
 * Reads `log.jsonl`, a line at a time, with the memory of one line. Every line is written again from its
 * entry and compared, every number, link and the root are computed again; an error names file, line, entry
 * and check.
 */
export class LogReader {
  readonly #file: string;
  #line = 0;
  #of: LogOwner | undefined;
  #progress: Progress | undefined;
  #hasEnded = false;

  /** `file` is what errors call the file. */
  constructor(file: string) {
    this.#file = file;
  }

  /** Whose log it is, once the first line was read. */
  get owner(): LogOwner | undefined {
    return this.#of;
  }

  /**
   * Takes the next line, without its newline. Returns its entry, or `undefined` for the first and the last
   * line.
   * @throws InputError log-form | log-name | log-sequence | log-chain | log-root, with file, line and entry
   */
  read(text: string): LogLine | undefined {
    this.#line += 1;
    const where = `${this.#file} line ${this.#line}`;
    if (this.#progress === undefined) {
      this.#of = readHeaderLine(KIND, text, where);
      this.#progress = new Progress(this.#of);
      return undefined;
    }
    if (this.#hasEnded) throw lineError('log-form', where, 'stands behind the last line');
    const [, hex] = ENTRY.exec(text) ?? [];
    if (hex !== undefined) return this.#entry(text, hex, this.#progress);
    this.#end(text, this.#progress, where);
    return undefined;
  }

  /** What the log comes to. @throws InputError log-truncated before its last line was read */
  finish(): LogSummary {
    if (this.#of === undefined || this.#progress === undefined || !this.#hasEnded)
      throw lineError('log-truncated', `${this.#file} line ${this.#line + 1}`, 'is missing: the log goes on');
    return { ...this.#of, ...this.#progress.sum() };
  }

  #entry(text: string, hex: string, progress: Progress): LogLine {
    const where = `${this.#file} line ${this.#line} entry ${progress.count}`;
    const bytes = fromHex(hex);
    if (bytes === undefined) throw lineError('log-form', where, 'has an odd number of hex digits');
    const entry = readBytes(bytes, where);
    if (entryLine(entry) !== text)
      throw lineError('log-form', where, 'says something else in words than in bytes');
    if (entry.seq !== progress.count)
      throw lineError('log-sequence', where, `has the number ${entry.seq} instead of ${progress.count}`);
    if (!equalBytes(entry.prev, progress.chain))
      throw lineError('log-chain', where, 'does not follow from what stands before it');
    const leaf = progress.add(bytes);
    return { entry, line: this.#line, where, leaf };
  }

  #end(text: string, progress: Progress, where: string): void {
    if (!TRAILER.test(text)) throw lineError('log-form', where, 'is neither an entry nor the end of a log');
    if (text !== trailerLine(progress.sum()))
      throw lineError(
        'log-root',
        `${where} entry ${progress.count}`,
        `states another count, root or chain than that of the ${progress.count} entries before it`,
      );
    this.#hasEnded = true;
  }
}

function readBytes(bytes: Uint8Array, where: string): LogEntry {
  try {
    return decodeLogEntry(bytes, 'entry');
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw lineError('log-form', where, `is no entry: ${error.message}`);
  }
}
