import { concat, fromHex, latin1, to0x } from '../../crypto/bytes.ts';
import { InputError } from '../../crypto/errors.ts';
import { type LogOwner, logIdOf } from './entry.ts';

/** Longest line of an exported log, in bytes: the longest entry twice, in hex and in words, with room. */
export const MAX_LINE_BYTES = 32_768;

/** Hex digits of 32 bytes. */
const HEX32 = '0x[0-9a-f]{64}';
const HEADER = new RegExp(
  `^\\{"kind":"([a-z-]+)","version":1,"owner":"(${HEX32})","cluster":"(${HEX32})",` +
    `"instance":"(0x(?:[0-9a-f]{32})?)","logId":"${HEX32}"\\}$`,
);

/** Where in an exported log something is wrong: the check that failed, the file, the line, the entry. */
export const lineError = (check: string, where: string, what: string): InputError =>
  new InputError(check, where, `${where} ${what}`);

/** The first line of an exported file: of what kind it is, and whose. */
export const headerLine = (kind: string, of: LogOwner): string =>
  JSON.stringify({
    kind,
    version: 1,
    owner: to0x(of.owner),
    cluster: to0x(of.cluster),
    instance: to0x(of.instance),
    logId: to0x(logIdOf(of)),
  });

/** Whose the file is. @throws InputError log-form | log-name */
export function readHeaderLine(kind: string, text: string, where: string): LogOwner {
  const [, found, ...fields] = HEADER.exec(text) ?? [];
  const [owner, cluster, instance] = fields.map(fromHex);
  if (found !== kind || owner === undefined || cluster === undefined || instance === undefined)
    throw lineError('log-form', where, `does not begin a file of the kind ${kind}`);
  const of = { owner, cluster, instance };
  if (headerLine(kind, of) !== text)
    throw lineError('log-name', where, 'has another name than owner, cluster and instance give the log');
  return of;
}

/** Most lines of one file: a log of so many entries takes a gigabyte or two to audit. */
const MAX_LINES = 1_000_000;

/**
 * Takes the bytes of a file, piece by piece, and gives its lines. Between two pieces it holds a part of one
 * line: a file without an end of a line costs no more memory than the longest line.
 */
export class LineSplitter {
  readonly #file: string;
  readonly #maxLines: number;
  #begun: Uint8Array = new Uint8Array(0);
  #line = 1;

  /** `file` is what errors call the file. */
  constructor(file: string, maxLines: number = MAX_LINES) {
    this.#file = file;
    this.#maxLines = maxLines;
  }

  /** The lines that end in the next piece. @throws InputError log-form */
  *take(piece: Uint8Array): Generator<string, void> {
    let at = 0;
    for (let end = piece.indexOf(0x0a); end >= 0; end = piece.indexOf(0x0a, at)) {
      const line = this.#begun.length === 0 ? piece.subarray(at, end) : this.#whole(piece.subarray(at, end));
      this.#limit(line.length);
      this.#begun = new Uint8Array(0);
      this.#line += 1;
      yield latin1(line);
      at = end + 1;
    }
    this.#limit(this.#begun.length + piece.length - at);
    this.#begun = this.#whole(piece.subarray(at));
  }

  /**
   * The file has no more bytes; its last line has ended as all others do. @throws InputError log-truncated
   */
  end(): void {
    if (this.#begun.length > 0) throw lineError('log-truncated', this.#where(), 'ends with the file');
  }

  #whole = (rest: Uint8Array): Uint8Array => concat(this.#begun, rest);

  #where = (): string => `${this.#file} line ${this.#line}`;

  #limit(length: number): void {
    if (length > MAX_LINE_BYTES) throw lineError('log-form', this.#where(), `has ${length} bytes or more`);
    if (length > 0 && this.#line > this.#maxLines)
      throw lineError('log-form', this.#where(), `is one of more than ${this.#maxLines} lines`);
  }
}
