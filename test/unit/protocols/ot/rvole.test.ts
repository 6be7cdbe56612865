import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { bitAt } from '../../../../src/crypto/bits.ts';
import { bigintToBytes, bytesToBigint, concat, u32 } from '../../../../src/crypto/bytes.ts';
import { Bug } from '../../../../src/crypto/errors.ts';
import { hashToScalar, taggedHash } from '../../../../src/crypto/hash.ts';
import { type Scalar, add, multiply, q, scalar } from '../../../../src/crypto/secp256k1.ts';
import { tags } from '../../../../src/crypto/tags.ts';
import { aTildeBytes, multiplicationBytes } from '../../../../src/protocols/ot/messages.ts';
import { chiOf, rvoleAlice, rvoleBob } from '../../../../src/protocols/ot/rvole.ts';
import { gadget, xi } from '../../../../src/protocols/params.ts';
import { cheatingMessage } from './cheating-alice.ts';
import { extendedPair, seededRng, seededScalar, withFlippedBit } from './pair.ts';

type Extended = ReturnType<typeof extendedPair>;

function productHolds(pair: Extended, instance: number, inputs: readonly [Scalar, Scalar]): boolean {
  const place = { sidAB: pair.context.sidAB, instance };
  const sent = rvoleAlice(place, pair.atAlice, inputs, seededRng(`mask ${instance}`));
  const got = rvoleBob(place, pair.atBob, sent.message);
  const chi = chiOf(pair.atBob, instance);
  return got.ok && inputs.every((a, i) => add(sent.c[i]!, got.d[i]!) === multiply(a, chi));
}

const scalarAt = (bytes: Uint8Array, at: number): bigint => bytesToBigint(bytes.subarray(at, at + 32));

describe('multiplication', () => {
  it.each([1, 3, 4, 16])('c_i + d_i = a_i·χ in every instance of a batch of %i', (batch) => {
    const pair = extendedPair(`product ${batch}`, batch);
    const results = Array.from({ length: batch }, (_, s) =>
      productHolds(pair, s, [seededScalar(`r ${s}`), seededScalar(`sk ${s}`)]),
    );
    expect(results).toEqual(Array.from({ length: batch }, () => true));
  });

  it('the product holds at the edges of the field', () => {
    const pair = extendedPair('edges', 1);
    const edges = [0n, 1n, q - 1n].map(scalar);
    for (const a of edges) for (const b of edges) expect(productHolds(pair, 0, [a, b])).toBe(true);
  });

  it('χ is the sum of the gadget over the choice bits, and differs between instances', () => {
    const { atBob } = extendedPair('chi', 3);
    const chis = [0, 1, 2].map((s) => {
      const chosen = gadget().filter((_, j) => bitAt(atBob.choices, xi * s + j) === 1);
      expect(chiOf(atBob, s)).toBe(scalar(chosen.reduce((total, g) => total + g, 0n)));
      return chiOf(atBob, s);
    });
    expect(new Set(chis).size).toBe(3);
  });

  it('a bit turned on the wire is noticed, wherever it is', () => {
    const pair = extendedPair('wire', 1);
    const place = { sidAB: pair.context.sidAB, instance: 0 };
    const inputs = [seededScalar('r'), seededScalar('sk')] as const;
    const { message } = rvoleAlice(place, pair.atAlice, inputs, seededRng('mask'));
    const passes = (bit: number): boolean => rvoleBob(place, pair.atBob, withFlippedBit(message, bit)).ok;
    const edges = [
      7,
      8 * aTildeBytes - 1,
      8 * aTildeBytes + 7,
      8 * aTildeBytes + 263,
      8 * multiplicationBytes - 256,
    ];
    expect(edges.filter(passes)).toEqual([]);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: xi * 4 - 1 }), fc.integer({ min: 0, max: 7 }), (word, bit) => {
        expect(passes(8 * (32 * word + 31) + bit)).toBe(false);
      }),
      { numRuns: 20 },
    );
  });

  it('an Alice who alters ã before she hashes is noticed if and only if that β is set', () => {
    const pair = extendedPair('cheating Alice', 1);
    const place = { sidAB: pair.context.sidAB, instance: 0 };
    const inputs = [seededScalar('r'), seededScalar('sk')] as const;
    for (let n = 0; n < 48; n++) {
      const target = { j: (n * 41) % xi, w: n % 4 };
      const { ok } = rvoleBob(place, pair.atBob, cheatingMessage(pair, target, inputs));
      expect(ok).toBe(bitAt(pair.atBob.choices, target.j) === 0);
    }
  });

  it('an Alice who knew the challenge first could cheat unnoticed; it covers all of ã', () => {
    const pair = extendedPair('challenge first', 1);
    const { sidAB } = pair.context;
    const place = { sidAB, instance: 0 };
    const inputs = [seededScalar('r'), seededScalar('sk')] as const;
    const { message } = rvoleAlice(place, pair.atAlice, inputs, seededRng('mask'));
    const thetaOf = (bytes: Uint8Array): bigint => {
      const ad = taggedHash(tags.rvoleA, sidAB, pair.atAlice.dig, u32(0), bytes.subarray(0, aTildeBytes));
      return hashToScalar(tags.rvoleTheta, ad, u32(0), u32(0));
    };
    // She adds 1 to her first input in one OT and takes θ from the word that the check weighs it against.
    const j = Array.from({ length: xi }, (_, n) => n).find((n) => bitAt(pair.atBob.choices, n) === 1)!;
    const cheat = message.slice(0, aTildeBytes);
    const change = (w: number, by: bigint): void => {
      const at = 32 * (4 * j + w);
      cheat.set(bigintToBytes((((scalarAt(cheat, at) + by) % q) + q) % q, 32), at);
    };
    change(0, 1n);
    change(2, -thetaOf(message));
    // The term of repetition 0 that Bob checks, for a challenge: it moves by −θ (known) + θ (used).
    const moved = (theta: bigint): bigint => {
      const word = (bytes: Uint8Array, w: number): bigint => scalarAt(bytes, 32 * (4 * j + w));
      const term = (bytes: Uint8Array): bigint => word(bytes, 2) + theta * word(bytes, 0);
      return (((term(cheat) - term(message)) % q) + q) % q;
    };
    expect(moved(thetaOf(message))).toBe(0n);
    expect(moved(thetaOf(cheat))).not.toBe(0n);
    expect(rvoleBob(place, pair.atBob, concat(cheat, message.subarray(aTildeBytes))).ok).toBe(false);
  });

  it('the unnoticed cheat leaves the product as it was', () => {
    const pair = extendedPair('cheating Alice', 1);
    const place = { sidAB: pair.context.sidAB, instance: 0 };
    const inputs = [seededScalar('r'), seededScalar('sk')] as const;
    const j = gadget().findIndex((_, at) => bitAt(pair.atBob.choices, at) === 0);
    const honest = rvoleAlice(place, pair.atAlice, inputs, seededRng('mask'));
    const got = rvoleBob(place, pair.atBob, cheatingMessage(pair, { j, w: 0 }, inputs));
    expect(add(honest.c[0], got.d[0])).toBe(multiply(inputs[0], chiOf(pair.atBob, 0)));
  });

  it('a message of another instance or another session is not accepted', () => {
    const [pair, other] = [extendedPair('this', 3), extendedPair('that', 3)];
    const inputs = [seededScalar('r'), seededScalar('sk')] as const;
    const { sidAB } = pair.context;
    const { message } = rvoleAlice({ sidAB, instance: 0 }, pair.atAlice, inputs, seededRng('mask'));
    expect(rvoleBob({ sidAB, instance: 0 }, pair.atBob, message).ok).toBe(true);
    expect(rvoleBob({ sidAB, instance: 1 }, pair.atBob, message).ok).toBe(false);
    expect(rvoleBob({ sidAB: other.context.sidAB, instance: 0 }, pair.atBob, message).ok).toBe(false);
    expect(rvoleBob({ sidAB: other.context.sidAB, instance: 0 }, other.atBob, message).ok).toBe(false);
  });

  it('inputs are masked afresh in every instance', () => {
    const pair = extendedPair('masks', 3);
    const inputs = [seededScalar('r'), seededScalar('sk')] as const;
    const { sidAB } = pair.context;
    const rows = [0, 1, 2].flatMap((instance) => {
      const { message } = rvoleAlice({ sidAB, instance }, pair.atAlice, inputs, seededRng('same mask'));
      return Array.from({ length: 4 * xi }, (_, n) => String(message.subarray(32 * n, 32 * n + 32)));
    });
    expect(new Set(rows).size).toBe(rows.length);
  });

  it('a failed extension, bytes that are not canonical, and instances outside the batch are refused', () => {
    const pair = extendedPair('refused', 1);
    const { sidAB } = pair.context;
    const inputs = [seededScalar('r'), seededScalar('sk')] as const;
    const failed = { ...pair.atAlice, ok: false };
    expect(() => rvoleAlice({ sidAB, instance: 0 }, failed, inputs, seededRng('mask'))).toThrow(Bug);
    expect(() => rvoleAlice({ sidAB, instance: 1 }, pair.atAlice, inputs, seededRng('mask'))).toThrow(Bug);
    expect(() => rvoleBob({ sidAB, instance: 0 }, pair.atBob, new Uint8Array(5))).toThrow(Bug);
    expect(() => chiOf(pair.atBob, 1)).toThrow(Bug);
    expect(() => chiOf(pair.atBob, -1)).toThrow(Bug);
  });
});
