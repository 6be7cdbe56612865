import { fromRlp, toRlp } from 'viem/utils';

import { bigintToBytes, bytesToBigint, equalBytes } from '../crypto/bytes.ts';
import { InputError, assert } from '../crypto/errors.ts';

/** What RLP encodes: bytes, or a list of items. */
export type RlpItem = Uint8Array | readonly RlpItem[];

/** The canonical encoding of an item. [Ethereum yellow paper, appendix B] */
export const encodeRlp = (item: RlpItem): Uint8Array => toRlp(item, 'bytes');

/** The item of canonical bytes: what encodes to anything else is refused. @throws InputError tx-malformed */
export function decodeRlp(bytes: Uint8Array, path: string): RlpItem {
  const item = tryDecode(bytes, path);
  // A longer form of a length, or bytes behind the end, would give one transaction a second hash.
  if (!equalBytes(encodeRlp(item), bytes)) throw malformedTx(path, 'is RLP in a form that is not canonical');
  return item;
}

function tryDecode(bytes: Uint8Array, path: string): RlpItem {
  if (bytes.length === 0) throw malformedTx(path, 'is empty');
  try {
    return fromRlp(bytes, 'bytes');
  } catch (cause) {
    throw new InputError('tx-malformed', path, `${path} is no RLP`, { cause });
  }
}

/** The error of a field that is not as Ethereum defines it. */
export const malformedTx = (path: string, what: string): InputError =>
  new InputError('tx-malformed', path, `${path} ${what}`);

/** An integer as RLP has it: big-endian without leading zeros, zero as no bytes. @throws Bug if negative */
export function rlpInteger(value: bigint): Uint8Array {
  assert(value >= 0n, 'RLP has no negative integers');
  return bigintToBytes(value, value === 0n ? 0 : Math.ceil(value.toString(16).length / 2));
}

/** An integer of at most `maxBytes` bytes. @throws InputError tx-malformed with leading zeros, or longer */
export function readInteger(item: RlpItem | undefined, maxBytes: number, path: string): bigint {
  const bytes = readBytes(item, path);
  if (bytes.length > maxBytes) throw malformedTx(path, `has ${bytes.length} bytes, at most ${maxBytes} fit`);
  if (bytes[0] === 0) throw malformedTx(path, 'has leading zeros');
  return bytesToBigint(bytes);
}

/** A string of bytes, of `length` bytes where one is given. @throws InputError tx-malformed */
export function readBytes(item: RlpItem | undefined, path: string, length?: number): Uint8Array {
  if (!(item instanceof Uint8Array)) throw malformedTx(path, 'is a list where bytes belong');
  if (length !== undefined && item.length !== length)
    throw malformedTx(path, `has ${item.length} bytes instead of ${length}`);
  return item;
}

/** A list. @throws InputError tx-malformed */
export function readList(item: RlpItem | undefined, path: string): readonly RlpItem[] {
  if (item === undefined || item instanceof Uint8Array)
    throw malformedTx(path, 'is bytes where a list belongs');
  return item;
}
