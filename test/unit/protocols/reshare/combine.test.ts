import { describe, expect, it } from 'vitest';

import { partyIndex } from '../../../../src/crypto/brand.ts';
import { Bug } from '../../../../src/crypto/errors.ts';
import { scalar } from '../../../../src/crypto/secp256k1.ts';
import { evaluate, feldmanCommit, interpolateAtZero } from '../../../../src/crypto/shamir.ts';
import { epochIdOf, publicKeyOf, publicShareOf } from '../../../../src/protocols/epoch.ts';
import { at, forParties } from '../../../../src/protocols/kernel/protocol.ts';
import { identitiesOf } from '../../../../src/protocols/kernel/spec.ts';
import { feldmanHash } from '../../../../src/protocols/reshare/activation.ts';
import { combineCommitments, dealerSet, prepare } from '../../../../src/protocols/reshare/combine.ts';
import { isNewShare } from '../../../../src/protocols/reshare/checks.ts';
import { heldEpoch, reshareSpec, seats, terms, testSid, valueOf } from '../support/reshare-run.ts';

const epoch = heldEpoch(3, seats(1, 2, 3, 4));
const old = epoch.record;
const plan = terms(2, seats(2, 6, 7), seats(1, 2, 4));
const Q = forParties(plan.dealers, (i) => [valueOf(at(epoch.shares, i)), scalar(BigInt(100 + i))]);
const F = forParties(plan.dealers, (i) => feldmanCommit(at(Q, i)));

describe('the dealers that count', () => {
  it('are the first, as many as the old threshold', () => {
    expect(dealerSet(old, seats(1, 2, 3, 4))).toEqual(seats(1, 2, 3));
    expect(dealerSet(old, seats(2, 3, 4))).toEqual(seats(2, 3, 4));
  });
});

describe('the new sharing', () => {
  const identityPks = identitiesOf(reshareSpec(epoch, plan));
  const prepared = prepare(old, { sid: testSid, terms: plan, identityPks }, plan.dealers, F);

  it('is of the same key, and every share is the weighted sum of what was dealt', () => {
    expect(publicKeyOf(prepared.record).equals(publicKeyOf(old))).toBe(true);
    for (const j of plan.members) {
      const share = interpolateAtZero(forParties(plan.dealers, (i) => evaluate(at(Q, i), j)));
      expect(isNewShare(publicShareOf(prepared.record, j), share)).toBe(true);
    }
    expect(combineCommitments(plan, plan.dealers, F)).toEqual(prepared.record.commitments);
  });
  it('follows the old epoch, with the seats of the plan and the chain code of the key', () => {
    const { keyId, epochNo, threshold, members, ccHash, prevEpochId, originSid } = prepared.record;
    expect({ keyId, ccHash }).toEqual({ keyId: old.keyId, ccHash: old.ccHash });
    expect([epochNo, threshold, members.map(({ index }) => index)]).toEqual([1, 2, seats(2, 6, 7)]);
    expect([prevEpochId, originSid]).toEqual([epochIdOf(old), testSid]);
    expect(prepared.dealers).toEqual(
      plan.dealers.map((index) => ({ index, feldmanHash: feldmanHash(at(F, index)) })),
    );
  });
  it('cannot be made without what a dealer published', () => {
    expect(() => combineCommitments(plan, seats(1, 2, 3), F)).toThrow(Bug);
    expect(F.has(partyIndex(3))).toBe(false);
  });
});
