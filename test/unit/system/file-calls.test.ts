import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { ascii } from '../../../src/crypto/bytes.ts';
import { machineFiles as calls } from '../../../src/system/file-calls.ts';

let folder: string;
beforeEach(() => void (folder = fs.mkdtempSync(join(tmpdir(), 'calls-'))));
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

it('a file is made once only, and never through a link', () => {
  calls.close(calls.open(`${folder}/a`, 'create'));
  expect(() => calls.open(`${folder}/a`, 'create')).toThrow(/EEXIST/);
  fs.symlinkSync(`${folder}/a`, `${folder}/l`);
  for (const how of ['read', 'append', 'update'] as const)
    expect(() => calls.open(`${folder}/l`, how)).toThrow(/ELOOP/);
  expect(() => calls.open(`${folder}/l`, 'create')).toThrow(/EEXIST/);
  expect(() => calls.open(`${folder}/l`, 'folder')).toThrow(/ENOTDIR|ELOOP/);
});

it('tells files, folders, links and other things apart', () => {
  calls.close(calls.open(`${folder}/a`, 'create'));
  fs.symlinkSync('a', `${folder}/l`);
  expect(calls.look(`${folder}/a`)).toMatchObject({ kind: 'file', mode: 0o600, sizeBytes: 0 });
  expect(calls.look(folder)?.kind).toBe('folder');
  expect(calls.look(`${folder}/l`)?.kind).toBe('link');
  expect(calls.look('/dev/null')?.kind).toBe('other');
  expect(calls.look(`${folder}/none`)).toBeUndefined();
});

it('an append goes to the end, an update to the start', () => {
  for (const text of ['one ', 'two']) {
    const file = calls.open(`${folder}/a`, 'append');
    calls.write(file, ascii(text));
    calls.sync(file);
    calls.close(file);
  }
  const file = calls.open(`${folder}/a`, 'update');
  calls.write(file, ascii('ONE'));
  calls.truncate(file, 5);
  calls.close(file);
  expect(fs.readFileSync(`${folder}/a`, 'utf8')).toBe('ONE t');
});

it('a link fails where a name exists, a rename does not', () => {
  for (const name of ['a', 'b']) calls.close(calls.open(`${folder}/${name}`, 'create'));
  expect(() => calls.link(`${folder}/a`, `${folder}/b`)).toThrow(/EEXIST/);
  calls.rename(`${folder}/a`, `${folder}/b`);
  expect(calls.names(folder)).toEqual(['b']);
  calls.unlink(`${folder}/b`);
  calls.makeFolder(`${folder}/c`);
  expect(calls.names(folder)).toEqual(['c']);
  expect(calls.freeBytes(folder)).toBeGreaterThan(0);
});
