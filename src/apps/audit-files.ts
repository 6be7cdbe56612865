import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { isAudited } from '../audit/audit.ts';
import { InputError } from '../crypto/errors.ts';
import { readUserFile } from './user-file.ts';

/** Most folders below the one that is named, most files, and most bytes of one and of all of them. */
const MAX_DEPTH = 8;
const MAX_FILES = 20_000;
const MAX_FILE_BYTES = 67_108_864;
const MAX_BYTES = 536_870_912;

/**
 * The files that an audit reads, by their path under a folder, with `/` between names. Links are not
 * followed, and
 * nothing else than the files of the list is opened: no secret is ever read. @throws InputError file-
 * unreadable
 */
export function auditFiles(folder: string): ReadonlyMap<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  let bytes = 0;
  const visit = (relative: string, depth: number): void => {
    for (const entry of entriesOf(join(folder, relative))) {
      const path = relative === '' ? entry.name : `${relative}/${entry.name}`;
      if (entry.isDirectory() && depth < MAX_DEPTH) visit(path, depth + 1);
      if (!entry.isFile() || !isAudited(entry.name)) continue;
      const content = readUserFile(join(folder, path), MAX_FILE_BYTES);
      bytes += content.length;
      files.set(path, content);
      if (files.size > MAX_FILES || bytes > MAX_BYTES)
        throw unreadable(
          folder,
          `${folder} holds more than ${MAX_FILES} files or ${MAX_BYTES} bytes to audit`,
        );
    }
  };
  visit('', 0);
  return files;
}

function entriesOf(folder: string): ReturnType<typeof readFolder> {
  try {
    return readFolder(folder);
  } catch (cause) {
    throw unreadable(folder, `${folder} is no folder that can be read`, cause);
  }
}

const readFolder = (folder: string) =>
  readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));

const unreadable = (path: string, message: string, cause?: unknown): InputError =>
  new InputError('file-unreadable', path, message, { cause });
