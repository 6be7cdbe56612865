import { describe, expect, test } from 'vitest';

import { auditReceipt, personalChecks, receiptOf } from '../../../src/audit/personal.ts';
import type { Report } from '../../../src/audit/report.ts';
import { sourceOf } from '../../../src/audit/source.ts';
import { identityText, nameOf } from '../../../src/protocols/ceremony/names.ts';
import { parseEnvelope, sealEnvelope } from '../../../src/protocols/kernel/envelope.ts';
import { changedEpoch, keygenEpoch } from './support/changes.ts';
import { type Files, tools, under } from './support/folders.ts';
import { makeBase } from './support/sets.ts';
import { fileOf, forge, withFile } from './support/tamper.ts';

const { ceremony, signature } = makeBase();
const show = async (files: Files, member: string): Promise<Report> =>
  (await auditReceipt(sourceOf(files), member, {}, tools)).receipt;
const failed = ({ checks }: Report): readonly string[] =>
  checks.filter(({ verdict }) => verdict === 'fail').map(({ id }) => id);
const verdictOf = ({ checks }: Report, id: string): string | undefined =>
  checks.find((check) => check.id === id)?.verdict;
/** The same message under the signature of somebody else. */
function signedByAnother(bytes: Uint8Array): Uint8Array {
  const { header, body } = parseEnvelope(bytes);
  return sealEnvelope(header, body, new Uint8Array(32).fill(3)).bytes;
}

describe('the part of a member', () => {
  test('in a ceremony is its messages, what it dealt, and its receipt', async () => {
    for (const index of [1, 2, 3]) {
      const report = await show(ceremony.files, String(index));
      expect(report.checks.map(({ id, verdict }) => `${id} ${verdict}`)).toEqual(
        Object.keys(personalChecks).map((id) => `${id} pass`),
      );
      expect(report.facts['member']).toBe(`${index} node-${index}`);
      expect(report.facts['keygen round 4']).toMatch(/^0x[0-9a-f]{64} line \d+$/);
    }
  });

  test('in a signature is its messages of both sessions, and its part in one of them', async () => {
    const report = await show(signature, '2');
    expect(failed(report)).toEqual([]);
    expect(verdictOf(report, 'RC')).toBe('skip');
    expect(report.checks[1]?.detail).toBe('7 messages of 2 sessions');
    expect(Object.keys(report.facts)).toContain('sign round 2');
  });

  test('is found by index, name and identity, and is refused for a stranger', async () => {
    const { identityPk } = ceremony.lock.definition.definition.committee[0] ?? {
      identityPk: new Uint8Array(32),
    };
    for (const member of ['1', 'node-1', nameOf(identityPk), identityText(identityPk)])
      expect((await show(signature, member)).facts['member']).toBe('1 node-1');
    await expect(show(signature, 'node-9')).rejects.toMatchObject({ code: 'receipt-mismatch' });
  });

  test('is missing where the member took no part', async () => {
    expect(failed(await show(signature, '3'))).toEqual(['M1', 'M2', 'M3']);
  });

  test('is missing where its messages are, or are not its own', async () => {
    const without = forge(fileOf(signature, 'sign.jsonl'), ({ transcript }) => ({
      transcript: { ...transcript, broadcasts: transcript.broadcasts.map((round) => round.slice(0, 1)) },
    }));
    expect(failed(await show(withFile(signature, 'sign.jsonl', without), '2'))).toEqual(['M2', 'M3', 'M4']);
    const forged = forge(fileOf(signature, 'sign.jsonl'), ({ transcript }) => ({
      transcript: {
        ...transcript,
        broadcasts: transcript.broadcasts.map((round) =>
          round.map((bytes, i) => (i === 1 ? signedByAnother(bytes) : bytes)),
        ),
      },
    }));
    const report = await show(withFile(signature, 'sign.jsonl', forged), '2');
    expect(report.checks[1]?.detail).toContain('party 2 has not signed this message');
  });

  test('is not shown by a folder that fails its own audit', async () => {
    const { receipt } = await auditReceipt(sourceOf(signature), '1', { required: 5 }, tools);
    expect(failed(receipt)).toEqual(['M4']);
  });

  test('is not shown by a folder of which something was not looked at', async () => {
    const leftOut = [
      { path: 'l1.json', why: 'is a link' },
      { path: 'below/lock.json', why: 'is a link' },
    ];
    const unread = new Map([['l1.json', 'l1.json is a link now']]);
    const sources = [sourceOf(signature, new Map(), leftOut), sourceOf(signature, unread)];
    for (const source of sources) {
      const { receipt } = await auditReceipt(source, '1', {}, tools);
      expect(failed(receipt)).toEqual(['M4']);
      expect(JSON.stringify(receipt)).toContain('l1.json is a link');
      expect(JSON.stringify(receipt)).not.toContain('below');
    }
  });

  test('needs a receipt that is its own, and says so where there is none', async () => {
    const without = withFile(ceremony.files, 'receipt-node-2.json', undefined);
    expect(verdictOf(await show(without, '2'), 'RC')).toBe('skip');
    const other = withFile(
      ceremony.files,
      'receipt-node-2.json',
      fileOf(keygenEpoch(3, 2, 'x').files, 'receipt-node-2.json'),
    );
    expect(failed(await show(other, '2'))).toEqual(['M4', 'RC']);
  });

  test('in an epoch change is what it dealt, or the share that it acknowledged', async () => {
    const first = keygenEpoch(3, 2);
    const { files } = changedEpoch(first, { committee: [2, 3, 4] });
    const details = await Promise.all(
      [1, 2, 4].map(async (index) => (await show(files, String(index))).checks[2]?.detail),
    );
    expect(details).toEqual([
      'dealt what the epoch is made of, and left with this epoch',
      'dealt what the epoch is made of, and holds a share of the result',
      'dealt nothing that was chosen, and holds a share of the result',
    ]);
  });

  test('is not in an attempt without a result', async () => {
    const ended = forge(fileOf(signature, 'sign.jsonl'), ({ transcript, meta }) => ({
      transcript: { ...transcript, broadcasts: transcript.broadcasts.slice(0, 2), notices: [] },
      meta: {
        outcome: 'aborted',
        root: undefined,
        signing: meta.signing && { ...meta.signing, signature: undefined },
      },
    }));
    const report = await show(withFile(signature, 'sign.jsonl', ended), '1');
    expect([report.ok, verdictOf(report, 'M3')]).toEqual([false, 'fail']);
    expect(report.checks.find(({ id }) => id === 'M3')?.detail).toContain('there is no result to be in');
    const folder = { path: '.', files: new Map([['notes.txt', new Uint8Array(1)]]) };
    expect(() => receiptOf({ folder, reports: [] }, '1')).toThrow('lock.json is missing');
    await expect(show(under('a', signature), '1')).rejects.toMatchObject({ code: 'nothing-to-audit' });
  });
});
