import { describe, expect, test } from 'vitest';

import { auditCeremony } from '../../../src/audit/audit-ceremony.ts';
import { isOfChange } from '../../../src/audit/audit-change.ts';
import { ceremonyChecks, readCeremony } from '../../../src/audit/ceremony-case.ts';
import type { Report } from '../../../src/audit/report.ts';
import { writeDefinition } from '../../../src/chain/definition-file.ts';
import { writeLock } from '../../../src/chain/lock-file.ts';
import { type Lock, lockHash } from '../../../src/chain/lock.ts';
import { partyIndex } from '../../../src/crypto/brand.ts';
import { at } from '../../../src/protocols/kernel/protocol.ts';
import { changedEpoch, erasureBy, keygenEpoch, receiptOf, runChange, termsIn } from './support/changes.ts';
import { changeOf, completed, seedOf, signedBy } from './support/epochs.ts';
import { type Files, thirtyTwo, transcriptOf } from './support/folders.ts';
import { flips, lineMutations } from './support/tamper.ts';
import { scalarToBytes } from '../../../src/crypto/secp256k1.ts';

const first = keygenEpoch(3, 2);
const wish = { committee: [1, 3, 4], lost: [1] };
const second = changedEpoch(first, wish);
const { files, lock } = second;
const audit = (changed: Files): Report => auditCeremony({ path: '.', files: changed }, {});
const failed = (report: Report): readonly string[] =>
  report.checks.filter(({ verdict }) => verdict === 'fail').map(({ id }) => id);
const detailOf = (report: Report, id: string): string =>
  report.checks.find((check) => check.id === id)?.detail ?? '';
const verdictOf = (report: Report, id: string): string | undefined =>
  report.checks.find((check) => check.id === id)?.verdict;
const with_ = (name: string, bytes: Uint8Array): Files => new Map([...files, [name, bytes]]);
const without = (...names: readonly string[]): Files =>
  new Map([...files].filter(([name]) => !names.includes(name)));
/** The lock changed, and signed and proven anew wherever that is possible. */
const relocked = (change: (lock: Lock) => Lock): Files => {
  const open = change({ ...lock, proofs: [], signatures: [] });
  return with_('lock.json', writeLock(completed(open, scalarToBytes(first.key.secret))));
};

describe('the audit of an epoch change', () => {
  test('passes for what real sessions have made, and says what it did not look at', () => {
    const report = audit(files);
    expect(failed(report)).toEqual([]);
    expect(report.checks.map(({ id }) => id)).toEqual(Object.keys(ceremonyChecks));
    const skipped = report.checks.filter(({ verdict }) => verdict === 'skip').map(({ id }) => id);
    expect(skipped).toEqual(['V9', 'V10']);
    expect(detailOf(report, 'V4')).toContain('dealt by 2, 3');
    expect(detailOf(report, 'V7')).toContain('epoch 0');
    expect(detailOf(report, 'ER')).toContain('no word from 2, 3');
    expect(report.facts).toMatchObject({ before: 'epoch 0', parties: '1, 2, 3, 4', outcome: 'done' });
  });

  test('passes for a key that changes hands again, in every kind of ceremony', () => {
    const refreshed = changedEpoch(second, { ceremony: 'refresh' });
    const repaired = changedEpoch(refreshed, { ceremony: 'repair', lost: [3] });
    const moved = changedEpoch(repaired, { committee: [5, 6, 7, 8], required: 3, by: 8 });
    for (const one of [refreshed, repaired, moved]) expect(failed(audit(one.files))).toEqual([]);
  });

  test('knows the folder of an epoch change by any of its files', () => {
    const kinds = [files, without('definition.json'), without('definition.json', 'lock.json')];
    expect(kinds.map((one) => isOfChange(readCeremony({ path: '.', files: one })))).toEqual([
      true,
      true,
      true,
    ]);
    expect(isOfChange(readCeremony({ path: '.', files: first.files }))).toBe(false);
  });

  test('names the line of every transcript line that is deleted, doubled or out of place', () => {
    for (const { what, lines, bytes } of lineMutations(files.get('transcript.jsonl')!)) {
      const report = audit(with_('transcript.jsonl', bytes));
      expect(report.ok, what).toBe(false);
      const said = report.checks.map(({ detail }) => detail).join(' ');
      expect(
        lines.some((line) => said.includes(`line ${line}`)),
        `${what}: ${said}`,
      ).toBe(true);
    }
  });

  test('fails for a turned bit anywhere', () => {
    for (const name of ['definition.json', 'lock.json', 'transcript.jsonl', 'erasure-node-1.json'])
      for (const { what, bytes } of flips(files.get(name)!, 12))
        expect(audit(with_(name, bytes)).ok, `${name}: ${what}`).toBe(false);
  });

  test('fails without one of its files, and passes without statements and receipts', () => {
    expect(failed(audit(without('transcript.jsonl')))).toEqual(['V1']);
    expect(failed(audit(without('definition.json')))).toContain('V1');
    const bare = audit(without('erasure-node-1.json', 'receipt-node-1.json'));
    expect([bare.ok, verdictOf(bare, 'ER'), verdictOf(bare, 'RC')]).toEqual([true, 'skip', 'skip']);
  });

  test('fails by the approval when too few who hold a share have signed', () => {
    const { definition } = lock.definition;
    const few = signedBy(definition, [1, 3, 4]);
    const changed = with_('definition.json', writeDefinition({ ...few, previous: first.lock }));
    expect(failed(audit(changed))).toEqual(['V2', 'V3']);
    const report = audit(relocked((one) => ({ ...one, definition: few })));
    expect(failed(report)).toEqual(['V2', 'V7']);
  });

  test('fails by the session when its specification is not what was agreed', () => {
    const plan = changeOf(first.lock, wish);
    const cases: readonly (readonly [RegExp, Parameters<typeof runChange>[2]])[] = [
      [/definition and attempt/, { spec: (spec) => ({ ...spec, context: thirtyTwo('x') }) }],
      [/known suite/, { spec: (spec) => ({ ...spec, suite: 'another' }) }],
      [/not the one that the lock names/, { label: 'another' }],
      [/other terms/, { spec: (spec) => ({ ...spec, reshare: { ...termsIn(spec), threshold: 3 } }) }],
    ];
    for (const [what, options] of cases) {
      const session = at(runChange(first, plan, options), partyIndex(1));
      const report = audit(with_('transcript.jsonl', transcriptOf(session)));
      expect(failed(report)).toContain('V3');
      expect(detailOf(report, 'V3')).toMatch(what);
    }
    const other = changedEpoch(keygenEpoch(3, 2, 'other'), wish).files.get('transcript.jsonl')!;
    expect(detailOf(audit(with_('transcript.jsonl', other)), 'V3')).toMatch(/another epoch/);
  });

  test('fails by the epoch when the messages make another one', () => {
    const again = changedEpoch(first, { ...wish, label: 'again' });
    const report = audit(with_('lock.json', again.files.get('lock.json')!));
    expect(failed(report)).toEqual(expect.arrayContaining(['V3', 'V5', 'V8']));
    expect(detailOf(report, 'V5')).toContain('another epoch');
  });

  test('fails by the earlier epoch when the certificate lacks a COMMIT, or names another lock', () => {
    const { certificate } = lock;
    if (certificate.kind !== 'activation') throw new RangeError('an epoch change');
    const few = { ...certificate, commits: certificate.commits.slice(1) };
    expect(failed(audit(relocked((one) => ({ ...one, certificate: few }))))).toEqual(['V7']);
    const mute = { ...certificate, acks: certificate.acks.slice(1) };
    expect(failed(audit(relocked((one) => ({ ...one, certificate: mute }))))).toEqual(['V7']);
    const foreign = relocked((one) => ({ ...one, previousLockHash: thirtyTwo('x') }));
    expect(failed(audit(foreign))).toEqual(['V7', 'RC']);
  });

  test('wants as many countersignatures as sign, and says what is missing', () => {
    const some = { ...lock, proofs: lock.proofs.slice(1), signatures: lock.signatures.slice(1) };
    const report = audit(with_('lock.json', writeLock(some)));
    expect(failed(report)).toEqual([]);
    expect(detailOf(report, 'V8')).toContain('not yet by 1');
    expect(detailOf(report, 'V6')).toContain('not yet by quorums');
    const untested = audit(with_('lock.json', writeLock({ ...lock, proofs: [] })));
    expect(failed(untested)).toEqual([]);
    expect(detailOf(untested, 'V6')).toContain('no test signature yet');
    const cases: readonly (readonly [string, Lock])[] = [
      ['V6', { ...lock, proofs: [...lock.proofs].reverse() }],
      ['V8', { ...lock, signatures: lock.signatures.slice(2) }],
      ['V8', { ...lock, signatures: [...lock.signatures].reverse() }],
    ];
    for (const [id, changed] of cases)
      expect(failed(audit(with_('lock.json', writeLock(changed))))).toEqual([id]);
  });

  test('fails for a forged statement of erasure, and for one of another epoch', () => {
    const forged = audit(with_('erasure-node-2.json', erasureBy(first, 2, seedOf(3))));
    expect(failed(forged)).toEqual(['ER']);
    expect(failed(audit(with_('erasure-node-2.json', erasureBy(second, 3))))).toEqual(['ER']);
    expect(failed(audit(with_('erasure-node-2.json', erasureBy(first, 2))))).toEqual([]);
  });

  test('takes the receipt of one who left, and not that of a stranger', () => {
    const transcript = files.get('transcript.jsonl')!;
    expect(failed(audit(with_('receipt-node-2.json', receiptOf(transcript, lock, partyIndex(2)))))).toEqual(
      [],
    );
    expect(() => receiptOf(transcript, lock, partyIndex(9))).toThrow(/no member/);
  });
});

describe('an epoch change that came to nothing', () => {
  test('passes as one: planned only, interrupted, or prepared without a certificate', () => {
    const planned = new Map([['definition.json', files.get('definition.json')!]]);
    expect([audit(planned).ok, verdictOf(audit(planned), 'V2')]).toEqual([true, 'skip']);
    const cut = runChange(first, changeOf(first.lock, wish), {
      tamper: (from, to, bytes) => (from === 2 && to === 1 ? [] : [bytes]),
    });
    const interrupted = new Map([...planned, ['transcript.jsonl', transcriptOf(at(cut, partyIndex(1)))]]);
    const report = audit(interrupted);
    expect(failed(report)).toEqual([]);
    expect(detailOf(report, 'V7')).toContain('the epoch before it stays');
    const prepared = audit(without('lock.json', 'receipt-node-1.json'));
    expect([prepared.ok, verdictOf(prepared, 'V4'), verdictOf(prepared, 'V7')]).toEqual([
      true,
      'pass',
      'skip',
    ]);
  });

  test('may still have a lock at a member that had given up waiting, from who had not', () => {
    const plan = changeOf(first.lock, wish);
    const cut = runChange(first, plan, {
      tamper: (from, to, bytes) => (from === 4 && to === 3 && bytes[70] === 3 ? [] : [bytes]),
    });
    const late = with_('transcript.jsonl', transcriptOf(at(cut, partyIndex(3))));
    const report = audit(new Map([...late].filter(([name]) => name !== 'receipt-node-1.json')));
    expect(report.facts['outcome']).toBe('aborted');
    expect(failed(report)).toEqual([]);
    expect(lockHash(lock)).toHaveLength(32);
  });
});
