import { closeSync, fstatSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';

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
    return new Uint8Array(readFileSync(fd));
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw new InputError('file-unreadable', path, `${path} cannot be read: ${whyOf(cause)}`, { cause });
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** Writes a file that was not there. @throws OperationError would-overwrite | disk-failed */
export function createUserFile(path: string, bytes: Uint8Array, mode = 0o644): void {
  let fd: number;
  try {
    fd = openSync(path, 'wx', mode);
  } catch (cause) {
    if (isTaken(cause))
      throw new OperationError('would-overwrite', 'fatal', `${path} exists; nothing was written`, { cause });
    throw new OperationError('disk-failed', 'fatal', `${path} cannot be made: ${whyOf(cause)}`, { cause });
  }
  try {
    writeSync(fd, bytes);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
