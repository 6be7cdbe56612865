import { describe, expect, test } from 'vitest';

import { ascii, concat, u32 } from '../../../../src/crypto/bytes.ts';
import { decode, encode } from '../../../../src/crypto/codec.ts';
import { seededRng } from '../../../../src/crypto/drbg.ts';
import { Bug, InputError } from '../../../../src/crypto/errors.ts';
import { hashToScalar, taggedHash } from '../../../../src/crypto/hash.ts';
import { type Context, proofCodec, prove, verify } from '../../../../src/crypto/proofs/dlog.ts';
import { G, Point, actBase, actPublic, add, randomScalar, scalar } from '../../../../src/crypto/secp256k1.ts';

const rng = seededRng(taggedHash('test', ascii('dlog')));
const context: Context = { tag: 'test', parts: [ascii('sid'), u32(3), ascii('pid')] };
const x = randomScalar(rng);
const X = actBase(x);
const proof = prove(context, { X }, { x }, rng);

describe("Schnorr's proof", () => {
  test('an honest proof is accepted', () => {
    expect(verify(context, { X }, proof)).toBe(true);
  });

  test('the challenge covers the context, the statement and the commitment, in that order', () => {
    const e = scalar(hashToScalar('test', ...context.parts, X.toBytes(), proof.N.toBytes()));
    expect(actBase(proof.z).equals(proof.N.add(actPublic(e, X)))).toBe(true);
  });

  test('a proof under another tag, other parts, or parts joined otherwise is refused', () => {
    const others: readonly Context[] = [
      { ...context, tag: 'dkg/pok' },
      { ...context, parts: [ascii('sie'), u32(3), ascii('pid')] },
      { ...context, parts: [ascii('sid'), u32(4), ascii('pid')] },
      { ...context, parts: [ascii('sid'), u32(3)] },
      { ...context, parts: [concat(ascii('sid'), u32(3)), ascii('pid')] },
      { ...context, parts: [ascii('sid'), ascii('pid'), u32(3)] },
    ];
    for (const other of others) expect(verify(other, { X }, proof)).toBe(false);
  });

  test('another statement, commitment or response is refused', () => {
    expect(verify(context, { X: X.add(G) }, proof)).toBe(false);
    expect(verify(context, { X: X.negate() }, proof)).toBe(false);
    expect(verify(context, { X }, { ...proof, N: proof.N.add(G) })).toBe(false);
    expect(verify(context, { X }, { ...proof, z: add(proof.z, scalar(1n)) })).toBe(false);
    expect(verify(context, { X }, { ...proof, z: scalar(0n) })).toBe(false);
  });

  test('the identity is refused without a throw, as statement and as commitment', () => {
    expect(verify(context, { X: Point.identity }, proof)).toBe(false);
    expect(verify(context, { X }, { ...proof, N: Point.identity })).toBe(false);
  });

  test('two proofs of one statement have different nonces', () => {
    const second = prove(context, { X }, { x }, rng);
    expect(second.N.equals(proof.N)).toBe(false);
    expect(verify(context, { X }, second)).toBe(true);
  });

  test('a witness of another statement makes no proof', () => {
    expect(() => prove(context, { X }, { x: add(x, scalar(1n)) }, rng)).toThrow(Bug);
    expect(() => prove(context, { X: Point.identity }, { x: scalar(0n) }, rng)).toThrow();
  });
});

describe('its form', () => {
  const bytes = encode(proofCodec, proof);

  test('65 bytes and back', () => {
    expect(bytes).toHaveLength(65);
    expect(verify(context, { X }, decode(proofCodec, bytes))).toBe(true);
  });

  test('every truncation and one byte too many are refused', () => {
    for (let length = 0; length < 65; length++)
      expect(() => decode(proofCodec, bytes.subarray(0, length))).toThrow(InputError);
    expect(() => decode(proofCodec, concat(bytes, Uint8Array.of(0)))).toThrow(InputError);
  });

  test('one flipped bit is refused by the decoder or by the verifier', () => {
    for (let bit = 0; bit < 8 * 65; bit += 7) {
      const flipped = bytes.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
      expect(isAccepted(flipped)).toBe(false);
    }
  });
});

function isAccepted(bytes: Uint8Array): boolean {
  try {
    return verify(context, { X }, decode(proofCodec, bytes));
  } catch (error) {
    if (error instanceof InputError) return false;
    throw error;
  }
}
