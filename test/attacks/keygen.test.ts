import { afterEach, describe, expect, it, vi } from 'vitest';

import type { PartyIndex } from '../../src/crypto/brand.ts';
import { concat } from '../../src/crypto/bytes.ts';
import { decode, encode } from '../../src/crypto/codec.ts';
import { signFor } from '../../src/crypto/ed25519.ts';
import type * as dlog from '../../src/crypto/proofs/dlog.ts';
import {
  G,
  Point,
  type Scalar,
  actBase,
  type Rng,
  actPublic,
  invert,
  multiply,
  pointCodec,
  scalar,
  subtract,
  sum,
} from '../../src/crypto/secp256k1.ts';
import { evaluateInExponent, randomPolynomial, evaluate, feldmanCommit } from '../../src/crypto/shamir.ts';
import type * as shamir from '../../src/crypto/shamir.ts';
import type { BadShare } from '../../src/protocols/complaint.ts';
import { judge } from '../../src/protocols/judge.ts';
import { parseEnvelope } from '../../src/protocols/kernel/envelope.ts';
import { type PartyMap, type Sending, forParties } from '../../src/protocols/kernel/protocol.ts';
import {
  type Reveal,
  certificationCodec,
  commitmentCodec,
  confirmationCodec,
  dealCodec,
  revealCodec,
} from '../../src/protocols/keygen/messages.ts';
import { behindDirects } from '../../src/protocols/replay.ts';
import { members, rngOf } from '../sim/cluster.ts';
import type { Cheat, Moment } from '../unit/protocols/support/lockstep.ts';
import {
  abortOf,
  cheating,
  confirming,
  dealing,
  four,
  one,
  outputOf,
  runKeygen,
  three,
  two,
} from '../unit/protocols/support/keygen-run.ts';

// What an attack test removes is one named guard; everything else stays the shipped code.
const { off, hashes, bent } = vi.hoisted(() => ({
  off: new Set<string>(),
  hashes: new Array<Uint8Array>(),
  bent: { calls: 0, at: 0 },
}));
type Any = Record<string, (...given: unknown[]) => unknown>;

vi.mock('../../src/protocols/keygen/checks.ts', async (original) =>
  Object.fromEntries(
    Object.entries(await original<Any>()).map(([name, check]) => [
      name,
      (...given: unknown[]) => off.has(name) || check(...given),
    ]),
  ),
);
vi.mock('../../src/protocols/keygen/joint.ts', async (original) => {
  const real = await original<Any>();
  const nameless =
    (name: string) =>
    (speaker: object, ...rest: unknown[]) =>
      real[name]!(off.has('names') ? { ...speaker, index: 1, pid: new Uint8Array(32) } : speaker, ...rest);
  return {
    ...real,
    commitmentOf: nameless('commitmentOf'),
    constantTermContext: nameless('constantTermContext'),
    certificateHash: (...given: unknown[]) => {
      const hash = real['certificateHash']!(...given);
      hashes.push(hash as Uint8Array);
      return hash;
    },
  };
});
vi.mock('../../src/protocols/keygen/complaint.ts', async (original) => {
  const real = await original<Any>();
  return {
    ...real,
    isJustComplaint: (...given: unknown[]) => off.has('judging') || real['isJustComplaint']!(...given),
  };
});
vi.mock('../../src/crypto/shamir.ts', async (original) => {
  const real = await original<typeof shamir>();
  const zeroAtOne = (f: readonly Scalar[]): readonly Scalar[] => [negated(f.slice(1)), ...f.slice(1)];
  return {
    ...real,
    randomPolynomial: (degree: number, rng: Rng) =>
      ++bent.calls === bent.at
        ? zeroAtOne(real.randomPolynomial(degree, rng))
        : real.randomPolynomial(degree, rng),
  };
});
afterEach(() => {
  off.clear();
  hashes.length = 0;
  bent.at = 0;
});

/** −Σ of scalars. */
const negated = (values: readonly Scalar[]): Scalar => subtract(scalar(0n), sum(values));

/** The attacker's secret key, which nobody else is to know. */
const x: Scalar = scalar(0xa77ac4n);
const noProof: dlog.Proof = { N: G, z: scalar(1n) };
const bytes = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);

/** Coefficients, in the exponent, of the polynomial through points at distinct places. */
function through(points: readonly (readonly [place: bigint, value: Point])[]): readonly Point[] {
  const terms = points.map(([place, value]) => {
    let basis: Scalar[] = [scalar(1n)];
    for (const [other] of points) {
      if (other === place) continue;
      const factor = invert(subtract(scalar(place), scalar(other)));
      const shifted = [scalar(0n), ...basis];
      basis = shifted.map((coefficient, k) =>
        multiply(factor, subtract(coefficient, multiply(scalar(other), basis[k] ?? scalar(0n)))),
      );
    }
    return basis.map((coefficient) => actPublic(coefficient, value));
  });
  return points.map((_, k) => Point.sum(terms.map((term) => term[k]!)));
}

const threshold = 3;
const decodeReveal = ({ broadcast }: Pick<Sending, 'broadcast'>): Reveal =>
  decode(revealCodec(threshold), broadcast);

/**
 * Parties 3 and 4 of (4, 3). Party 4 speaks last and adds a vector that turns the sum to x · G, with shares
 * for the two victims that fit it: two freely chosen values and the constant fix a polynomial of degree 2.
 */
function rogue(): Cheat {
  const victimShares = new Map([one, two].map((j) => [j, scalar(BigInt(1000 + j))]));
  const f3 = randomPolynomial(threshold - 1, rngOf('rogue', three));
  const honest3: Reveal = { F: feldmanCommit(f3), pok: noProof, cc: bytes(3), salt: bytes(3) };
  const reveals = new Map<PartyIndex, Reveal>();
  return (sending, moment) => {
    if (moment.name === 'keygen/reveal' && (moment.from === one || moment.from === two))
      reveals.set(moment.from, decodeReveal(sending));
    if (moment.from !== three && moment.from !== four) return sending;
    switch (moment.name) {
      case 'keygen/commit':
        return { ...sending, broadcast: encode(commitmentCodec, { com: bytes(moment.from) }) };
      case 'keygen/reveal':
        return moment.from === three
          ? deal(
              sending,
              honest3,
              forParties([one, two, four], (j) => evaluate(f3, j)),
            )
          : deal(
              sending,
              rogueReveal([...reveals.values(), honest3], victimShares),
              new Map([...victimShares, [three, scalar(1n)]]),
            );
      case 'keygen/confirm':
        return {
          ...sending,
          broadcast: encode(confirmationCodec, { kind: 'ok', ok: okIn(moment), pop: noProof }),
        };
      case 'keygen/certify':
        return sending;
      default:
        return sending;
    }
  };
}

function rogueReveal(others: readonly Reveal[], victimShares: PartyMap<Scalar>): Reveal {
  const sum = Point.sum(others.map(({ F }) => F[0]!));
  const F = through([
    [0n, actBase(x).subtract(sum)],
    ...[...victimShares].map(([j, share]) => [BigInt(j), actBase(share)] as const),
  ]);
  for (const [j, share] of victimShares) expect(evaluateInExponent(F, j).equals(actBase(share))).toBe(true);
  return { F, pok: noProof, cc: bytes(4), salt: bytes(4) };
}

const deal = (sending: Sending, reveal: Reveal, shares: PartyMap<Scalar>): Sending => ({
  ...sending,
  broadcast: encode(revealCodec(threshold), reveal),
  directs: new Map(
    [...(sending.directs ?? [])].map(([j]) => [j, encode(dealCodec, { share: shares.get(j) ?? scalar(1n) })]),
  ),
});

/** What an honest party confirms in this round: the cheater copies it. */
function okIn({ others }: Moment): Uint8Array {
  const said = decode(confirmationCodec, others.get(one)!.broadcast);
  return said.kind === 'ok' ? said.ok : bytes(0);
}

describe('a rogue key by a rushing dealer (N5)', () => {
  const attack = (...guards: readonly string[]): ReturnType<typeof runKeygen> => {
    for (const guard of guards) off.add(guard);
    return runKeygen([4, 3], certifying(rogue()), { puppets: [three, four] });
  };

  it('ATK-P05: is refused, its dealers are named, and no share is stored', () => {
    const run = attack();
    for (const j of [one, two])
      expect([abortOf(run, j).check, ...abortOf(run, j).culprits]).toEqual(['K4', three, four]);
    expect(run.persisted.size).toBe(0);
  });

  it('ATK-P05: is refused by the proof of knowledge alone', () => {
    const run = attack('opensCommitment');
    for (const j of [one, two]) expect(abortOf(run, j).check).toBe('K5');
    expect(run.persisted.size).toBe(0);
  });

  it('ATK-P05: is refused by the proof of possession alone', () => {
    const run = attack('opensCommitment', 'knowsConstantTerm');
    for (const j of [one, two])
      expect([abortOf(run, j).check, ...abortOf(run, j).culprits]).toEqual(['K9', three, four]);
  });

  it('ATK-P05, positive control: without these guards the victims certify the key of the attacker', () => {
    const run = attack('opensCommitment', 'knowsConstantTerm', 'holdsShare');
    for (const j of [one, two]) {
      const { publicKey, certificate } = outputOf(run, j);
      expect(publicKey.equals(actBase(x))).toBe(true);
      expect(certificate).toHaveLength(4);
    }
  });
});

/** Signs whatever result the victims come to. */
function certifying(cheat: Cheat): Cheat {
  return (sending, moment) => {
    const changed = cheat(sending, moment);
    if (moment.name !== 'keygen/certify' || (moment.from !== three && moment.from !== four)) return changed;
    const { seed } = members(4)[moment.from - 1]!;
    const hash = hashes.at(-1);
    const signature = hash === undefined ? new Uint8Array(64) : signFor('dkg', seed, hash);
    return { ...changed, broadcast: encode(certificationCodec, { signature }) };
  };
}

describe('a copied commitment (N6)', () => {
  /** Party 3 speaks last, and says what party 1 says. What it deals it can only guess. */
  const copy: Cheat = (sending, moment) => {
    const { name, from, others } = moment;
    if (from !== three || name === 'setup') return sending;
    if (name === 'keygen/confirm')
      return {
        ...sending,
        broadcast: encode(confirmationCodec, { kind: 'ok', ok: bytes(1), pop: noProof }),
      };
    const { broadcast } = others.get(one)!;
    return name === 'keygen/reveal'
      ? deal(sending, decodeReveal({ broadcast }), new Map())
      : { ...sending, broadcast };
  };
  const attack = (): ReturnType<typeof runKeygen> => runKeygen([4, 3], copy, { puppets: [three] });

  it('ATK-P06: is refused, and the copier is named', () => {
    const run = attack();
    for (const j of [one, two, four])
      expect([abortOf(run, j).check, ...abortOf(run, j).culprits]).toEqual(['K4', three]);
    expect(run.persisted.size).toBe(0);
  });

  it('ATK-P06: a copied proof is refused by itself', () => {
    off.add('opensCommitment');
    const run = attack();
    for (const j of [one, two, four])
      expect([abortOf(run, j).check, ...abortOf(run, j).culprits]).toEqual(['K5', three]);
  });

  it('ATK-P06, positive control: without names in the hashes the copies are accepted', () => {
    off.add('names');
    const run = attack();
    // The copier still cannot deal shares of a polynomial that it does not know: that is another guard.
    for (const j of [one, two, four]) expect(abortOf(run, j).check).toBe('K10');
  });
});

describe('vectors of another length (N1)', () => {
  const encoded = encode(pointCodec, G);
  for (const length of [0, 2, 4, 6, 1_000_000])
    it(`ATK-P01: a vector of ${length} coefficients is refused, and nothing is stored`, () => {
      const points = new Uint8Array(33 * length);
      for (let i = 0; i < length; i++) points.set(encoded, 33 * i);
      const run = runKeygen(
        [4, 3],
        cheating(two, 'keygen/reveal', (sending) => ({
          ...sending,
          broadcast: concat(points, sending.broadcast.subarray(33 * threshold)),
        })),
      );
      for (const j of [one, three, four]) expect(abortOf(run, j).culprits).toEqual([two]);
      expect(run.persisted.size).toBe(0);
    });
});

describe('a polynomial that is zero at a victim (N3)', () => {
  const first = (): ReturnType<typeof runKeygen> => {
    bent.calls = 0;
    bent.at = 2; // the second party to draw one
    return runKeygen([4, 3]);
  };
  it('ATK-P03: is a valid sharing, and nobody crashes', () => {
    const run = first();
    for (const j of [one, two, three, four]) expect(outputOf(run, j).certificate).toHaveLength(4);
    const reveal = decode(behindDirects(revealCodec(threshold), 3), parseEnvelope(run.rounds[2]![1]!).body);
    expect(evaluateInExponent(reveal.rest.F, one).isIdentity).toBe(true);
  });
  it('ATK-P03: with any other share than zero the dealer is named', () => {
    bent.calls = 0;
    bent.at = 2;
    const run = runKeygen(
      [4, 3],
      dealing(two, one, () => encode(dealCodec, { share: scalar(5n) })),
    );
    for (const j of [one, three, four])
      expect([abortOf(run, j).check, ...abortOf(run, j).culprits]).toEqual(['K10', two]);
  });
  it('ATK-P03: a coefficient that is the identity has no encoding', () => {
    const run = runKeygen(
      [4, 3],
      cheating(two, 'keygen/reveal', (sending) => ({
        ...sending,
        broadcast: concat(
          sending.broadcast.subarray(0, 33),
          new Uint8Array(33),
          sending.broadcast.subarray(66),
        ),
      })),
    );
    for (const j of [one, three, four])
      expect([abortOf(run, j).code, ...abortOf(run, j).culprits]).toEqual(['malformed', two]);
  });
});

describe('a false complaint', () => {
  const lie = confirming(three, (_, { directs, received }): BadShare => {
    expect(received.size).toBe(3);
    const signed = directs.get('2 2 3')!.bytes.slice(0, 271);
    return { kind: 'bad-share', against: two, signed, salt: bytes(1), plaintext: bytes(1) };
  });
  it('ATK-P44: names the complainer, and keeps the dealer', () => {
    const run = runKeygen([4, 3], lie);
    for (const j of [one, two, four]) {
      expect([abortOf(run, j).code, ...abortOf(run, j).culprits]).toEqual(['false-complaint', three]);
      const { evidence } = abortOf(run, j);
      expect(judge(evidence!, run.spec, run.rounds[0]).guilty).toBe('accused');
      expect(judge({ ...evidence!, accused: two }, run.spec, run.rounds[0]).guilty).toBe('accuser');
    }
  });
  it('ATK-P44, positive control: nodes that believe every complaint exclude an honest dealer', () => {
    off.add('judging');
    const run = runKeygen([4, 3], lie);
    for (const j of [one, two, four]) expect(abortOf(run, j).culprits).toEqual([two]);
  });
});
