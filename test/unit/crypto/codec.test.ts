import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { type PartyIndex, partyIndex } from '../../../src/crypto/brand.ts';
import { ascii, concat, toHex, u32 } from '../../../src/crypto/bytes.ts';
import {
  type Codec,
  None,
  attempt,
  blob,
  decode,
  encode,
  fixed,
  indexCodec,
  leavesOf,
  list,
  struct,
  text,
  u16Codec,
  u256Codec,
  u32Codec,
  u64Codec,
  u8Codec,
  union,
  vector,
} from '../../../src/crypto/codec.ts';
import { Bug, InputError } from '../../../src/crypto/errors.ts';
import {
  type Point,
  type Scalar,
  G,
  pointCodec,
  scalar,
  scalarCodec,
} from '../../../src/crypto/secp256k1.ts';

interface Everything {
  readonly tag: Uint8Array;
  readonly name: string;
  readonly body: Uint8Array;
  readonly small: number;
  readonly from: PartyIndex;
  readonly middle: number;
  readonly big: bigint;
  readonly word: bigint;
  readonly points: readonly Point[];
  readonly pairs: readonly { readonly at: number; readonly value: Scalar }[];
  readonly shape: Shape;
}
type Shape =
  | { readonly kind: 'none' }
  | { readonly kind: 'some'; readonly value: number }
  | { readonly kind: 'bytes'; readonly value: Uint8Array };

const everything: Codec<Everything> = struct<Everything>({
  tag: fixed(3),
  name: text(8),
  body: blob(8),
  small: u8Codec,
  from: indexCodec,
  middle: u32Codec,
  big: u64Codec,
  word: u256Codec,
  points: vector(pointCodec, 2),
  pairs: list(struct<Everything['pairs'][number]>({ at: u16Codec, value: scalarCodec }), 3),
  shape: union<Shape>({
    none: None,
    some: struct<{ value: number }>({ value: u8Codec }),
    bytes: struct<{ value: Uint8Array }>({ value: blob(4) }),
  }),
});

const value: Everything = {
  tag: ascii('tag'),
  name: 'node 1',
  body: ascii('body'),
  small: 200,
  from: partyIndex(7),
  middle: 70_000,
  big: 2n ** 63n,
  word: 2n ** 255n,
  points: [G, G.negate()],
  pairs: [
    { at: 1, value: scalar(5n) },
    { at: 2, value: scalar(-5n) },
  ],
  shape: { kind: 'bytes', value: ascii('x') },
};
const bytes = encode(everything, value);

const outcome = (input: Uint8Array): string => {
  try {
    return toHex(encode(everything, decode(everything, input)));
  } catch (error) {
    if (error instanceof InputError && error.code === 'malformed') return 'malformed';
    throw error;
  }
};

describe('a codec of everything', () => {
  test('gives the value back, and its bytes', () => {
    expect(decode(everything, bytes)).toEqual(value);
    expect(outcome(bytes)).toBe(toHex(bytes));
  });

  test('refuses every truncation', () => {
    for (let length = 0; length < bytes.length; length++)
      expect(outcome(bytes.subarray(0, length))).toBe('malformed');
  });

  test('refuses one byte too many, before and behind', () => {
    expect(outcome(concat(bytes, Uint8Array.of(0)))).toBe('malformed');
    expect(outcome(concat(Uint8Array.of(0), bytes))).not.toBe(toHex(bytes));
  });

  test('reads one flipped bit as another value or not at all', () => {
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const flipped = bytes.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
      expect(['malformed', toHex(flipped)]).toContain(outcome(flipped));
    }
  });

  test('reads no bytes but those that it writes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(bytes.length), (noise, at) => {
        const input = concat(bytes.subarray(0, at), noise, bytes.subarray(at + noise.length));
        expect(['malformed', toHex(input)]).toContain(outcome(input));
      }),
      { numRuns: 300 },
    );
  });

  test('names the field that is wrong', () => {
    expect(() => decode(everything, bytes.subarray(0, 2), 'spec')).toThrow(
      expect.objectContaining({ path: 'spec.tag', message: 'spec.tag ends 1 bytes early' }),
    );
  });

  test('does not read what is longer than it can be', () => {
    expect(() => decode(everything, new Uint8Array(everything.maxBytes + 1))).toThrow(
      /at most \d+ are allowed/,
    );
    const largest: Everything = {
      ...value,
      name: 'n'.repeat(8),
      body: new Uint8Array(8),
      pairs: Array.from({ length: 3 }, () => ({ at: 1, value: scalar(1n) })),
      shape: { kind: 'bytes', value: new Uint8Array(4) },
    };
    expect(encode(everything, largest)).toHaveLength(everything.maxBytes);
  });
});

describe('its parts', () => {
  const refused: readonly (readonly [what: string, read: () => unknown])[] = [
    ['a count above the maximum', () => decode(list(u8Codec, 3), concat(u32(4), ascii('abcd')))],
    ['a count above all memory', () => decode(list(u8Codec, 3), u32(2 ** 32 - 1))],
    ['a length above the maximum', () => decode(blob(3), concat(u32(4), ascii('abc')))],
    ['a length beyond the end', () => decode(blob(9), concat(u32(5), ascii('abcd')))],
    ['a text that is not printable', () => decode(text(3), concat(u32(1), Uint8Array.of(7)))],
    ['a text that is not ASCII', () => decode(text(3), concat(u32(1), Uint8Array.of(200)))],
    ['the index zero', () => decode(indexCodec, Uint8Array.of(0, 0))],
    ['a shape that there is not', () => decode(union<{ kind: 'one' }>({ one: None }), Uint8Array.of(1))],
    ['something where nothing belongs', () => decode(None, Uint8Array.of(0))],
  ];

  test.each(refused)('refuse %s', (_, read) => {
    expect(read).toThrow(InputError);
  });

  test('a value that does not fit is our own mistake', () => {
    for (const write of [
      () => encode(fixed(3), ascii('ab')),
      () => encode(blob(3), ascii('abcd')),
      () => encode(text(3), 'abcd'),
      () => encode(text(9), 'naïve'),
      () => encode(text(9), '\u0141'),
      () => encode(u8Codec, 256),
      () => encode(u256Codec, 2n ** 256n),
      () => encode(vector(u8Codec, 2), [1]),
      () => encode(list(u8Codec, 2), [1, 2, 3]),
    ])
      expect(write).toThrow(Bug);
  });

  test('integers are big-endian and as wide as their name', () => {
    expect(toHex(encode(u8Codec, 1))).toBe('01');
    expect(toHex(encode(u16Codec, 258))).toBe('0102');
    expect(toHex(encode(u32Codec, 258))).toBe('00000102');
    expect(toHex(encode(u64Codec, 258n))).toBe('0000000000000102');
    expect(toHex(encode(u256Codec, 258n))).toBe('0102'.padStart(64, '0'));
    expect(toHex(encode(None, {}))).toBe('');
  });
});

describe('the leaves of an encoding', () => {
  const leaves = leavesOf(everything.schema, bytes, 'message');

  test('cover every byte once, but for the counts of lists', () => {
    let at = 0;
    const gaps: number[] = [];
    for (const { offset, length } of leaves) {
      if (offset !== at) gaps.push(offset - at);
      at = offset + length;
    }
    expect(at).toBe(bytes.length);
    expect(gaps).toEqual([4]);
  });

  test('say where they are and what they are', () => {
    const at = (path: string) => leaves.find((leaf) => leaf.path === path);
    expect(at('message.tag')).toEqual({
      path: 'message.tag',
      offset: 0,
      length: 3,
      schema: { kind: 'bytes', length: 3 },
    });
    expect(at('message.points[1]')?.schema).toEqual({ kind: 'point', length: 33 });
    expect(at('message.pairs[1].value')?.schema).toEqual({ kind: 'scalar', length: 32 });
    expect(at('message.shape.kind')?.length).toBe(1);
    expect(at('message.shape.bytes.value')?.length).toBe(5);
    expect(leaves).toHaveLength(8 + 2 + 4 + 2);
  });

  test('point at the bytes of their values', () => {
    const leaf = leaves.find(({ path }) => path === 'message.pairs[0].value');
    const at = leaf?.offset ?? 0;
    expect(toHex(bytes.subarray(at, at + 32))).toBe('05'.padStart(64, '0'));
  });
});

describe('an attempt', () => {
  test('is the value, or nothing where a decoder refuses', () => {
    expect(attempt(() => 1)).toBe(1);
    expect(attempt(() => decode(fixed(2), new Uint8Array(3)))).toBeUndefined();
  });
  test('hides no mistake of ours', () => {
    expect(() =>
      attempt(() => {
        throw new Bug('ours');
      }),
    ).toThrow(Bug);
  });
});
