import { fromHex, latin1, wipe } from '../../crypto/bytes.ts';
import { InputError } from '../../crypto/errors.ts';
import { Secret } from '../../crypto/secret.ts';
import { openKeystore } from '../../system/keystore-v3.ts';
import { readOwnFile } from '../own-file.ts';
import { readPassword } from '../password.ts';

/** Bytes of the longest keystore that is read. */
const MAX_BYTES = 16_384;

/**
 * The key of a file that only its owner can read: 64 hex digits, with or without 0x, or the keystore of a
 * wallet, whose password is in a file too. Nothing of it is ever in a message.
 * @throws InputError file-unreadable | bad-permissions | bad-key-file | password-missing | wrong-password |
 * file-damaged
 */
export async function readKeyFile(path: string, label: string, passwordFile?: string): Promise<Secret> {
  const content = readOwnFile(path, MAX_BYTES);
  const text = latin1(content).trim();
  wipe(content);
  const bytes = text.startsWith('{')
    ? openKeystore(text, await readPassword({ file: passwordFile }), path)
    : fromHex(text);
  if (bytes?.length === 32) return new Secret(label, bytes);
  throw new InputError('bad-key-file', path, `${path} does not hold a key of 64 hex digits`);
}
