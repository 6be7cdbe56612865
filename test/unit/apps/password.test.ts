import { chmodSync, closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { readPassword, terminalPrompt } from '../../../src/apps/password.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'password-'));
  file = join(folder, 'password');
  writeFileSync(file, 'correct horse battery\n', { mode: 0o600 });
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a password', () => {
  it('comes from a file without its line end, from a descriptor, or is typed', async () => {
    expect(await readPassword({ file })).toBe('correct horse battery');
    const fd = openSync(file, 'r');
    expect(await readPassword({ fd })).toBe('correct horse battery');
    closeSync(fd);
    expect(await readPassword({ ask: async (question) => `${question}!` }, 'Which? ')).toBe('Which? !');
  });

  it('is not read from a file that others may read', async () => {
    chmodSync(file, 0o640);
    await expect(readPassword({ file })).rejects.toThrow(
      expect.objectContaining({ code: 'bad-permissions' }),
    );
  });

  it('is asked of nobody where nobody sits, and of no file that is missing or too long', async () => {
    await expect(readPassword({})).rejects.toThrow(expect.objectContaining({ code: 'password-missing' }));
    const none = join(folder, 'none');
    await expect(readPassword({ file: none })).rejects.toThrow(
      expect.objectContaining({ code: 'file-unreadable' }),
    );
    writeFileSync(file, 'x'.repeat(2_000));
    await expect(readPassword({ file })).rejects.toThrow('more than a password');
    expect(terminalPrompt()).toBeUndefined();
  });
});
