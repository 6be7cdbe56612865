import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';

import { diskSource } from '../../../src/apps/audit-files.ts';
import { InputError } from '../../../src/crypto/errors.ts';

const root = mkdtempSync(join(tmpdir(), 'conclave-audit-'));
afterAll(() => {
  rmSync(root, { recursive: true });
});
mkdirSync(join(root, 'a/b'), { recursive: true });
writeFileSync(join(root, 'lock.json'), 'one');
writeFileSync(join(root, 'a/b/sign.jsonl'), '');
writeFileSync(join(root, 'a/identity.key.json'), 'secret');
symlinkSync(join(root, 'lock.json'), join(root, 'a/presign.jsonl'));
symlinkSync(root, join(root, 'a/loop'));

describe('the files of an audit', () => {
  test('are those of its list, in all folders, and no links', async () => {
    const source = diskSource(root);
    expect(source.list()).toEqual(['a/b/sign.jsonl', 'lock.json']);
    expect(new TextDecoder().decode(await source.read('lock.json'))).toBe('one');
    expect(await source.read('a/b/sign.jsonl')).toHaveLength(0);
  });

  test('are opened and no others, whatever path is asked for', async () => {
    const source = diskSource(join(root, 'a'));
    for (const path of ['identity.key.json', '../lock.json', 'presign.jsonl', 'loop/lock.json', 'b'])
      expect(await source.read(path)).toBeUndefined();
  });

  test('are asked of a folder that is there', () => {
    expect(() => diskSource(join(root, 'none'))).toThrow(InputError);
    expect(() => diskSource(join(root, 'lock.json'))).toThrow(InputError);
  });

  test('lie at most eight folders deep', () => {
    const deep = join(root, 'deep', ...'12345678'.split(''));
    mkdirSync(deep, { recursive: true });
    writeFileSync(join(deep, 'lock.json'), 'too deep');
    writeFileSync(join(deep, '../lock.json'), 'deep');
    expect(
      diskSource(root)
        .list()
        .filter((path) => path.startsWith('deep')),
    ).toEqual(['deep/1/2/3/4/5/6/7/lock.json']);
  });
});
