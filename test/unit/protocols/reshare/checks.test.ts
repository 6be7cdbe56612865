import { describe, expect, it } from 'vitest';

import { type PartyIndex, partyIndex } from '../../../../src/crypto/brand.ts';
import { G, Point, actBase, scalar } from '../../../../src/crypto/secp256k1.ts';
import { evaluate, feldmanCommit } from '../../../../src/crypto/shamir.ts';
import { publicShareOf } from '../../../../src/protocols/epoch.ts';
import { at } from '../../../../src/protocols/kernel/protocol.ts';
import type { ReshareTerms } from '../../../../src/protocols/kernel/spec.ts';
import {
  acknowledgesAsPlanned,
  dealsAsPlanned,
  dealsItsShare,
  hasEnoughDealers,
  isChainCodeOf,
  isEvaluationOf,
  isLegalReshare,
  isNewShare,
  isUsableSharing,
  keepsKey,
  preparesSame,
  votesAsPlanned,
} from '../../../../src/protocols/reshare/checks.ts';
import { heldEpoch, reshareSpec, seats, terms, valueOf } from '../support/reshare-run.ts';

const epoch = heldEpoch(3, seats(1, 2, 3, 4));
const old = epoch.record;
const plan = terms(2, seats(2, 4, 7), seats(1, 2, 3));
const { participants } = reshareSpec(epoch, plan);
const [one, two, seven] = [partyIndex(1), partyIndex(2), partyIndex(7)];
const bytes = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);

describe('H1, a plan', () => {
  const isLegal = (change: Partial<ReshareTerms>, of = participants): boolean =>
    isLegalReshare(old, { ...plan, ...change }, of);
  it('names enough dealers that hold shares, and a committee that can sign', () => {
    expect(isLegal({})).toBe(true);
    expect(isLegal({ threshold: 1 })).toBe(false);
    expect(isLegal({ threshold: 4 })).toBe(false);
    expect(isLegal({ members: seats(1, 2, 4, 7), threshold: 2 })).toBe(false);
    expect(isLegal({ dealers: seats(1, 2) })).toBe(false);
    expect(isLegal({ dealers: seats(1, 2, 7) })).toBe(false);
    expect(isLegal({ dealers: seats(1, 3, 2) })).toBe(false);
    expect(isLegal({ members: seats(2, 7, 4) })).toBe(false);
    expect(isLegal({ members: seats(2, 4, 9) })).toBe(false);
  });
  it('leaves every old member on its seat, and gives its seat to nobody else', () => {
    const identityPk = participants.find(({ index }) => index === seven)!.identityPk;
    const taken = participants.map((seat) => (seat.index === two ? { ...seat, identityPk } : seat));
    expect(isLegal({}, taken)).toBe(false);
    const moved = participants.map((seat) =>
      seat.index === seven ? { ...seat, identityPk: old.members[2]!.identityPk } : seat,
    );
    expect(isLegal({}, moved)).toBe(false);
  });
});

describe('H3, what is dealt', () => {
  const says = (j: PartyIndex, F: readonly Point[]): boolean => dealsAsPlanned(plan, j, { kind: 'dealt', F });
  it('has exactly as many coefficients as the new threshold, and comes from the dealers', () => {
    expect(says(one, [G, G])).toBe(true);
    for (const F of [[], [G], [G, G, G], [G, Point.identity]]) expect(says(one, F)).toBe(false);
    expect(says(seven, [G, G])).toBe(false);
    expect(dealsAsPlanned(plan, seven, { kind: 'nothing' })).toBe(true);
    expect(dealsAsPlanned(plan, one, { kind: 'nothing' })).toBe(false);
  });
});

describe('H4 to H6, a deal', () => {
  const Q = [valueOf(at(epoch.shares, one)), scalar(77n)];
  const F = feldmanCommit(Q);
  it('is of the share that its dealer holds in this epoch', () => {
    expect(dealsItsShare(old, one, F)).toBe(true);
    expect(dealsItsShare(old, two, F)).toBe(false);
    expect(dealsItsShare(heldEpoch(3, seats(1, 2, 3, 4), 'stale').record, one, F)).toBe(false);
    expect(dealsItsShare(old, one, [])).toBe(false);
  });
  it('is the value of the polynomial at the receiver', () => {
    expect(isEvaluationOf(F, seven, { share: evaluate(Q, seven) })).toBe(true);
    expect(isEvaluationOf(F, two, { share: evaluate(Q, seven) })).toBe(false);
    expect(isEvaluationOf([], two, { share: scalar(5n) })).toBe(false);
  });
  it('brings the chain code of the key', () => {
    expect(isChainCodeOf(old, epoch)).toBe(true);
    expect(isChainCodeOf(old, { chainCode: bytes(1) })).toBe(false);
  });
});

describe('H7, a vote', () => {
  const ok = { kind: 'ok' } as const;
  it('has an entry for every dealer, and comes from the new members', () => {
    expect(votesAsPlanned(plan, seven, { kind: 'vote', opinions: [ok, ok, ok] })).toBe(true);
    expect(votesAsPlanned(plan, seven, { kind: 'vote', opinions: [ok, ok] })).toBe(false);
    expect(votesAsPlanned(plan, seven, { kind: 'nothing' })).toBe(false);
    expect(votesAsPlanned(plan, one, { kind: 'vote', opinions: [ok, ok, ok] })).toBe(false);
    expect(votesAsPlanned(plan, one, { kind: 'nothing' })).toBe(true);
  });
});

describe('H8, the new sharing', () => {
  it('is made by as many dealers as fix the key', () => {
    expect(hasEnoughDealers(old, seats(1, 2, 3))).toBe(true);
    expect(hasEnoughDealers(old, seats(1, 2))).toBe(false);
  });
  it('is of the same key', () => {
    expect(keepsKey(old, old.commitments)).toBe(true);
    expect(keepsKey(old, [G])).toBe(false);
    expect(keepsKey(old, [])).toBe(false);
  });
  it('has the degree that it says, and no share that is publicly zero', () => {
    expect(isUsableSharing(old.commitments, seats(1, 2))).toBe(true);
    expect(isUsableSharing([G, Point.identity], seats(1, 2))).toBe(false);
    const zeroAtTwo = feldmanCommit([scalar(-2n), scalar(1n)]);
    expect(isUsableSharing(zeroAtTwo, seats(1, 3))).toBe(true);
    expect(isUsableSharing(zeroAtTwo, seats(1, 2))).toBe(false);
  });
  it('promises the share that the member has', () => {
    const share = valueOf(at(epoch.shares, two));
    expect(isNewShare(publicShareOf(old, two), share)).toBe(true);
    expect(isNewShare(actBase(scalar(5n)), share)).toBe(false);
  });
});

describe('H9, an acknowledgement', () => {
  const said = { kind: 'acknowledged', certHash: bytes(1), proof: { N: G, z: scalar(1n) } } as const;
  it('comes from the new members, and from nobody else', () => {
    expect(acknowledgesAsPlanned(plan, seven, said)).toBe(true);
    expect(acknowledgesAsPlanned(plan, seven, { kind: 'nothing' })).toBe(false);
    expect(acknowledgesAsPlanned(plan, one, said)).toBe(false);
    expect(acknowledgesAsPlanned(plan, one, { kind: 'nothing' })).toBe(true);
  });
  it('is of the same epoch', () => {
    expect(preparesSame(bytes(1), bytes(1))).toBe(true);
    expect(preparesSame(bytes(1), bytes(2))).toBe(false);
  });
});
