import { fstatSync, openSync, readSync, closeSync } from 'node:fs';

import { InputError } from '../crypto/errors.ts';

/** Where a password may come from. Never an argument, never an environment variable. */
export interface PasswordSource {
  readonly file?: string | undefined;
  readonly fd?: number | undefined;
  /** Whom to ask when neither is given; `undefined` where nobody sits. */
  readonly ask?: ((question: string) => Promise<string>) | undefined;
}

/** The longest password that is read, in bytes. */
const MAX_BYTES = 1_024;

/**
 * The password of a node. @throws InputError password-missing when there is no source, file-unreadable,
 * bad-permissions when others may read the file
 */
export async function readPassword(source: PasswordSource, question = 'Password: '): Promise<string> {
  if (source.fd !== undefined) return firstLine(readAll(source.fd, `descriptor ${source.fd}`));
  if (source.file !== undefined) return fromFile(source.file);
  if (source.ask !== undefined) return source.ask(question);
  throw new InputError(
    'password-missing',
    'password',
    'no password: give --password-file or --password-fd, or run in a terminal',
  );
}

function fromFile(path: string): string {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new InputError('file-unreadable', path, `the password file cannot be read: ${why}`, { cause });
  }
  try {
    const { mode, uid } = fstatSync(fd);
    const isOurs = process.getuid === undefined || uid === process.getuid();
    if ((mode & 0o077) !== 0 || !isOurs)
      throw new InputError('bad-permissions', path, `${path} is open to other users: make it 0600 and yours`);
    return firstLine(readAll(fd, path));
  } finally {
    closeSync(fd);
  }
}

function readAll(fd: number, path: string): string {
  const bytes = new Uint8Array(MAX_BYTES + 1);
  let length = 0;
  for (let read = -1; read !== 0 && length < bytes.length; length += read)
    read = readSync(fd, bytes, length, bytes.length - length, null);
  if (length > MAX_BYTES) throw new InputError('file-unreadable', path, `${path} holds more than a password`);
  const text = new TextDecoder().decode(bytes.subarray(0, length));
  bytes.fill(0);
  return text;
}

/** Up to the first line end, which editors add. */
const firstLine = (text: string): string => text.replace(/\r?\n[^]*$/, '');

/** Asks on the terminal of this process, without showing what is typed; `undefined` where there is none. */
export function terminalPrompt(): PasswordSource['ask'] {
  const { stdin, stderr } = process;
  if (!stdin.isTTY || !stderr.isTTY) return undefined;
  return (question) =>
    new Promise((resolve, reject) => {
      let typed = '';
      const end = (): void => {
        stdin.setRawMode(false).pause().off('data', hear);
        stderr.write('\n');
      };
      const hear = (chunk: Buffer): void => {
        for (const key of chunk.toString('utf8'))
          if (key === '\r' || key === '\n' || key === '\u0004') {
            end();
            return resolve(typed);
          } else if (key === '\u0003') {
            end();
            return reject(new InputError('interrupted', 'password', 'stopped; nothing was changed'));
          } else if (key === '\u007f') typed = typed.slice(0, -1);
          else if (typed.length < MAX_BYTES) typed += key;
      };
      stderr.write(question);
      stdin.setRawMode(true).resume().on('data', hear);
    });
}
