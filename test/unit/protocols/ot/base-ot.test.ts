import { describe, expect, it } from 'vitest';

import { bitAt } from '../../../../src/crypto/bits.ts';
import { bigintToBytes, concat, equalBytes, u32 } from '../../../../src/crypto/bytes.ts';
import { Bug } from '../../../../src/crypto/errors.ts';
import { hashBelow, hashToScalar, taggedHash } from '../../../../src/crypto/hash.ts';
import { baseOtDomain, hashToCurve } from '../../../../src/crypto/hash-to-curve.ts';
import type { Primitives } from '../../../../src/crypto/operations.ts';
import { installPrimitives, primitives } from '../../../../src/crypto/primitives.ts';
import { Point, type Scalar, act, actBase, add, q, scalar } from '../../../../src/crypto/secp256k1.ts';
import { tags } from '../../../../src/crypto/tags.ts';
import {
  baseOtAlice1,
  baseOtAlice2,
  baseOtBob,
  deltaOf,
  openRList,
  openYList,
} from '../../../../src/protocols/ot/base-ot.ts';
import { rListIsProper } from '../../../../src/protocols/ot/checks.ts';
import { nativePrimitives } from '../../../../src/system/native.ts';
import { seeded } from './pair.ts';

// The pure versions give the same bytes, more slowly; the anchor vectors run on them.
installPrimitives(nativePrimitives() ?? primitives());

const sidAB = seeded('sidAB');
const [aliceSeed, bobSeed] = [seeded('alice'), seeded('bob')];
const honest = baseOtAlice1(sidAB, aliceSeed);
const opened = openRList(sidAB, honest.rList);
const bob = baseOtBob(sidAB, bobSeed, opened);
const seedAt = (seeds: Uint8Array, n: number): Uint8Array => seeds.subarray(16 * n, 16 * n + 16);
const indices = Array.from({ length: 128 }, (_, i) => i);

/** Runs with counted primitives and gives the counts. */
function countCalls(run: () => void): Record<string, number> {
  const before = primitives();
  const calls: Record<string, number> = {};
  const counted = Object.fromEntries(
    Object.entries(before).map(([name, value]: [string, unknown]) => [
      name,
      typeof value === 'function'
        ? (...args: unknown[]): unknown => {
            calls[name] = (calls[name] ?? 0) + 1;
            return (value as (...args: unknown[]) => unknown)(...args);
          }
        : value,
    ]),
  ) as unknown as Primitives;
  installPrimitives(counted);
  for (const name of Object.keys(calls)) calls[name] = 0;
  run();
  installPrimitives(before);
  delete calls['name'];
  return calls;
}

describe('base OTs', () => {
  it('Alice ends with the seeds of her choice bits, and Bob with both', () => {
    const alice = baseOtAlice2(sidAB, honest, openYList(bob.yList));
    const same = indices.every((i) => {
      const c = bitAt(honest.delta, i);
      return equalBytes(seedAt(alice.seeds, i), seedAt(bob.seeds, 2 * i + c));
    });
    expect(same).toBe(true);
  });

  it('all 256 pads differ', () => {
    const pads = Array.from({ length: 256 }, (_, n) => String(seedAt(bob.seeds, n)));
    expect(new Set(pads).size).toBe(256);
  });

  it('the lists have the lengths of the specification', () => {
    expect([honest.rList.length, bob.yList.length, bob.seeds.length]).toEqual([8448, 8448, 4096]);
  });

  it('a role seed gives the same bytes again, and another session, pair or seed gives others', () => {
    expect(baseOtAlice1(sidAB, aliceSeed).rList).toEqual(honest.rList);
    expect(baseOtAlice1(seeded('other'), aliceSeed).rList).not.toEqual(honest.rList);
    expect(baseOtAlice1(sidAB, seeded('other')).rList).not.toEqual(honest.rList);
    expect(baseOtBob(sidAB, seeded('other'), opened).yList).not.toEqual(bob.yList);
  });

  it('Δ differs between any two of 500 sessions, in about half of its bits', () => {
    const deltas = Array.from({ length: 500 }, (_, n) => deltaOf(seeded(`sid ${n}`), aliceSeed));
    let [least, most] = [128, 0];
    deltas.forEach((a, n) => {
      for (const b of deltas.slice(n + 1)) {
        const distance = indices.filter((i) => bitAt(a, i) !== bitAt(b, i)).length;
        least = Math.min(least, distance);
        most = Math.max(most, distance);
      }
    });
    expect(least).toBeGreaterThan(30);
    expect(most).toBeLessThan(98);
  });

  it('one R for all OTs still gives pads that are pairwise distinct', () => {
    const rList = concat(...indices.map(() => honest.rList.subarray(0, 66)));
    const replayed = openRList(sidAB, rList);
    expect(rListIsProper(replayed)).toBe(true);
    const { seeds } = baseOtBob(sidAB, bobSeed, replayed);
    expect(new Set(Array.from({ length: 256 }, (_, n) => String(seedAt(seeds, n)))).size).toBe(256);
  });

  it('a Y list of another session gives seeds that nobody shares', () => {
    const other = baseOtBob(sidAB, seeded('another Bob'), opened);
    const alice = baseOtAlice2(sidAB, honest, openYList(other.yList));
    const shared = indices.filter((i) =>
      equalBytes(seedAt(alice.seeds, i), seedAt(bob.seeds, 2 * i + bitAt(honest.delta, i))),
    );
    expect(shared).toEqual([]);
  });

  it('improper lists are opened without a throw, and not answered', () => {
    const identity = honest.rList.slice();
    identity.fill(0, 0, 33);
    for (const bytes of [identity, honest.rList.subarray(1), new Uint8Array()]) {
      const list = openRList(sidAB, bytes);
      expect(list.points).toBeUndefined();
      expect(() => baseOtBob(sidAB, bobSeed, list)).toThrow(Bug);
      expect(() => baseOtAlice2(sidAB, honest, openYList(bytes))).toThrow(Bug);
    }
  });

  it('the work does not depend on the choice bits', () => {
    const counts = ['a', 'b', 'c'].map((name) =>
      countCalls(() => {
        const alice = baseOtAlice1(sidAB, seeded(name));
        baseOtAlice2(sidAB, alice, openYList(bob.yList));
      }),
    );
    expect(counts[0]!['baseMultiply']).toBe(256);
    expect(counts[1]).toEqual(counts[0]);
    expect(counts[2]).toEqual(counts[0]);
  });

  it('the sent bytes do not tell the choice bits, and a list that would is found out', () => {
    // A z-score of each bit of the prefix and of the two bytes behind it, split by the choice bit.
    const samples = Array.from({ length: 24 }, (_, n) => baseOtAlice1(sidAB, seeded(`sample ${n}`)));
    const worst = (planted: boolean): number => {
      let most = 0;
      for (let bit = 0; bit < 24; bit++) {
        const ones = [0, 0];
        const all = [0, 0];
        for (const { delta, rList } of samples)
          for (const i of indices) {
            const c = bitAt(delta, i);
            const read = bitAt(rList.subarray(66 * i, 66 * i + 3), bit);
            ones[c]! += planted && bit === 0 ? c : read;
            all[c]! += 1;
          }
        const difference = Math.abs(ones[0]! / all[0]! - ones[1]! / all[1]!);
        most = Math.max(most, difference / Math.sqrt(0.25 / all[0]! + 0.25 / all[1]!));
      }
      return most;
    };
    expect(worst(false)).toBeLessThan(4.5);
    expect(worst(true)).toBeGreaterThan(20);
  });

  it('what is wiped is zero', () => {
    const alice = baseOtAlice1(sidAB, aliceSeed);
    const both = baseOtBob(sidAB, bobSeed, opened);
    const chosen = baseOtAlice2(sidAB, alice, openYList(both.yList));
    [alice, both, chosen].forEach((state) => state.wipe());
    expect(
      [alice.delta, alice.t, both.seeds, chosen.seeds].every((secret) => secret.every((b) => b === 0)),
    ).toBe(true);
  });
});

describe('a receiver that wants both pads of OT 0', () => {
  const k = scalar(hashBelow(tags.otK, q, sidAB, aliceSeed, u32(0)));
  const c = bitAt(honest.delta, 0);
  const message = (b: number, other: Point): Uint8Array =>
    taggedHash(tags.mrH, sidAB, u32(0), u32(b), other.toBytes());
  const pad = (yPoint: Point, shared: Point, pair: Uint8Array): Uint8Array =>
    taggedHash(
      tags.mrK,
      sidAB,
      u32(0),
      u32(1 - c),
      pair.subarray(0, 33),
      pair.subarray(33),
      yPoint.toBytes(),
      bigintToBytes(shared.x, 32),
    ).subarray(0, 16);
  /** What the receiver can compute if the mask of the other branch were `logarithm`·G. */
  const attempt = (yPoint: Point, logarithm: Scalar, pair: Uint8Array): Uint8Array =>
    pad(yPoint, act(add(k, logarithm), yPoint), pair);
  const guessed = (b: number, other: Point): Scalar => scalar(hashToScalar(tags.mrH, message(b, other)));

  it('fails against masks whose logarithms nobody knows', () => {
    const pair = honest.rList.subarray(0, 66);
    const chosen = Point.fromBytes(pair.subarray(33 * c, 33 * c + 33));
    const y = Point.fromBytes(bob.yList.subarray(33 * (1 - c), 33 * (1 - c) + 33));
    const target = seedAt(bob.seeds, 1 - c);
    expect(attempt(y, guessed(1 - c, chosen), pair)).not.toEqual(target);
    expect(attempt(y, scalar(0n), pair)).not.toEqual(target);
  });

  it('would succeed if masks were a hash times the generator', () => {
    const t = scalar(hashBelow(tags.otT, q, sidAB, aliceSeed, u32(0)));
    const free = actBase(k);
    const chosen = actBase(t).subtract(actBase(guessed(c, free)));
    const pair =
      c === 0 ? concat(chosen.toBytes(), free.toBytes()) : concat(free.toBytes(), chosen.toBytes());
    const secret = scalar(hashBelow(tags.otY, q, sidAB, bobSeed, u32(0), u32(1 - c)));
    const masked = free.add(actBase(guessed(1 - c, chosen)));
    const target = pad(actBase(secret), act(secret, masked), pair);
    expect(attempt(actBase(secret), guessed(1 - c, chosen), pair)).toEqual(target);
  });

  it('has only masks that are points of hash-to-curve', () => {
    const other = Point.fromBytes(honest.rList.subarray(33, 66));
    const [mask] = hashToCurve([message(0, other)], baseOtDomain);
    const r0 = Point.fromBytes(honest.rList.subarray(0, 33));
    expect(opened.masked[0]!.equals(r0.add(mask!))).toBe(true);
  });
});
