import { statSync } from 'node:fs';

import { InputError } from '../crypto/errors.ts';
import { readUserFile } from './user-file.ts';

/**
 * A file with a secret, which only its owner may read. The bytes are the caller's to wipe. @throws InputError
 * file-unreadable | bad-permissions
 */
export function readOwnFile(path: string, maxBytes: number): Uint8Array {
  const bytes = readUserFile(path, maxBytes);
  const { mode, uid } = statSync(path);
  const isOurs = process.getuid === undefined || uid === process.getuid();
  if ((mode & 0o077) === 0 && isOurs) return bytes;
  bytes.fill(0);
  throw new InputError('bad-permissions', path, `${path} is open to other users: make it 0600 and yours`);
}
