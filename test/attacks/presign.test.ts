import { afterEach, describe, expect, it, vi } from 'vitest';

import { type PartyIndex, partyIndex } from '../../src/crypto/brand.ts';
import { bitAt } from '../../src/crypto/bits.ts';
import { equalBytes, toHex, u32 } from '../../src/crypto/bytes.ts';
import type * as curveHash from '../../src/crypto/hash-to-curve.ts';
import type * as hashing from '../../src/crypto/hash.ts';
import { hashToScalar, taggedHash } from '../../src/crypto/hash.ts';
import { Point, act, actBase, add, scalar } from '../../src/crypto/secp256k1.ts';
import type * as specification from '../../src/protocols/kernel/spec.ts';
import { at } from '../../src/protocols/kernel/protocol.ts';
import { baseOtAlice1, baseOtBob, openRList, openYList } from '../../src/protocols/ot/base-ot.ts';
import { extensionBob } from '../../src/protocols/ot/extension.ts';
import type * as joints from '../../src/protocols/presign/joint.ts';
import { pairId } from '../../src/protocols/presign/joint.ts';
import { type SeededRun, finishExtension, offerBaseOts } from '../../src/protocols/presign/pairs.ts';
import { SeedPhase } from '../../src/protocols/presign/phases.ts';
import { drawSecrets } from '../../src/protocols/presign/secrets.ts';
import { sessionId } from '../../src/crypto/brand.ts';
import { Cluster, rngOf } from '../sim/cluster.ts';
import { abortsOf, dealKey, idleParty, presignSessions, quorumsOf } from '../sim/signing.ts';

// What an attack test removes is one named guard; everything else stays the shipped code.
const { off } = vi.hoisted(() => ({ off: new Set<'sid' | 'hp' | 'index' | 'position'>() }));
afterEach(() => {
  off.clear();
});

vi.mock('../../src/protocols/presign/joint.ts', async (original) => {
  const real = await original<typeof joints>();
  const same = new Uint8Array(32);
  return {
    ...real,
    pairId: (...[sid, a, b]: Parameters<typeof real.pairId>) =>
      real.pairId(off.has('sid') ? sessionId(same) : sid, a, b),
  };
});
vi.mock('../../src/crypto/hash-to-curve.ts', async (original) => {
  const real = await original<typeof curveHash>();
  return {
    ...real,
    hashToCurve: (messages: readonly Uint8Array[], domain: string) =>
      off.has('hp') ? messages.map((one) => actBase(logarithmOf(one))) : real.hashToCurve(messages, domain),
  };
});
vi.mock('../../src/crypto/hash.ts', async (original) => {
  const real = await original<typeof hashing>();
  const without = (tag: string, parts: readonly Uint8Array[], place: number) =>
    off.has('index') && ['mr/h', 'mr/k', 'ot/y'].includes(tag) ? parts.filter((_, i) => i !== place) : parts;
  return {
    ...real,
    taggedHash: (...[tag, ...parts]: Parameters<typeof real.taggedHash>) =>
      real.taggedHash(tag, ...without(tag, parts, 1)),
    hashBelow: (...[tag, bound, ...parts]: Parameters<typeof real.hashBelow>) =>
      real.hashBelow(tag, bound, ...without(tag, parts, 2)),
  };
});
vi.mock('../../src/protocols/kernel/spec.ts', async (original) => {
  const real = await original<typeof specification>();
  return {
    ...real,
    specHash: (spec: specification.Spec) =>
      real.specHash(off.has('position') ? { ...spec, position: 0n } : spec),
  };
});

/** The logarithm that everybody knows when a point is made as hash · G. */
const logarithmOf = (message: Uint8Array) => scalar(hashToScalar('test', message));

const key = dealKey(2, 3);
const [quorum = []] = quorumsOf(key);
const [alice = partyIndex(1), bob = partyIndex(2)] = quorum;

describe('ATK-P12 selective failure of the OT extension', () => {
  /** Alice in session number n. Where nothing binds the session, her OT secrets are those of the pair. */
  function session(n: number): SeededRun {
    const base = idleParty(key, quorum);
    const sid = sessionId(taggedHash('test', u32(n)));
    const rng = rngOf(off.has('sid') ? 'pair' : `session ${n}`, alice);
    const party = { ...base, sid, rng };
    const secrets = drawSecrets(party, at(key.shares, alice), 1);
    return { party, batch: 1, secrets, phase: new SeedPhase() };
  }

  /**
   * Bob expands a wrong seed in row i, and hashes what he sends as if it were right. Alice's check of this
   * session fails if and only if bit i of her Δ is set: her abort tells it to him.
   */
  function guess(n: number, row: number): { readonly bit: number; readonly delta: Uint8Array } {
    const run = session(n);
    const sidAB = pairId(run.party.sid, alice, bob);
    const rList = openRList(sidAB, offerBaseOts(run, bob));
    const delta = at(run.secrets.alice, bob).delta.slice();
    const bobSeed = taggedHash('test', u32(n), u32(row));
    const base = baseOtBob(sidAB, bobSeed, rList);
    const seeds = base.seeds.map((byte, k) => (k === 16 * (2 * row + 1) ? byte ^ 1 : byte));
    const context = { sidAB, rList: rList.bytes, yList: base.yList, batch: 1 };
    const { message } = extensionBob(context, { bobSeed, seeds });
    const { ok } = finishExtension(run, bob, openYList(base.yList), message);
    return { bit: ok ? 0 : 1, delta };
  }

  const guesses = (rows: number) => Array.from({ length: rows }, (_, row) => guess(row, row));

  it('ATK-P12: a peer learns at most one bit of a Δ that is never used again', () => {
    const tries = guesses(32);
    for (const [row, { bit, delta }] of tries.entries()) expect(bit).toBe(bitAt(delta, row));
    const deltas = tries.map(({ delta }) => delta);
    expect(new Set(deltas.map(toHex)).size).toBe(32);
    // The bits of 32 sessions are bits of 32 secrets: put together they are no better than coins.
    const next = deltas.at(-1) ?? new Uint8Array(16);
    const agreeing = tries.filter(({ bit }, row) => bit === bitAt(next, row)).length;
    expect(agreeing).toBeGreaterThan(4);
    expect(agreeing).toBeLessThan(28);
  });

  it('ATK-P12: positive control, a Δ that outlives its session is read out, all 128 bits of it', () => {
    off.add('sid');
    const tries = guesses(128);
    const delta = tries[0]?.delta ?? new Uint8Array(0);
    expect(new Set(tries.map((one) => toHex(one.delta))).size).toBe(1);
    expect(tries.map(({ bit }) => bit)).toEqual(Array.from({ length: 128 }, (_, row) => bitAt(delta, row)));
  });
});

/** Bob's seed of OT i, branch b, from its shared point. [protocol, 7.2] */
function seedOf(
  sidAB: Uint8Array,
  [i, b]: readonly [number, number],
  lists: readonly Uint8Array[],
  shared: Point,
) {
  const [rList = new Uint8Array(0), yList = new Uint8Array(0)] = lists;
  const point = (list: Uint8Array, n: number): Uint8Array => list.subarray(33 * n, 33 * n + 33);
  const [r0, r1, y] = [point(rList, 2 * i), point(rList, 2 * i + 1), point(yList, 2 * i + b)];
  const x = shared.uncompressed.subarray(1, 33);
  return taggedHash('mr/k', sidAB, u32(i), u32(b), r0, r1, y, x).subarray(0, 16);
}

describe('ATK-P35 base OTs whose receiver learns both pads', () => {
  const sidAB = taggedHash('test', u32(35));

  /** Sends points with known logarithms, and computes both pads as if HP(…) had known ones too. */
  function bothPads(): number {
    const logs = Array.from({ length: 256 }, (_, n) => scalar(BigInt(n) + 1000n));
    const points = logs.map((log) => actBase(log).toBytes());
    const rList = Uint8Array.from(points.flatMap((point) => [...point]));
    const sender = baseOtBob(sidAB, taggedHash('test', u32(1)), openRList(sidAB, rList));
    const ys = openYList(sender.yList).points ?? [];
    return logs.filter((log, n) => {
      const [i, b] = [n >> 1, n & 1];
      const mask = logarithmOf(taggedHash('mr/h', sidAB, u32(i), u32(b), points[n ^ 1] ?? new Uint8Array(0)));
      const shared = act(add(log, mask), ys[n] ?? Point.identity);
      const pad = seedOf(sidAB, [i, b], [rList, sender.yList], shared);
      return equalBytes(pad, sender.seeds.subarray(16 * n, 16 * n + 16));
    }).length;
  }

  it('ATK-P35: nobody knows the logarithm of a point that is hashed to', () => {
    expect(bothPads()).toBe(0);
  });
  it('ATK-P35: positive control, with hash · G the receiver has all 256 pads', () => {
    off.add('hp');
    expect(bothPads()).toBe(256);
  });
});

describe('ATK-P16 one message for all instances of the base OT', () => {
  const sidAB = taggedHash('test', u32(16));

  /** How many different pads there are when the receiver repeats one pair of points 128 times. */
  function differentPads(): number {
    const pair = baseOtAlice1(sidAB, taggedHash('test', u32(2))).rList.slice(0, 66);
    const rList = Uint8Array.from({ length: 128 * 66 }, (_, k) => pair[k % 66] ?? 0);
    const { seeds } = baseOtBob(sidAB, taggedHash('test', u32(3)), openRList(sidAB, rList));
    return new Set(Array.from({ length: 256 }, (_, n) => toHex(seeds.subarray(16 * n, 16 * n + 16)))).size;
  }

  it('ATK-P16: every pad has a place, and pads of different places differ', () => {
    expect(differentPads()).toBe(256);
  });
  it('ATK-P16: positive control, without the index all instances have the same two pads', () => {
    off.add('index');
    expect(differentPads()).toBe(2);
  });
});

describe('ATK-P10 replay of one session in the next', () => {
  /** Runs a session, then the next one, with everything of the first delivered again. */
  function replayed(): ReturnType<typeof abortsOf> {
    const before = new Cluster(presignSessions(key, quorum, 1, { label: 'first', position: 0n }).sessions, 1);
    before.run();
    const old = (from: PartyIndex, to: PartyIndex): readonly Uint8Array[] =>
      before.delivered.filter((one) => one.from === from && one.to === to).map(({ bytes }) => bytes);
    const { sessions } = presignSessions(key, quorum, 1, { label: 'second', position: 1n });
    const now = new Cluster(sessions, 2, (from, to, bytes) => [...old(from, to), bytes]);
    return abortsOf(now.run());
  }

  it('ATK-P10: messages of another session are dropped, and blame nobody', () => {
    expect([...replayed().values()].map(({ code }) => code)).toEqual([]);
  });
  it('ATK-P10: positive control, with sessions that share a name, honest ones are blamed', () => {
    off.add('position');
    const aborts = [...replayed().values()];
    expect(aborts.some(({ code, culprits }) => code === 'equivocation' && culprits.length === 1)).toBe(true);
  });
});
