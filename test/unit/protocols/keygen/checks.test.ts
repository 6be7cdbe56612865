import { describe, expect, it } from 'vitest';

import { type PartyIndex, partyIndex } from '../../../../src/crypto/brand.ts';
import { seededRng } from '../../../../src/crypto/drbg.ts';
import { identityPublicKey, partyIdOf, signFor } from '../../../../src/crypto/ed25519.ts';
import { sessionId } from '../../../../src/crypto/brand.ts';
import * as dlog from '../../../../src/crypto/proofs/dlog.ts';
import { G, Point, type Scalar, actBase, multiply, scalar, sum } from '../../../../src/crypto/secp256k1.ts';
import { evaluate, feldmanCommit, randomPolynomial } from '../../../../src/crypto/shamir.ts';
import {
  certifies,
  confirmsSame,
  hasDegreeOf,
  holdsShare,
  interpolatesToKey,
  isLegalCommittee,
  isShareOf,
  isUsable,
  knowsConstantTerm,
  opensCommitment,
} from '../../../../src/protocols/keygen/checks.ts';
import {
  type Joint,
  type Speaker,
  combine,
  commitmentOf,
  constantTermContext,
  shareContext,
} from '../../../../src/protocols/keygen/joint.ts';
import type { Reveal } from '../../../../src/protocols/keygen/messages.ts';
import { members } from '../../../sim/cluster.ts';

const rng = seededRng(new Uint8Array(32).fill(7));
const sid = sessionId(new Uint8Array(32).fill(1));
const parties: readonly PartyIndex[] = [1, 2, 3].map((i) => partyIndex(i));
const [p1, p2, p3] = parties as readonly [PartyIndex, PartyIndex, PartyIndex];
const speaker = (index: PartyIndex): Speaker => ({
  sid,
  index,
  pid: partyIdOf(identityPublicKey(members(3)[index - 1]!.seed)),
});

const fs = new Map(parties.map((j) => [j, randomPolynomial(1, rng)]));
const revealOf = (j: PartyIndex, f = fs.get(j)!): Reveal => {
  const F = feldmanCommit(f);
  const pok = dlog.prove(constantTermContext(speaker(j), F), { X: F[0]! }, { x: f[0]! }, rng);
  return { F, pok, cc: rng(32), salt: rng(32) };
};
const reveals = new Map(parties.map((j) => [j, revealOf(j)]));
const mine = reveals.get(p1)!;
const joint = combine(sid, parties, 2, reveals);
const shareFor = (j: PartyIndex): Scalar => sum([...fs.values()].map((f) => evaluate(f, j)));
const flip = (bytes: Uint8Array): Uint8Array => bytes.map((byte, i) => (i === 0 ? byte ^ 1 : byte));

describe('K1', () => {
  it('holds for three of four and for two of two', () => {
    expect(
      isLegalCommittee(
        3,
        [1, 2, 3, 4].map((i) => partyIndex(i)),
      ),
    ).toBe(true);
    expect(isLegalCommittee(2, [p1, p2])).toBe(true);
  });
  it('refuses half of the members, more than all, one, and an index that is there twice', () => {
    expect(
      isLegalCommittee(
        2,
        [1, 2, 3, 4].map((i) => partyIndex(i)),
      ),
    ).toBe(false);
    expect(isLegalCommittee(4, parties)).toBe(false);
    expect(isLegalCommittee(1, [p1])).toBe(false);
    expect(isLegalCommittee(2, [p1, p2, p2])).toBe(false);
  });
});

describe('K3', () => {
  it('holds for exactly the threshold', () => {
    expect(hasDegreeOf(2, mine.F)).toBe(true);
  });
  it('refuses none, one less, one more, and a coefficient that is the identity', () => {
    for (const F of [[], mine.F.slice(1), [...mine.F, G], [mine.F[0]!, Point.identity]])
      expect(hasDegreeOf(2, F)).toBe(false);
  });
});

describe('K4', () => {
  const com = commitmentOf(speaker(p1), mine);
  it('holds for what was committed to', () => {
    expect(opensCommitment(speaker(p1), com, mine)).toBe(true);
  });
  const changed: Readonly<Record<string, Reveal>> = {
    'another vector': { ...mine, F: [mine.F[0]!, G] },
    'a vector in another order': { ...mine, F: [...mine.F].reverse() },
    'another proof': { ...mine, pok: { ...mine.pok, N: G } },
    'another response': { ...mine, pok: { ...mine.pok, z: scalar(1n) } },
    'another chain code': { ...mine, cc: flip(mine.cc) },
    'another salt': { ...mine, salt: flip(mine.salt) },
  };
  for (const [what, reveal] of Object.entries(changed))
    it(`refuses ${what}`, () => {
      expect(opensCommitment(speaker(p1), com, reveal)).toBe(false);
    });
  it('refuses the commitment of another party, and of another session', () => {
    expect(opensCommitment(speaker(p2), com, mine)).toBe(false);
    const other = { ...speaker(p1), sid: sessionId(new Uint8Array(32).fill(2)) };
    expect(opensCommitment(other, com, mine)).toBe(false);
  });
});

describe('K5', () => {
  it('holds for the dealer', () => {
    expect(knowsConstantTerm(speaker(p1), mine)).toBe(true);
  });
  it('refuses a copied proof, another constant, another vector behind it, and no vector', () => {
    expect(knowsConstantTerm(speaker(p2), mine)).toBe(false);
    expect(knowsConstantTerm(speaker(p1), { ...mine, F: [G, mine.F[1]!] })).toBe(false);
    expect(knowsConstantTerm(speaker(p1), { ...mine, F: [mine.F[0]!, G] })).toBe(false);
    expect(knowsConstantTerm(speaker(p1), { ...mine, F: [] })).toBe(false);
  });
});

describe('K6', () => {
  it('holds for the value of the polynomial at the party', () => {
    expect(isShareOf(mine.F, p2, evaluate(fs.get(p1)!, p2))).toBe(true);
  });
  it('refuses the value at another party', () => {
    expect(isShareOf(mine.F, p2, evaluate(fs.get(p1)!, p3))).toBe(false);
  });
  it('takes a polynomial that is zero at the party for what it is, without a crash (N3)', () => {
    const a = fs.get(p1)![0]!;
    const f = [multiply(a, scalar(2n)), multiply(a, scalar(-1n))]; // zero at 2
    expect(isShareOf(feldmanCommit(f), p2, scalar(0n))).toBe(true);
    expect(isShareOf(feldmanCommit(f), p2, scalar(1n))).toBe(false);
    expect(isShareOf([], p2, scalar(1n))).toBe(false);
  });
});

describe('K7', () => {
  it('holds for a sum of honest contributions', () => {
    expect(isUsable(joint)).toBe(true);
  });
  it('refuses a coefficient or a public share that is the identity', () => {
    expect(isUsable({ ...joint, C: [joint.C[0]!, Point.identity] })).toBe(false);
    const publicShares = new Map([...joint.publicShares, [p3, Point.identity] as const]);
    expect(isUsable({ ...joint, publicShares })).toBe(false);
  });
});

describe('K8', () => {
  it('holds for the same 32 bytes and no others', () => {
    expect(confirmsSame(joint.cc, joint.cc.slice())).toBe(true);
    expect(confirmsSame(flip(joint.cc), joint.cc)).toBe(false);
    expect(confirmsSame(joint.cc.slice(1), joint.cc)).toBe(false);
  });
});

describe('K9', () => {
  const prove = (j: PartyIndex, of: Joint = joint): dlog.Proof =>
    dlog.prove(shareContext(speaker(j), of), { X: actBase(shareFor(j)) }, { x: shareFor(j) }, rng);
  it('holds for the party that has its share', () => {
    expect(holdsShare(speaker(p2), joint, { pop: prove(p2) })).toBe(true);
  });
  it('refuses the proof of another party, or for another chain code', () => {
    expect(holdsShare(speaker(p2), joint, { pop: prove(p1) })).toBe(false);
    expect(holdsShare(speaker(p2), joint, { pop: prove(p2, { ...joint, cc: flip(joint.cc) }) })).toBe(false);
  });
});

describe('K11', () => {
  const { seed } = members(1)[0]!;
  const pk = identityPublicKey(seed);
  const hash = new Uint8Array(32).fill(9);
  it('holds for the signature of this hash for this purpose', () => {
    expect(certifies(pk, hash, signFor('dkg', seed, hash))).toBe(true);
  });
  it('refuses another hash, another identity, and a signature for another purpose', () => {
    expect(certifies(pk, flip(hash), signFor('dkg', seed, hash))).toBe(false);
    expect(certifies(identityPublicKey(members(2)[1]!.seed), hash, signFor('dkg', seed, hash))).toBe(false);
    expect(certifies(pk, hash, signFor('env', seed, hash))).toBe(false);
  });
});

describe('K12', () => {
  it('holds for honest public shares', () => {
    expect(interpolatesToKey(2, joint.publicShares, joint.C[0]!)).toBe(true);
  });
  it('refuses one public share off the polynomial, wherever it stands', () => {
    for (const j of [p1, p3])
      expect(interpolatesToKey(2, new Map([...joint.publicShares, [j, G]]), joint.C[0]!)).toBe(false);
    expect(interpolatesToKey(2, joint.publicShares, G)).toBe(false);
  });
});
