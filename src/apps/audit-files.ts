import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { isAudited } from '../audit/kinds.ts';
import type { AuditSource } from '../audit/source.ts';
import { InputError } from '../crypto/errors.ts';
import { readUserFile } from './user-file.ts';

/** Most folders below the one that is named, most files, and most bytes of one of them. */
const MAX_DEPTH = 8;
const MAX_FILES = 2_000_000;
const MAX_FILE_BYTES = 67_108_864;

/**
 * The files under a folder that an audit reads. Links are not followed, and nothing else than the files of
 * the list is ever opened: no secret is read, whatever path a file states. @throws InputError file-unreadable
 */
export function diskSource(folder: string): AuditSource {
  const paths = new Set<string>();
  const visit = (relative: string, depth: number): void => {
    for (const entry of entriesOf(join(folder, relative))) {
      const path = relative === '' ? entry.name : `${relative}/${entry.name}`;
      if (entry.isDirectory() && depth < MAX_DEPTH) visit(path, depth + 1);
      if (!entry.isFile() || !isAudited(entry.name)) continue;
      paths.add(path);
      if (paths.size > MAX_FILES)
        throw unreadable(folder, `${folder} holds more than ${MAX_FILES} files to audit`);
    }
  };
  visit('', 0);
  const all = [...paths];
  return {
    list: () => all,
    read: (path) =>
      Promise.resolve(paths.has(path) ? readUserFile(join(folder, path), MAX_FILE_BYTES) : undefined),
  };
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
