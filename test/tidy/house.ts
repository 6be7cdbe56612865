import ts from 'typescript';

import { type Allowance, isAllowed } from './allowances.ts';
import { type Finding, type Source, lineOf, target, walk } from './sources.ts';

const MAX_LINES = 400;
const MAX_COLUMNS = 110;

const lineAt = (text: string, index: number): number => text.slice(0, index).split('\n').length;

/** Every place where a pattern occurs. */
export function matches(sources: readonly Source[], pattern: RegExp, instead: string): readonly Finding[] {
  return sources.flatMap(({ path, text }) =>
    [...text.matchAll(pattern)].map((match) => ({
      file: path,
      line: lineAt(text, match.index),
      found: `\`${match[0].trim()}\``,
      instead,
    })),
  );
}

/** Files and lines that are too long to read. */
export function tooLong(sources: readonly Source[]): readonly Finding[] {
  return sources.flatMap(({ path, text }) => {
    const lines = text.replace(/\n$/, '').split('\n');
    const wide = lines.flatMap((line, i) =>
      line.length <= MAX_COLUMNS
        ? []
        : [
            {
              file: path,
              line: i + 1,
              found: `${line.length} columns`,
              instead: `break it at ${MAX_COLUMNS}`,
            },
          ],
    );
    if (lines.length <= MAX_LINES) return wide;
    const found = `${lines.length} lines`;
    return [...wide, { file: path, line: MAX_LINES + 1, found, instead: 'split the file by subject' }];
  });
}

// Put together here, so that this file does not find itself.
const left = ['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX'].join('|');

/** Unfinished work without the number of an issue, and comments that silence the compiler. */
export const unfinished = (sources: readonly Source[]): readonly Finding[] => [
  ...matches(
    sources,
    new RegExp(String.raw`\b(?:${left})\b(?![^\n]*#\d+)`, 'g'),
    'do it, or give the number of its issue',
  ),
  ...matches(sources, /@ts-(?:ignore|nocheck|expect-error)\b/g, 'decode it, or narrow it'),
];

/** The path of the test that belongs to a file of `src`. */
export const twinOf = (path: string): string =>
  path.replace(/^src\//, 'test/unit/').replace(/\.ts$/, '.test.ts');

/** Files of `src` without a test of their own, and rows of the list that are no longer true. */
export function untested(files: readonly string[], untwinned: readonly Allowance[]): readonly Finding[] {
  const all = new Set(files);
  const missing = files
    .filter((path) => path.startsWith('src/') && path.endsWith('.ts') && !path.endsWith('/reasons.ts'))
    .filter((path) => !all.has(twinOf(path)) && !isAllowed(untwinned, path))
    .map((path) => ({
      file: path,
      line: 1,
      found: 'has no test of its own',
      instead: `write ${twinOf(path)}, or a row with its reason in test/tidy/untwinned.ts`,
    }));
  const stale = untwinned
    .filter(([path]) => !all.has(path) || all.has(twinOf(path)))
    .map(([path]) => ({
      file: 'test/tidy/untwinned.ts',
      line: 1,
      found: `the row of ${path} is stale`,
      instead: 'delete the row',
    }));
  return [...missing, ...stale, ...thin(untwinned, 'test/tidy/untwinned.ts')];
}

/** Rows of a list of exceptions that give no reason worth the name. */
export const thin = (rows: readonly Allowance[], file: string): readonly Finding[] =>
  rows
    .filter(([, reason]) => reason.trim().split(/\s+/).length < 3)
    .map(([path]) => ({ file, line: 1, found: `${path} has no reason`, instead: 'say why, in a few words' }));

interface Exported {
  readonly name: string;
  readonly node: ts.Statement;
  readonly isValue: boolean;
}

/** What a module exports by declaration. */
export function exportsOf({ tree }: Source): readonly Exported[] {
  return tree().statements.flatMap((node): readonly Exported[] => {
    const isExported = ts.canHaveModifiers(node)
      ? (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
      : false;
    if (!isExported) return [];
    if (ts.isVariableStatement(node))
      return node.declarationList.declarations.map(({ name }) => ({
        name: name.getText(),
        node,
        isValue: true,
      }));
    const isValue = ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node);
    const isType = ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node);
    return (isValue || isType) && node.name ? [{ name: node.name.text, node, isValue }] : [];
  });
}

/** Exports without a sentence that says what they are for. A type and a value of one name share one. */
export function undocumented(sources: readonly Source[]): readonly Finding[] {
  return sources.flatMap((file) => {
    const all = exportsOf(file);
    const said = new Set(all.filter(({ node }) => hasDoc(node)).map(({ name }) => name));
    return all
      .filter(({ name }) => !said.has(name))
      .map(({ name, node }) => ({
        file: file.path,
        line: lineOf(node),
        found: `\`${name}\` has no doc comment`,
        instead: 'one sentence on what it is for; units, ranges, `@throws` with its codes',
      }));
  });
}

const hasDoc = (node: ts.Node): boolean =>
  ts.getJSDocCommentsAndTags(node).some((doc) => (ts.getTextOfJSDocComment(doc.comment) ?? '').length > 0);

interface Import {
  readonly from: string;
  readonly to: string;
  readonly names: readonly string[] | 'all';
}

/** Every import of one file of the repository by another, dynamic ones included. */
export function importsOf({ path, tree }: Source): readonly Import[] {
  const imports: Import[] = [];
  const add = (specifier: ts.Expression | undefined, names: Import['names']): void => {
    if (specifier === undefined || !ts.isStringLiteralLike(specifier) || !specifier.text.startsWith('.'))
      return;
    imports.push({ from: path, to: target(path, specifier.text), names });
  };
  walk(tree(), (node) => {
    if (ts.isImportDeclaration(node)) {
      const bindings = node.importClause?.namedBindings;
      const isNamed = bindings !== undefined && ts.isNamedImports(bindings);
      add(
        node.moduleSpecifier,
        isNamed ? bindings.elements.map(({ name, propertyName }) => (propertyName ?? name).text) : 'all',
      );
    } else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, 'all');
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node.arguments[0], 'all');
    else if (ts.isNewExpression(node) && node.expression.getText() === 'URL') add(node.arguments?.[0], 'all');
  });
  return imports;
}

/** Values that are exported and that nobody imports: they are deleted, or no longer exported. */
export function unimported(sources: readonly Source[], allowed: readonly Allowance[]): readonly Finding[] {
  const wanted = new Map<string, Set<string> | 'all'>();
  for (const { to, names } of sources.flatMap(importsOf)) {
    const known = wanted.get(to) ?? new Set<string>();
    wanted.set(to, names === 'all' || known === 'all' ? 'all' : new Set([...known, ...names]));
  }
  return sources
    .filter(({ path }) => path.startsWith('src/') && !path.endsWith('/reasons.ts'))
    .flatMap((file) =>
      exportsOf(file)
        .filter(({ isValue }) => isValue)
        .filter(({ name }) => {
          const names = wanted.get(file.path);
          return names === undefined || (names !== 'all' && !names.has(name));
        })
        .filter(({ name }) => !isAllowed(allowed, `${file.path}#${name}`))
        .map(({ name, node }) => ({
          file: file.path,
          line: lineOf(node),
          found: `nobody imports \`${name}\``,
          instead: 'delete it, or drop its `export`',
        })),
    );
}

/** Modules of `src` that no root reaches. */
export function unreached(
  sources: readonly Source[],
  isRoot: (path: string) => boolean,
  allowed: readonly Allowance[],
): readonly Finding[] {
  const edges = new Map(sources.map((file) => [file.path, importsOf(file)]));
  const queue = sources.map(({ path }) => path).filter(isRoot);
  const reached = new Set(queue);
  for (let path = queue.pop(); path !== undefined; path = queue.pop())
    for (const { to } of edges.get(path) ?? [])
      if (!reached.has(to)) {
        reached.add(to);
        queue.push(to);
      }
  return sources
    .map(({ path }) => path)
    .filter((path) => path.startsWith('src/') && !reached.has(path) && !path.endsWith('/reasons.ts'))
    .filter((path) => !isAllowed(allowed, path))
    .map((path) => ({
      file: path,
      line: 1,
      found: 'no program reaches this module',
      instead: 'wire it in, delete it, or write a row in `unreached` of test/tidy/allowances.ts',
    }));
}
