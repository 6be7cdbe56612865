import { describe, expect, it } from 'vitest';

import { partyIndex } from '../../../../src/crypto/brand.ts';
import { holdersOf, isApproved, termsOf } from '../../../../src/protocols/ceremony/change.ts';
import { changeOf, firstEpoch, signedBy } from '../../audit/support/epochs.ts';
import { signedDefinition } from '../../audit/support/folders.ts';

const { lock } = firstEpoch(4, 3);
const { record } = lock;
const plan = changeOf(lock, { committee: [1, 2, 5], required: 2, lost: [4] });

describe('the approval of an epoch change', () => {
  it('takes every new member, and as many who hold a share as sign together', () => {
    expect(isApproved(signedBy(plan), record)).toBe(true);
    expect(isApproved(signedBy(plan, [1, 2, 3, 5]), record)).toBe(true);
  });

  it('is not there without a member that joins or stays', () => {
    for (const missing of [1, 2, 5])
      expect(
        isApproved(
          signedBy(
            plan,
            [1, 2, 3, 4, 5].filter((j) => j !== missing),
          ),
          record,
        ),
      ).toBe(false);
  });

  it('is not there when only so many dealers sign that they could not sign for the key', () => {
    expect(isApproved(signedBy(plan, [1, 2, 5]), record)).toBe(false);
    // The share of 4 is lost: its word does not stand for one.
    expect(isApproved(signedBy(plan, [1, 2, 4, 5]), record)).toBe(false);
  });

  it('is not there for a signature in another role', () => {
    const { signatures } = signedBy(plan);
    const other = { ...plan, change: { ...plan.change, lost: [] } };
    expect(isApproved({ definition: other, signatures }, record)).toBe(false);
  });

  it('is nothing that a key generation has', () => {
    expect(isApproved(signedDefinition(4, 3), record)).toBe(false);
  });
});

describe('the terms of an epoch change', () => {
  const everybody = [1, 2, 3, 4, 5].map((j) => partyIndex(j));
  it('let deal who holds a share and takes part', () => {
    expect(holdersOf(plan, record)).toEqual([1, 2, 3]);
    expect(termsOf(plan, record, everybody)).toEqual({
      dealers: [1, 2, 3],
      members: [1, 2, 5],
      threshold: 2,
    });
    expect(termsOf(plan, record, everybody.slice(1)).dealers).toEqual([2, 3]);
  });
});
