import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, expect, test } from 'vitest';

import { readOwnFile } from '../../../src/apps/own-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'own-file-'));
const path = join(folder, 'secret');
writeFileSync(path, 'abc', { mode: 0o600 });
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});
const code = (expected: string): object => expect.objectContaining({ code: expected }) as object;

test('a file that only its owner reads is read', () => {
  expect(readOwnFile(path, 3)).toEqual(Uint8Array.of(97, 98, 99));
});

test.each([0o640, 0o604, 0o620, 0o602])('one with mode %o is refused', (mode) => {
  chmodSync(path, mode);
  expect(() => readOwnFile(path, 3)).toThrow(code('bad-permissions'));
  chmodSync(path, 0o600);
});

test('one that is too long, or not there, is refused', () => {
  expect(() => readOwnFile(path, 2)).toThrow(code('file-unreadable'));
  expect(() => readOwnFile(join(folder, 'none'), 2)).toThrow(code('file-unreadable'));
});
