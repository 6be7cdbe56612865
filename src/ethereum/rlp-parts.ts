import { concat } from '../crypto/bytes.ts';
import { assert } from '../crypto/errors.ts';
import { rlpInteger } from './rlp.ts';

// RLP where speed counts: lists are put together of parts that are encoded already, and only bytes of our
// own are taken apart. What comes from outside is read by rlp.ts. [Ethereum yellow paper, appendix B]

const STRING = 0x80;
const LIST = 0xc0;
/** The longest content whose length stands in the first byte. */
const SHORT = 55;

function prefixed(base: number, content: Uint8Array): Uint8Array {
  const length = content.length;
  const lengthBytes = length <= SHORT ? 0 : length < 0x100 ? 1 : length < 0x1_0000 ? 2 : 4;
  // Only the shortest form of a length is canonical.
  const used = lengthBytes === 4 && length < 0x100_0000 ? 3 : lengthBytes;
  const out = new Uint8Array(1 + used + length);
  out[0] = used === 0 ? base + length : base + SHORT + used;
  for (let i = used, rest = length; i > 0; i--, rest = Math.floor(rest / 256)) out[i] = rest % 256;
  out.set(content, 1 + used);
  return out;
}

/** A string of bytes as a part. */
export const rlpBytes = (bytes: Uint8Array): Uint8Array =>
  bytes.length === 1 && (bytes[0] ?? 0) < STRING ? bytes : prefixed(STRING, bytes);

/** An integer that is not negative, as a part. */
export const rlpNumber = (value: bigint): Uint8Array => rlpBytes(rlpInteger(value));

/** A list of encoded parts, itself a part. */
export const rlpList = (parts: readonly Uint8Array[]): Uint8Array => prefixed(LIST, concat(...parts));

/** Where the content of the part at `at` begins and ends. */
function extent(bytes: Uint8Array, at: number): readonly [from: number, to: number] {
  const first = bytes[at];
  assert(first !== undefined, 'a part begins behind the end');
  if (first < STRING) return [at, at + 1];
  const length = first - (first < LIST ? STRING : LIST);
  if (length <= SHORT) return bounded(bytes, at + 1, length);
  let long = 0;
  for (let i = 1; i <= length - SHORT; i++) long = long * 256 + (bytes[at + i] ?? 0);
  return bounded(bytes, at + 1 + length - SHORT, long);
}

function bounded(bytes: Uint8Array, from: number, length: number): readonly [from: number, to: number] {
  assert(from + length <= bytes.length, 'a part ends behind the end');
  return [from, from + length];
}

/** The encoded parts of a list that `rlpList` wrote. @throws Bug for anything else */
export function partsOf(list: Uint8Array): readonly Uint8Array[] {
  assert((list[0] ?? 0) >= LIST, 'bytes where a list belongs');
  const [from, to] = extent(list, 0);
  assert(to === list.length, 'bytes behind the end of a list');
  const parts: Uint8Array[] = [];
  for (let at = from; at < to;) {
    const [, end] = extent(list, at);
    parts.push(list.subarray(at, end));
    at = end;
  }
  return parts;
}

/** Whether a part is a list. */
export const isListPart = (part: Uint8Array): boolean => (part[0] ?? 0) >= LIST;

/** The bytes of a part that `rlpBytes` wrote. @throws Bug for a list */
export function bytesOf(part: Uint8Array): Uint8Array {
  assert(!isListPart(part), 'a list where bytes belong');
  const [from, to] = extent(part, 0);
  return part.subarray(from, to);
}
