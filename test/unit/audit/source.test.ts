import { describe, expect, test } from 'vitest';

import { foldersIn, joinPath, loadFolder, sourceOf, splitPath } from '../../../src/audit/source.ts';

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
    expect(await loadFolder(source, names)).toEqual({ path: 'b', files: new Map([['x', one]]) });
    expect((await loadFolder(source, names, () => false)).files.size).toBe(0);
  });
});
