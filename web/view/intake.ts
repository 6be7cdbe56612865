import type { LeftOut } from '../../src/audit/source.ts';
import { refusalOf } from '../shared/limits.ts';
import type { GivenFile } from '../shared/messages.ts';

/** Most folders below the one that is dropped. */
const MAX_DEPTH = 16;

/** Files that somebody gave, and what among them is not looked at. */
export interface Taken {
  readonly files: readonly GivenFile[];
  readonly leftOut: readonly LeftOut[];
}

/** The same, or why they are not taken. */
export type Given = Taken | { readonly problem: string };

/** What an `<input type="file">` holds: a folder with paths, or single files. */
export const filesOfInput = (files: Iterable<File>): Given =>
  taken(
    [...files].map((file) => ({ path: file.webkitRelativePath || file.name, file })),
    [],
  );

/** Everything that was dropped, folders with all below them. */
export async function filesOfDrop(data: DataTransfer): Promise<Given> {
  // The list empties itself when this function first waits, so that all entries are taken before.
  const entries = [...data.items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  const loose = [...data.files];
  if (entries.length === 0) return filesOfInput(loose);
  const [found, leftOut]: [Dropped[], LeftOut[]] = [[], []];
  for (const entry of entries) await walk(entry, entry.name, { found, leftOut, depth: 0 });
  return taken(found, leftOut);
}

interface Dropped {
  readonly path: string;
  readonly file: File;
}

interface Walk {
  readonly found: Dropped[];
  readonly leftOut: LeftOut[];
  readonly depth: number;
}

async function walk(entry: FileSystemEntry, path: string, { found, leftOut, depth }: Walk): Promise<void> {
  if (refusalOf(found.length) !== undefined) return;
  if (isFile(entry)) {
    const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
    found.push({ path, file });
    return;
  }
  if (!isDirectory(entry)) return;
  if (depth > MAX_DEPTH) {
    leftOut.push({ path, why: `lies deeper than ${MAX_DEPTH} folders` });
    return;
  }
  const reader = entry.createReader();
  // A reader hands out a hundred at a time, and an empty list at the end.
  for (let more = true; more;) {
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    more = batch.length > 0;
    for (const child of batch)
      await walk(child, `${path}/${child.name}`, { found, leftOut, depth: depth + 1 });
  }
}

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;
const isDirectory = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;

/** The files by their paths below what they have in common: as the command names them. */
function taken(found: readonly Dropped[], leftOut: readonly LeftOut[]): Given {
  if (found.length === 0) return { problem: 'There are no files in what was given.' };
  const tooMany = refusalOf(found.length);
  if (tooMany !== undefined) return { problem: tooMany };
  const top = found[0]?.path.split('/')[0] ?? '';
  const isOneFolder = found.every(({ path }) => path.startsWith(`${top}/`));
  const below = (path: string): string => (isOneFolder ? path.slice(top.length + 1) : path);
  const files = found.map(({ path, file }) => ({ path: below(path), file }));
  const seen = new Set<string>();
  for (const { path } of files) {
    if (seen.has(path)) return { problem: `Two files are called ${path}: give their folders instead.` };
    seen.add(path);
  }
  return { files, leftOut: leftOut.map(({ path, why }) => ({ path: below(path), why })) };
}
