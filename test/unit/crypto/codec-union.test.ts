import { describe, expect, it } from 'vitest';

import {
  type Codec,
  decode,
  encode,
  fixed,
  leavesOf,
  struct,
  u16Codec,
  union,
} from '../../../src/crypto/codec.ts';
import { InputError } from '../../../src/crypto/errors.ts';

type Shape =
  | { readonly kind: 'point'; readonly x: number; readonly y: number }
  | { readonly kind: 'name'; readonly bytes: Uint8Array };
const codec: Codec<Shape> = union<Shape>({
  point: struct<{ readonly x: number; readonly y: number }>({ x: u16Codec, y: u16Codec }),
  name: struct<{ readonly bytes: Uint8Array }>({ bytes: fixed(3) }),
});
const point: Shape = { kind: 'point', x: 1, y: 2 };
const name: Shape = { kind: 'name', bytes: Uint8Array.of(7, 8, 9) };

describe('a union', () => {
  it('writes the place of the shape, then the shape', () => {
    expect([...encode(codec, point)]).toEqual([0, 0, 1, 0, 2]);
    expect([...encode(codec, name)]).toEqual([1, 7, 8, 9]);
    expect(codec.maxBytes).toBe(5);
  });
  it('reads back what it wrote', () => {
    for (const value of [point, name]) expect(decode(codec, encode(codec, value))).toEqual(value);
  });
  it('refuses an unknown shape, a shape of another length, and nothing', () => {
    for (const bytes of [[2, 0, 0, 0], [255], [0, 0, 1], [1, 7, 8, 9, 9], []])
      expect(() => decode(codec, Uint8Array.from(bytes))).toThrow(InputError);
  });
  it('tells where the fields of its shape stand', () => {
    const fields = (value: Shape): unknown =>
      leavesOf(codec.schema, encode(codec, value)).map((l) => [l.path, l.offset]);
    expect(fields(point)).toEqual([
      ['.kind', 0],
      ['.point.x', 1],
      ['.point.y', 3],
    ]);
    expect(fields(name)).toEqual([
      ['.kind', 0],
      ['.name.bytes', 1],
    ]);
  });
});
