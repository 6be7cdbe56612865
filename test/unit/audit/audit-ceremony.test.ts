import { describe, expect, test } from 'vitest';

import { auditCeremony } from '../../../src/audit/audit-ceremony.ts';
import { ceremonyChecks } from '../../../src/audit/ceremony-case.ts';
import type { Report } from '../../../src/audit/report.ts';
import { signFor } from '../../../src/crypto/ed25519.ts';
import { writeLock } from '../../../src/chain/lock-file.ts';
import { lockHash } from '../../../src/chain/lock.ts';
import { writeDefinition } from '../../../src/chain/definition-file.ts';
import { type Files, failedCeremony, makeCeremony } from './support/folders.ts';
import { cuts, fileOf, flips, forge, leafMutations, lineMutations, withFile } from './support/tamper.ts';

const { files, lock, key } = makeCeremony(3, 2);
const audit = (changed: Files): Report => auditCeremony({ path: '.', files: changed }, {});
const failed = (report: Report): readonly string[] =>
  report.checks.filter(({ verdict }) => verdict === 'fail').map(({ id }) => id);
const said = (report: Report): string => report.checks.map(({ detail }) => detail).join('\n');

describe('the audit of a ceremony', () => {
  test('passes for what real sessions have made, and says what it did not look at', () => {
    const report = audit(files);
    expect(failed(report)).toEqual([]);
    expect(report.ok).toBe(true);
    expect(report.checks.map(({ id }) => id)).toEqual(Object.keys(ceremonyChecks));
    expect(report.checks.filter(({ verdict }) => verdict === 'skip').map(({ id }) => id)).toEqual([
      'V7',
      'V9',
      'V10',
      'ER',
    ]);
    expect(report.facts['members']).toBe('3');
  });

  test('names the line of every transcript line that is deleted, doubled or out of place', () => {
    for (const { what, lines, bytes } of lineMutations(fileOf(files, 'transcript.jsonl'))) {
      const report = audit(withFile(files, 'transcript.jsonl', bytes));
      expect(failed(report), what).toContain('V1');
      const named = /transcript\.jsonl line (\d+)/.exec(said(report))?.[1];
      expect(lines, `${what}: ${said(report)}`).toContain(Number(named));
    }
  });

  test('fails for every value of lock and definition that is changed, and names the file', () => {
    for (const name of ['lock.json', 'definition.json'])
      for (const { what, bytes } of leafMutations(fileOf(files, name))) {
        // When people signed is for people: nobody has signed it.
        if (what.endsWith('signedAtMs')) continue;
        const report = audit(withFile(files, name, bytes));
        expect(report.ok, `${name}: ${what}`).toBe(false);
        expect(said(report), `${name}: ${what}`).toContain(name);
      }
  });

  test('fails for a turned bit anywhere, and for a file that ends early', () => {
    for (const name of ['transcript.jsonl', 'lock.json', 'definition.json', 'receipt-node-2.json']) {
      const bytes = fileOf(files, name);
      for (const { what, bytes: changed } of [...flips(bytes, 24), ...cuts(bytes, 8)]) {
        if (isSignedAt(bytes, changed)) continue;
        const report = audit(withFile(files, name, changed));
        expect(report.ok, `${name}: ${what}`).toBe(false);
        expect(said(report), `${name}: ${what}`).toContain(name);
      }
    }
  });

  test('fails when a file is missing', () => {
    for (const name of ['transcript.jsonl', 'lock.json', 'definition.json'])
      expect(said(audit(withFile(files, name, undefined)))).toContain(`${name} is missing`);
  });

  test('finds an envelope that is left out by one who makes the chain anew', () => {
    const drop = forge(fileOf(files, 'transcript.jsonl'), ({ transcript }) => ({
      transcript: { ...transcript, broadcasts: transcript.broadcasts.map((round) => round.slice(0, 2)) },
    }));
    const report = audit(withFile(files, 'transcript.jsonl', drop));
    expect(failed(report)).toContain('V3');
    expect(said(report)).toContain('round 0 lacks party 3');
  });

  test('finds the transcript of another ceremony of the same members', () => {
    const other = makeCeremony(3, 2, 'two');
    const report = audit(withFile(files, 'transcript.jsonl', fileOf(other.files, 'transcript.jsonl')));
    expect(failed(report)).toEqual(['V3', 'V5', 'V8', 'RC']);
  });

  test('finds a definition that is not the one of the lock', () => {
    const definition = { ...lock.definition.definition, name: 'another' };
    const bytes = writeDefinition({ definition, signatures: [] });
    expect(failed(audit(withFile(files, 'definition.json', bytes)))).toEqual(['V1', 'V2', 'V3']);
  });

  test('refuses a name that is longer than its field', () => {
    const { definition } = lock.definition;
    const long = 'x'.repeat(200);
    const [seat] = definition.committee;
    if (seat === undefined) throw new RangeError('no committee');
    const text = new TextDecoder().decode(fileOf(files, 'definition.json'));
    for (const name of [definition.name, definition.network.name, seat.name]) {
      const bytes = new TextEncoder().encode(text.replace(`"name": "${name}"`, `"name": "${long}"`));
      expect(said(audit(withFile(files, 'definition.json', bytes)))).toContain('has a name of more than 64');
    }
  });

  test('finds a lock that one member has not signed, and one whose key has not', () => {
    const [first, ...others] = lock.signatures;
    if (first === undefined) throw new RangeError('no signatures');
    const [second] = others;
    const forged = { ...first, signature: second?.signature ?? first.signature };
    const unsigned = writeLock({ ...lock, signatures: [forged, ...others] });
    expect(failed(audit(withFile(files, 'lock.json', unsigned)))).toEqual(['V8']);
    const [proof, ...rest] = lock.proofs;
    if (proof === undefined) throw new RangeError('no proofs');
    const unproven = {
      ...lock,
      proofs: [{ ...proof, signature: rest[0]?.signature ?? proof.signature }, ...rest],
    };
    const signatures = key.members.map(({ index, seed }) => ({
      index,
      signature: signFor('lock', seed, lockHash(unproven)),
    }));
    const bytes = writeLock({ ...unproven, signatures });
    expect(failed(audit(withFile(files, 'lock.json', bytes)))).toEqual(['V6', 'RC']);
  });

  test('finds the receipt of another', () => {
    const receipt = fileOf(files, 'receipt-node-1.json');
    const other = makeCeremony(3, 2, 'two');
    expect(failed(audit(withFile(files, 'receipt-node-9.json', receipt)))).toEqual([]);
    const report = audit(withFile(files, 'receipt-node-1.json', fileOf(other.files, 'receipt-node-1.json')));
    expect(failed(report)).toEqual(['RC']);
  });

  test('of an attempt that came to nothing passes without a lock, and says so', () => {
    const report = audit(failedCeremony());
    expect(failed(report)).toEqual([]);
    expect(said(report)).toContain('the ceremony ended without a key');
  });

  test('takes no certified key for a failure, whose lock is gone and whose chain is made anew', () => {
    const bytes = forge(fileOf(files, 'transcript.jsonl'), ({ transcript }) => ({
      transcript: { ...transcript, notices: [] },
      meta: { outcome: 'aborted', root: undefined },
    }));
    const hidden = withFile(withFile(files, 'transcript.jsonl', bytes), 'lock.json', undefined);
    const report = audit(hidden);
    expect(failed(report)).toEqual(['V8', 'RC']);
    expect(said(report)).toContain('every member has signed the new key');
  });

  test('asks for the lock that a receipt is about', () => {
    const receipt = fileOf(files, 'receipt-node-1.json');
    const report = audit(withFile(failedCeremony(), 'receipt-node-1.json', receipt));
    expect(failed(report)).toEqual(['RC']);
    expect(said(report)).toContain('lock.json is missing');
  });
});

/** Whether only the time of a signature differs, which is not signed. */
function isSignedAt(before: Uint8Array, after: Uint8Array): boolean {
  const strip = (bytes: Uint8Array): string =>
    new TextDecoder().decode(bytes).replaceAll(/"signedAtMs": "[0-9]+"/g, '');
  return before.length === after.length && strip(before) === strip(after);
}
