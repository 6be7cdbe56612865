import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { ascii } from '../../src/crypto/bytes.ts';
import { InputError, OperationError } from '../../src/crypto/errors.ts';
import { openDisk } from '../../src/system/disk.ts';
import type { Disk } from '../../src/system/ports.ts';
import { SimDisk } from '../sim/disk.ts';

let base: string;
beforeEach(() => void (base = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'disk-')))));
afterEach(() => fs.rmSync(base, { recursive: true, force: true }));

/** Opens the same folder again at each call, as a new process does. */
const real = (): (() => Disk) => () => openDisk({ folder: join(base, 'data') });
const simulated = (): (() => Disk) => {
  const disk = new SimDisk();
  return () => disk.open();
};
const code = (step: () => unknown): string => {
  try {
    step();
  } catch (error) {
    if (error instanceof OperationError || error instanceof InputError) return error.code;
    throw error;
  }
  return 'no error';
};

describe.each([
  ['real', real],
  ['simulated', simulated],
])('the %s disk', (_, make) => {
  it('reads what was replaced, also after it was opened again', () => {
    const open = make();
    open().replace('a/b/file', ascii('one'));
    open().replace('a/b/file', ascii('two, longer'));
    expect(open().read('a/b/file')).toEqual(ascii('two, longer'));
    open().replace('a/b/file', new Uint8Array(0));
    expect(open().read('a/b/file')).toEqual(new Uint8Array(0));
  });

  it('has nothing where nothing was written', () => {
    const disk = make()();
    expect(disk.read('none')).toBeUndefined();
    expect(disk.read('no/folder/none')).toBeUndefined();
    expect(disk.list('none')).toEqual([]);
    expect(disk.list('')).toEqual([]);
    disk.shred('none');
    disk.remove('none');
    disk.remove('no/folder/none');
    expect(code(() => disk.truncate('none', 0))).toBe('bad-path');
    expect(code(() => disk.move('none', 'other'))).toBe('bad-path');
  });

  it('creates once', () => {
    const open = make();
    open().create('once', ascii('first'));
    expect(code(() => open().create('once', ascii('second')))).toBe('would-overwrite');
    expect(open().read('once')).toEqual(ascii('first'));
    expect(open().list('')).toEqual(['once']);
  });

  it('appends, cuts and appends again', () => {
    const open = make();
    const disk = open();
    disk.append('sub/log', ascii('one '));
    disk.append('sub/log', ascii('two '));
    open().append('sub/log', ascii('thr'));
    disk.truncate('sub/log', 8);
    disk.append('sub/log', ascii('three'));
    expect(open().read('sub/log')).toEqual(ascii('one two three'));
  });

  it('moves files and folders, never over others', () => {
    const open = make();
    const disk = open();
    disk.replace('from/file', ascii('x'));
    disk.replace('other', ascii('y'));
    disk.move('from', 'to/deep/folder');
    expect(disk.read('to/deep/folder/file')).toEqual(ascii('x'));
    expect(disk.list('')).toEqual(['other', 'to']);
    expect(code(() => disk.move('other', 'to/deep/folder/file'))).toBe('would-overwrite');
    expect(code(() => disk.move('other', 'to'))).toBe('would-overwrite');
    disk.append('from/file', ascii('new'));
    expect(open().read('from/file')).toEqual(ascii('new'));
  });

  it.each(['shred', 'remove'] as const)('takes files away for good: %s', (call) => {
    const open = make();
    open().replace('secret', new Uint8Array(70_000).fill(1));
    open()[call]('secret');
    expect(open().read('secret')).toBeUndefined();
    expect(open().list('')).toEqual([]);
    expect(code(() => open()[call]('../secret'))).toBe('bad-path');
  });

  it('lists names in the order of their code units', () => {
    const disk = make()();
    for (const name of ['b', 'a', 'B', '10', '9', 'c/x']) disk.replace(`f/${name}`, ascii('x'));
    expect(disk.list('f')).toEqual(['10', '9', 'B', 'a', 'b', 'c']);
    expect(disk.list('f/c')).toEqual(['x']);
  });

  it('does not take a folder for a file, nor a file for a folder', () => {
    const disk = make()();
    disk.replace('a/file', ascii('x'));
    for (const step of [
      () => disk.read('a'),
      () => disk.replace('a', ascii('y')),
      () => disk.append('a', ascii('y')),
      () => disk.replace('a/file/below', ascii('y')),
      () => disk.list('a/file'),
    ])
      expect(code(step)).toBe('bad-path');
  });

  it('refuses paths out of its folder', () => {
    const disk = make()();
    for (const path of ['../x', '/x', 'a/../x', '', '.', '.x'])
      expect(code(() => disk.replace(path, ascii('y')))).toBe('bad-path');
  });

  it('knows how much room is left', () => {
    expect(make()().freeBytes()).toBeGreaterThan(0);
  });

  it('hands out bytes that are the caller’s own', () => {
    const disk = make()();
    const bytes = ascii('mine');
    disk.replace('file', bytes);
    bytes.fill(0);
    disk.read('file')?.fill(0);
    expect(disk.read('file')).toEqual(ascii('mine'));
  });
});
