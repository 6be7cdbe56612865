import { chmodSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { readKeyFile } from '../../../../src/apps/deploy/key-file.ts';
import { makeKeystore } from '../../system/keystore.ts';

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
  it.each([digits, `0x${digits}`, `${digits}\n`])('is read from %j', async (text) => {
    const key = await readKeyFile(written(text), 'a key');
    expect(key.use((bytes) => bytes.slice())).toEqual(new Uint8Array(32).fill(0xab));
  });

  it.each([digits.slice(2), `${digits}ab`, `${digits.slice(2)}zz`, ''])('is not read from %j', (text) =>
    expect(readKeyFile(written(text), 'a key')).rejects.toMatchObject({ code: 'bad-key-file' }),
  );

  it('may be a keystore, whose password is in a file too', async () => {
    const password = join(folder, 'password');
    writeFileSync(password, 'a password of a test\n', { mode: 0o600 });
    const path = written(JSON.stringify(makeKeystore('a password of a test')));
    const key = await readKeyFile(path, 'a key', password);
    expect(key.use((bytes) => bytes.slice())).toEqual(new Uint8Array(32).fill(0xab));
    await expect(readKeyFile(path, 'a key')).rejects.toMatchObject({ code: 'password-missing' });
  });

  it('says nothing of what is in it', async () => {
    const said = await readKeyFile(written(`${digits}ab`), 'a key').catch(String);
    expect(said).toContain('key of 64 hex digits');
    expect(said).not.toContain('abab');
  });

  it('is its owner’s alone', () =>
    expect(readKeyFile(written(digits, 0o640), 'a key')).rejects.toMatchObject({
      code: 'bad-permissions',
    }));
});
