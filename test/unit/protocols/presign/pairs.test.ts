import { describe, expect, it } from 'vitest';

import { add, multiply, scalar } from '../../../../src/crypto/secp256k1.ts';
import { type Party, at } from '../../../../src/protocols/kernel/protocol.ts';
import { openRList, openYList } from '../../../../src/protocols/ot/base-ot.ts';
import { chiOf } from '../../../../src/protocols/ot/rvole.ts';
import { actBase } from '../../../../src/crypto/secp256k1.ts';
import { instanceAt, partsOf } from '../../../../src/protocols/presign/instance.ts';
import { pairId } from '../../../../src/protocols/presign/joint.ts';
import {
  type SeededRun,
  answerBaseOts,
  finishExtension,
  multiplyAsAlice,
  multiplyAsBob,
  offerBaseOts,
} from '../../../../src/protocols/presign/pairs.ts';
import { SeedPhase } from '../../../../src/protocols/presign/phases.ts';
import { drawSecrets, scalarAt } from '../../../../src/protocols/presign/secrets.ts';
import { rngOf } from '../../../sim/cluster.ts';
import { dealKey, idleParty, quorumsOf } from '../../../sim/signing.ts';

const BATCH = 2;
const key = dealKey(2, 3);
const [quorum = []] = quorumsOf(key);
const base = idleParty(key, quorum);
const [one, two] = quorum.map((self): SeededRun => {
  const others = quorum.filter((j) => j !== self);
  const keys = { ...base.keys, sharedX: new Map(others.map((j) => [j, new Uint8Array(32).fill(9)])) };
  const party: Party = { ...base, self, others, keys, rng: rngOf('pairs', self) };
  return {
    party,
    batch: BATCH,
    secrets: drawSecrets(party, at(key.shares, self), BATCH),
    phase: new SeedPhase(),
  };
});

/** `alice` multiplies, `bob` holds the random factors. */
function prepare(alice: SeededRun, bob: SeededRun) {
  const [a, b] = [alice.party.self, bob.party.self];
  const rList = openRList(pairId(base.sid, a, b), offerBaseOts(alice, b));
  const answer = answerBaseOts(bob, a, rList);
  return finishExtension(alice, b, openYList(answer.yList), answer.extension);
}

describe('the steps of one pair', () => {
  if (one === undefined || two === undefined) throw new RangeError('no pair');
  const [first, second] = [prepare(one, two), prepare(two, one)];
  const multiplying = { ...one, phase: one.phase.forget() };

  it('extend alike at both ends, with other secrets in the other direction', () => {
    expect([first.ok, second.ok]).toEqual([true, true]);
    expect(first.delta).not.toEqual(second.delta);
    expect(chiOf(at(one.secrets.bob, two.party.self), 0)).not.toBe(
      chiOf(at(two.secrets.bob, one.party.self), 0),
    );
  });

  it('share the products of the nonce and of the key share with the factor of the other', () => {
    const message = multiplyAsAlice(multiplying, two.party.self, first);
    const points = (scalars: Uint8Array) => [0, 1].map((s) => actBase(scalarAt(scalars, s)));
    const reveal = { salt: new Uint8Array(32), R: points(one.secrets.r), pk: points(one.secrets.sk) };
    const psi = [0, 1].map((s) => scalarAt(partsOf(instanceAt(message, s)).psi, 0));
    const before = [0, 1].map((s) => scalarAt(two.secrets.m, s));
    const right = { isConsistent: true, isOfNonce: true, isOfKey: true };
    expect(multiplyAsBob(two, one.party.self, message, reveal)).toEqual([right, right]);
    for (const s of [0, 1]) {
      const chi = chiOf(at(two.secrets.bob, one.party.self), s);
      const sums = (name: 'sharesU' | 'sharesV') =>
        add(scalarAt(one.secrets[name], s), scalarAt(two.secrets[name], s));
      expect(sums('sharesU')).toBe(multiply(scalarAt(one.secrets.r, s), chi));
      expect(sums('sharesV')).toBe(multiply(scalarAt(one.secrets.sk, s), chi));
      // ψ + χ of the other direction is φ, and Bob has added ψ to m.
      const own = chiOf(at(one.secrets.bob, two.party.self), s);
      expect(add(psi[s] ?? scalar(0n), own)).toBe(scalarAt(one.secrets.phi, s));
      expect(scalarAt(two.secrets.m, s)).toBe(add(before[s] ?? scalar(0n), psi[s] ?? scalar(0n)));
    }
  });

  it('evaluate all three checks of all instances, whichever fails', () => {
    const message = multiplyAsAlice(multiplying, two.party.self, first);
    const G = actBase(scalar(1n));
    const reveal = { salt: new Uint8Array(32), R: [G, G], pk: [G, G] };
    const parts = partsOf(instanceAt(message, 1));
    parts.multiplication.set([1], parts.multiplication.length - 1);
    const verdicts = multiplyAsBob(two, one.party.self, message, reveal);
    expect(verdicts).toEqual([
      { isConsistent: true, isOfNonce: false, isOfKey: false },
      { isConsistent: false, isOfNonce: false, isOfKey: false },
    ]);
  });
});
