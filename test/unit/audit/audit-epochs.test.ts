import { describe, expect, test } from 'vitest';

import { auditFolder } from '../../../src/audit/audit.ts';
import { auditEpochs, epochChecks } from '../../../src/audit/audit-epochs.ts';
import { Registry } from '../../../src/audit/registry.ts';
import type { Report } from '../../../src/audit/report.ts';
import { type Lock, lockHash, lockOfActivation } from '../../../src/chain/lock.ts';
import { to0x } from '../../../src/crypto/bytes.ts';
import { scalarToBytes } from '../../../src/crypto/secp256k1.ts';
import { changedEpoch, keygenEpoch } from './support/changes.ts';
import { certified, changeOf, completed, redealt, signedBy } from './support/epochs.ts';
import { batchRequest, makePresign, makeSignature, tools, under } from './support/folders.ts';

const first = keygenEpoch(3, 2);
const second = changedEpoch(first, { committee: [1, 3, 4] });
const third = changedEpoch(second, { committee: [1, 3, 4, 5], required: 3 });
const all = [first, second, third];
const found = (...locks: readonly Lock[]) => locks.map((lock, i) => ({ path: `${i}/lock.json`, lock }));
const audit = (...locks: readonly Lock[]): Report => {
  const [report, ...more] = auditEpochs('.', new Registry(found(...locks)));
  if (report === undefined || more.length > 0) throw new RangeError(`${more.length} more reports`);
  return report;
};
const failed = (report: Report): readonly string[] =>
  report.checks.filter(({ verdict }) => verdict === 'fail').map(({ id }) => id);
const detailOf = (report: Report, id: string): string =>
  report.checks.find((check) => check.id === id)?.detail ?? '';
const secret = scalarToBytes(first.key.secret);
/** Another attempt at the epoch after `first`, to which these have committed. */
const rival = (committers: readonly number[], label = 'rival'): Lock => {
  const plan = changeOf(first.lock, { committee: [1, 2, 6], sequence: 9n });
  const { prepared, shares } = redealt(first, plan, { label });
  const old = first.lock.record;
  const who = old.members.map(({ index }) => index).filter((index) => committers.includes(index));
  const certificate = certified(old, prepared, shares, who);
  return completed(lockOfActivation(signedBy(plan), 0, certificate, lockHash(first.lock)), secret);
};

describe('the epochs of a key', () => {
  test('pass in any order, and are shown as a chain', () => {
    const report = audit(third.lock, first.lock, second.lock);
    expect(failed(report)).toEqual([]);
    expect(report.subject.kind).toBe('epochs');
    expect(report.checks.map(({ id }) => id)).toEqual(Object.keys(epochChecks));
    expect(Object.keys(report.facts)).toEqual(['address', 'key', 'epoch 0', 'epoch 1', 'epoch 2']);
    expect(report.facts['epoch 2']).toBe(`reshare: 3 of {1, 3, 4, 5}, lock ${to0x(lockHash(third.lock))}`);
  });

  test('need no report where there is only the first', () => {
    expect(auditEpochs('.', new Registry(found(first.lock)))).toEqual([]);
  });

  test('may begin with a later one, which is said', () => {
    const report = audit(second.lock, third.lock);
    expect(failed(report)).toEqual([]);
    expect(detailOf(report, 'C1')).toContain('begin with epoch 1');
  });

  test('have no gap', () => {
    expect(failed(audit(first.lock, third.lock))).toEqual(['C2']);
  });

  test('begin with a whole lock of a new key', () => {
    expect(failed(audit({ ...first.lock, signatures: [] }, second.lock))).toEqual(['C1']);
  });

  test('follow from what each was before', () => {
    const { certificate } = second.lock;
    if (certificate.kind !== 'activation') throw new RangeError('an epoch change');
    const few = { ...certificate, commits: certificate.commits.slice(1) };
    expect(failed(audit(first.lock, { ...second.lock, certificate: few }))).toEqual(['C2']);
  });

  test('are of one key', () => {
    const other = keygenEpoch(3, 2, 'other').lock.record;
    const posing = { ...second.lock, record: { ...second.lock.record, commitments: other.commitments } };
    expect(failed(audit(first.lock, posing))).toEqual(expect.arrayContaining(['C2', 'C3']));
    expect(auditEpochs('.', new Registry(found(first.lock, keygenEpoch(3, 2, 'other').lock)))).toEqual([]);
  });

  test('give no seat to another member', () => {
    const members = third.lock.record.members.map((one, i) =>
      i === 1 ? { ...one, identityPk: first.lock.record.members[1]?.identityPk ?? one.identityPk } : one,
    );
    const moved = { ...third.lock, record: { ...third.lock.record, members } };
    expect(failed(audit(first.lock, second.lock, moved))).toContain('C4');
  });

  test('are one each: two locks name the member that committed to both, with the two hashes', () => {
    const forked = rival([2, 3]);
    const report = audit(first.lock, second.lock, forked);
    expect(failed(report)).toEqual(['C5', 'C6']);
    const [mine, yours] = [second.lock.certificate.hash, forked.certificate.hash];
    expect(detailOf(report, 'C6')).toContain('party 2 of epoch 0');
    expect(detailOf(report, 'C6')).toContain('class A');
    for (const hash of [mine, yours]) expect(detailOf(report, 'C6')).toContain(to0x(hash));
    expect(detailOf(report, 'C6')).not.toContain('party 3');
    expect(report.facts['epoch 1']).toContain('; and reshare: 2 of {1, 2, 6}');
  });

  test('blame nobody for a COMMIT that is not his', () => {
    const forked = rival([2, 3], 'forged');
    const { certificate } = forked;
    if (certificate.kind !== 'activation') throw new RangeError('an epoch change');
    const commits = certificate.commits.map((one) => ({ ...one, signature: new Uint8Array(64) }));
    const report = audit(first.lock, second.lock, { ...forked, certificate: { ...certificate, commits } });
    expect(failed(report)).toEqual(['C2', 'C5']);
  });

  test('are in service by a proof and enough countersignatures; the best copy of a lock counts', () => {
    const bare = { ...second.lock, proofs: [], signatures: [] };
    expect(failed(audit(first.lock, bare))).toEqual(['C7']);
    expect(failed(audit(first.lock, { ...bare, proofs: second.lock.proofs }))).toEqual(['C7']);
    expect(failed(audit(first.lock, bare, second.lock))).toEqual([]);
    const some = { ...second.lock, signatures: second.lock.signatures.slice(1) };
    expect(detailOf(audit(first.lock, some), 'C7')).toContain('not yet by 1');
  });
});

describe('a data folder with several epochs', () => {
  const request = batchRequest({ ...second, lock: second.lock }, { keyEpoch: 1, nonce: 1n, batchIndex: 2n });
  const run = makePresign(second, 1, 'epoch 1');
  const early = makePresign(first, 1, 'epoch 0');
  const ofSecond = makeSignature(second, run, request);
  const ofFirst = makeSignature(first, early, batchRequest(first));
  const tree = new Map([
    ...all.flatMap(({ files }, i) => [...under(`ceremonies/${i}`, files)]),
    ...under('signatures/a', ofFirst),
    ...under('signatures/b', ofSecond),
  ]);
  const expecting = async (expected: Parameters<typeof auditFolder>[1]) =>
    (await auditFolder(tree, expected, tools)).ok;

  test('passes, each signature under the lock of its epoch', async () => {
    const { reports, ok } = await auditFolder(tree, {}, tools);
    expect(reports.filter((report) => !report.ok).map(failed)).toEqual([]);
    expect(ok).toBe(true);
    const kinds = ['ceremony', 'ceremony', 'ceremony', 'epochs', 'signature', 'signature', 'history'];
    expect(reports.map(({ subject }) => subject.kind)).toEqual(kinds);
  });

  test('passes where the writer of a signature had gone on to the next epoch', async () => {
    const late = new Map([...tree, ['signatures/b/lock.json', third.files.get('lock.json')!]]);
    const { reports, ok } = await auditFolder(late, {}, tools);
    expect(reports.flatMap(failed)).toEqual([]);
    expect(ok).toBe(true);
    const report = reports.find(({ subject }) => subject.path === 'signatures/b');
    expect(report?.facts['lock']).toBe(to0x(lockHash(second.lock)));
  });

  test('fails where the lock of a signature is of another key', async () => {
    const other = keygenEpoch(3, 2, 'other').files.get('lock.json')!;
    expect((await auditFolder(new Map([...tree, ['signatures/b/lock.json', other]]), {}, tools)).ok).toBe(
      false,
    );
  });

  test('is as expected by whoever knows the key by any of its epochs, and not by a mixture', async () => {
    for (const { lock } of all) expect(await expecting({ lock: lockHash(lock) })).toBe(true);
    expect(await expecting({ lock: lockHash(third.lock), required: 3 })).toBe(true);
    expect(await expecting({ lock: lockHash(third.lock), required: 2 })).toBe(false);
    expect(await expecting({ lock: new Uint8Array(32) })).toBe(false);
  });
});
