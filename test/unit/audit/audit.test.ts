import { describe, expect, test } from 'vitest';

import { auditFolder, auditSource } from '../../../src/audit/audit.ts';
import { sourceOf } from '../../../src/audit/source.ts';
import type { AuditProgress } from '../../../src/audit/walk.ts';
import { InputError } from '../../../src/crypto/errors.ts';
import {
  batchRequest,
  failedCeremony,
  makeCeremony,
  makePresign,
  makeSignature,
  tools,
  under,
} from './support/folders.ts';
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
    const { batches, records } = await auditFolder(signature, {}, tools);
    expect(batches).toMatchObject([{ path: '.', batchIndex: 1n, presigId: records[0]?.presigId }]);
    const broken = withFile(signature, 'lock.json', undefined);
    expect((await auditFolder(broken, {}, tools)).batches).toEqual([]);
  });

  test('of nothing is refused', async () => {
    const notes = new Map([['notes.txt', new Uint8Array(1)]]);
    await expect(auditFolder(notes, {}, tools)).rejects.toThrow(InputError);
  });

  test('says after each folder how far it is', async () => {
    const steps: AuditProgress[] = [];
    const tree = new Map([...under('b', signature), ...under('a', ceremony.files)]);
    await auditSource(sourceOf(tree), {}, tools, (step) => void steps.push(step));
    expect(steps).toEqual([
      { done: 1, total: 2, path: 'a' },
      { done: 2, total: 2, path: 'b' },
    ]);
  });

  test('holds the files of one folder at a time, and none that it does not know', async () => {
    const tree = new Map([...under('a', signature), ...under('b', signature)]);
    const read: string[] = [];
    const files = sourceOf(tree);
    const source = {
      list: () => [...files.list(), 'a/identity.key.json'],
      read: (path: string) => {
        read.push(path);
        return files.read(path);
      },
    };
    expect((await auditSource(source, {}, tools)).ok).toBe(true);
    const whole = read.filter((path) => path.endsWith('presign.jsonl'));
    expect(whole).toEqual(['a/presign.jsonl', 'b/presign.jsonl']);
    expect(read).not.toContain('a/identity.key.json');
  });

  test('goes on without a file that is gone when it is read', async () => {
    const source = { list: () => ['lock.json'], read: () => Promise.resolve(undefined) };
    const { ok, reports } = await auditSource(source, {}, tools);
    expect(ok).toBe(false);
    expect(JSON.stringify(reports)).toContain('lock.json is missing');
  });

  test('looks at signatures of one presign session one after the other, and reports by path', async () => {
    const other = makeSignature(ceremony, makePresign(ceremony, 1, 'more'), batchRequest(ceremony));
    const tree = new Map([...under('a', signature), ...under('b', other), ...under('c', signature)]);
    const order: string[] = [];
    const { reports } = await auditSource(sourceOf(tree), {}, tools, ({ path }) => void order.push(path));
    expect(['a,c,b', 'b,a,c']).toContain(order.join());
    expect(reports.slice(0, 3).map(({ subject }) => subject.path)).toEqual(['a', 'b', 'c']);
  });
});
