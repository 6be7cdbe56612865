import { afterEach, describe, expect, it, vi } from 'vitest';

import { type PartyIndex, partyIndex } from '../../src/crypto/brand.ts';
import { equalBytes } from '../../src/crypto/bytes.ts';
import { decode, encode } from '../../src/crypto/codec.ts';
import { actBase, scalar } from '../../src/crypto/secp256k1.ts';
import { evaluate, feldmanCommit, interpolateAtZero } from '../../src/crypto/shamir.ts';
import { publicKeyOf } from '../../src/protocols/epoch.ts';
import { judge } from '../../src/protocols/judge.ts';
import { at, forParties } from '../../src/protocols/kernel/protocol.ts';
import { dealCodec, dealingCodec } from '../../src/protocols/reshare/messages.ts';
import { flipAt } from '../sim/cheating.ts';
import type { Cheat } from '../unit/protocols/support/lockstep.ts';
import {
  type HeldEpoch,
  abortOf,
  acknowledging,
  after,
  cheating,
  choose,
  dealing,
  heldEpoch,
  membersOf,
  nextEpoch,
  outputOf,
  publishing,
  runReshare,
  seats,
  terms,
  valueOf,
  voting,
} from '../unit/protocols/support/reshare-run.ts';

// What an attack test removes is one named guard; everything else stays the shipped code.
const { off } = vi.hoisted(() => ({ off: new Set<string>() }));
type Any = Record<string, (...given: unknown[]) => unknown>;

vi.mock('../../src/protocols/reshare/checks.ts', async (original) =>
  Object.fromEntries(
    Object.entries(await original<Any>()).map(([name, check]) => [
      name,
      (...given: unknown[]) => off.has(name) || check(...given),
    ]),
  ),
);
vi.mock('../../src/protocols/reshare/complaint.ts', async (original) => {
  const real = await original<Any>();
  return {
    ...real,
    isJustComplaint: (...given: unknown[]) => off.has('judging') || real['isJustComplaint']!(...given),
  };
});
// Without the guard, a vector has the length that its dealer gives it, and the sharing that of the longest.
vi.mock('../../src/protocols/reshare/messages.ts', async (original) => {
  const real = await original<Any>();
  const { struct, union, list } = await import('../../src/crypto/codec.ts');
  const { pointCodec } = await import('../../src/crypto/secp256k1.ts');
  const dealt = struct<object>({ F: list(pointCodec, 64) });
  const anyLength = union<{ kind: 'nothing' } | { kind: 'dealt' }>({ nothing: struct<object>({}), dealt });
  return {
    ...real,
    dealingCodec: (threshold: unknown) => (off.has('degree') ? anyLength : real['dealingCodec']!(threshold)),
    dealRound: (...given: unknown[]) => {
      const round = real['dealRound']!(...given) as object;
      return off.has('degree') ? { ...round, broadcast: anyLength } : round;
    },
  };
});
vi.mock('../../src/protocols/reshare/combine.ts', async (original) => {
  const real = await original<Any>();
  return {
    ...real,
    prepare: (...given: unknown[]) => {
      const prepared = real['prepare']!(...given) as { record: object };
      if (!off.has('degree')) return prepared;
      const [, , chosen, F] = given as [unknown, unknown, unknown, ReadonlyMap<number, readonly unknown[]>];
      const threshold = Math.max(...[...F.values()].map((one) => one.length));
      const commitments = real['combineCommitments']!({ threshold }, chosen, F);
      return { ...prepared, record: { ...prepared.record, commitments } };
    },
  };
});
afterEach(() => {
  off.clear();
});

const [one, two, three, four] = [partyIndex(1), partyIndex(2), partyIndex(3), partyIndex(4)];
const epoch = heldEpoch(2, seats(1, 2, 3));
const plan = terms(2, seats(2, 3, 4), seats(1, 2, 3));
const run = (cheat: Cheat, of: HeldEpoch = epoch): ReturnType<typeof runReshare> =>
  runReshare(of, plan, { cheat });
type Ran = ReturnType<typeof run>;

/** Everybody has left the dealer out, with proof of it, and goes on to the same key. */
function expectLeftOut(ran: Ran, dealer: PartyIndex, of: HeldEpoch = epoch): void {
  for (const j of ran.spec.participants.map(({ index }) => index)) {
    const { removed, prepared } = outputOf(ran, j);
    expect(removed.map(({ index }) => index)).toEqual([dealer]);
    expect(judge(removed[0]!.evidence, ran.spec, ran.rounds[0], of.record).guilty).toBe('accused');
    expect(publicKeyOf(prepared.record).equals(publicKeyOf(of.record))).toBe(true);
  }
}

/** Whether all quorums of an epoch hold the key. */
const signsWith = (next: HeldEpoch, size: number): readonly boolean[] =>
  choose(membersOf(next), size).map((quorum) =>
    actBase(interpolateAtZero(forParties(quorum, (j) => valueOf(at(next.shares, j))))).equals(
      publicKeyOf(epoch.record),
    ),
  );

/** A dealer that deals this polynomial instead of its own, consistently. */
const dealingAll = (from: PartyIndex, Q: readonly ReturnType<typeof scalar>[], threshold: number): Cheat =>
  cheating(from, 'deal', (sending) => ({
    ...sending,
    broadcast: encode(dealingCodec(threshold), { kind: 'dealt', F: feldmanCommit(Q) }),
    directs: new Map(
      [...(sending.directs ?? [])].map(([j]) => [
        j,
        encode(dealCodec, { share: evaluate(Q, j), chainCode: epoch.chainCode }),
      ]),
    ),
  }));

describe('a wrong constant term', () => {
  const attack = (): Ran => run(dealingAll(one, [scalar(0xbadn), scalar(5n)], 2));

  it('ATK-P27: is seen by everybody, its dealer is named, and the others keep the key', () => {
    expectLeftOut(attack(), one);
  });
  it('ATK-P27: is stopped by the sum as well', () => {
    off.add('dealsItsShare');
    for (const ending of attack().endings.values())
      expect(ending).toMatchObject({ kind: 'crashed', error: { name: 'Bug' } });
  });
  it('ATK-P27, positive control: without both guards the members acknowledge another key', () => {
    off.add('dealsItsShare').add('keepsKey');
    const next = nextEpoch(epoch, attack());
    expect(publicKeyOf(next.record).equals(publicKeyOf(epoch.record))).toBe(false);
    expect(signsWith(next, 2)).toEqual([false, false, false]);
  });
});

describe('a stale share', () => {
  /** Party 1 deals what it held one epoch ago instead of what it holds. */
  const old = heldEpoch(2, seats(1, 2, 3));
  const current = after(old, 2, seats(1, 2, 3));
  const stale = (): Ran => run(dealingAll(one, [valueOf(at(old.shares, one)), scalar(5n)], 2), current);

  it('ATK-P29: of the epoch before does not fit the public share of this one: its dealer is named', () => {
    expectLeftOut(stale(), one, current);
  });
  it('ATK-P29, positive control: without the comparison the new shares make another key', () => {
    off.add('dealsItsShare').add('keepsKey');
    expect(signsWith(nextEpoch(current, stale()), 2)).toEqual([false, false, false]);
  });
  it('ATK-P29: what a dealer says of another is not asked for: public shares come from the record', () => {
    const other = { ...current, record: { ...current.record, commitments: old.record.commitments } };
    const ran = run((sending) => sending, current);
    const { evidence } = { evidence: { kind: 'public-check', accused: one, check: 'H4' } as const };
    const shown = { ...evidence, envelopes: [ran.rounds[1]![0]!] };
    expect(judge(shown, ran.spec, ran.rounds[0], current.record).guilty).toBe('accuser');
    expect(() => judge(shown, ran.spec, ran.rounds[0], other.record)).toThrow('the epoch that it leaves');
  });
});

describe('a raised degree', () => {
  /** Q_1 of degree two where degree one is planned: two of the new members could not sign. */
  const Q = [valueOf(at(epoch.shares, one)), scalar(5n), scalar(7n)];

  it('ATK-P01: of a dealing is refused as it is, and its dealer is named', () => {
    const ran = run(dealingAll(one, Q, 3));
    for (const j of seats(2, 3, 4))
      expect(abortOf(ran, j)).toMatchObject({ code: 'malformed', culprits: [1], grade: 'A' });
    expect(ran.persisted.size).toBe(0);
  });
  it('ATK-P01: hidden behind a vector of the right length fails at a member: its dealer is left out', () => {
    const short = cheating(one, 'deal', (sending, moment) => {
      const dealt = dealingAll(one, Q, 3)(sending, moment);
      const F = feldmanCommit(Q).slice(0, 2);
      return { ...dealt, broadcast: encode(dealingCodec(2), { kind: 'dealt', F }) };
    });
    expectLeftOut(run(short), one);
  });
  it('ATK-P01, positive control: where a longer vector passes, two of the new members make no key', () => {
    off.add('degree').add('dealsAsPlanned');
    const next = nextEpoch(epoch, run(dealingAll(one, Q, 2)));
    expect(next.record.commitments).toHaveLength(3);
    expect(signsWith(next, 2)).not.toContain(true);
    expect(signsWith(next, 3)).toEqual([true]);
  });
});

describe('a wrong share, or a wrong chain code, for one member', () => {
  it('ATK-P43: is complained about, and its dealer is left out', () => {
    expectLeftOut(run(dealing(one, four, flipAt(31))), one);
    expectLeftOut(run(dealing(two, three, flipAt(-1))), two);
  });
  it('ATK-P43, positive control: a member that does not look holds a share that nobody can use', () => {
    off.add('isEvaluationOf').add('isNewShare');
    const ran = run(dealing(one, four, flipAt(31)));
    expect(ran.endings.get(four)).toMatchObject({ kind: 'crashed' }); // it cannot prove that share
    off.clear();
    off.add('isChainCodeOf');
    const other = run(dealing(one, three, flipAt(-1)));
    const codes = seats(2, 3, 4).map((j) => outputOf(other, j).mine!.chainCode);
    expect(codes.map((code) => equalBytes(code, epoch.chainCode))).toEqual([true, false, true]);
  });
});

describe('a false complaint in a reshare', () => {
  const lie = voting(three, 3, (said, { directs }) => {
    if (said.kind !== 'vote') return said;
    const signed = directs.get('1 2 3')!.bytes.slice(0, 271);
    const bad = {
      kind: 'bad-share',
      signed,
      salt: new Uint8Array(32),
      plaintext: new Uint8Array(64),
    } as const;
    return { kind: 'vote', opinions: said.opinions.map((opinion, i) => (i === 1 ? bad : opinion)) };
  });
  it('ATK-P44: ends it, names the complainer, and stores nothing', () => {
    const ran = run(lie);
    for (const j of seats(1, 2, 4)) {
      const { code, culprits, evidence } = abortOf(ran, j);
      expect([code, ...culprits]).toEqual(['false-complaint', three]);
      expect(judge(evidence!, ran.spec, ran.rounds[0], epoch.record).guilty).toBe('accused');
    }
    expect(ran.persisted.size).toBe(0);
  });
  it('ATK-P44: believed, it would exclude an honest dealer from a reshare', () => {
    off.add('judging');
    expect(outputOf(run(lie), one).removed.map(({ index }) => index)).toEqual([two]);
  });
});

describe('an acknowledgement of another epoch', () => {
  const split = acknowledging(four, (said) =>
    said.kind === 'nothing' ? said : { ...said, certHash: new Uint8Array(32) },
  );
  it('ATK-P30: names the member that gives it, after everybody’s share is on disk', () => {
    const ran = run(split);
    for (const j of seats(1, 2, 3)) expect(abortOf(ran, j).culprits).toEqual([four]);
    expect([...ran.persisted.keys()]).toEqual(seats(1, 2, 3, 4));
  });
});

describe('a sharing that a dealer and a member have made useless together', () => {
  it('ATK-P03: with a coefficient that cancels crashes nobody, and the old epoch stays', () => {
    // Two dealers of which the second sees the first one's vector before it speaks.
    const alone = terms(2, seats(1, 2), seats(1, 2));
    const ran = runReshare(heldEpoch(2, seats(1, 2)), alone, {
      cheat: publishing(two, 2, (said, { others }) => {
        const first = decode(dealingCodec(2), others.get(one)!.broadcast);
        if (said.kind !== 'dealt' || first.kind !== 'dealt') return said;
        // L_1 = 2 and L_2 = −1 at the seats 1 and 2: twice the first one's coefficient makes the sum zero.
        return { kind: 'dealt', F: [said.F[0]!, first.F[1]!.add(first.F[1]!)] };
      }),
    });
    // Party 1 gets a share that does not fit, and says so: here honest members outnumber what can be hidden.
    expect(abortOf(ran, one)).toMatchObject({ code: 'too-few-dealers', culprits: [2] });
  });
});
