import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createUserFile, readUserFile, refuseExisting } from '../../../src/apps/user-file.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'user-file-'))));
afterEach(() => rmSync(folder, { recursive: true }));

describe('a file that a person names', () => {
  it('is read whole, up to a limit', () => {
    const path = join(folder, 'a');
    writeFileSync(path, 'hello');
    expect(readUserFile(path)).toEqual(Uint8Array.from('hello', (c) => c.charCodeAt(0)));
    expect(() => readUserFile(path, 4)).toThrow('at most 4');
    for (const missing of [join(folder, 'none'), folder])
      expect(() => readUserFile(missing)).toThrow(expect.objectContaining({ code: 'file-unreadable' }));
  });

  it('has an end, also where it states no size', () => {
    expect(() => readUserFile('/dev/zero', 4096)).toThrow(
      expect.objectContaining({ code: 'file-unreadable' }),
    );
    expect(readUserFile('/dev/null')).toEqual(new Uint8Array(0));
  });

  it('is never written over', () => {
    const path = join(folder, 'b');
    createUserFile(path, Uint8Array.of(65));
    expect(() => createUserFile(path, Uint8Array.of(66))).toThrow(
      expect.objectContaining({ code: 'would-overwrite' }),
    );
    expect(readFileSync(path, 'utf8')).toBe('A');
    expect(() => refuseExisting(path)).toThrow(expect.objectContaining({ code: 'would-overwrite' }));
    expect(() => refuseExisting(join(folder, 'c'))).not.toThrow();
    const nowhere = join(folder, 'no', 'folder');
    expect(() => createUserFile(nowhere, Uint8Array.of(1))).toThrow(
      expect.objectContaining({ code: 'disk-failed' }),
    );
  });
});
