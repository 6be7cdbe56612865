import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, posix, resolve } from 'node:path';

import ts from 'typescript';

/** A broken rule: where, what was found, and what to write in its place. */
export interface Finding {
  readonly file: string;
  readonly line: number;
  readonly found: string;
  readonly instead: string;
}

/** A file of the repository, and its syntax tree where it is TypeScript. */
export interface Source {
  readonly path: string;
  readonly text: string;
  readonly tree: () => ts.SourceFile;
}

/** The root of the repository. */
export const root: string = resolve(import.meta.dirname, '../..');

const quoted = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Names of one machine, which no file may contain: homes, and where this repository happens to lie. */
export const placesHere: RegExp = new RegExp(
  [root, homedir()]
    .filter((place) => place.split('/').length > 2)
    .map((place) => `${quoted(place)}\\b`)
    .concat(String.raw`(?<![\w.~-])/(?:home|Users|root)/[\w.-]+`)
    .join('|'),
  'g',
);

/** What a failing test prints: one line a finding, to be read and clicked. */
export const shown = (findings: readonly Finding[]): readonly string[] =>
  findings.map(({ file, line, found, instead }) => `${file}:${line} ${found}: ${instead}`);

/** A source from text; the canaries of the tidy test are made by it. */
export function source(path: string, text: string): Source {
  let tree: ts.SourceFile | undefined;
  return {
    path,
    text,
    tree: () => (tree ??= ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true)),
  };
}

/** The line of a node, from 1. */
export function lineOf(node: ts.Node): number {
  const file = node.getSourceFile();
  return file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1;
}

/** Visits every node below `node`. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

const git = (...args: readonly string[]): readonly string[] =>
  execFileSync('git', args, { cwd: root, encoding: 'utf8' }).split('\0').filter(Boolean);

/** Paths that belong to the repository: tracked, or new and not ignored. Canaries break laws: not they. */
export const paths: readonly string[] = git('ls-files', '-z', '-co', '--exclude-standard')
  .filter((path) => !path.startsWith('test/canaries/') && existsSync(join(root, path)))
  .sort();

/** Text of a file of the repository. */
export const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** Whether a path of the repository exists, as a file or a folder. */
export const exists = (path: string): boolean => existsSync(join(root, path));

const isText = (path: string): boolean => !/\.(png|ico|woff2?|bin|gz|svg|pdf)$/.test(path);
const isCode = (path: string): boolean => /\.(ts|tsx|mjs|cjs|js|sol)$/.test(path);
const cache = new Map<string, Source>();

/** The source at a path, read once. */
export function at(path: string): Source {
  const known = cache.get(path) ?? source(path, read(path));
  cache.set(path, known);
  return known;
}

/** All text files. */
export const texts: readonly Source[] = paths.filter(isText).map(at);
/** All files of code. */
export const code: readonly Source[] = texts.filter(({ path }) => isCode(path));
/** All files of TypeScript. */
export const typescript: readonly Source[] = texts.filter(({ path }) => /\.tsx?$/.test(path));
/** The product. */
export const product: readonly Source[] = typescript.filter(({ path }) => path.startsWith('src/'));
/** All documents. */
export const documents: readonly Source[] = texts.filter(({ path }) => path.endsWith('.md'));

/** The floor of a file of `src`, such as `crypto`. */
export const floorOf = (path: string): string | undefined => /^src\/([^/]+)\//.exec(path)?.[1];

/** Where a relative import of `from` leads, as a path of the repository. */
export const target = (from: string, specifier: string): string =>
  posix.normalize(posix.join(posix.dirname(from), specifier));
