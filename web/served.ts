import type { LeftOut } from '../src/audit/source.ts';
import type { GivenFile } from './shared/messages.ts';

/** A folder that can be audited by itself. */
interface ServedFolder {
  readonly kind: string;
  readonly path: string;
  readonly names: readonly string[];
}

/** What `conclave audit serve` reads out for this page. */
export interface Served {
  readonly folder: string;
  readonly paths: readonly string[];
  readonly folders: readonly ServedFolder[];
  /** What lies there and is not looked at. */
  readonly leftOut: readonly LeftOut[];
}

/** One thing of the folder that can be audited by itself. */
export interface Choice {
  readonly label: string;
  readonly files: readonly GivenFile[];
  readonly leftOut: readonly LeftOut[];
}

/** What is served, if this page is served by the command. The page says so itself: nothing is tried out. */
export async function askServed(): Promise<Served | undefined> {
  const list = document.querySelector('meta[name="conclave-files"]')?.getAttribute('content') ?? '';
  if (list === '') return undefined;
  const answer = await fetch(list);
  const value: unknown = await answer.json();
  return isServed(value) ? value : undefined;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
const areTexts = (value: unknown): boolean =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');
const isFolder = (value: unknown): boolean =>
  isObject(value) &&
  typeof value['kind'] === 'string' &&
  typeof value['path'] === 'string' &&
  areTexts(value['names']);

const isLeftOut = (value: unknown): boolean =>
  isObject(value) && typeof value['path'] === 'string' && typeof value['why'] === 'string';

const isServed = (value: unknown): value is Served & Readonly<Record<string, unknown>> =>
  isObject(value) &&
  typeof value['folder'] === 'string' &&
  areTexts(value['paths']) &&
  Array.isArray(value['folders']) &&
  value['folders'].every(isFolder) &&
  Array.isArray(value['leftOut']) &&
  value['leftOut'].every(isLeftOut);

/** Everything together, and each ceremony and signature alone. */
export function choicesOf({ folder, paths, folders, leftOut }: Served): readonly Choice[] {
  // By number: a name of a file stands in no address.
  const urls = new Map(paths.map((path, i) => [path, new URL(`files/${i}`, location.href).href]));
  const given = (path: string, at: string): readonly GivenFile[] => {
    const url = urls.get(at);
    return url === undefined ? [] : [{ path, url }];
  };
  const files = paths.flatMap((path) => given(path, path));
  const everything = { label: `everything in ${folder}`, files, leftOut };
  const alone = folders.map(({ kind, path, names }) => ({
    label: `${kind} ${path}`,
    files: names.flatMap((name) => given(name, `${path}/${name}`)),
    leftOut: leftOut.flatMap((one) =>
      one.path.startsWith(`${path}/`) ? { ...one, path: one.path.slice(path.length + 1) } : [],
    ),
  }));
  return [everything, ...alone];
}
