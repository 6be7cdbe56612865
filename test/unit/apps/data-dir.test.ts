import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { dataDirOf, refuseUsed } from '../../../src/apps/data-dir.ts';

let folder: string;
beforeEach(() => void (folder = realpathSync(mkdtempSync(join(tmpdir(), 'data-dir-')))));
afterEach(() => rmSync(folder, { recursive: true }));

describe('a data folder', () => {
  it('is named by its absolute path, without links on the way', () => {
    mkdirSync(join(folder, 'real'));
    symlinkSync(join(folder, 'real'), join(folder, 'link'));
    expect(dataDirOf(join(folder, 'link'))).toBe(join(folder, 'real'));
    expect(dataDirOf(join(folder, 'link', 'new', 'node'))).toBe(join(folder, 'real', 'new', 'node'));
    expect(dataDirOf(undefined)).toBe(join(realpathSync('.'), '.conclave'));
  });

  it('is no file, and has a name', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => dataDirOf(join(folder, 'file'))).toThrow(expect.objectContaining({ code: 'bad-path' }));
    expect(() => dataDirOf('')).toThrow(expect.objectContaining({ code: 'usage' }));
  });

  it('is made where there is nothing', () => {
    expect(() => refuseUsed(join(folder, 'new'))).not.toThrow();
    expect(() => refuseUsed(folder)).not.toThrow();
    writeFileSync(join(folder, 'file'), '');
    expect(() => refuseUsed(folder)).toThrow(expect.objectContaining({ code: 'folder-not-empty' }));
  });
});
