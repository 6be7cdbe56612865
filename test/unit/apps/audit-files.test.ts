import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';

import { diskSource } from '../../../src/apps/audit-files.ts';
import { InputError } from '../../../src/crypto/errors.ts';

const place = mkdtempSync(join(tmpdir(), 'conclave-audit-'));
afterAll(() => {
  rmSync(place, { recursive: true });
});
const [root, outside] = [join(place, 'root'), join(place, 'outside')];
const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);

beforeEach(() => {
  for (const path of [root, outside]) rmSync(path, { recursive: true, force: true });
  mkdirSync(join(root, 'a/b'), { recursive: true });
  mkdirSync(outside);
  writeFileSync(join(root, 'lock.json'), 'one');
  writeFileSync(join(root, 'a/b/sign.jsonl'), '0123456789');
  writeFileSync(join(root, 'a/identity.key.json'), 'secret');
  writeFileSync(join(outside, 'sign.jsonl'), 'secret');
});

describe('the files of an audit', () => {
  test('are those of its list, in all folders', async () => {
    const source = diskSource(root);
    expect([source.list(), source.leftOut()]).toEqual([['a/b/sign.jsonl', 'lock.json'], []]);
    expect(text(await source.read('lock.json'))).toBe('one');
  });

  test('are read in parts too, up to their end', async () => {
    const { part } = diskSource(root);
    const read = async (from: number, length: number): Promise<string> =>
      text(await part('a/b/sign.jsonl', from, length));
    expect([await read(0, 4), await read(4, 4), await read(8, 4), await read(12, 4)]).toEqual([
      ...['0123', '4567', '89', ''],
    ]);
    expect(await part('a/identity.key.json', 0, 4)).toBeUndefined();
  });

  test('are opened and no others, whatever path is asked for', async () => {
    symlinkSync(join(root, 'lock.json'), join(root, 'a/presign.jsonl'));
    symlinkSync(root, join(root, 'a/loop'));
    const source = diskSource(join(root, 'a'));
    for (const path of ['identity.key.json', '../lock.json', 'presign.jsonl', 'loop/lock.json', 'b'])
      expect(await source.read(path)).toBeUndefined();
  });

  test('are asked of a folder that is there, by whatever link it is named', () => {
    symlinkSync(root, join(outside, 'link'));
    expect(diskSource(join(outside, 'link')).list()).toHaveLength(2);
    expect(() => diskSource(join(root, 'none'))).toThrow(InputError);
    expect(() => diskSource(join(root, 'lock.json'))).toThrow(InputError);
  });

  test('may be too large, or gone, or closed: of one alone', async () => {
    const source = diskSource(root);
    truncateSync(join(root, 'lock.json'), 67_108_865);
    await expect(source.read('lock.json')).rejects.toMatchObject({
      ...{ code: 'file-unreadable', message: 'lock.json has 67108865 bytes, more than 67108864' },
    });
    expect(await source.part('lock.json', 67_108_863, 8)).toHaveLength(2);
    unlinkSync(join(root, 'lock.json'));
    expect(await source.read('lock.json')).toBeUndefined();
  });
});

describe('what is no file of an audit', () => {
  test('is not looked at, and said: links, pipes, and folders too deep', () => {
    symlinkSync(outside, join(root, 'folder'));
    symlinkSync(join(outside, 'sign.jsonl'), join(root, 'presign.jsonl'));
    for (const name of ['notes.txt', 'dangling']) symlinkSync(join(outside, name), join(root, name));
    const deep = join(root, 'deep', ...'12345678'.split(''));
    mkdirSync(deep, { recursive: true });
    writeFileSync(join(deep, 'lock.json'), 'too deep');
    writeFileSync(join(deep, '../lock.json'), 'deep');
    expect(spawnSync('mkfifo', [join(root, 'heads.jsonl')]).status).toBe(0);
    const source = diskSource(root);
    expect(source.list()).toEqual(['a/b/sign.jsonl', 'deep/1/2/3/4/5/6/7/lock.json', 'lock.json']);
    const link = 'is a link, and links are not followed: put there what it leads to';
    expect(source.leftOut()).toEqual([
      { path: 'deep/1/2/3/4/5/6/7/8', why: 'lies deeper than 8 folders' },
      { path: 'folder', why: link },
      { path: 'heads.jsonl', why: 'is no plain file' },
      { path: 'presign.jsonl', why: link },
    ]);
  });

  test('is not opened in the place of a file that was there when the audit began', async () => {
    const source = diskSource(root);
    const [file, folder] = [join(root, 'lock.json'), join(root, 'a/b')];
    renameSync(folder, join(root, 'elsewhere'));
    symlinkSync(outside, folder);
    await expect(source.read('a/b/sign.jsonl')).rejects.toMatchObject({ code: 'file-unreadable' });
    await expect(source.part('a/b/sign.jsonl', 0, 8)).rejects.toMatchObject({ code: 'file-unreadable' });
    unlinkSync(file);
    symlinkSync(join(outside, 'sign.jsonl'), file);
    await expect(source.read('lock.json')).rejects.toThrow('lock.json is a link now');
    unlinkSync(file);
    expect(spawnSync('mkfifo', [file]).status).toBe(0);
    await expect(source.read('lock.json')).rejects.toThrow('is not the plain file any more that was found');
    unlinkSync(file);
    mkdirSync(file);
    await expect(source.read('lock.json')).rejects.toMatchObject({ code: 'file-unreadable' });
  });
});
