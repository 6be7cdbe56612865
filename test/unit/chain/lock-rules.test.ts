import { describe, expect, it } from 'vitest';

import { isServable, lockProblems, rulesFor, settledRules } from '../../../src/chain/lock-rules.ts';
import { type Lock, isComplete, lockHash, lockOfActivation } from '../../../src/chain/lock.ts';
import type { ActivationCertificate } from '../../../src/protocols/reshare/activation.ts';
import {
  certified,
  changeOf,
  completed,
  firstEpoch,
  nextEpoch,
  redealt,
  signWhole,
  signedBy,
} from '../audit/support/epochs.ts';
import { scalarToBytes } from '../../../src/crypto/secp256k1.ts';
import { thirtyTwo } from '../audit/support/folders.ts';

const first = firstEpoch(4, 3);
const wish = { committee: [1, 2, 3, 5, 6], required: 4 };
const { lock } = nextEpoch(first, wish);
const plan = changeOf(first.lock, wish);
const { prepared, shares } = redealt(first, plan, { label: 'epoch 1' });
const activation = certified(first.lock.record, prepared, shares);
const open = lockOfActivation(signedBy(plan), 0, activation, lockHash(first.lock));
const secret = scalarToBytes(first.key.secret);
const withCertificate = (change: Partial<ActivationCertificate>): Lock =>
  lockOfActivation(signedBy(plan), 0, { ...activation, ...change }, lockHash(first.lock));

describe('a lock of an epoch change', () => {
  it('serves as soon as its certificate holds, and is complete when nothing is missing', () => {
    expect(lockProblems(open, first.lock)).toEqual([]);
    expect(isServable(open, first.lock)).toBe(true);
    expect(isComplete(open)).toBe(false);
    expect(isServable(lock, first.lock)).toBe(true);
    expect(isComplete(lock)).toBe(true);
    expect(settledRules.map(({ holds }) => holds(lock))).toEqual([true]);
    expect(settledRules.map(({ holds }) => holds(open))).toEqual([false]);
  });

  it('is settled by as many countersignatures as sign: who is away must not hold up the key', () => {
    const some = completed(open, secret, [1, 2, 3, 6]);
    const one = { ...some, proofs: [] };
    expect(settledRules.map(({ holds }) => holds(one))).toEqual([true]);
    const fewer = { ...one, signatures: one.signatures.slice(1) };
    expect(settledRules.map(({ holds }) => holds(fewer))).toEqual([false]);
    expect([one, fewer].map((each) => isServable(each, first.lock))).toEqual([true, true]);
    expect(isComplete(some)).toBe(false);
  });

  it('does not serve without the lock before it, which a new key does not have', () => {
    expect(isServable(open, undefined)).toBe(false);
    expect(lockProblems(open, undefined)).toEqual([]);
    expect(isServable(first.lock, undefined)).toBe(true);
    expect(isServable({ ...first.lock, signatures: [] }, undefined)).toBe(false);
  });

  const other = firstEpoch(4, 3, 'another');
  const [ack, ...acks] = activation.acks;
  const [commit, ...commits] = activation.commits;
  const [dealer, ...dealers] = prepared.dealers;
  const [proof, ...proofs] = lock.proofs;
  const [seal, ...seals] = lock.signatures;
  const [swap] = acks;
  if (!ack || !swap || !commit || !dealer || !proof || !seal) throw new RangeError('a whole lock');
  const later = changeOf(first.lock, { ...wish, sequence: 1n });
  const grown = changeOf(first.lock, { ...wish, committee: [1, 2, 3, 5, 7] });
  const resigned = signWhole(secret, thirtyTwo('another message'));
  const bad: readonly (readonly [what: RegExp, standsAlone: boolean, changed: Lock])[] = [
    [/parts belong to one epoch/, true, { ...open, root: thirtyTwo('x') }],
    [/parts belong to one epoch/, true, { ...open, sid: first.lock.sid }],
    [/every new member has signed/, true, { ...open, definition: signedBy(plan, [1, 2, 3, 4, 5]) }],
    [/committee of the key/, true, { ...open, definition: signedBy(grown) }],
    [/committee of the key/, true, { ...open, definition: signedBy({ ...plan, required: 5 }) }],
    [/test signatures/, true, { ...lock, proofs: [proof, proof] }],
    [/test signatures/, true, { ...lock, proofs: [...proofs, proof] }],
    [/test signatures/, true, { ...lock, proofs: [{ ...proof, signature: resigned }] }],
    [/countersignatures/, true, { ...lock, signatures: [seal, seal] }],
    [/countersignatures/, true, { ...lock, signatures: [...seals, seal] }],
    [
      /countersignatures/,
      true,
      { ...lock, signatures: [{ ...seal, signature: seals[0]?.signature ?? seal.signature }] },
    ],
    [/countersignatures/, true, { ...lock, attempt: 1 }],
    [/names the lock before it|epoch after/, true, { ...open, previousLockHash: lockHash(other.lock) }],
    [/names the lock before it|epoch after/, true, { ...open, previousLockHash: undefined }],
    [/definition fits/, false, { ...open, definition: signedBy(later) }],
    [
      /enough members/,
      false,
      {
        ...open,
        definition: signedBy(
          { ...plan, change: { ...plan.change, lost: plan.change.leaving } },
          [1, 2, 5, 6],
        ),
      },
    ],
    [/certificate|proven their shares/, true, withCertificate({ acks })],
    [/certificate|proven their shares/, true, withCertificate({ acks: [swap, ...acks] })],
    [
      /certificate|proven their shares/,
      true,
      withCertificate({ acks: [{ ...ack, proof: swap.proof }, ...acks] }),
    ],
    [/certificate|proven their shares/, true, withCertificate({ commits })],
    [
      /certificate|proven their shares/,
      true,
      withCertificate({
        commits: [commit, ...commits].map((one) => ({ ...one, signature: commit.signature })),
      }),
    ],
    [/certificate/, false, withCertificate({ prepared: { ...prepared, dealers } })],
  ];
  it.each(bad)('does not serve unless %s', (what, standsAlone, changed) => {
    expect(isServable(changed, first.lock)).toBe(false);
    expect(lockProblems(changed, first.lock).join('; ')).toMatch(what);
    if (standsAlone) expect(lockProblems(changed, undefined).join('; ')).toMatch(what);
  });

  it('does not serve over the lock of another key, or of another epoch', () => {
    expect(lockProblems(open, other.lock)).toHaveLength(3);
    expect(isServable(nextEpoch(nextEpoch(first)).lock, first.lock)).toBe(false);
  });

  it('is measured by other rules than a new key, so that neither stands for the other', () => {
    expect(rulesFor(first.lock, undefined)).toHaveLength(5);
    expect(rulesFor(lock, undefined)).toHaveLength(8);
    expect(rulesFor(lock, first.lock)).toHaveLength(9);
    const posing: Lock = { ...first.lock, certificate: open.certificate };
    expect(isServable(posing, undefined)).toBe(false);
    expect(lockProblems({ ...open, certificate: first.lock.certificate }, first.lock)).toContain(
      'its certificate makes it follow the epoch before',
    );
  });
});
