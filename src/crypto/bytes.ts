import { Bug, assert } from './errors.ts';

/**
 * Joins byte strings. Lengths are the caller's business: inside hashes use `taggedHash`, which prefixes them.
 */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Equality of public bytes. Secret ones are compared by `constantTimeEqual`. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** Equality without an early exit, for secret bytes of equal public length. */
export function constantTimeEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}

/** Order of byte strings, as of unsigned big-endian numbers of equal length; shorter prefixes first. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** `a ⊕ b` of equal length. */
export function xorBytes(a: Uint8Array, b: Uint8Array): Uint8Array {
  assert(a.length === b.length, `xor of ${a.length} and ${b.length} bytes`);
  return a.map((byte, i) => byte ^ (b[i] ?? 0));
}

/** Overwrites secrets that are no longer needed. Best effort: a garbage collector may hold older copies. */
export function wipe(...secrets: readonly Uint8Array[]): void {
  for (const secret of secrets) secret.fill(0);
}

function unsigned(value: number, bytes: number): Uint8Array {
  assert(
    Number.isSafeInteger(value) && value >= 0 && value < 2 ** (8 * bytes),
    `${value} is no u${8 * bytes}`,
  );
  const out = new Uint8Array(bytes);
  let rest = value;
  for (let i = bytes - 1; i >= 0; i--) {
    out[i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return out;
}

/** One byte. @throws Bug outside [0, 2^8) */
export const u8 = (value: number): Uint8Array => unsigned(value, 1);
/** Two bytes, big-endian. @throws Bug outside [0, 2^16) */
export const u16 = (value: number): Uint8Array => unsigned(value, 2);
/** Four bytes, big-endian: the width of an integer in a hash unless another is stated. @throws Bug outside */
export const u32 = (value: number): Uint8Array => unsigned(value, 4);

/** Eight bytes, big-endian. @throws Bug outside [0, 2^64) */
export const u64 = (value: bigint | number): Uint8Array => bigintToBytes(BigInt(value), 8);

/** The unsigned big-endian number that these bytes are. */
export function bytesToBigint(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let value = 0n;
  let at = 0;
  for (; at + 8 <= bytes.length; at += 8) value = (value << 64n) | view.getBigUint64(at);
  for (; at < bytes.length; at++) value = (value << 8n) | BigInt(view.getUint8(at));
  return value;
}

/** `value` as exactly `length` big-endian bytes. @throws Bug when it does not fit */
export function bigintToBytes(value: bigint, length: number): Uint8Array {
  if (value < 0n || value >> BigInt(8 * length) !== 0n)
    throw new Bug(`value does not fit in ${length} bytes`);
  const out = new Uint8Array(length);
  const view = new DataView(out.buffer);
  let rest = value;
  let at = length;
  for (; at >= 8; at -= 8) {
    view.setBigUint64(at - 8, BigInt.asUintN(64, rest));
    rest >>= 64n;
  }
  for (; at > 0; at--) {
    view.setUint8(at - 1, Number(rest & 255n));
    rest >>= 8n;
  }
  return out;
}

/** Characters that `String.fromCharCode` takes at a time: an argument list has a limit. */
const CHARACTERS_AT_A_TIME = 8192;

/** The text of which these bytes are the character codes, one byte a character. */
export function latin1(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += CHARACTERS_AT_A_TIME)
    text += String(
      Reflect.apply(String.fromCharCode, undefined, bytes.subarray(at, at + CHARACTERS_AT_A_TIME)),
    );
  return text;
}

/** Character code of a hex digit from 0 to 15: digits follow 48, letters 97. */
const digitCode = (value: number): number => (value < 10 ? 48 : 87) + value;

/** Value of the character code of a hex digit of either case, 16 for any other. */
function digitValue(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const lower = code | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : 16;
}

/** Lower-case hex without prefix. */
export function toHex(bytes: Uint8Array): string {
  const codes = new Uint8Array(2 * bytes.length);
  let at = 0;
  for (const byte of bytes) {
    codes[at++] = digitCode(byte >> 4);
    codes[at++] = digitCode(byte & 15);
  }
  return latin1(codes);
}

/** `0x` and lower-case hex, the form of bytes wherever people read. */
export const to0x = (bytes: Uint8Array): `0x${string}` => `0x${toHex(bytes)}`;

/** Bytes of an even number of hex digits, with or without `0x`; `undefined` for anything else. */
export function fromHex(text: string): Uint8Array | undefined {
  const start = text.startsWith('0x') ? 2 : 0;
  if (text.length % 2 !== 0) return undefined;
  const out = new Uint8Array((text.length - start) / 2);
  for (let i = 0, at = start; i < out.length; i++, at += 2) {
    const high = digitValue(text.charCodeAt(at));
    const low = digitValue(text.charCodeAt(at + 1));
    if ((high | low) > 15) return undefined;
    out[i] = (high << 4) | low;
  }
  return out;
}

/** Bytes of a text of ASCII characters. @throws Bug on any other character */
export function ascii(text: string): Uint8Array {
  const out = new Uint8Array(text.length);
  for (let i = 0; i < out.length; i++) {
    const code = text.charCodeAt(i);
    assert(code < 128, 'text is not ASCII');
    out[i] = code;
  }
  return out;
}
