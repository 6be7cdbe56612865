import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { ascii } from '../../../src/crypto/bytes.ts';
import { InputError, OperationError } from '../../../src/crypto/errors.ts';
import { openDisk } from '../../../src/system/disk.ts';
import { type FileCalls, machineFiles } from '../../../src/system/file-calls.ts';

let base: string;
let folder: string;
beforeEach(() => {
  base = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'disk-')));
  folder = join(base, 'node');
});
afterEach(() => fs.rmSync(base, { recursive: true, force: true }));

const code = (step: () => unknown): string => {
  try {
    step();
  } catch (error) {
    if (error instanceof OperationError || error instanceof InputError) return error.code;
    throw error;
  }
  return 'no error';
};
const failing = (name: keyof FileCalls, errno: string, from = 1): FileCalls => {
  let calls = 0;
  const fail = (): never => {
    throw Object.assign(new Error(errno), { code: errno });
  };
  const real = machineFiles[name] as (...parts: unknown[]) => unknown;
  return { ...machineFiles, [name]: (...parts: unknown[]) => (++calls >= from ? fail() : real(...parts)) };
};

describe('modes', () => {
  it('are 0600 for files and 0700 for folders, whatever the umask', () => {
    const before = process.umask(0);
    try {
      const disk = openDisk({ folder });
      disk.replace('a/b/file', ascii('x'));
      disk.append('a/log', ascii('x'));
      for (const path of ['.', 'a', 'a/b']) expect(fs.statSync(join(folder, path)).mode & 0o777).toBe(0o700);
      for (const path of ['a/b/file', 'a/log'])
        expect(fs.statSync(join(folder, path)).mode & 0o777).toBe(0o600);
    } finally {
      process.umask(before);
    }
  });

  it('that let others in are refused: of the data folder, of a folder in it, of a file', () => {
    const disk = openDisk({ folder });
    disk.replace('a/file', ascii('x'));
    fs.chmodSync(join(folder, 'a/file'), 0o640);
    for (const step of [
      () => disk.read('a/file'),
      () => disk.replace('a/file', ascii('y')),
      () => disk.append('a/file', ascii('y')),
      () => disk.truncate('a/file', 0),
      () => disk.shred('a/file'),
      () => disk.remove('a/file'),
      () => disk.move('a/file', 'b'),
    ])
      expect(code(step)).toBe('bad-permissions');
    fs.chmodSync(join(folder, 'a/file'), 0o600);
    fs.chmodSync(join(folder, 'a'), 0o720);
    expect(code(() => disk.read('a/file'))).toBe('bad-permissions');
    expect(code(() => disk.list('a'))).toBe('bad-permissions');
    fs.chmodSync(join(folder, 'a'), 0o700);
    fs.chmodSync(folder, 0o701);
    expect(code(() => disk.read('a/file'))).toBe('bad-permissions');
    expect(code(() => openDisk({ folder }))).toBe('bad-permissions');
  });

  it('of another owner are refused', () => {
    openDisk({ folder });
    const stranger: FileCalls = { ...machineFiles, user: (machineFiles.user ?? 0) + 1 };
    expect(code(() => openDisk({ folder }, stranger))).toBe('bad-permissions');
  });
});

describe('symbolic links are refused', () => {
  it('as the file', () => {
    const disk = openDisk({ folder });
    fs.writeFileSync(join(base, 'target'), 'precious', { mode: 0o600 });
    fs.symlinkSync(join(base, 'target'), join(folder, 'file'));
    for (const step of [
      () => disk.read('file'),
      () => disk.replace('file', ascii('y')),
      () => disk.create('file', ascii('y')),
      () => disk.append('file', ascii('y')),
      () => disk.truncate('file', 0),
      () => disk.shred('file'),
      () => disk.remove('file'),
    ])
      expect(code(step)).toBe('bad-path');
    expect(fs.readFileSync(join(base, 'target'), 'utf8')).toBe('precious');
  });

  it('as the file, also when it is planted behind the check', () => {
    const disk = openDisk({ folder }, { ...machineFiles, look: blindFor('late') });
    fs.writeFileSync(join(base, 'target'), 'precious', { mode: 0o600 });
    fs.symlinkSync(join(base, 'target'), join(folder, 'late'));
    expect(code(() => disk.append('late', ascii('y')))).toBe('bad-path');
    expect(fs.readFileSync(join(base, 'target'), 'utf8')).toBe('precious');
  });

  it('as a folder on the way, and above the data folder', () => {
    const disk = openDisk({ folder });
    fs.mkdirSync(join(base, 'elsewhere'), { mode: 0o700 });
    fs.symlinkSync(join(base, 'elsewhere'), join(folder, 'sub'));
    expect(code(() => disk.replace('sub/file', ascii('y')))).toBe('bad-path');
    expect(code(() => disk.list('sub'))).toBe('bad-path');
    fs.symlinkSync(base, join(base, 'around'));
    expect(code(() => openDisk({ folder: join(base, 'around/node') }))).toBe('bad-path');
  });
});

/** A `look` that does not see one name: the time between a check and its use. */
const blindFor =
  (name: string): FileCalls['look'] =>
  (path) =>
    path.endsWith(`/${name}`) ? undefined : machineFiles.look(path);

describe('paths', () => {
  it('that are not plain names inside the folder are refused', () => {
    const disk = openDisk({ folder });
    const deep = Array.from({ length: 13 }, () => 'd').join('/');
    for (const path of [
      '',
      '/etc/passwd',
      '../x',
      'a/../../x',
      './a',
      'a//b',
      'a/',
      '.hidden',
      'a\0b',
      'é',
      'x.tmp',
      deep,
    ])
      expect(code(() => disk.replace(path, ascii('y')))).toBe('bad-path');
  });

  it('of the data folder must be absolute', () => {
    for (const path of ['relative', '/a/../b', '/a/', ''])
      expect(code(() => openDisk({ folder: path }))).toBe('bad-path');
  });
});

describe('failures', () => {
  it('of fsync are fatal, and nothing works afterwards', () => {
    openDisk({ folder }).replace('old', ascii('old'));
    const disk = openDisk({ folder }, failing('sync', 'EIO'));
    try {
      disk.append('log', ascii('x'));
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: 'fsync-failed', level: 'fatal' });
    }
    for (const step of [() => disk.read('old'), () => disk.append('log', ascii('y')), () => disk.list('')])
      expect(code(step)).toBe('fsync-failed');
  });

  it('of room are told apart from failures of the disk, and pass', () => {
    for (const [errno, expected] of [
      ['ENOSPC', 'disk-full'],
      ['EDQUOT', 'disk-full'],
      ['EIO', 'disk-failed'],
      ['EROFS', 'disk-failed'],
      ['EMFILE', 'disk-failed'],
      ['EACCES', 'disk-failed'],
    ] as const) {
      let broken = true;
      const calls: FileCalls = {
        ...machineFiles,
        write: (file, bytes) =>
          broken ? failing('write', errno).write(file, bytes) : machineFiles.write(file, bytes),
      };
      const disk = openDisk({ folder }, calls);
      expect(code(() => disk.replace('file', ascii('new')))).toBe(expected);
      expect(disk.list('')).not.toContain('file');
      broken = false;
      disk.replace('file', ascii('new'));
      expect(disk.read('file')).toEqual(ascii('new'));
      disk.shred('file');
    }
  });

  it('in the middle of an append are taken back', () => {
    let writes = 0;
    const calls: FileCalls = {
      ...machineFiles,
      write: (file, bytes) => {
        writes += 1;
        if (writes === 2) return machineFiles.write(file, bytes.subarray(0, 3));
        return writes === 3 ? failing('write', 'ENOSPC').write(file, bytes) : machineFiles.write(file, bytes);
      },
    };
    const disk = openDisk({ folder }, calls);
    disk.append('log', ascii('first '));
    expect(code(() => disk.append('log', ascii('second ')))).toBe('disk-full');
    disk.append('log', ascii('third'));
    expect(disk.read('log')).toEqual(ascii('first third'));
  });

  it('to take an append back are fatal', () => {
    const calls = { ...failing('write', 'EIO'), truncate: failing('truncate', 'EIO').truncate };
    const disk = openDisk({ folder }, calls);
    expect(code(() => disk.append('log', ascii('x')))).toBe('fsync-failed');
    expect(code(() => disk.read('log'))).toBe('fsync-failed');
  });

  it('of a write that takes nothing end', () => {
    const disk = openDisk({ folder }, { ...machineFiles, write: () => 0 });
    expect(code(() => disk.replace('file', ascii('x')))).toBe('disk-failed');
  });

  it('of a file that shrinks while it is read are seen', () => {
    openDisk({ folder }).replace('file', ascii('long'));
    const disk = openDisk({ folder }, { ...machineFiles, read: () => 0 });
    expect(code(() => disk.read('file'))).toBe('disk-failed');
  });
});

describe('temporary files', () => {
  it('of a process that was killed are swept at open, and nothing else is', () => {
    const disk = openDisk({ folder });
    disk.replace('a/file', ascii('x'));
    fs.writeFileSync(join(folder, 'a/.file.77-0.tmp'), 'half', { mode: 0o600 });
    expect(disk.list('a')).toEqual(['file']);
    openDisk({ folder, sweep: false });
    expect(fs.existsSync(join(folder, 'a/.file.77-0.tmp'))).toBe(true);
    openDisk({ folder });
    expect(fs.readdirSync(join(folder, 'a'))).toEqual(['file']);
  });

  it('planted by others are not written into', () => {
    const disk = openDisk({ folder });
    fs.writeFileSync(join(base, 'target'), 'precious');
    fs.symlinkSync(join(base, 'target'), join(folder, `.file.${process.pid}-0.tmp`));
    expect(code(() => disk.replace('file', ascii('x')))).toBe('would-overwrite');
    expect(fs.readFileSync(join(base, 'target'), 'utf8')).toBe('precious');
  });
});

it('a file that appears between check and creation is not overwritten', () => {
  openDisk({ folder }).create('once', ascii('first'));
  const disk = openDisk({ folder }, { ...machineFiles, look: blindFor('once') });
  expect(code(() => disk.create('once', ascii('second')))).toBe('would-overwrite');
  expect(openDisk({ folder }).read('once')).toEqual(ascii('first'));
});

it('a shredded file is zeros before it is gone', () => {
  const disk = openDisk({ folder });
  disk.replace('secret', new Uint8Array(100_000).fill(7));
  const handle = fs.openSync(join(folder, 'secret'), 'r');
  disk.shred('secret');
  const left = new Uint8Array(100_001);
  expect(fs.readSync(handle, left)).toBe(100_000);
  expect(left.every((byte) => byte === 0)).toBe(true);
  fs.closeSync(handle);
  expect(disk.read('secret')).toBeUndefined();
});

it('a file is removed whole where no byte can be written any more', () => {
  openDisk({ folder }).replace('file', new Uint8Array(100_000).fill(7));
  const half: FileCalls = {
    ...machineFiles,
    write: (file, bytes) => {
      if (bytes.length > 1) machineFiles.write(file, bytes.subarray(0, bytes.length >> 1));
      throw Object.assign(new Error('full'), { code: 'ENOSPC' });
    },
  };
  const disk = openDisk({ folder }, half);
  disk.remove('file');
  expect(disk.read('file')).toBeUndefined();
});
