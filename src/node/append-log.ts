import { ascii, bytesToBigint, concat, equalBytes, u32 } from '../crypto/bytes.ts';
import { InputError, assert } from '../crypto/errors.ts';
import { taggedHash } from '../crypto/hash.ts';
import { tags } from '../crypto/tags.ts';
import type { Disk } from '../system/ports.ts';

/** Which file, and what may be in it. */
export interface AppendLogOptions {
  /** Path in the data folder. */
  readonly path: string;
  /** What the records are, at most 32 ASCII characters: a log of one kind is never read as another. */
  readonly kind: string;
  /** The longest body, in bytes. Longer ones are a bug when written and damage when read. */
  readonly maxBodyBytes: number;
}

/** First bytes of every log, with the version of the format. */
const MAGIC: Uint8Array = ascii('conclog1');
const LENGTH_BYTES = 4;
const CHECK_BYTES = 8;
const OVERHEAD_BYTES = LENGTH_BYTES + CHECK_BYTES;

/**
 * A file of records, each bound to all before it. `magic ‖ (u32 length ‖ body ‖ 8 bytes of the chain hash)*`,
 * where the chain starts from the kind and goes on as H(log/chain; previous, body). [security, 3.2 rule 3]
 */
export class AppendLog {
  readonly #disk: Disk;
  readonly #options: AppendLogOptions;
  #head: Uint8Array;
  #count: number;
  #isEmpty: boolean;

  private constructor(disk: Disk, options: AppendLogOptions, found: Found) {
    this.#disk = disk;
    this.#options = options;
    this.#head = found.head;
    this.#count = found.bodies.length;
    this.#isEmpty = found.soundBytes === 0;
  }

  /**
   * Opens or starts a log and returns the bodies of its records. An incomplete last record is cut off: it was
   * never durable, so nobody has acted on it. Any other fault stops the node.
   * @throws InputError safety-state-damaged, naming the offset; what `Disk` throws
   */
  static open(disk: Disk, options: AppendLogOptions): { log: AppendLog; bodies: readonly Uint8Array[] } {
    assert(options.kind.length <= 32, `${options.kind} is too long for the kind of a log`);
    const bytes = disk.read(options.path) ?? new Uint8Array(0);
    const found = scan(bytes, options);
    if (found.damage !== undefined) throw found.damage;
    if (found.soundBytes < bytes.length) disk.truncate(options.path, found.soundBytes);
    // Who wrote them may have been killed before its fsync, and what is read here is acted on.
    else if (bytes.length > 0) disk.append(options.path, new Uint8Array(0));
    return { log: new AppendLog(disk, options, found), bodies: found.bodies };
  }

  /**
   * Puts a log of these bodies in the place of whatever is there, whole or not at all. Nothing is read back:
   * whoever went on with the former log behind a new file would break its chain. @throws what `Disk` throws
   */
  static replace(disk: Disk, options: AppendLogOptions, bodies: readonly Uint8Array[]): AppendLog {
    const bytes = encodeLog(options.kind, bodies);
    disk.replace(options.path, bytes);
    return new AppendLog(disk, options, scan(bytes, options));
  }

  /** The chain hash over all records, 32 bytes. */
  get head(): Uint8Array {
    return this.#head.slice();
  }

  /** How many records there are. */
  get count(): number {
    return this.#count;
  }

  /**
   * Appends one record; durable when this returns. After an error the log is as before.
   * @throws what `Disk` throws
   */
  append(body: Uint8Array): void {
    const { path, maxBodyBytes } = this.#options;
    assert(body.length <= maxBodyBytes, `${path}: a record of ${body.length} bytes, at most ${maxBodyBytes}`);
    const head = next(this.#head, body);
    const record = concat(u32(body.length), body, head.subarray(0, CHECK_BYTES));
    this.#disk.append(path, this.#isEmpty ? concat(MAGIC, record) : record);
    this.#isEmpty = false;
    this.#head = head;
    this.#count += 1;
  }
}

/** The chain hash of a log of these bodies, 32 bytes: what `AppendLog.head` says of it. */
export const chainHeadOf = (kind: string, bodies: readonly Uint8Array[]): Uint8Array =>
  bodies.reduce<Uint8Array>(next, taggedHash(tags.logChain, ascii(kind)));

/** A log of these bodies, in one piece: it replaces a whole file, or is not there at all. */
export function encodeLog(kind: string, bodies: readonly Uint8Array[]): Uint8Array {
  let head = taggedHash(tags.logChain, ascii(kind));
  const records = bodies.map((body) => {
    head = next(head, body);
    return concat(u32(body.length), body, head.subarray(0, CHECK_BYTES));
  });
  return bodies.length === 0 ? new Uint8Array(0) : concat(MAGIC, ...records);
}

/** What is sound of a log, from its beginning, and what ends it, if that is damage. Nothing is changed. */
export function readLog(
  disk: Pick<Disk, 'read'>,
  options: AppendLogOptions,
): { readonly bodies: readonly Uint8Array[]; readonly damage: InputError | undefined } {
  const { bodies, damage } = scan(disk.read(options.path) ?? new Uint8Array(0), options);
  return { bodies, damage };
}

interface Found {
  readonly bodies: readonly Uint8Array[];
  readonly head: Uint8Array;
  /** Bytes up to the end of the last whole record. */
  readonly soundBytes: number;
  /** What is wrong with the record that follows, if it is more than incomplete. */
  readonly damage: InputError | undefined;
}

function next(head: Uint8Array, body: Uint8Array): Uint8Array {
  return taggedHash(tags.logChain, head, body);
}

function scan(bytes: Uint8Array, options: AppendLogOptions): Found {
  const bodies: Uint8Array[] = [];
  let head = taggedHash(tags.logChain, ascii(options.kind));
  let at = MAGIC.length;
  // A magic without a record is cut off too: the first record brings it.
  const found = (damage?: InputError): Found => ({
    ...{ bodies, head, damage },
    soundBytes: bodies.length === 0 ? 0 : at,
  });
  const start = bytes.subarray(0, MAGIC.length);
  if (!equalBytes(start, MAGIC.subarray(0, start.length)))
    return found(damaged(options.path, 0, 'is no log of format 1'));
  while (at < bytes.length) {
    const rest = bytes.subarray(at);
    const length = lengthAt(rest);
    if (length > options.maxBodyBytes) return found(damaged(options.path, at, `announces ${length} bytes`));
    if (rest.length < OVERHEAD_BYTES + length) {
      if (holdsAnotherLength(rest, head)) return found(damaged(options.path, at, 'has a false length'));
      break;
    }
    if (!isRecord(rest, length, head)) return found(damaged(options.path, at, 'does not continue the chain'));
    const body = rest.slice(LENGTH_BYTES, LENGTH_BYTES + length);
    bodies.push(body);
    head = next(head, body);
    at += OVERHEAD_BYTES + length;
  }
  return found();
}

/** The announced length; 0 if not even that is complete. */
const lengthAt = (rest: Uint8Array): number =>
  rest.length < LENGTH_BYTES ? 0 : Number(bytesToBigint(rest.subarray(0, LENGTH_BYTES)));

function isRecord(rest: Uint8Array, length: number, head: Uint8Array): boolean {
  const end = LENGTH_BYTES + length;
  const check = rest.subarray(end, end + CHECK_BYTES);
  return equalBytes(check, next(head, rest.subarray(LENGTH_BYTES, end)).subarray(0, CHECK_BYTES));
}

/**
 * Whether an incomplete record is really a whole one with one byte of its length changed: without this
 * question such a flaw in the middle of the file would look like its torn end, and all that follows would be
 * cut off.
 */
function holdsAnotherLength(rest: Uint8Array, head: Uint8Array): boolean {
  if (rest.length < OVERHEAD_BYTES) return false;
  for (let place = 0; place < LENGTH_BYTES; place++)
    for (let value = 0; value < 256; value++) {
      const start = rest.slice(0, LENGTH_BYTES);
      start[place] = value;
      const length = lengthAt(start);
      if (length + OVERHEAD_BYTES <= rest.length && isRecord(rest, length, head)) return true;
    }
  return false;
}

const damaged = (path: string, offset: number, what: string): InputError =>
  new InputError('safety-state-damaged', path, `${path}: the record at byte ${offset} ${what}`);
