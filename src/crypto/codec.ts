import { type PartyIndex, partyIndex } from './brand.ts';
import { bigintToBytes, bytesToBigint, concat, u16, u32, u64, u8 } from './bytes.ts';
import { InputError, assert } from './errors.ts';

/** What a field is, for people and for the tests that mutate every field of every message. */
export type Schema =
  | { readonly kind: 'bytes'; readonly length: number }
  | { readonly kind: 'blob'; readonly maxBytes: number }
  | { readonly kind: 'integer'; readonly bytes: number }
  | { readonly kind: 'scalar' | 'point' | 'group-point'; readonly length: number }
  | { readonly kind: 'vector'; readonly item: Schema; readonly count: number }
  | { readonly kind: 'list'; readonly item: Schema; readonly maxCount: number }
  | { readonly kind: 'struct'; readonly fields: readonly (readonly [name: string, schema: Schema])[] }
  | { readonly kind: 'union'; readonly shapes: readonly (readonly [name: string, schema: Schema])[] };

/**
 * One canonical encoding: `decode` throws on every byte string that `encode` does not make.
 * Integers are big-endian; there are no optional fields; decoding never reduces, pads or trims.
 */
export interface Codec<T> {
  readonly schema: Schema;
  /** The longest encoding there is, in bytes; checked before anything is allocated. */
  readonly maxBytes: number;
  readonly write: (value: T) => Uint8Array;
  readonly read: (from: Reader, path: string) => T;
}

/** The type of the values of a codec. */
export type Decoded<C> = C extends Codec<infer T> ? T : never;

/** A cursor over bytes that refuses to read past the end. */
export interface Reader {
  readonly take: (length: number, path: string) => Uint8Array;
}

/** The canonical bytes of a value. */
export const encode = <T>(codec: Codec<T>, value: NoInfer<T>): Uint8Array => codec.write(value);

/** The value of canonical bytes. @throws InputError malformed, with the path of the field */
export function decode<T>(codec: Codec<T>, bytes: Uint8Array, path = 'message'): T {
  if (bytes.length > codec.maxBytes)
    throw malformed(path, `has ${bytes.length} bytes, at most ${codec.maxBytes} are allowed`);
  let at = 0;
  const take = (length: number, field: string): Uint8Array => {
    if (at + length > bytes.length) throw malformed(field, `ends ${at + length - bytes.length} bytes early`);
    at += length;
    return bytes.subarray(at - length, at);
  };
  const value = codec.read({ take }, path);
  if (at !== bytes.length) throw malformed(path, `has ${bytes.length - at} bytes behind its end`);
  return value;
}

/** A value, or `undefined` where a decoder refuses: for what cannot be read and so counts as not shown. */
export function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

/** The error of a decoder: the bytes at `path` are not what the codec writes. */
export const malformed = (path: string, what: string): InputError =>
  new InputError('malformed', path, `${path} ${what}`);

/** Exactly `length` bytes. */
export const fixed = (length: number): Codec<Uint8Array> => ({
  schema: { kind: 'bytes', length },
  maxBytes: length,
  write: (value) => {
    assert(value.length === length, `${value.length} bytes where ${length} belong`);
    return value;
  },
  read: (from, path) => from.take(length, path),
});

/** Up to `maxBytes` bytes behind their length, a u32. */
export const blob = (maxBytes: number): Codec<Uint8Array> => ({
  schema: { kind: 'blob', maxBytes },
  maxBytes: 4 + maxBytes,
  write: (value) => {
    assert(value.length <= maxBytes, `${value.length} bytes where at most ${maxBytes} belong`);
    return concat(u32(value.length), value);
  },
  read: (from, path) => {
    const length = Number(bytesToBigint(from.take(4, path)));
    if (length > maxBytes) throw malformed(path, `has ${length} bytes, at most ${maxBytes} are allowed`);
    return from.take(length, path);
  },
});

/** ASCII text of up to `maxBytes` printable characters, behind its length. */
export function text(maxBytes: number): Codec<string> {
  const bytes = blob(maxBytes);
  return {
    schema: bytes.schema,
    maxBytes: bytes.maxBytes,
    write: (value) => {
      assert(/^[ -~]*$/.test(value), 'a text of other than printable ASCII characters');
      return bytes.write(Uint8Array.from(value, (c) => c.charCodeAt(0)));
    },
    read: (from, path) => {
      const value = bytes.read(from, path);
      if (!value.every((byte) => byte >= 32 && byte < 127)) throw malformed(path, 'is not printable ASCII');
      return String.fromCharCode(...value);
    },
  };
}

const integer = (bytes: 1 | 2 | 4, write: (value: number) => Uint8Array): Codec<number> => ({
  schema: { kind: 'integer', bytes },
  maxBytes: bytes,
  write,
  read: (from, path) => Number(bytesToBigint(from.take(bytes, path))),
});

/** An unsigned integer of one byte. */
export const u8Codec: Codec<number> = integer(1, u8);
/** An unsigned integer of two bytes. */
export const u16Codec: Codec<number> = integer(2, u16);
/** An unsigned integer of four bytes. */
export const u32Codec: Codec<number> = integer(4, u32);

/** An unsigned integer of eight bytes. */
export const u64Codec: Codec<bigint> = {
  schema: { kind: 'integer', bytes: 8 },
  maxBytes: 8,
  write: u64,
  read: (from, path) => bytesToBigint(from.take(8, path)),
};

/** An unsigned integer of 32 bytes, as the EVM has them. */
export const u256Codec: Codec<bigint> = {
  schema: { kind: 'integer', bytes: 32 },
  maxBytes: 32,
  write: (value) => bigintToBytes(value, 32),
  read: (from, path) => bytesToBigint(from.take(32, path)),
};

/** A party index: u16, not zero. */
export const indexCodec: Codec<PartyIndex> = {
  schema: { kind: 'integer', bytes: 2 },
  maxBytes: 2,
  write: u16,
  read: (from, path) => {
    const value = u16Codec.read(from, path);
    if (value === 0) throw malformed(path, 'is zero');
    return partyIndex(value, path);
  },
};

/** Exactly `count` items, without a count on the wire: the protocol fixes it. */
export const vector = <T>(item: Codec<T>, count: number): Codec<readonly T[]> => ({
  schema: { kind: 'vector', item: item.schema, count },
  maxBytes: item.maxBytes * count,
  write: (values) => {
    assert(values.length === count, `${values.length} items where ${count} belong`);
    return concat(...values.map(item.write));
  },
  read: (from, path) => Array.from({ length: count }, (_, i) => item.read(from, `${path}[${i}]`)),
});

/** Up to `maxCount` items behind their count, a u32. */
export const list = <T>(item: Codec<T>, maxCount: number): Codec<readonly T[]> => ({
  schema: { kind: 'list', item: item.schema, maxCount },
  maxBytes: 4 + item.maxBytes * maxCount,
  write: (values) => {
    assert(values.length <= maxCount, `${values.length} items where at most ${maxCount} belong`);
    return concat(u32(values.length), ...values.map(item.write));
  },
  read: (from, path) => {
    const count = Number(bytesToBigint(from.take(4, path)));
    if (count > maxCount) throw malformed(path, `has ${count} items, at most ${maxCount} are allowed`);
    return Array.from({ length: count }, (_, i) => item.read(from, `${path}[${i}]`));
  },
});

/** The codecs of the fields of `T`, in wire order. */
export type Fields<T> = { readonly [K in keyof T]: Codec<T[K]> };

/** Fields one after another, in the order of `fields`. */
export function struct<T extends object>(fields: Fields<T>): Codec<T> {
  const names = Object.keys(fields) as (keyof T & string)[];
  return {
    schema: { kind: 'struct', fields: names.map((name) => [name, fields[name].schema] as const) },
    maxBytes: names.reduce((sum, name) => sum + fields[name].maxBytes, 0),
    write: (value) => concat(...names.map((name) => fields[name].write(value[name]))),
    read: (from, path) =>
      Object.fromEntries(names.map((name) => [name, fields[name].read(from, `${path}.${name}`)])) as T,
  };
}

/** The codecs of the shapes of `T`, each without its `kind`. */
export type Shapes<T extends { readonly kind: string }> = {
  readonly [K in T['kind']]: Codec<Omit<Extract<T, { readonly kind: K }>, 'kind'>>;
};

/** One of several shapes, told apart by `kind`: on the wire a byte, its place in `shapes`, and the shape. */
export function union<T extends { readonly kind: string }>(shapes: Shapes<T>): Codec<T> {
  const names = Object.keys(shapes) as T['kind'][];
  return {
    schema: { kind: 'union', shapes: names.map((name) => [name, shapes[name].schema] as const) },
    maxBytes: 1 + Math.max(...names.map((name) => shapes[name].maxBytes)),
    write: (value) => {
      const kind: T['kind'] = value.kind;
      return concat(u8(names.indexOf(kind)), (shapes[kind] as unknown as Codec<T>).write(value));
    },
    read: (from, path) => {
      const kind = names[u8Codec.read(from, `${path}.kind`)];
      if (kind === undefined) throw malformed(`${path}.kind`, 'names no shape');
      return { kind, ...shapes[kind].read(from, `${path}.${kind}`) } as unknown as T;
    },
  };
}

/** What a round carries when it carries nothing. */
export type None = Readonly<Record<string, never>>;
/** The codec of nothing: no bytes. */
export const None: Codec<None> = struct<None>({});

/** One value of a message: where it stands in the bytes, and what it is. */
export interface Leaf {
  readonly path: string;
  readonly offset: number;
  readonly length: number;
  readonly schema: Schema;
}

/** Every leaf of the encoding `bytes` of a value of this schema, so that a test can change each of them. */
export function leavesOf(schema: Schema, bytes: Uint8Array, path = ''): readonly Leaf[] {
  const leaves: Leaf[] = [];
  const walk = (node: Schema, offset: number, where: string): number => {
    switch (node.kind) {
      case 'struct':
        return node.fields.reduce((at, [name, field]) => walk(field, at, `${where}.${name}`), offset);
      case 'vector':
        return repeat(node.item, node.count, offset, where);
      case 'list':
        return repeat(
          node.item,
          Number(bytesToBigint(bytes.subarray(offset, offset + 4))),
          offset + 4,
          where,
        );
      case 'union': {
        leaves.push({ path: `${where}.kind`, offset, length: 1, schema: u8Codec.schema });
        const [name, shape] = node.shapes[bytes[offset] ?? 0] ?? [];
        return shape === undefined ? offset + 1 : walk(shape, offset + 1, `${where}.${name ?? ''}`);
      }
      default: {
        const length = lengthOf(node, bytes, offset);
        leaves.push({ path: where, offset, length, schema: node });
        return offset + length;
      }
    }
  };
  const repeat = (item: Schema, count: number, offset: number, where: string): number => {
    let at = offset;
    for (let i = 0; i < count; i++) at = walk(item, at, `${where}[${i}]`);
    return at;
  };
  walk(schema, 0, path);
  return leaves;
}

type Simple = Exclude<Schema, { kind: 'struct' | 'vector' | 'list' | 'union' }>;

function lengthOf(leaf: Simple, bytes: Uint8Array, at: number): number {
  if (leaf.kind === 'blob') return 4 + Number(bytesToBigint(bytes.subarray(at, at + 4)));
  return leaf.kind === 'integer' ? leaf.bytes : leaf.length;
}
