import type { AuditSource } from '../../src/audit/source.ts';
import { InputError } from '../../src/crypto/errors.ts';
import type { GivenFile } from '../shared/messages.ts';

/** Largest file that is read, bytes: as the command has it. */
export const MAX_FILE_BYTES = 67_108_864;

/** Gives the page a moment to draw and to hear clicks, where the audit runs on the page's own thread. */
const pause = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 0));

/** Files as an audit reads them: one at a time, each when it is looked at. */
export function sourceOfGiven(files: readonly GivenFile[], isPausing: boolean): AuditSource {
  const byPath = new Map(files.map((given) => [given.path, given]));
  const paths = [...byPath.keys()];
  return {
    list: () => paths,
    read: async (path) => {
      const given = byPath.get(path);
      if (given === undefined) return undefined;
      if (isPausing) await pause();
      return 'file' in given ? readDropped(given.file, path) : readServed(given.url, path);
    },
  };
}

async function readDropped(file: File, path: string): Promise<Uint8Array> {
  if (file.size > MAX_FILE_BYTES) throw unreadable(path, `${path} has ${file.size} bytes`);
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch (cause) {
    throw unreadable(path, `${path} cannot be read any more: drop it again`, cause);
  }
}

async function readServed(url: string, path: string): Promise<Uint8Array> {
  const answer = await fetch(url);
  if (!answer.ok) throw unreadable(path, `${path} is answered with ${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}

const unreadable = (path: string, message: string, cause?: unknown): InputError =>
  new InputError('file-unreadable', path, message, { cause });
