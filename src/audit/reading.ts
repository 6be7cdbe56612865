import { InputError } from '../crypto/errors.ts';

/** The files of one folder, by name. */
export interface Folder {
  /** Relative to what was given; `.` for that itself. */
  readonly path: string;
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Files that lie here and could not be read, and why; left out where there are none. */
  readonly unread?: ReadonlyMap<string, string> | undefined;
}

/** A file, or why there is none to work with. */
export type Read<T> =
  | { readonly value: T; readonly problem: undefined }
  | { readonly value: undefined; readonly problem: string };

/**
 * Reads a file that must be there. A decoder's refusal is an answer here: the audit goes on without the
 * file.
 */
export function readFrom<T>(
  { files, unread }: Folder,
  name: string,
  read: (bytes: Uint8Array, path: string) => T,
): Read<T> {
  const bytes = files.get(name);
  if (bytes === undefined) return { value: undefined, problem: unread?.get(name) ?? `${name} is missing` };
  try {
    return { value: read(bytes, name), problem: undefined };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const said = error.message.startsWith(name) ? error.message : `${name}: ${error.message}`;
    return { value: undefined, problem: said };
  }
}

/** The order of names, by code units: the same in every language. */
export const inOrder = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
