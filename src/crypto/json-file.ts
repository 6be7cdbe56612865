import { ascii, fromHex, latin1, to0x } from './bytes.ts';
import { InputError } from './errors.ts';

/** The fields of a JSON object, in the order of the file. */
export type JsonObject = ReadonlyMap<string, unknown>;

const MAX_FILE_BYTES = 1024 * 1024;

const damaged = (path: string, what: string, cause?: unknown): InputError =>
  new InputError('file-damaged', path, `${path} ${what}`, { cause });

/** Deepest nesting of any of our files, with room. */
const MAX_DEPTH = 16;

/**
 * Parses JSON of a few levels. What is nested deeper would exhaust the stack of whoever writes or walks it,
 * so that it is refused before anything is made of it. @throws InputError file-damaged
 */
export function parseJson(text: string, path: string): unknown {
  if (isDeep(text)) throw damaged(path, `is nested more than ${MAX_DEPTH} levels deep`);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw damaged(path, 'is no JSON', error);
  }
}

/** Brackets inside of strings do not count; strings, most of every file, are jumped over. */
function isDeep(text: string): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"') at = endOfString(text, at);
    else if (character === ']' || character === '}') depth--;
    else if ((character === '[' || character === '{') && ++depth > MAX_DEPTH) return true;
  }
  return false;
}

/** Where the string ends that begins here: at a quote behind an even number of backslashes. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let escapes = 0;
    while (text[end - 1 - escapes] === '\\') escapes++;
    if (escapes % 2 === 0) return end;
  }
  return text.length;
}

/** The one form in which key files are written: two spaces, a newline at the end, ASCII only. */
export const writeJsonFile = (value: object): Uint8Array => ascii(`${JSON.stringify(value, undefined, 2)}\n`);

/**
 * Reads a key file. Only the form that `writeJsonFile` writes is accepted, so that no byte of a file can
 * change unnoticed; 1 MiB at most unless `maxBytes` says otherwise. @throws InputError file-truncated |
 * file-damaged
 */
export function readJsonFile(bytes: Uint8Array, path: string, maxBytes: number = MAX_FILE_BYTES): JsonObject {
  if (bytes.length > maxBytes) throw damaged(path, `has ${bytes.length} bytes`);
  if (bytes.at(-1) !== 0x0a || bytes.at(-2) !== 0x7d)
    throw new InputError('file-truncated', path, `${path} ends early, after ${bytes.length} bytes`);
  const text = latin1(bytes);
  const value = parseJson(text, path);
  const object = asObject(value, path);
  if (`${JSON.stringify(value, undefined, 2)}\n` !== text)
    throw damaged(path, 'is not in its canonical form');
  return object;
}

function asObject(value: unknown, path: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw damaged(path, 'is no object');
  return new Map(Object.entries(value));
}

/** The object in a field, with exactly these keys in this order. @throws InputError file-damaged */
export function objectIn(parent: JsonObject, key: string, keys: readonly string[], path: string): JsonObject {
  return withKeys(asObject(parent.get(key), `${path}: ${key}`), keys, `${path}: ${key}`);
}

/** Any object in a field. @throws InputError file-damaged */
export const anyObjectIn = (parent: JsonObject, key: string, path: string): JsonObject =>
  asObject(parent.get(key), `${path}: ${key}`);

/** The object itself, if it has exactly these keys in this order. @throws InputError file-damaged */
export function withKeys(object: JsonObject, keys: readonly string[], path: string): JsonObject {
  const found = [...object.keys()];
  if (found.length !== keys.length || found.some((key, i) => key !== keys[i]))
    throw damaged(path, `has the fields ${found.join(', ').slice(0, 200)} instead of ${keys.join(', ')}`);
  return object;
}

/** Printable ASCII text of at most 256 characters. @throws InputError file-damaged */
export function textIn(object: JsonObject, key: string, path: string): string {
  const value = object.get(key);
  if (typeof value !== 'string' || !/^[ -~]{0,256}$/.test(value))
    throw damaged(`${path}: ${key}`, 'is no text');
  return value;
}

/** Exactly this text. @throws InputError file-damaged */
export function literalIn(object: JsonObject, key: string, expected: string | number, path: string): void {
  if (object.get(key) !== expected) throw damaged(`${path}: ${key}`, `is not ${expected}`);
}

/** An integer from 0 to 2^32 - 1. @throws InputError file-damaged */
export function integerIn(object: JsonObject, key: string, path: string): number {
  const value = object.get(key);
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > 0xffff_ffff)
    throw damaged(`${path}: ${key}`, 'is no integer of 32 bits');
  return value;
}

/** `true` or `false`. @throws InputError file-damaged */
export function booleanIn(object: JsonObject, key: string, path: string): boolean {
  const value = object.get(key);
  if (typeof value !== 'boolean') throw damaged(`${path}: ${key}`, 'is neither true nor false');
  return value;
}

/** Bytes as `0x` and lower-case hex; of `length` bytes if it is given. @throws InputError file-damaged */
export function hexIn(object: JsonObject, key: string, path: string, length?: number): Uint8Array {
  const value = object.get(key);
  const bytes = typeof value === 'string' && value.startsWith('0x') ? fromHex(value) : undefined;
  if (bytes === undefined || to0x(bytes) !== value || (length !== undefined && bytes.length !== length))
    throw damaged(
      `${path}: ${key}`,
      `is not ${length === undefined ? '' : `${length} bytes of `}lower-case hex`,
    );
  return bytes;
}

/** The objects of a list in a field, at most `max` of them. @throws InputError file-damaged */
export const objectsIn = (
  object: JsonObject,
  key: string,
  max: number,
  path: string,
): readonly JsonObject[] =>
  listIn(object, key, max, path).map((item, i) => asObject(item, `${path}: ${key}[${i}]`));

/**
 * An unsigned integer of 64 bits as a decimal string, in its one spelling. @throws InputError file-damaged
 */
export function decimalIn(object: JsonObject, key: string, path: string): bigint {
  const value = object.get(key);
  if (typeof value !== 'string' || !/^(0|[1-9][0-9]{0,19})$/.test(value) || BigInt(value) >= 1n << 64n)
    throw damaged(`${path}: ${key}`, 'is no decimal string of 64 bits');
  return BigInt(value);
}

/** The texts of a list in a field. @throws InputError file-damaged */
export const textsIn = (object: JsonObject, key: string, max: number, path: string): readonly string[] =>
  listIn(object, key, max, path).map((item, i) =>
    textIn(new Map([['item', item]]), 'item', `${path}: ${key}[${i}]`),
  );

/** The 32-bit integers of a list in a field. @throws InputError file-damaged */
export const integersIn = (object: JsonObject, key: string, max: number, path: string): readonly number[] =>
  listIn(object, key, max, path).map((item, i) =>
    integerIn(new Map([['item', item]]), 'item', `${path}: ${key}[${i}]`),
  );

function listIn(object: JsonObject, key: string, max: number, path: string): readonly unknown[] {
  const value: unknown = object.get(key);
  if (!Array.isArray(value) || value.length > max)
    throw damaged(`${path}: ${key}`, `is no list of at most ${max}`);
  return value;
}
