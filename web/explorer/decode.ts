/** What a node said is not what it must say. The message names the field, never more of it. */
export class Malformed extends Error {}

/** Makes a value of what a node answered. @throws Malformed */
export type Decoder<T> = (value: unknown, path: string) => T;

const refuse = (path: string, wanted: string): Malformed => new Malformed(`${path} is not ${wanted}`);

/** A number of JSON-RPC; of at most 256 bits. */
export const quantity: Decoder<bigint> = (value, path) => {
  if (typeof value === 'string' && /^0x[0-9a-fA-F]{1,64}$/.test(value)) return BigInt(value);
  throw refuse(path, 'a number');
};

/** Bytes as hex, in lower case. */
export const bytes: Decoder<string> = (value, path) => {
  if (typeof value === 'string' && /^0x([0-9a-fA-F]{2})*$/.test(value)) return value.toLowerCase();
  throw refuse(path, 'a byte string');
};

const fixed =
  (length: number): Decoder<string> =>
  (value, path) => {
    const found = bytes(value, path);
    if (found.length === 2 + 2 * length) return found;
    throw refuse(path, `${length} bytes`);
  };

/** 32 bytes. */
export const hash32: Decoder<string> = fixed(32);
/** 20 bytes. */
export const account: Decoder<string> = fixed(20);

/** A text of whatever content: to be shown as text, and cut. */
export const text: Decoder<string> = (value, path) => {
  if (typeof value === 'string') return value.slice(0, 300);
  throw refuse(path, 'a text');
};

/** Milliseconds since the Unix epoch that a calendar has. */
export const time: Decoder<number> = (value, path) => {
  if (typeof value === 'number' && value >= 0 && value <= 8.64e15) return value;
  throw refuse(path, 'a time');
};

/** Null stays null; a field that is left out counts as null. */
export const orNull =
  <T>(decoder: Decoder<T>): Decoder<T | null> =>
  (value, path) =>
    value === null || value === undefined ? null : decoder(value, path);

/** A list, of at most so many. */
export const list =
  <T>(decoder: Decoder<T>, most: number): Decoder<readonly T[]> =>
  (value, path) => {
    if (!Array.isArray(value) || value.length > most) throw refuse(path, `a list of at most ${most}`);
    return value.map((item, i) => decoder(item, `${path}[${i}]`));
  };

type Shape<T> = { readonly [K in keyof T]: Decoder<T[K]> };

/** An object with these fields; others are left out. */
export const object =
  <T>(shape: Shape<T>): Decoder<T> =>
  (value, path) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refuse(path, 'an object');
    const fields = new Map(Object.entries(value));
    const out: Partial<T> = {};
    for (const name in shape) out[name] = shape[name](fields.get(name), `${path}.${name}`);
    // Every field of the shape has been decoded.
    return out as T;
  };

/** One of these words. */
export const word =
  <W extends string>(...words: readonly W[]): Decoder<W> =>
  (value, path) => {
    const found = words.find((one) => one === value);
    if (found !== undefined) return found;
    throw refuse(path, `one of ${words.join(', ')}`);
  };

/** True or false. */
export const flag: Decoder<boolean> = (value, path) => {
  if (typeof value === 'boolean') return value;
  throw refuse(path, 'true or false');
};
