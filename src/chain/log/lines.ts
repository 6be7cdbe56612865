import { fromHex, latin1, to0x } from '../../crypto/bytes.ts';
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

/**
 * The lines of a file, one after another, each of at most `MAX_LINE_BYTES`; the last one ends as all others
 * do.
 * @throws InputError log-truncated | log-form
 */
export function* linesIn(bytes: Uint8Array, file: string): Generator<string, void> {
  let line = 1;
  for (let at = 0; at < bytes.length; line++) {
    const end = bytes.indexOf(0x0a, at);
    const where = `${file} line ${line}`;
    if (end < 0) throw lineError('log-truncated', where, 'ends with the file');
    if (end - at > MAX_LINE_BYTES) throw lineError('log-form', where, `has ${end - at} bytes`);
    yield latin1(bytes.subarray(at, end));
    at = end + 1;
  }
}
