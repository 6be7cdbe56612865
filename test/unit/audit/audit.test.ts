import { describe, expect, test } from 'vitest';

import { auditFolder, isAudited } from '../../../src/audit/audit.ts';
import { InputError } from '../../../src/crypto/errors.ts';
import { failedCeremony, makeCeremony, tools, under } from './support/folders.ts';
import { makeBase } from './support/sets.ts';
import { withFile } from './support/tamper.ts';

const { ceremony, signature } = makeBase();

describe('an audit', () => {
  test('recognises a ceremony, a signature, and a tree of both', async () => {
    const kinds = async (files: ReadonlyMap<string, Uint8Array>): Promise<readonly string[]> => {
      const { reports, ok } = await auditFolder(files, {}, tools);
      expect(ok).toBe(true);
      return reports.map(({ subject: { kind, path } }) => `${kind} ${path}`);
    };
    expect(await kinds(ceremony.files)).toEqual(['ceremony .']);
    expect(await kinds(signature)).toEqual(['signature .']);
    const tree = new Map([
      ...under('signatures/2', signature),
      ...under('signatures/1', signature),
      ...under('ceremonies/a', ceremony.files),
      ['notes.txt', new Uint8Array(3)] as const,
    ]);
    expect(await kinds(tree)).toEqual([
      'ceremony ceremonies/a',
      'signature signatures/1',
      'signature signatures/2',
      'history .',
    ]);
  });

  test('fails as a whole when one folder of a tree does', async () => {
    const broken = withFile(signature, 'lock.json', undefined);
    const { ok } = await auditFolder(new Map([...under('a', signature), ...under('b', broken)]), {}, tools);
    expect(ok).toBe(false);
  });

  test('does not pass over a folder of which only one file is left', async () => {
    for (const name of ['lock.json', 'sign.jsonl', 'presign.jsonl']) {
      const bytes = signature.get(name);
      if (bytes === undefined) throw new RangeError(name);
      expect((await auditFolder(new Map([[name, bytes]]), {}, tools)).ok).toBe(false);
    }
  });

  test('fails when a key was expected and only attempts without one are there', async () => {
    const failed = failedCeremony();
    expect((await auditFolder(failed, {}, tools)).ok).toBe(true);
    const { ok, reports } = await auditFolder(failed, { required: 2 }, tools);
    expect(ok).toBe(false);
    expect(reports.at(-1)?.checks).toMatchObject([{ id: 'V10', verdict: 'fail' }]);
    const tree = new Map([...under('a', failed), ...under('b', makeCeremony(3, 2).files)]);
    expect((await auditFolder(tree, { required: 2 }, tools)).ok).toBe(true);
  });

  test('hands on the signatures that hold', async () => {
    const { signatures } = await auditFolder(signature, {}, tools);
    expect(signatures[0]?.audit.signed?.request.kind).toBe('submit-batch');
  });

  test('of nothing is refused', async () => {
    const notes = new Map([['notes.txt', new Uint8Array(1)]]);
    await expect(auditFolder(notes, {}, tools)).rejects.toThrow(InputError);
  });

  test('reads the files that it knows and no others', () => {
    const known = [
      'definition.json',
      'lock.json',
      'l1.json',
      'transcript.jsonl',
      'presign.jsonl',
      'sign.jsonl',
    ];
    expect([...known, 'receipt-node-1.json'].every(isAudited)).toBe(true);
    expect(['identity.key.json', 'report.json', 'sign.jsonl.bak', 'xlock.json'].some(isAudited)).toBe(false);
  });
});
