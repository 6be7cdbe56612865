import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';

import { auditFiles } from '../../../src/apps/audit-files.ts';
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
  test('are those of its list, in all folders, and no links', () => {
    const files = auditFiles(root);
    expect([...files.keys()]).toEqual(['a/b/sign.jsonl', 'lock.json']);
    expect(new TextDecoder().decode(files.get('lock.json'))).toBe('one');
    expect(files.get('a/b/sign.jsonl')).toHaveLength(0);
  });

  test('are asked of a folder that is there', () => {
    expect(() => auditFiles(join(root, 'none'))).toThrow(InputError);
    expect(() => auditFiles(join(root, 'lock.json'))).toThrow(InputError);
  });

  test('lie at most eight folders deep', () => {
    const deep = join(root, 'deep', ...'12345678'.split(''));
    mkdirSync(deep, { recursive: true });
    writeFileSync(join(deep, 'lock.json'), 'too deep');
    writeFileSync(join(deep, '../lock.json'), 'deep');
    expect([...auditFiles(root).keys()].filter((path) => path.startsWith('deep'))).toEqual([
      'deep/1/2/3/4/5/6/7/lock.json',
    ]);
  });
});
