import { chmodSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { readKeyFile } from '../../../../src/apps/deploy/key-file.ts';

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'key-file-')));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const digits = 'ab'.repeat(32);
const written = (text: string, mode = 0o600): string => {
  const path = join(folder, 'key');
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
};

describe('the file of a key', () => {
  it.each([digits, `0x${digits}`, `${digits}\n`])('is read from %j', (text) =>
    expect(readKeyFile(written(text), 'a key').use((bytes) => bytes.slice())).toEqual(
      new Uint8Array(32).fill(0xab),
    ),
  );

  it.each([digits.slice(2), `${digits}ab`, `${digits.slice(2)}zz`, ''])('is not read from %j', (text) => {
    const refused = expect.objectContaining({ code: 'bad-account' }) as unknown;
    expect(() => readKeyFile(written(text), 'a key')).toThrow(refused);
  });

  it('says nothing of what is in it', () => {
    try {
      readKeyFile(written(`${digits}ab`), 'a key');
      expect.unreachable();
    } catch (error) {
      expect(String(error)).not.toContain('abab');
    }
  });

  it('is its owner’s alone', () =>
    expect(() => readKeyFile(written(digits, 0o640), 'a key')).toThrow(
      expect.objectContaining({ code: 'bad-permissions' }),
    ));
});
