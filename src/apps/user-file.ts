import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  openSync,
  readSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';

import { concat } from '../crypto/bytes.ts';
import { InputError, OperationError } from '../crypto/errors.ts';

const whyOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
const isTaken = (cause: unknown): boolean =>
  cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';

/** A file that a person names, of at most `maxBytes`. @throws InputError file-unreadable */
export function readUserFile(path: string, maxBytes = 4_194_304): Uint8Array {
  let fd: number | undefined;
  try {
    fd = openSync(path, 'r');
    const { size } = fstatSync(fd);
    if (size > maxBytes)
      throw new InputError(
        'file-unreadable',
        path,
        `${path} has ${size} bytes, at most ${maxBytes} are read`,
      );
    return readUpTo(fd, path, maxBytes);
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw new InputError('file-unreadable', path, `${path} cannot be read: ${whyOf(cause)}`, { cause });
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** Reads to the end: a pipe or a device states no size, and may have none. */
function readUpTo(fd: number, path: string, maxBytes: number): Uint8Array {
  const chunks: Uint8Array[] = [];
  let total = 0;
  for (;;) {
    const chunk = new Uint8Array(CHUNK_BYTES);
    const read = readSync(fd, chunk);
    if (read === 0) return concat(...chunks);
    total += read;
    if (total > maxBytes)
      throw new InputError(
        'file-unreadable',
        path,
        `${path} has more than ${maxBytes} bytes, which are the most that are read`,
      );
    chunks.push(chunk.subarray(0, read));
  }
}

/** Bytes read at a time. */
const CHUNK_BYTES = 1_048_576;

const taken = (path: string, cause?: unknown): OperationError =>
  new OperationError('would-overwrite', 'fatal', `${path} exists; nothing was written`, { cause });

/** Says before costly work that a file to be made is there. @throws OperationError would-overwrite */
export function refuseExisting(path: string): void {
  if (existsSync(path)) throw taken(path);
}

/** Writes a file that was not there. @throws OperationError would-overwrite | disk-failed */
export function createUserFile(path: string, bytes: Uint8Array, mode = 0o644): void {
  let fd: number;
  try {
    fd = openSync(path, 'wx', mode);
  } catch (cause) {
    if (isTaken(cause)) throw taken(path, cause);
    throw new OperationError('disk-failed', 'fatal', `${path} cannot be made: ${whyOf(cause)}`, { cause });
  }
  try {
    writeFileSync(fd, bytes);
    fsyncSync(fd);
  } catch (cause) {
    // Half a file would be taken for damage, and be in the way of the next attempt.
    unlinkSync(path);
    throw new OperationError('disk-failed', 'fatal', `${path} cannot be written: ${whyOf(cause)}`, { cause });
  } finally {
    closeSync(fd);
  }
}
