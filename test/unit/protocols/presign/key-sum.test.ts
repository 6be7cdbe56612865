import { describe, expect, it } from 'vitest';

import { type PartyIndex, partyIndex } from '../../../../src/crypto/brand.ts';
import { bigintToBytes, bytesToBigint } from '../../../../src/crypto/bytes.ts';
import {
  G,
  act,
  actBase,
  add,
  multiply,
  randomScalar,
  scalar,
  scalarToBytes,
} from '../../../../src/crypto/secp256k1.ts';
import { lagrangeAtZero } from '../../../../src/crypto/shamir.ts';
import { type Party, at, forParties } from '../../../../src/protocols/kernel/protocol.ts';
import {
  allFragments,
  disputesOf,
  explainsShare,
  fragmentsOf,
  isHonestProof,
  isHonestStatement,
  proofsOf,
  sumCaseOf,
} from '../../../../src/protocols/presign/key-sum.ts';
import type { Confirmation, Fragments } from '../../../../src/protocols/presign/messages.ts';
import { scalarAt, zeroShareOf, zeroShares } from '../../../../src/protocols/presign/secrets.ts';
import { rngOf } from '../../../sim/cluster.ts';
import { dealKey, idleParty } from '../../../sim/signing.ts';

const key = dealKey(3, 4);
const quorum = [1, 2, 4].map((j) => partyIndex(j));
const [one, two, four] = [partyIndex(1), partyIndex(2), partyIndex(4)];
const BATCH = 2;
const base = idleParty(key, quorum);
const rng = rngOf('key sum', one);
const esks = forParties(quorum, () => randomScalar(rng));
const epks = forParties(quorum, (j) => actBase(at(esks, j)));
const parties = forParties(quorum, (self): Party => {
  const others = quorum.filter((j) => j !== self);
  const sharedX = forParties(others, (j) => bigintToBytes(act(at(esks, self), at(epks, j)).x, 32));
  const keys = { esk: scalarToBytes(at(esks, self)), epks, sharedX, wipe: () => undefined };
  return { ...base, self, others, keys };
});

/** Everybody's R3, in which some have shifted their share of instance 1. */
const caseWith = (shifts: ReadonlyMap<PartyIndex, bigint>) =>
  sumCaseOf({
    sid: base.sid,
    parties: quorum,
    record: key.record,
    epks,
    reveals: forParties(quorum, (j) => {
      const share = scalar(bytesToBigint(at(key.shares, j)));
      const weighted = multiply(lagrangeAtZero(j, quorum), share);
      const zeta = zeroShares(at(parties, j), BATCH);
      const pk = [0, 1].map((s) =>
        actBase(add(add(weighted, scalarAt(zeta, s)), scalar(s === 1 ? (shifts.get(j) ?? 0n) : 0n))),
      );
      return { salt: new Uint8Array(32), R: [G, G], pk };
    }),
  });

const honest = forParties(quorum, (j) => fragmentsOf(at(parties, j), 1));
/** What party 2 says instead of its fragment with another one. */
const lying = (place: number, delta: bigint): Fragments => {
  const said = at(honest, two);
  return { ...said, f: said.f.map((f, n) => (n === place ? add(f, scalar(delta)) : f)) };
};
const ok = { kind: 'ok', ok: new Uint8Array(32).fill(1) } as const;
const shifted = caseWith(new Map([[two, 5n]]));

describe('the sum of the shares of the key', () => {
  it('fails in the first instance in which somebody has shifted its share, and in no other case', () => {
    expect(caseWith(new Map()).failed).toBeUndefined();
    expect(shifted.failed).toBe(1);
    expect(
      caseWith(
        new Map([
          [two, 5n],
          [four, -5n],
        ]),
      ).failed,
    ).toBeUndefined();
  });

  it('is shifted by shares of zero, which both ends of a pair know, and which add up to nothing', () => {
    expect(at(honest, one).f[1]).toBe(at(honest, four).f[0]);
    const zetas = quorum.map((self) => {
      const others = quorum.filter((j) => j !== self);
      return zeroShareOf(self, new Map(others.map((j, n) => [j, at(honest, self).f[n] ?? scalar(0n)])));
    });
    expect(zetas.reduce((sum, zeta) => add(sum, zeta))).toBe(0n);
    expect(zetas[1]).toBe(scalarAt(zeroShares(at(parties, two), BATCH), 1));
  });
});

describe('what a party says of it in R4', () => {
  it('is an ok where all shares add up, and fragments of the one instance that fails', () => {
    const right = caseWith(new Map());
    expect(isHonestStatement(right, one, ok)).toBe(true);
    expect(isHonestStatement(right, one, at(honest, one))).toBe(false);
    expect(isHonestStatement(shifted, one, ok)).toBe(false);
    expect(isHonestStatement(shifted, one, at(honest, one))).toBe(true);
    expect(isHonestStatement(shifted, one, { ...at(honest, one), instance: 0 })).toBe(false);
    expect(isHonestStatement(shifted, one, { ...at(honest, one), instance: 9 })).toBe(false);
  });

  it('explains its own share, whatever the others say', () => {
    for (const j of [one, four]) expect(explainsShare(shifted, j, at(honest, j))).toBe(true);
    expect(explainsShare(shifted, two, at(honest, two))).toBe(false);
    expect(explainsShare(shifted, two, lying(0, 5n))).toBe(true);
    expect(explainsShare(shifted, two, lying(1, -5n))).toBe(true);
    expect(explainsShare(shifted, two, lying(1, 5n))).toBe(false);
  });
});

describe('what a party shows in R5', () => {
  const said = new Map([...honest, [two, lying(0, 5n)]]);

  it('is about the pairs whose ends have said two things', () => {
    expect(quorum.map((j) => disputesOf(quorum, honest, j))).toEqual([[], [], []]);
    expect(quorum.map((j) => disputesOf(quorum, said, j))).toEqual([[two], [one], []]);
    expect(proofsOf(at(parties, one), said).map(({ peer }) => peer)).toEqual([two]);
  });

  it('convicts who has said another fragment than its pair has, and nobody else', () => {
    const verdicts = quorum.map((j) => isHonestProof(shifted, said, j, proofsOf(at(parties, j), said)));
    expect(verdicts).toEqual([true, false, true]);
  });

  it('is every disputed pair, no other one, and each with its proof', () => {
    const proofs = proofsOf(at(parties, one), said);
    const [proof] = proofs;
    if (proof === undefined) throw new RangeError('nothing to show');
    expect(isHonestProof(shifted, said, one, [])).toBe(false);
    expect(isHonestProof(shifted, said, one, [proof, proof])).toBe(false);
    expect(isHonestProof(shifted, said, one, [{ ...proof, peer: four }])).toBe(false);
    expect(isHonestProof(shifted, said, one, [{ ...proof, D: proof.D.add(G) }])).toBe(false);
    const z = scalar(proof.proof.z + 1n);
    expect(isHonestProof(shifted, said, one, [{ ...proof, proof: { ...proof.proof, z } }])).toBe(false);
    expect(isHonestProof(shifted, said, four, [proof])).toBe(false);
  });
});

describe('the statements of all', () => {
  it('are fragments only where nobody confirms', () => {
    expect(allFragments(honest)?.size).toBe(3);
    expect(allFragments(new Map<PartyIndex, Confirmation>([...honest, [two, ok]]))).toBeUndefined();
  });
});
