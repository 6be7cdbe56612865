import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';

import { findBinary } from '../../../src/system/find-binary.ts';

const folder = mkdtempSync(join(tmpdir(), 'conclave-find-'));
afterAll(() => rmSync(folder, { recursive: true }));
const program = (name: string, mode: number): string => {
  const path = join(folder, name);
  writeFileSync(path, '#!/bin/sh\n');
  chmodSync(path, mode);
  return path;
};

describe('a tool', () => {
  it('is what the environment names, before anything else', () => {
    const named = program('mine', 0o700);
    expect(findBinary('anvil', { CONCLAVE_ANVIL: named })).toBe(named);
  });

  it('is found in the folders of PATH, in their order', () => {
    const own = program('some-tool', 0o700);
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    expect(findBinary('some-tool', { PATH: ['', empty, folder].join(delimiter) })).toBe(own);
    expect(findBinary('some-tool', { PATH: empty })).toBeUndefined();
  });

  it('that may not be executed is none, also if it is named', () => {
    const path = program('locked-tool', 0o600);
    expect(findBinary('locked-tool', { PATH: folder, CONCLAVE_LOCKED_TOOL: path })).toBeUndefined();
  });
});
