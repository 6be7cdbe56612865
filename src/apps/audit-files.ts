import {
  type Dirent,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  readdirSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';

import { isAudited } from '../audit/kinds.ts';
import type { AuditSource, LeftOut } from '../audit/source.ts';
import { InputError } from '../crypto/errors.ts';

/** Most folders below the one that is named, most files, and most bytes of one that is read whole. */
const MAX_DEPTH = 8;
const MAX_FILES = 2_000_000;
const MAX_FILE_BYTES = 67_108_864;

/** What is in a folder: files that an audit reads, and what looks like some and is not. */
interface Found {
  readonly paths: Set<string>;
  readonly leftOut: LeftOut[];
}

/**
 * The files under a folder that an audit reads. Links are not followed, and nothing else than the files of
 * the list is ever opened, also when something else has taken its place since: no secret is read, whatever
 * path a file states. What is not looked at is named. @throws InputError file-unreadable for the folder
 * itself
 */
export function diskSource(folder: string): AuditSource {
  const root = rootOf(folder);
  const found: Found = { paths: new Set(), leftOut: [] };
  visit(root, '', found);
  const all = [...found.paths];
  return {
    list: () => all,
    leftOut: () => found.leftOut,
    read: async (path) => (found.paths.has(path) ? readWhole(root, path) : undefined),
    part: async (path, from, length) =>
      found.paths.has(path) ? readPart(root, path, { from, length }) : undefined,
  };
}

/** The folder itself may be a link: it is what a person names. */
function rootOf(folder: string): string {
  try {
    const root = realpathSync.native(folder);
    readdirSync(root);
    return root;
  } catch (cause) {
    throw unreadable(folder, 'is no folder that can be read', cause);
  }
}

function visit(root: string, relative: string, found: Found): void {
  for (const entry of entriesOf(root, relative, found)) {
    const path = relative === '' ? entry.name : `${relative}/${entry.name}`;
    const why = whyNot(root, path, entry);
    if (why !== undefined) found.leftOut.push({ path, why });
    else if (entry.isDirectory()) visit(root, path, found);
    else if (entry.isFile() && isAudited(entry.name)) found.paths.add(path);
    if (found.paths.size + found.leftOut.length > MAX_FILES)
      throw unreadable(path, `is one of more than ${MAX_FILES} files to audit`);
  }
}

function entriesOf(root: string, relative: string, { leftOut }: Found): readonly Dirent[] {
  try {
    const entries = readdirSync(join(root, relative), { withFileTypes: true });
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch {
    leftOut.push({ path: relative, why: 'is a folder that cannot be read' });
    return [];
  }
}

/**
 * Why something that an audit might want is not looked at; `undefined` where it is, or where nobody wants
 * it.
 */
function whyNot(root: string, path: string, entry: Dirent): string | undefined {
  if (entry.isDirectory())
    return path.split('/').length > MAX_DEPTH ? `lies deeper than ${MAX_DEPTH} folders` : undefined;
  if (entry.isFile()) return undefined;
  if (entry.isSymbolicLink() && (isAudited(entry.name) || isFolder(join(root, path))))
    return 'is a link, and links are not followed: put there what it leads to';
  return isAudited(entry.name) ? 'is no plain file' : undefined;
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** Reads a whole file. @throws InputError file-unreadable */
function readWhole(root: string, path: string): Uint8Array | undefined {
  return withFile(root, path, (fd, size) => {
    if (size > MAX_FILE_BYTES) throw unreadable(path, `has ${size} bytes, more than ${MAX_FILE_BYTES}`);
    const bytes = new Uint8Array(size);
    return bytes.subarray(0, fill(fd, bytes, 0));
  });
}

/** Reads a part of a file of any length. @throws InputError file-unreadable */
function readPart(
  root: string,
  path: string,
  { from, length }: { readonly from: number; readonly length: number },
): Uint8Array | undefined {
  return withFile(root, path, (fd, size) => {
    const bytes = new Uint8Array(Math.max(0, Math.min(length, size - from)));
    return bytes.subarray(0, fill(fd, bytes, from));
  });
}

/** Fills bytes from a place of a file on, as far as it goes. */
function fill(fd: number, bytes: Uint8Array, from: number): number {
  for (let at = 0; ;) {
    const read = at === bytes.length ? 0 : readSync(fd, bytes, at, bytes.length - at, from + at);
    if (read === 0) return at;
    at += read;
  }
}

/**
 * Opens a file that was found, and none that has taken its place or that of a folder above it since: not
 * through a link, and without waiting for who would write into a pipe. What is open is compared with what
 * lies at the path now, so that nothing can be exchanged between the two looks.
 */
function withFile<T>(root: string, path: string, use: (fd: number, size: number) => T): T | undefined {
  const full = join(root, path);
  let fd: number | undefined;
  try {
    fd = openSync(full, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const open = fstatSync(fd, { bigint: true });
    const isWithoutLink = realpathSync.native(full) === full;
    const there = lstatSync(full, { bigint: true });
    if (!open.isFile() || !isWithoutLink || there.ino !== open.ino || there.dev !== open.dev)
      throw unreadable(path, 'is not the plain file any more that was found');
    return use(fd, Number(open.size));
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    if (codeOf(cause) === 'ENOENT') return undefined;
    const isLink = codeOf(cause) === 'ELOOP';
    throw unreadable(path, isLink ? 'is a link now' : `cannot be read (${codeOf(cause)})`, cause);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

const codeOf = (cause: unknown): string =>
  cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';

/** Says where by the path below the folder: equal files are told of in equal words, wherever they lie. */
const unreadable = (path: string, what: string, cause?: unknown): InputError =>
  new InputError('file-unreadable', path, `${path} ${what}`, { cause });
