import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { bigintToBytes, concat, toHex } from '../../../src/crypto/bytes.ts';
import { decode, encode } from '../../../src/crypto/codec.ts';
import { Bug, InputError } from '../../../src/crypto/errors.ts';
import {
  G,
  Point,
  act,
  actBase,
  actPublic,
  add,
  invert,
  multiply,
  p,
  pointCodec,
  q,
  randomScalar,
  scalar,
  scalarCodec,
  scalarToBytes,
  subtract,
  sum,
} from '../../../src/crypto/secp256k1.ts';
import { implementations, under } from '../../vectors/implementations.ts';

const anyScalar = fc.bigInt({ min: 0n, max: q - 1n }).map(scalar);

describe('scalars', () => {
  test('any integer has its residue', () => {
    expect([0n, q, -1n, q + 5n, -q].map((value) => scalar(value))).toEqual([0n, 0n, q - 1n, 5n, 0n]);
  });

  test('form a field', () => {
    fc.assert(
      fc.property(anyScalar, anyScalar, anyScalar, (a, b, c) => {
        expect(subtract(add(a, b), b)).toBe(a);
        expect(multiply(a, add(b, c))).toBe(add(multiply(a, b), multiply(a, c)));
        expect(sum([a, b, c])).toBe(add(a, add(b, c)));
        for (const value of [add(a, b), subtract(a, b), multiply(a, b)])
          expect(value >= 0n && value < q).toBe(true);
        if (a !== 0n) expect(multiply(a, invert(a))).toBe(1n);
      }),
    );
    expect(subtract(scalar(0n), scalar(1n))).toBe(q - 1n);
    expect(add(scalar(q - 1n), scalar(1n))).toBe(0n);
    expect(sum([])).toBe(0n);
    expect(invert(scalar(q - 1n))).toBe(q - 1n);
  });

  test('zero has no inverse', () => {
    expect(() => invert(scalar(0n))).toThrow(Bug);
  });

  test('a drawn scalar is the first draw in range: nothing is reduced', () => {
    const draws = [0n, q, q + 1n, 2n ** 256n - 1n, 9n].map((value) => bigintToBytes(value, 32));
    expect(randomScalar((length) => draws.shift()?.slice(0, length) ?? new Uint8Array(length))).toBe(9n);
    expect(draws).toHaveLength(0);
  });

  test('0 and q − 1 are read, and q, q + 1, all ones and other lengths are not', () => {
    for (const value of [0n, 1n, q - 1n]) expect(decode(scalarCodec, bigintToBytes(value, 32))).toBe(value);
    for (const value of [q, q + 1n, 2n ** 256n - 1n])
      expect(() => decode(scalarCodec, bigintToBytes(value, 32))).toThrow(InputError);
    for (const length of [0, 31, 33])
      expect(() => decode(scalarCodec, new Uint8Array(length))).toThrow(InputError);
  });
});

describe('points', () => {
  const twoG = G.add(G);

  test('the base point is that of the standard, on every implementation', () => {
    for (const implementation of implementations)
      expect(under(implementation, () => actBase(scalar(1n))).equals(G)).toBe(true);
    expect(toHex(G.toBytes())).toBe('0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798');
  });

  test('form a group with the identity', () => {
    const none = Point.identity;
    expect(G.add(none).equals(G)).toBe(true);
    expect(none.add(G).equals(G)).toBe(true);
    expect(none.add(none).isIdentity).toBe(true);
    expect(G.subtract(G).isIdentity).toBe(true);
    expect(G.add(G.negate()).isIdentity).toBe(true);
    expect(none.negate().isIdentity).toBe(true);
    expect(twoG.subtract(G).equals(G)).toBe(true);
    expect(Point.sum([]).isIdentity).toBe(true);
    expect(Point.sum([none, none]).isIdentity).toBe(true);
    expect(Point.sum([G, none, G]).equals(twoG)).toBe(true);
  });

  test('equality tells points, their negatives and the identity apart', () => {
    expect(G.equals(twoG)).toBe(false);
    expect(G.equals(G.negate())).toBe(false);
    expect(G.equals(Point.identity)).toBe(false);
    expect(Point.identity.equals(G)).toBe(false);
    expect(Point.identity.equals(Point.identity)).toBe(true);
  });

  test('all three actions are one, and linear', () => {
    fc.assert(
      fc.property(anyScalar, anyScalar, (a, b) => {
        const point = actBase(a);
        expect(act(a, G).equals(point)).toBe(true);
        expect(actPublic(a, G).equals(point)).toBe(true);
        expect(act(b, point).equals(actBase(multiply(a, b)))).toBe(true);
        expect(point.add(actBase(b)).equals(actBase(add(a, b)))).toBe(true);
      }),
    );
  });

  test('zero and the identity act as they should, without a throw', () => {
    const zero = scalar(0n);
    for (const point of [actBase(zero), act(zero, G), actPublic(zero, G)])
      expect(point.isIdentity).toBe(true);
    for (const action of [act, actPublic]) expect(action(scalar(5n), Point.identity).isIdentity).toBe(true);
    expect(actBase(scalar(q - 1n)).equals(G.negate())).toBe(true);
  });

  test('x and parity are those of the encoding', () => {
    expect(G.x).toBe(0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798n);
    expect([G.yParity, G.negate().yParity]).toEqual([0, 1]);
    expect(G.negate().x).toBe(G.x);
  });

  test('the identity has no encoding, no x and no parity', () => {
    const none = Point.identity;
    for (const use of [() => none.toBytes(), () => none.uncompressed, () => none.x, () => none.yParity])
      expect(use).toThrow(expect.objectContaining({ code: 'identity' }));
  });

  test('an encoding cannot be used to change a point', () => {
    const point = actBase(scalar(3n));
    point.toBytes().fill(0);
    expect(point.equals(actBase(scalar(3n)))).toBe(true);
  });
});

describe('the form of a point', () => {
  const bytes = encode(pointCodec, G);

  test('is 33 bytes and back', () => {
    expect(bytes).toHaveLength(33);
    expect(decode(pointCodec, bytes).equals(G)).toBe(true);
    expect(decode(pointCodec, encode(pointCodec, G.negate())).equals(G.negate())).toBe(true);
  });

  test('is no other', () => {
    const x = bytes.subarray(1);
    const refused = [
      G.uncompressed,
      new Uint8Array(33),
      concat(Uint8Array.of(4), x),
      concat(Uint8Array.of(5), x),
      concat(Uint8Array.of(2), bigintToBytes(p, 32)),
      concat(Uint8Array.of(2), scalarToBytes(scalar(5n))),
      x,
      concat(bytes, Uint8Array.of(0)),
    ];
    for (const encoded of refused)
      expect(() => decode(pointCodec, encoded, 'R')).toThrow(expect.objectContaining({ code: 'malformed' }));
  });

  test('of 65 bytes is read where it is asked for', () => {
    expect(Point.fromBytes(G.uncompressed).equals(G)).toBe(true);
    expect(() => Point.fromBytes(G.uncompressed.subarray(1), 'key')).toThrow('key is no point of secp256k1');
  });
});
