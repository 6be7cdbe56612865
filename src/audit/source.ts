import { type Folder, inOrder } from './reading.ts';

/**
 * Files to audit, wherever they are: a disk, or what was dropped on a page. Names first, bytes one folder at
 * a time, so that a history of any length needs the memory of one folder.
 */
export interface AuditSource {
  /** Paths of all files, relative to what was given, with `/` between names. */
  readonly list: () => readonly string[];
  /** The bytes of one of them; `undefined` where it is gone. */
  readonly read: (path: string) => Promise<Uint8Array | undefined>;
}

/** A folder whose files have not been read. */
export interface FolderNames {
  /** Relative to what was given; `.` for that itself. */
  readonly path: string;
  readonly names: readonly string[];
}

/** Files that are in memory already. */
export const sourceOf = (files: ReadonlyMap<string, Uint8Array>): AuditSource => ({
  list: () => [...files.keys()],
  read: (path) => Promise.resolve(files.get(path)),
});

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

/** Reads the files of a folder, or those of them that are wanted. */
export async function loadFolder(
  source: AuditSource,
  { path, names }: FolderNames,
  isWanted: (name: string) => boolean = () => true,
): Promise<Folder> {
  const files = new Map<string, Uint8Array>();
  for (const name of names) {
    if (!isWanted(name)) continue;
    const bytes = await source.read(joinPath(path, name));
    if (bytes !== undefined) files.set(name, bytes);
  }
  return { path, files };
}
