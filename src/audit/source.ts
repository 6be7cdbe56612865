import { LineSplitter } from '../chain/log/lines.ts';
import { InputError } from '../crypto/errors.ts';
import { type Folder, inOrder } from './reading.ts';

/**
 * Files to audit, wherever they are: a disk, or what was dropped on a page. Names first, bytes one folder at
 * a time, so that a history of any length needs the memory of one folder.
 */
export interface AuditSource {
  /** Paths of all files, relative to what was given, with `/` between names. */
  readonly list: () => readonly string[];
  /**
   * The bytes of one of them; `undefined` where it is gone. @throws InputError file-unreadable, also for one
   * that is too large to be held in memory
   */
  readonly read: (path: string) => Promise<Uint8Array | undefined>;
  /**
   * At most `length` bytes of one of them, beginning at byte `from`: none behind its end. For files of which
   * only a part is held in memory. @throws InputError file-unreadable
   */
  readonly part: (path: string, from: number, length: number) => Promise<Uint8Array | undefined>;
  /** What lies there, might belong to the list, and is not looked at. */
  readonly leftOut: () => readonly LeftOut[];
}

/** Something that is not looked at. */
export interface LeftOut {
  /** Relative to what was given. */
  readonly path: string;
  /** What is wrong with it: `is a link`. */
  readonly why: string;
}

/** A folder whose files have not been read. */
export interface FolderNames {
  /** Relative to what was given; `.` for that itself. */
  readonly path: string;
  readonly names: readonly string[];
}

/** Files that are in memory already, and what is known of others beside them: why each could not be read. */
export function sourceOf(
  files: ReadonlyMap<string, Uint8Array>,
  unread: ReadonlyMap<string, string> = new Map(),
  leftOut: readonly LeftOut[] = [],
): AuditSource {
  const read = async (path: string): Promise<Uint8Array | undefined> => {
    const why = unread.get(path);
    if (why !== undefined) throw new InputError('file-unreadable', path, why);
    return files.get(path);
  };
  return {
    list: () => [...files.keys(), ...unread.keys()],
    read,
    part: async (path, from, length) => (await read(path))?.subarray(from, from + length),
    leftOut: () => leftOut,
  };
}

/** Bytes of a file that are read at once, where its lines are. */
export const PART_BYTES = 1_048_576;

/**
 * The lines of a file, one after another, in the memory of one part of it. @throws InputError log-truncated |
 * log-form | file-unreadable
 */
export async function* linesOf(source: AuditSource, path: string): AsyncGenerator<string, void> {
  const splitter = new LineSplitter(path);
  for (let from = 0; ;) {
    const part = await source.part(path, from, PART_BYTES);
    if (part === undefined) throw new InputError('file-unreadable', path, `${path} is missing`);
    if (part.length === 0) break;
    yield* splitter.take(part);
    from += part.length;
  }
  splitter.end();
}

/** The folder and the name of a path. */
export function splitPath(path: string): readonly [folder: string, name: string] {
  const cut = path.lastIndexOf('/');
  return [cut < 0 ? '.' : path.slice(0, cut), path.slice(cut + 1)];
}

/** The path of a file in a folder. */
export const joinPath = (folder: string, name: string): string =>
  folder === '.' ? name : `${folder}/${name}`;

/** The folders of these paths, in order, each with its names in order. */
export function foldersIn(paths: readonly string[]): readonly FolderNames[] {
  const folders = new Map<string, string[]>();
  for (const path of paths) {
    const [folder, name] = splitPath(path);
    const names = folders.get(folder);
    if (names === undefined) folders.set(folder, [name]);
    else names.push(name);
  }
  return [...folders]
    .map(([path, names]) => ({ path, names: names.sort(inOrder) }))
    .sort((a, b) => inOrder(a.path, b.path));
}

/**
 * Reads the files of a folder, or those of them that are wanted. One that cannot be read is no end: the
 * folder says why, and its report fails.
 */
export async function loadFolder(
  source: AuditSource,
  { path, names }: FolderNames,
  isWanted: (name: string) => boolean = () => true,
): Promise<Folder> {
  const files = new Map<string, Uint8Array>();
  const unread = new Map<string, string>();
  for (const name of names) {
    if (!isWanted(name)) continue;
    try {
      const bytes = await source.read(joinPath(path, name));
      if (bytes === undefined) unread.set(name, `${name} is missing`);
      else files.set(name, bytes);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      unread.set(name, error.message);
    }
  }
  return unread.size === 0 ? { path, files } : { path, files, unread };
}
