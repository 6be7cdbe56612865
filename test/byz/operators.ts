import { bigintToBytes, bytesToBigint, concat, equalBytes, u32 } from '../../src/crypto/bytes.ts';
import { type Leaf, type Schema, leavesOf } from '../../src/crypto/codec.ts';
import type { Rng } from '../../src/crypto/secp256k1.ts';
import { G, Point, q } from '../../src/crypto/secp256k1.ts';
import { primitives } from '../../src/crypto/primitives.ts';

/** One way to change the encoding of a message, and the part of it that is changed. */
export interface Mutation {
  /** Path of the leaf, with positions: `.F[2]`, or what is done to the whole: `(bytes)`, `.F(items)`. */
  readonly at: string;
  readonly operator: string;
  readonly bytes: Uint8Array;
}

/**
 * The encodings that a liar has at hand beside its own: the same message of another party, and of another
 * session.
 */
export interface AtHand {
  readonly otherParty?: Uint8Array | undefined;
  readonly otherSession?: Uint8Array | undefined;
  /** How many parties there are: an index above is nobody's. */
  readonly parties: number;
}

type Change = readonly [operator: string, value: Uint8Array];

const filled = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value);
const flipped = (bytes: Uint8Array, bit: number): Uint8Array =>
  bytes.map((byte, k) => (k === bit >> 3 ? byte ^ (0x80 >> (bit & 7)) : byte));

/** Changes of any bytes of a fixed length. */
const ofBytes = (value: Uint8Array, rng: Rng): readonly Change[] => [
  ['first bit', flipped(value, 0)],
  ['middle bit', flipped(value, value.length * 4)],
  ['last bit', flipped(value, value.length * 8 - 1)],
  ['random', rng(value.length)],
  ['zeros', filled(value.length, 0)],
  ['ones', filled(value.length, 255)],
];

const ofScalar = (value: Uint8Array): readonly Change[] => {
  const at = (n: bigint): Uint8Array => bigintToBytes(n, 32);
  const own = bytesToBigint(value);
  return [
    ['zero', at(0n)],
    ['one', at(1n)],
    ['q - 1', at(q - 1n)],
    ['q', at(q)],
    ['q + 1', at(q + 1n)],
    ['2^256 - 1', at((1n << 256n) - 1n)],
    ['negated', at((q - own) % q)],
    ['plus one', at((own + 1n) % q)],
    ['last bit', flipped(value, 255)],
  ];
};

/** The next x that is not on the curve. */
function offCurve(value: Uint8Array): Uint8Array {
  const out = value.slice();
  do out[32] = ((out[32] ?? 0) + 1) & 255;
  while (primitives().parsePoint(out) !== undefined);
  return out;
}

const doubled = (value: Uint8Array): readonly Change[] => {
  if (primitives().parsePoint(value) === undefined) return [];
  const point = Point.fromBytes(value);
  return [
    ['doubled', point.add(point).toBytes()],
    ['plus G', point.add(G).toBytes()],
  ];
};

const ofPoint = (value: Uint8Array): readonly Change[] => [
  ['identity', filled(33, 0)],
  ['negated', value.map((byte, k) => (k === 0 ? byte ^ 1 : byte))],
  ['off the curve', offCurve(value)],
  ['x above p', concat(Uint8Array.of(2), filled(32, 255))],
  ['uncompressed prefix', value.map((byte, k) => (k === 0 ? 4 : byte))],
  ['hybrid prefix', value.map((byte, k) => (k === 0 ? 6 : byte))],
  ['generator', G.toBytes()],
  ...doubled(value),
];

const ofInteger = (value: Uint8Array, parties: number): readonly Change[] => {
  const width = value.length;
  const top = (1n << BigInt(8 * width)) - 1n;
  const own = bytesToBigint(value);
  const numbers = [0n, 1n, 2n, 3n, 4n, 5n, BigInt(parties + 1), own + 1n, own - 1n, top >> 1n, top];
  const proper = [...new Set(numbers)].filter((n) => n >= 0n && n <= top);
  return proper.map((n) => [`is ${n === top ? 'the largest' : n}`, bigintToBytes(n, width)]);
};

/** Changes of content, and of the length that stands before it. */
function ofBlob(value: Uint8Array, maxBytes: number, rng: Rng): readonly Change[] {
  const content = value.subarray(4);
  const inner: readonly Change[] = content.length === 0 ? [] : ofBytes(content, rng);
  const sized = (bytes: Uint8Array): Uint8Array => concat(u32(bytes.length), bytes);
  return [
    ...inner.map(([operator, bytes]) => [operator, sized(bytes)] as const),
    ['empty', sized(new Uint8Array(0))],
    ['one byte less', sized(content.subarray(0, Math.max(content.length - 1, 0)))],
    ['one byte more', sized(concat(content, Uint8Array.of(0)))],
    ['length one too large', concat(u32(content.length + 1), content)],
    ['length over the limit', concat(u32(maxBytes + 1), content)],
    ['largest length', concat(filled(4, 255), content)],
  ];
}

function changesOf(schema: Schema, value: Uint8Array, rng: Rng, parties: number): readonly Change[] {
  switch (schema.kind) {
    case 'bytes':
      return ofBytes(value, rng);
    case 'scalar':
      return ofScalar(value);
    case 'point':
    case 'group-point':
      return ofPoint(value);
    case 'integer':
      return ofInteger(value, parties);
    case 'blob':
      return ofBlob(value, schema.maxBytes, rng);
    default:
      return [];
  }
}

const valueAt = (bytes: Uint8Array, { offset, length }: Leaf): Uint8Array =>
  bytes.subarray(offset, offset + length);
const replaced = (
  bytes: Uint8Array,
  { offset, length }: Pick<Leaf, 'offset' | 'length'>,
  value: Uint8Array,
): Uint8Array => concat(bytes.subarray(0, offset), value, bytes.subarray(offset + length));

/** Positions of a long array that are changed: the first, the last and two others, the same in every run. */
const chosenPositions = (count: number, rng: Rng): ReadonlySet<number> => {
  const [a = 0, b = 0, c = 0, d = 0] = rng(4);
  return new Set([0, count - 1, (256 * a + b) % count, (256 * c + d) % count]);
};

/** Arrays up to this length are changed in every position. */
const SHORT = 4;

/** The leaves that are changed: all, but of long arrays four positions. */
export function chosenLeaves(leaves: readonly Leaf[], rng: Rng): readonly Leaf[] {
  const counts = new Map<string, number>();
  const places = ({ path }: Leaf): (readonly [array: string, position: number])[] =>
    [...path.matchAll(/\[(\d+)\]/g)].map((found) => [
      path.slice(0, found.index).replaceAll(/\d+/g, '*'),
      Number(found[1]),
    ]);
  for (const [array, position] of leaves.flatMap(places))
    counts.set(array, Math.max(counts.get(array) ?? 0, position + 1));
  const chosen = new Map(
    [...counts].map(([array, count]) => [array, count <= SHORT ? undefined : chosenPositions(count, rng)]),
  );
  return leaves.filter((leaf) =>
    places(leaf).every(([array, position]) => chosen.get(array)?.has(position) ?? true),
  );
}

/** Every change of every leaf. */
function leafMutations(schema: Schema, bytes: Uint8Array, atHand: AtHand, rng: Rng): readonly Mutation[] {
  const leaves = leavesOf(schema, bytes);
  const elsewhere = (other: Uint8Array | undefined, leaf: Leaf): Uint8Array | undefined => {
    const same = other && leavesOf(schema, other).find(({ path }) => path === leaf.path);
    return other && same && valueAt(other, same);
  };
  return chosenLeaves(leaves, rng).flatMap((leaf) => {
    const own = changesOf(leaf.schema, valueAt(bytes, leaf), rng, atHand.parties);
    const copied = [
      ['that of another party', elsewhere(atHand.otherParty, leaf)],
      ['that of another session', elsewhere(atHand.otherSession, leaf)],
    ] as const;
    const all = [...own, ...copied.flatMap(([name, value]) => (value ? [[name, value] as const] : []))];
    return all.map(([operator, value]) => ({ at: leaf.path, operator, bytes: replaced(bytes, leaf, value) }));
  });
}

/** Arrays of a message: the slice of each item. */
function arraysOf(leaves: readonly Leaf[]): ReadonlyMap<string, readonly Pick<Leaf, 'offset' | 'length'>[]> {
  const arrays = new Map<string, Map<number, { offset: number; length: number }>>();
  for (const { path, offset, length } of leaves) {
    const found = /^(.*?)\[(\d+)\]/.exec(path);
    if (found === null) continue;
    const [, array = '', position = '0'] = found;
    const items = arrays.get(array) ?? new Map<number, { offset: number; length: number }>();
    const item = items.get(Number(position)) ?? { offset, length: 0 };
    items.set(Number(position), { offset: item.offset, length: offset + length - item.offset });
    arrays.set(array, items);
  }
  return new Map([...arrays].map(([array, items]) => [array, [...items.values()]]));
}

/** Items in another order, twice, missing, or too many. */
function arrayMutations(schema: Schema, bytes: Uint8Array): readonly Mutation[] {
  const slice = ({ offset, length }: Pick<Leaf, 'offset' | 'length'>): Uint8Array =>
    bytes.subarray(offset, offset + length);
  return [...arraysOf(leavesOf(schema, bytes))].flatMap(([array, items]) => {
    const [first, second, last] = [items[0], items[1], items.at(-1)];
    if (first === undefined || last === undefined) return [];
    const all = { offset: first.offset, length: last.offset + last.length - first.offset };
    const made = (operator: string, parts: readonly Uint8Array[]): Mutation => ({
      at: `${array}(items)`,
      operator,
      bytes: replaced(bytes, all, concat(...parts)),
    });
    const own = items.map(slice);
    const swapped =
      second === undefined ? [] : [made('reordered', [slice(second), slice(first), ...own.slice(2)])];
    const repeated =
      second === undefined ? [] : [made('first one twice', [...own.slice(0, -1), slice(first)])];
    return [
      ...swapped,
      ...repeated,
      made('last one dropped', own.slice(0, -1)),
      made('one appended', [...own, slice(last)]),
      made('none', []),
    ];
  });
}

const wholeMutations = (bytes: Uint8Array): readonly Mutation[] =>
  [
    ['one byte less', bytes.subarray(0, Math.max(bytes.length - 1, 0))],
    ['one byte more', concat(bytes, Uint8Array.of(0))],
    ['empty', new Uint8Array(0)],
    ['twice', concat(bytes, bytes)],
  ].map(([operator, changed]) => ({
    at: '(bytes)',
    operator: String(operator),
    bytes: changed as Uint8Array,
  }));

/** The count that stands before the items of a list. */
const countMutations = (schema: Schema, bytes: Uint8Array, { parties }: AtHand): readonly Mutation[] =>
  schema.kind !== 'list'
    ? []
    : ofInteger(bytes.subarray(0, 4), parties).map(([operator, count]) => ({
        at: '(count)',
        operator,
        bytes: replaced(bytes, { offset: 0, length: 4 }, count),
      }));

/** Every change of one message that is a change: its leaves, its arrays, its length. */
export function mutationsOf(
  schema: Schema,
  bytes: Uint8Array,
  atHand: AtHand,
  rng: Rng,
): readonly Mutation[] {
  const all = [
    ...leafMutations(schema, bytes, atHand, rng),
    ...arrayMutations(schema, bytes),
    ...countMutations(schema, bytes, atHand),
    ...wholeMutations(bytes),
  ];
  const seen: Uint8Array[] = [bytes];
  return all.filter((mutation) => {
    if (seen.some((other) => equalBytes(other, mutation.bytes))) return false;
    seen.push(mutation.bytes);
    return true;
  });
}

/** A path without its positions: `.F[*]`. */
export const starred = (path: string): string => path.replaceAll(/\[\d+\]/g, '[*]');
