import { lstatSync, readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

import { isAudited } from '../audit/audit.ts';
import { InputError } from '../crypto/errors.ts';
import { readUserFile } from './user-file.ts';

/** The longest file of an audit, in bytes. */
const MAX_FILE_BYTES = 67_108_864;
/** The most files of one audit. */
const MAX_FILES = 20_000;

/** The files of a folder that an audit reads, by their path in it. @throws InputError file-unreadable */
export function auditFiles(folder: string): ReadonlyMap<string, Uint8Array> {
  if (lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new InputError('file-unreadable', folder, `${folder} is no folder`);
  const files = new Map<string, Uint8Array>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !isAudited(entry.name)) continue;
    const path = join(entry.parentPath, entry.name);
    if (files.size >= MAX_FILES)
      throw new InputError(
        'file-unreadable',
        folder,
        `${folder} holds more than ${MAX_FILES} files to audit`,
      );
    files.set(relative(folder, path).split(sep).join('/'), readUserFile(path, MAX_FILE_BYTES));
  }
  return files;
}
