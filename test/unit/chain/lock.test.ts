import { describe, expect, it } from 'vitest';

import {
  type Lock,
  coreHash,
  fitsDefinition,
  hasSoundProofs,
  hasSoundSignatures,
  isCertified,
  isComplete,
  isCountersigned,
  isProofOf,
  isProvenByKey,
  isWhole,
  lockHash,
  lockOfActivation,
  testRequestOf,
  testWindows,
  unsignedBy,
} from '../../../src/chain/lock.ts';
import { partyIndex } from '../../../src/crypto/brand.ts';
import { q, scalar } from '../../../src/crypto/secp256k1.ts';
import { firstEpoch, nextEpoch } from '../audit/support/epochs.ts';
import { makeCeremony, thirtyTwo } from '../audit/support/folders.ts';

const { lock } = makeCeremony(4, 3, 'lock');
const { certificate } = lock;
if (certificate.kind !== 'keygen') throw new RangeError('a new key');
const other = makeCeremony(4, 3, 'another').lock;
const indices = (n: number) => Array.from({ length: n }, (_, i) => partyIndex(i + 1));

describe('the quorums that test a new key', () => {
  it('hold every member, are as few as that takes, and have the size that signs', () => {
    for (const [n, t] of [
      [2, 2],
      [3, 2],
      [4, 3],
      [5, 3],
      [9, 6],
      [16, 11],
    ] as const) {
      const windows = testWindows(indices(n), t);
      expect(windows).toHaveLength(Math.ceil(n / t));
      expect(new Set(windows.flat()).size).toBe(n);
      for (const window of windows) expect(new Set(window).size).toBe(t);
    }
    expect(testWindows(indices(4), 3)).toEqual([
      [1, 2, 3],
      [1, 2, 4],
    ]);
  });
});

describe('a lock', () => {
  it('holds when everything is there', () => {
    for (const holds of [fitsDefinition, isCertified, isProvenByKey, isCountersigned])
      expect(holds(lock)).toBe(true);
  });

  it('does not hold for the committee of another definition', () => {
    const { definition } = lock.definition;
    const change = (fields: Partial<typeof definition>): Lock => ({
      ...lock,
      definition: { ...lock.definition, definition: { ...definition, ...fields } },
    });
    expect(fitsDefinition(change({ required: 4 }))).toBe(false);
    expect(fitsDefinition(change({ committee: definition.committee.slice(1) }))).toBe(false);
    const seats = definition.committee.map((seat, i) =>
      i === 2 ? { ...seat, identityPk: thirtyTwo('x') } : seat,
    );
    expect(fitsDefinition(change({ committee: seats }))).toBe(false);
    const moved = definition.committee.map((seat, i) => (i === 3 ? { ...seat, index: partyIndex(5) } : seat));
    expect(fitsDefinition(change({ committee: moved }))).toBe(false);
  });

  it('is not certified when one signature is missing, another’s, or over another certificate', () => {
    const [first, second, ...rest] = certificate.signatures;
    if (first === undefined || second === undefined) throw new RangeError('four signatures');
    const swapped = [{ ...first, signature: second.signature }, second, ...rest];
    for (const change of [
      { ...certificate, signatures: certificate.signatures.slice(1) },
      { ...certificate, signatures: swapped },
      { ...certificate, signatures: [second, first, ...rest] },
      { ...certificate, hash: thirtyTwo('another') },
    ])
      expect(isCertified({ ...lock, certificate: change })).toBe(false);
  });

  it('is not proven by another key, quorum, window or parity, by fewer proofs, or by a high s', () => {
    const [first, second] = lock.proofs;
    if (first === undefined || second === undefined) throw new RangeError('two proofs');
    const { signature } = first;
    const wrong = [
      { ...first, signature: second.signature },
      { ...first, signature: other.proofs[0]?.signature ?? second.signature },
      { ...first, signers: second.signers },
      { ...first, signers: first.signers.slice(1) },
      { ...first, window: 1 },
      { ...first, window: 7 },
      { ...first, signature: { ...signature, yParity: signature.yParity === 0 ? 1 : 0 } as const },
      { ...first, signature: { ...signature, s: scalar(q - signature.s) } },
    ];
    expect(isProofOf(lock, first)).toBe(true);
    for (const proof of wrong) {
      expect(isProofOf(lock, proof)).toBe(false);
      expect(isProvenByKey({ ...lock, proofs: [proof, second] })).toBe(false);
    }
    expect(isProvenByKey({ ...lock, proofs: [first] })).toBe(false);
    expect(isProvenByKey({ ...lock, proofs: [first, second, second] })).toBe(false);
    expect(isProvenByKey({ ...lock, proofs: [second, first] })).toBe(false);
  });

  it('is not countersigned when one member has not, or has signed another lock', () => {
    const { signatures } = lock;
    expect(isCountersigned({ ...lock, signatures: signatures.slice(1) })).toBe(false);
    expect(isCountersigned({ ...lock, signatures: other.signatures })).toBe(false);
    expect(isCountersigned({ ...lock, attempt: 2 })).toBe(false);
  });

  it('has another name for everything that is in it but identity signatures', () => {
    const names = [
      lock,
      other,
      { ...lock, attempt: 2 },
      { ...lock, root: thirtyTwo('root') },
      { ...lock, certificate: { ...lock.certificate, hash: thirtyTwo('hash') } },
      { ...lock, proofs: lock.proofs.slice(1) },
    ].map((one) => String(lockHash(one)));
    expect(new Set(names).size).toBe(names.length);
    expect(lockHash({ ...lock, certificate: { ...certificate, signatures: [] } })).toEqual(lockHash(lock));
    expect(coreHash({ ...lock })).not.toEqual(lockHash(lock));
  });
});

describe('the lock of an epoch change', () => {
  const before = firstEpoch(4, 3);
  const { lock: next } = nextEpoch(before, { committee: [1, 2, 3, 5] });
  const { certificate: held } = next;
  if (held.kind !== 'activation') throw new RangeError('an epoch change');

  it('is made by each holder of the certificate alike, before anything is proven or signed', () => {
    const made = lockOfActivation(next.definition, next.attempt, held, lockHash(before.lock));
    expect(lockHash(made)).toEqual(lockHash(next));
    expect(made).toMatchObject({ sid: next.record.originSid, root: held.hash, proofs: [], signatures: [] });
    const fewer = { ...held, commits: held.commits.slice(1), acks: [] };
    expect(lockHash({ ...next, certificate: fewer, proofs: [] })).toEqual(lockHash(next));
    expect(isWhole(made)).toBe(true);
  });

  it('has another name over another lock, certificate, attempt or plan', () => {
    const { definition } = next.definition;
    const names = [
      next,
      { ...next, previousLockHash: thirtyTwo('x') },
      { ...next, previousLockHash: undefined },
      { ...next, certificate: { ...held, hash: thirtyTwo('x') } },
      { ...next, root: thirtyTwo('x') },
      { ...next, attempt: 1 },
      { ...next, definition: { ...next.definition, definition: { ...definition, name: 'x' } } },
    ].map((one) => String(lockHash(one)));
    expect(new Set(names).size).toBe(names.length);
  });

  it('is whole only with root, session and epoch of its certificate', () => {
    const { prepared } = held;
    const later = { ...prepared.record, epochNo: 7 };
    for (const changed of [
      { ...next, root: thirtyTwo('x') },
      { ...next, sid: before.lock.sid },
      { ...next, record: later },
      { ...next, certificate: { ...held, hash: thirtyTwo('x') } },
      { ...next, certificate: { ...held, prepared: { ...prepared, dealers: [] } } },
    ])
      expect(isWhole(changed)).toBe(false);
    expect(isWhole(before.lock)).toBe(true);
    expect(isWhole({ ...before.lock, sid: next.sid })).toBe(false);
  });

  it('is proven by the message of its own kind and of its own certificate', () => {
    const [proof] = next.proofs;
    const [first] = before.lock.proofs;
    if (proof === undefined || first === undefined) throw new RangeError('proofs');
    expect(isProofOf(next, proof)).toBe(true);
    expect(isProofOf(next, first)).toBe(false);
    expect(testRequestOf(next.record, held.hash, 0).kind).toBe('reshare-test');
    expect(testRequestOf(before.lock.record, held.hash, 0).kind).toBe('keygen-test');
  });

  it('says who has not countersigned, and whether anything is missing', () => {
    expect(unsignedBy(next)).toEqual([]);
    expect(isComplete(next)).toBe(true);
    const some = { ...next, signatures: next.signatures.slice(1, 3) };
    expect(unsignedBy(some)).toEqual([1, 5]);
    expect(hasSoundSignatures(some)).toBe(true);
    expect(isCountersigned(some)).toBe(false);
    expect(isComplete(some)).toBe(false);
    const unproven = { ...next, proofs: next.proofs.slice(1) };
    expect(hasSoundProofs(unproven)).toBe(true);
    expect(isComplete(unproven)).toBe(false);
    expect(isCertified(next)).toBe(false);
  });
});
