import { describe, expect, test } from 'vitest';

import {
  type AuditSource,
  PART_BYTES,
  foldersIn,
  joinPath,
  linesOf,
  loadFolder,
  sourceOf,
  splitPath,
} from '../../../src/audit/source.ts';
import { Bug } from '../../../src/crypto/errors.ts';

const one = new Uint8Array([1]);
const source = sourceOf(new Map([['b/x', one]]));

describe('the files to audit', () => {
  test('are named first, and read one by one', async () => {
    expect(source.list()).toEqual(['b/x']);
    expect(await source.read('b/x')).toEqual(one);
    expect(await source.read('b/y')).toBeUndefined();
  });

  test('lie in folders, which come in order', () => {
    expect(foldersIn(['b/y', 'z', 'b/x', 'a/b/c'])).toEqual([
      { path: '.', names: ['z'] },
      { path: 'a/b', names: ['c'] },
      { path: 'b', names: ['x', 'y'] },
    ]);
    for (const path of ['z', 'a/z', 'a/b/z']) expect(joinPath(...splitPath(path))).toBe(path);
  });

  test('are read as far as they are wanted and there', async () => {
    const names = { path: 'b', names: ['x', 'gone'] };
    expect(await loadFolder(source, names)).toEqual({
      ...{ path: 'b', files: new Map([['x', one]]), unread: new Map([['gone', 'gone is missing']]) },
    });
    expect((await loadFolder(source, names, () => false)).files.size).toBe(0);
    expect(await loadFolder(source, names, (name) => name === 'x')).toEqual({
      ...{ path: 'b', files: new Map([['x', one]]) },
    });
  });

  test('may be unreadable one by one, and what could be read is there', async () => {
    const some = sourceOf(new Map([['b/x', one]]), new Map([['b/y', 'b/y is too large']]));
    expect(some.list()).toEqual(['b/x', 'b/y']);
    await expect(some.part('b/y', 0, 1)).rejects.toMatchObject({ code: 'file-unreadable' });
    const { files, unread } = await loadFolder(some, { path: 'b', names: ['x', 'y'] });
    expect([[...files.keys()], unread?.get('y')]).toEqual([['x'], 'b/y is too large']);
    const faulty = { ...some, read: () => Promise.reject(new Bug('ours')) };
    await expect(loadFolder(faulty, { path: 'b', names: ['x'] })).rejects.toThrow('ours');
  });
});

describe('the lines of a file', () => {
  const read = async (from: AuditSource, path: string): Promise<readonly string[]> => {
    const lines: string[] = [];
    for await (const line of linesOf(from, path)) lines.push(line);
    return lines;
  };

  test('are read a part at a time, of a file of any length, which is never read whole', async () => {
    const line = `${'a'.repeat(30_000)}\n`;
    const bytes = new TextEncoder().encode(line.repeat(100));
    const asked: number[] = [];
    const whole = sourceOf(new Map([['f', bytes]]));
    const parts: AuditSource = {
      ...whole,
      read: () => Promise.reject(new Bug('read whole')),
      part: (path, from, length) => {
        asked.push(from);
        return whole.part(path, from, length);
      },
    };
    expect(await read(parts, 'f')).toEqual(Array.from({ length: 100 }, () => line.trimEnd()));
    expect(asked).toEqual([0, PART_BYTES, 2 * PART_BYTES, bytes.length]);
  });

  test('end with the first that is too long, long before the file does', async () => {
    let given = 0;
    const endless: AuditSource = {
      ...sourceOf(new Map()),
      part: (_, __, length) => {
        given += 1;
        return Promise.resolve(new Uint8Array(length));
      },
    };
    await expect(read(endless, 'f')).rejects.toMatchObject({ code: 'log-form', path: 'f line 1' });
    expect(given).toBe(1);
  });

  test('of a file that is missing, or cut off, are refused', async () => {
    await expect(read(source, 'f')).rejects.toThrow('f is missing');
    await expect(read(source, 'b/x')).rejects.toMatchObject({ code: 'log-truncated' });
  });
});
