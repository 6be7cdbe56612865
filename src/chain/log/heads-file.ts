import { equalBytes, fromHex, to0x } from '../../crypto/bytes.ts';
import {
  type Codec,
  attempt,
  blob,
  decode,
  encode,
  fixed,
  indexCodec,
  list,
  struct,
} from '../../crypto/codec.ts';
import { MAX_MEMBERS } from '../../protocols/epoch.ts';
import { type LogOwner, logIdOf } from './entry.ts';
import {
  type Countersignature,
  type SignedHead,
  signedHeadCodec,
  verifyCountersignature,
  verifyHead,
} from './head.ts';
import { headerLine, lineError, readHeaderLine } from './lines.ts';

const KIND = 'conclave-heads';
const RECORD = /,"record":"(0x[0-9a-f]*)"\}$/;
const TRAILER = /^\{"end":true,"count":\d+\}$/;

/** A countersignature, and the identity key under which it can be verified, 32 bytes. */
export interface Witnessed extends Countersignature {
  readonly identityPk: Uint8Array;
}

/** A signed head that a node keeps: of its own log, or of another's that it countersigned. */
export interface HeadRecord {
  /** Identity key of the owner of the log, 32 bytes. */
  readonly owner: Uint8Array;
  /** Which of the owner's logs: empty for the first, or 16 bytes. */
  readonly instance: Uint8Array;
  readonly signed: SignedHead;
  /** Whose keys these are, and that they are members, is for who knows the epoch. */
  readonly countersignatures: readonly Witnessed[];
}

/** The codec of a countersignature with its key. */
export const witnessedCodec: Codec<Witnessed> = struct<Witnessed>({
  member: indexCodec,
  signature: fixed(64),
  identityPk: fixed(32),
});

/** The codec of what a node keeps of a head. */
export const headRecordCodec: Codec<HeadRecord> = struct<HeadRecord>({
  owner: fixed(32),
  instance: blob(16),
  signed: signedHeadCodec,
  countersignatures: list(witnessedCodec, MAX_MEMBERS),
});

/** A head as people and programs read it: what its line in the export holds. */
export function readableHead(record: HeadRecord): object {
  const { logId, size, atMs, root, chain } = record.signed.head;
  return {
    owner: to0x(record.owner),
    logId: to0x(logId),
    size,
    atMs,
    root: to0x(root),
    chain: to0x(chain),
    countersigned: record.countersignatures.map(({ member }) => member),
    record: to0x(encode(headRecordCodec, record)),
  };
}

const recordLine = (record: HeadRecord): string => JSON.stringify(readableHead(record));
const trailerLine = (count: number): string => JSON.stringify({ end: true, count });

/** The lines of `heads.jsonl`, without newlines: whose file it is, the heads, and how many they are. */
export function* writeHeads(keeper: LogOwner, records: Iterable<HeadRecord>): Generator<string, void> {
  yield headerLine(KIND, keeper);
  let count = 0;
  for (const record of records) {
    yield recordLine(record);
    count += 1;
  }
  yield trailerLine(count);
}

/** A head of an export, with its place in the file. */
export interface HeadLine {
  readonly record: HeadRecord;
  /** File and line, for what is said about it. */
  readonly where: string;
}

/**
 * Reads `heads.jsonl`, a line at a time. Every signature is verified; which keys are those of members is for
 * who knows the epochs.
 */
export class HeadsReader {
  readonly #file: string;
  #line = 0;
  #count = 0;
  #keeper: LogOwner | undefined;
  #hasEnded = false;

  /** `file` is what errors call the file. */
  constructor(file: string) {
    this.#file = file;
  }

  /** Who keeps the file, once the first line was read. */
  get keeper(): LogOwner | undefined {
    return this.#keeper;
  }

  /**
   * Takes the next line, without its newline. Returns its head, or `undefined` for the first and the last
   * line.
   * @throws InputError log-form | log-name | log-signature | log-root, with file and line
   */
  read(text: string): HeadLine | undefined {
    this.#line += 1;
    const where = `${this.#file} line ${this.#line}`;
    if (this.#keeper === undefined) {
      this.#keeper = readHeaderLine(KIND, text, where);
      return undefined;
    }
    if (this.#hasEnded) throw lineError('log-form', where, 'stands behind the last line');
    const [, hex] = RECORD.exec(text) ?? [];
    if (hex === undefined) {
      this.#end(text, where);
      return undefined;
    }
    this.#count += 1;
    return { record: recordIn(text, { hex, where, cluster: this.#keeper.cluster }), where };
  }

  /** @throws InputError log-truncated before the last line was read */
  finish(): LogOwner {
    if (this.#keeper === undefined || !this.#hasEnded)
      throw lineError(
        'log-truncated',
        `${this.#file} line ${this.#line + 1}`,
        'is missing: the file goes on',
      );
    return this.#keeper;
  }

  #end(text: string, where: string): void {
    if (!TRAILER.test(text)) throw lineError('log-form', where, 'is neither a head nor the end of the file');
    if (text !== trailerLine(this.#count))
      throw lineError('log-root', where, `states another count than the ${this.#count} heads before it`);
    this.#hasEnded = true;
  }
}

interface Found {
  readonly hex: string;
  readonly where: string;
  readonly cluster: Uint8Array;
}

function recordIn(text: string, { hex, where, cluster }: Found): HeadRecord {
  const bytes = fromHex(hex);
  const record = bytes && attempt(() => decode(headRecordCodec, bytes, 'record'));
  if (record === undefined || recordLine(record) !== text)
    throw lineError('log-form', where, 'is not what its head is written as');
  const { owner, instance, signed } = record;
  if (!equalBytes(signed.head.logId, logIdOf({ owner, cluster, instance })))
    throw lineError('log-name', where, 'is a head of another log than that of its owner');
  if (!verifyHead(owner, signed)) throw lineError('log-signature', where, 'is not signed by the owner');
  for (const one of record.countersignatures)
    if (!verifyCountersignature(one.identityPk, signed.head, one))
      throw lineError('log-signature', where, `is not countersigned by member ${one.member}`);
  return record;
}
