import * as fs from 'node:fs';

/** How a file is opened. Symbolic links are never followed. `create` fails when the name exists. */
export type OpenMode = 'read' | 'append' | 'create' | 'update' | 'folder';

/** What stands at a path. */
export interface Found {
  readonly kind: 'file' | 'folder' | 'link' | 'other';
  /** The permission bits only. */
  readonly mode: number;
  readonly sizeBytes: number;
  /** User id of the owner. */
  readonly owner: number;
}

/**
 * The calls of the operating system that `disk.ts` makes, each exactly one step that can fail or be the last
 * one before the power goes. They throw what `node:fs` throws: an error with a `code` such as ENOSPC.
 */
export interface FileCalls {
  readonly open: (path: string, how: OpenMode) => number;
  readonly stat: (file: number) => Found;
  /** Reads from offset `at`; returns the number of bytes read, 0 at the end. */
  readonly read: (file: number, into: Uint8Array, at: number) => number;
  /** Writes where the last write ended (`append`: at the end); returns how many bytes were taken. */
  readonly write: (file: number, bytes: Uint8Array) => number;
  readonly sync: (file: number) => void;
  readonly truncate: (file: number, length: number) => void;
  readonly close: (file: number) => void;
  readonly rename: (from: string, to: string) => void;
  /** A second name for a file; fails when the name exists. */
  readonly link: (from: string, to: string) => void;
  readonly unlink: (path: string) => void;
  readonly makeFolder: (path: string) => void;
  /** What stands at the path itself, links not followed. */
  readonly look: (path: string) => Found | undefined;
  readonly names: (folder: string) => readonly string[];
  readonly freeBytes: (folder: string) => number;
  /** Whose files these must be; `undefined` where the system has no such notion. */
  readonly user: number | undefined;
  /** Tells the temporary files of this process from those of another. */
  readonly process: number;
}

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_APPEND, O_NOFOLLOW, O_DIRECTORY } = fs.constants;
const flags: Readonly<Record<OpenMode, number>> = {
  read: O_RDONLY | O_NOFOLLOW,
  append: O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW,
  create: O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW,
  update: O_WRONLY | O_NOFOLLOW,
  folder: O_RDONLY | O_DIRECTORY | O_NOFOLLOW,
};

function found(stats: fs.Stats): Found {
  const kind = stats.isFile()
    ? 'file'
    : stats.isDirectory()
      ? 'folder'
      : stats.isSymbolicLink()
        ? 'link'
        : 'other';
  return { kind, mode: stats.mode & 0o777, sizeBytes: stats.size, owner: stats.uid };
}

/** The files of this machine. */
export const machineFiles: FileCalls = {
  open: (path, how) => fs.openSync(path, flags[how], 0o600),
  stat: (file) => found(fs.fstatSync(file)),
  read: (file, into, at) => fs.readSync(file, into, 0, into.length, at),
  write: (file, bytes) => fs.writeSync(file, bytes),
  sync: (file) => fs.fsyncSync(file),
  truncate: (file, length) => fs.ftruncateSync(file, length),
  close: (file) => fs.closeSync(file),
  rename: (from, to) => fs.renameSync(from, to),
  link: (from, to) => fs.linkSync(from, to),
  unlink: (path) => fs.unlinkSync(path),
  makeFolder: (path) => void fs.mkdirSync(path, { mode: 0o700 }),
  look: (path) => {
    const stats = fs.lstatSync(path, { throwIfNoEntry: false });
    return stats === undefined ? undefined : found(stats);
  },
  names: (folder) => fs.readdirSync(folder),
  freeBytes: (folder) => {
    const volume = fs.statfsSync(folder);
    return volume.bavail * volume.bsize;
  },
  user: process.getuid?.(),
  process: process.pid,
};
