import type { AuditSource, LeftOut } from '../../src/audit/source.ts';
import { InputError } from '../../src/crypto/errors.ts';
import type { GivenFile } from '../shared/messages.ts';

/** Largest file that is read whole, bytes: as the command has it. */
export const MAX_FILE_BYTES = 67_108_864;

/** Gives the page a moment to draw and to hear clicks, where the audit runs on the page's own thread. */
const pause = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 0));

/** What somebody gave to the page. */
export interface GivenFiles {
  readonly files: readonly GivenFile[];
  readonly leftOut: readonly LeftOut[];
}

/** Files as an audit reads them: one at a time, each when it is looked at, long ones in parts. */
export function sourceOfGiven({ files, leftOut }: GivenFiles, isPausing: boolean): AuditSource {
  const byPath = new Map(files.map((given) => [given.path, given]));
  const paths = [...byPath.keys()];
  const given = async (path: string): Promise<GivenFile | undefined> => {
    if (isPausing) await pause();
    return byPath.get(path);
  };
  return {
    list: () => paths,
    leftOut: () => leftOut,
    read: async (path) => {
      const one = await given(path);
      if (one === undefined) return undefined;
      if ('url' in one) return readServed(one.url, path);
      if (one.file.size > MAX_FILE_BYTES)
        throw unreadable(path, `${path} has ${one.file.size} bytes, more than ${MAX_FILE_BYTES}`);
      return readDropped(one.file, path);
    },
    part: async (path, from, length) => {
      const one = await given(path);
      if (one === undefined) return undefined;
      if ('url' in one) return (await readServed(`${one.url}?from=${from}`, path)).subarray(0, length);
      return readDropped(one.file.slice(from, from + length), path);
    },
  };
}

async function readDropped(file: Blob, path: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch (cause) {
    throw unreadable(path, `${path} cannot be read any more: drop it again`, cause);
  }
}

/** The server says in words why it does not hand out a file. */
async function readServed(url: string, path: string): Promise<Uint8Array> {
  const answer = await fetch(url);
  if (answer.ok) return new Uint8Array(await answer.arrayBuffer());
  const said: unknown = await answer.json().catch(() => undefined);
  const hasWord = typeof said === 'object' && said !== null && 'error' in said;
  const why = hasWord && typeof said.error === 'string' ? said.error : `it is answered with ${answer.status}`;
  throw unreadable(path, why.startsWith(path) ? why : `${path}: ${why}`);
}

const unreadable = (path: string, message: string, cause?: unknown): InputError =>
  new InputError('file-unreadable', path, message, { cause });
