import { fromHex, latin1, wipe } from '../../crypto/bytes.ts';
import { InputError } from '../../crypto/errors.ts';
import { Secret } from '../../crypto/secret.ts';
import { readOwnFile } from '../own-file.ts';

/**
 * The key of a file that only its owner can read: 64 hex digits, with or without 0x. Nothing of it is ever in
 * a message. @throws InputError file-unreadable | bad-permissions | bad-account
 */
export function readKeyFile(path: string, label: string): Secret {
  const content = readOwnFile(path, 1_024);
  const text = latin1(content).trim();
  wipe(content);
  const bytes = fromHex(text);
  if (bytes?.length === 32) return new Secret(label, bytes);
  throw new InputError('bad-account', path, `${path} does not hold a key of 64 hex digits`);
}
