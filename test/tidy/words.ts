import ts from 'typescript';

import { type Finding, type Source, exists, lineOf, target, walk } from './sources.ts';
import { exportsOf, importsOf } from './house.ts';

/** The string values of the object that a module exports under this name, with their nodes. */
function stringsOf({ tree }: Source, name: string): readonly (readonly [text: string, node: ts.Node])[] {
  const found: (readonly [string, ts.Node])[] = [];
  walk(tree(), (node) => {
    if (!ts.isVariableDeclaration(node) || node.name.getText() !== name || !node.initializer) return;
    walk(node.initializer, (inner) => {
      if (ts.isPropertyAssignment(inner) && ts.isStringLiteralLike(inner.initializer))
        found.push([inner.initializer.text, inner]);
    });
  });
  return found;
}

/** Domain tags: unique, of one form, and made in one file; `file` is that file, `others` are all others. */
export function badTags(file: Source, others: readonly Source[]): readonly Finding[] {
  const all = stringsOf(file, 'tags');
  const seen = new Set<string>();
  const findings: Finding[] = [];
  const report = (found: string, node: ts.Node, path: string, instead: string): void =>
    void findings.push({ file: path, line: lineOf(node), found, instead });
  if (all.length === 0)
    report('no tag was found', file.tree(), file.path, 'export `tags`, an object of strings');
  for (const [tag, node] of all) {
    if (seen.has(tag))
      report(`\`${tag}\` occurs twice`, node, file.path, 'two hashes, two domains: name its purpose');
    if (!/^[a-z0-9-]+(\/[a-zA-Z0-9-]+)*$/.test(tag))
      report(`\`${tag}\``, node, file.path, 'a tag is a path of short words: `dkg/pok`');
    seen.add(tag);
  }
  for (const { path, tree } of others)
    walk(tree(), (node) => {
      if ((ts.isStringLiteralLike(node) || ts.isTemplateHead(node)) && /^conclave\/v\d/.test(node.text))
        report(`the domain \`${node.text}\``, node, path, `add a purpose to ${file.path} and use taggedHash`);
    });
  return findings;
}

const raisers = /^(ProtocolAbort|InputError|OperationError|\w+Abort|\w+Error)$/;

/** Failure codes that the code raises, as literals: the first argument of an error of the house. */
export function raisedCodes(sources: readonly Source[]): readonly (Finding & { readonly code: string })[] {
  const raised: (Finding & { readonly code: string })[] = [];
  for (const { path, tree } of sources)
    walk(tree(), (node) => {
      const isRaise =
        (ts.isNewExpression(node) && raisers.test(node.expression.getText())) ||
        (ts.isCallExpression(node) && node.expression.getText() === 'blameUnless');
      const first = isRaise ? node.arguments?.[0] : undefined;
      if (first === undefined || !ts.isStringLiteralLike(first)) return;
      const instead = 'declare it in the reasons.ts beside the thrower, then `npm run reasons`';
      raised.push({ file: path, line: lineOf(node), found: `\`${first.text}\``, code: first.text, instead });
    });
  return raised;
}

/** Raised codes that no `reasons.ts` declares, and codes that are not kebab-case. */
export function undeclared(sources: readonly Source[], declared: ReadonlySet<string>): readonly Finding[] {
  return raisedCodes(sources)
    .filter(({ code }) => !declared.has(code) || !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(code))
    .map(({ file, line, found, instead }) => ({ file, line, found, instead }));
}

/** Predicates of a `checks.ts` that no test imports: rule 45, one test that breaks each. */
export function unbrokenChecks(checks: readonly Source[], tests: readonly Source[]): readonly Finding[] {
  const imports = tests.flatMap(importsOf);
  return checks.flatMap((file) =>
    exportsOf(file)
      .filter(({ isValue }) => isValue)
      .filter(
        ({ name }) =>
          !imports.some(({ to, names }) => to === file.path && names !== 'all' && names.includes(name)),
      )
      .map(({ name, node }) => ({
        file: file.path,
        line: lineOf(node),
        found: `no test breaks \`${name}\``,
        instead: 'import it by name in a test that breaks exactly this check',
      })),
  );
}

/** Files whose codec has a version and that no row of `formats` ties to vectors; rows without files. */
export function unreleased(
  sources: readonly Source[],
  formats: readonly (readonly [codec: string, ...vectors: string[]])[],
): readonly Finding[] {
  const instead = 'add the bytes to test/vectors/formats, and a row to `formats` of test/tidy/allowances.ts';
  const findings: Finding[] = [];
  const versioned = new Set<string>();
  for (const { path, tree } of sources)
    walk(tree(), (node) => {
      if (!ts.isPropertyAssignment(node) || !/^(version|formatVersion)$/.test(node.name.getText())) return;
      if (!/Codec$|\bliteral\(/.test(node.initializer.getText())) return;
      versioned.add(path);
      if (!formats.some(([codec]) => codec === path))
        findings.push({ file: path, line: lineOf(node), found: 'a format without vectors', instead });
    });
  for (const [codec, ...vectors] of formats) {
    const list = { file: 'test/tidy/allowances.ts', line: 1 };
    if (!versioned.has(codec))
      findings.push({ ...list, found: `${codec} has no version`, instead: 'delete the row' });
    if (vectors.length === 0) findings.push({ ...list, found: `${codec} names no vectors`, instead });
    for (const vector of vectors)
      if (!vector.startsWith('test/vectors/') || !exists(vector))
        findings.push({ ...list, found: `${vector} is missing`, instead });
  }
  return findings;
}

/** Words that the glossary rejects, from the third column of its tables, each with the preferred one. */
export function rejectedWords(glossary: string): ReadonlyMap<string, string> {
  const words = new Map<string, string>();
  for (const row of glossary.split('\n')) {
    const [, word, , rejected] = row.split(/(?<!\\)\|/).map((cell) => cell.trim());
    for (const [, synonym] of (rejected ?? '').matchAll(/`([^`]+)`/g)) words.set(synonym ?? '', word ?? '');
  }
  return words;
}

const wordsOf = (name: string): string =>
  ` ${name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .replace(/[_-]/g, ' ')
    .toLowerCase()} `;

/** Declared names that contain a rejected word. */
export function rejectedNames(
  sources: readonly Source[],
  rejected: ReadonlyMap<string, string>,
): readonly Finding[] {
  const findings: Finding[] = [];
  for (const { path, tree } of sources)
    walk(tree(), (node) => {
      if (!ts.isIdentifier(node) || !('name' in node.parent) || node.parent.name !== node) return;
      if (ts.isPropertyAccessExpression(node.parent)) return;
      for (const [word, instead] of rejected) {
        if (![` ${word} `, ` ${word}s `].some((form) => wordsOf(node.text).includes(form))) continue;
        findings.push({
          file: path,
          line: lineOf(node),
          found: `\`${node.text}\``,
          instead: `say ${instead}`,
        });
      }
    });
  return findings;
}

/** Commands that documents and scripts name and that do not exist, and links that lead nowhere. */
export function deadReferences(files: readonly Source[], scripts: ReadonlySet<string>): readonly Finding[] {
  return files.flatMap(({ path, text }) => {
    const at = (index: number): { file: string; line: number } => ({
      file: path,
      line: text.slice(0, index).split('\n').length,
    });
    const commands = [...text.matchAll(/\bnpm run ([a-z][\w:-]*)|\bnpm (test|start)\b/g)]
      .filter(([, run, short]) => !scripts.has(run ?? short ?? ''))
      .map(({ 0: found, index }) => ({
        ...at(index),
        found: `\`${found}\``,
        instead: `name a script of package.json: ${[...scripts].join(', ')}`,
      }));
    if (!path.endsWith('.md')) return commands;
    const links = [
      ...text.replace(/```[\s\S]*?```/g, blank).matchAll(/\]\((?!\w+:|#)([^)\s#]+)(?:#[^)]*)?\)/g),
    ]
      .filter(([, to]) => !exists(target(path, decodeURI(to ?? ''))))
      .map(({ 1: to, index }) => ({
        ...at(index),
        found: `link to ${to ?? ''}`,
        instead: 'link to what exists',
      }));
    return [...commands, ...links];
  });
}

const blank = (block: string): string => block.replace(/[^\n]/g, ' ');
