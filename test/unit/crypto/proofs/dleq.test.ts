import { describe, expect, test } from 'vitest';

import { ascii, concat, u32 } from '../../../../src/crypto/bytes.ts';
import { decode, encode } from '../../../../src/crypto/codec.ts';
import { seededRng } from '../../../../src/crypto/drbg.ts';
import { Bug, InputError } from '../../../../src/crypto/errors.ts';
import { hashToScalar, taggedHash } from '../../../../src/crypto/hash.ts';
import { type Statement, proofCodec, prove, verify } from '../../../../src/crypto/proofs/dleq.ts';
import type { Context } from '../../../../src/crypto/proofs/dlog.ts';
import {
  G,
  Point,
  act,
  actBase,
  actPublic,
  add,
  multiply,
  randomScalar,
  scalar,
} from '../../../../src/crypto/secp256k1.ts';

const rng = seededRng(taggedHash('test', ascii('dleq')));
const context: Context = { tag: 'dleq', parts: [ascii('sid'), u32(3), ascii('pid')] };
const x = randomScalar(rng);
const bases = [G, actBase(scalar(11n)), actBase(scalar(12n))];
const statement: Statement = { pairs: bases.map((base) => ({ base, image: act(x, base) })) };
const proof = prove(context, statement, { x }, rng);

/** The statement with the k-th pair changed. */
const changed = (k: number, change: Partial<Statement['pairs'][number]>): Statement => ({
  pairs: statement.pairs.map((pair, i) => (i === k ? { ...pair, ...change } : pair)),
});

describe('the proof of one logarithm', () => {
  test('an honest proof is accepted, for one pair and for several', () => {
    expect(verify(context, statement, proof)).toBe(true);
    const single = { pairs: statement.pairs.slice(0, 1) };
    expect(verify(context, single, prove(context, single, { x }, rng))).toBe(true);
  });

  test('the challenge covers the context, every pair, and every commitment', () => {
    const commitments = statement.pairs.map(({ base, image }) =>
      actPublic(proof.z, base).subtract(actPublic(proof.e, image)),
    );
    const points = [...statement.pairs.flatMap(({ base, image }) => [base, image]), ...commitments];
    expect(proof.e).toBe(hashToScalar('dleq', ...context.parts, ...points.map((point) => point.toBytes())));
  });

  test('another context is refused', () => {
    expect(verify({ ...context, tag: 'test' }, statement, proof)).toBe(false);
    for (let k = 0; k < context.parts.length; k++) {
      const parts = context.parts.map((part, i) => (i === k ? concat(part, Uint8Array.of(0)) : part));
      expect(verify({ ...context, parts }, statement, proof)).toBe(false);
    }
  });

  test('every base and every image is bound', () => {
    for (let k = 0; k < 3; k++) {
      const { base, image } = statement.pairs[k]!;
      expect(verify(context, changed(k, { base: base.add(G) }), proof)).toBe(false);
      expect(verify(context, changed(k, { image: image.add(G) }), proof)).toBe(false);
      expect(verify(context, changed(k, { base: base.negate(), image: image.negate() }), proof)).toBe(false);
    }
    expect(verify(context, { pairs: statement.pairs.slice(0, 2) }, proof)).toBe(false);
    expect(verify(context, { pairs: [...statement.pairs].reverse() }, proof)).toBe(false);
  });

  test('another challenge or response is refused', () => {
    const one = scalar(1n);
    expect(verify(context, statement, { ...proof, e: add(proof.e, one) })).toBe(false);
    expect(verify(context, statement, { ...proof, z: add(proof.z, one) })).toBe(false);
    expect(verify(context, statement, { e: scalar(0n), z: scalar(0n) })).toBe(false);
  });

  test('no pairs and the identity are refused without a throw', () => {
    expect(verify(context, { pairs: [] }, proof)).toBe(false);
    expect(verify(context, changed(1, { base: Point.identity }), proof)).toBe(false);
    expect(verify(context, changed(1, { image: Point.identity }), proof)).toBe(false);
  });

  test('a commitment that is the identity is refused without a throw', () => {
    const e = proof.e;
    expect(verify(context, statement, { e, z: multiply(e, x) })).toBe(false);
  });

  test('different logarithms make no proof', () => {
    const unequal = changed(2, { image: act(add(x, scalar(1n)), bases[2] ?? G) });
    expect(() => prove(context, unequal, { x }, rng)).toThrow(Bug);
    expect(() => prove(context, statement, { x: scalar(5n) }, rng)).toThrow(Bug);
    expect(() => prove(context, { pairs: [] }, { x }, rng)).toThrow(Bug);
    expect(() => prove(context, changed(0, { image: Point.identity }), { x }, rng)).toThrow(Bug);
  });
});

describe('its form', () => {
  const bytes = encode(proofCodec, proof);

  test('64 bytes and back', () => {
    expect(bytes).toHaveLength(64);
    expect(decode(proofCodec, bytes)).toEqual(proof);
  });

  test('every truncation and one byte too many are refused', () => {
    for (let length = 0; length < 64; length++)
      expect(() => decode(proofCodec, bytes.subarray(0, length))).toThrow(InputError);
    expect(() => decode(proofCodec, concat(bytes, Uint8Array.of(0)))).toThrow(InputError);
  });
});
