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
      ...files,
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
    const source = { ...sourceOf(new Map()), list: () => ['lock.json'] };
    const { ok, reports } = await auditSource(source, {}, tools);
    expect(ok).toBe(false);
    expect(JSON.stringify(reports)).toContain('lock.json is missing');
  });

  test('goes on without a file that cannot be read, and does not verify its folder', async () => {
    for (const [folder, name] of [
      ['a', 'lock.json'],
      ['a', 'l1.json'],
      ['b', 'sign.jsonl'],
      ['b', 'l1.json'],
      ['c', '0badc0de-equivocation.json'],
      ['c', '0123456789abcdef.jsonl'],
      ['log', 'log.jsonl'],
    ]) {
      const tree = new Map([...under('a', ceremony.files), ...under('b', signature)]);
      const path = `${folder}/${name}`;
      tree.delete(path);
      const source = sourceOf(tree, new Map([[path, `${path} has 67108865 bytes`]]));
      const { ok, reports } = await auditSource(source, {}, tools);
      expect([path, ok]).toEqual([path, false]);
      const failed = reports.filter((report) => !report.ok);
      expect(failed.map(({ subject }) => subject.path)).toContain(
        folder === 'a' || folder === 'b' ? folder : path,
      );
      expect(JSON.stringify(failed)).toContain(`${path} has 67108865 bytes`);
      expect(reports.length).toBeGreaterThan(failed.length);
    }
  });

  test('says what it has not looked at, and does not verify it', async () => {
    const leftOut = [{ path: 'a/evidence', why: 'is a link' }];
    const { ok, reports } = await auditSource(sourceOf(ceremony.files, new Map(), leftOut), {}, tools);
    expect([ok, reports.at(-1)?.subject.kind]).toEqual([false, 'files']);
    expect(reports.at(-1)?.checks[0]?.detail).toBe('a/evidence is a link');
    await expect(auditSource(sourceOf(new Map(), new Map(), leftOut), {}, tools)).rejects.toThrow(
      'nothing that can be audited: a/evidence is a link',
    );
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

test('more folders than a call has room for arguments are audited', async () => {
  const name = (i: number): string => `presign/${i.toString(16).padStart(16, '0')}.jsonl`;
  const files = new Map(Array.from({ length: 130_000 }, (_, i) => [name(i), new Uint8Array(0)]));
  const { reports, ok } = await auditFolder(files, {}, tools);
  expect([reports.length, ok]).toEqual([files.size, false]);
}, 120_000);
