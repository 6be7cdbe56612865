import { type Allowance, isAllowed } from './allowances.ts';
import { type Finding, type Source, walk } from './sources.ts';

import ts from 'typescript';

/** What this project reads of package.json. */
export interface Manifest {
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
  readonly overrides: Readonly<Record<string, string>>;
}

/** One package of the lock file. */
export interface LockEntry {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly inBundle?: boolean;
  readonly hasInstallScript?: boolean;
}

const finding = (file: string, found: string, instead: string): Finding => ({
  file,
  line: 1,
  found,
  instead,
});
const exact = /^\d+\.\d+\.\d+(-[\w.]+)?$/;

/** All packages that package.json names, with their versions. */
export const named = (manifest: Manifest): readonly (readonly [name: string, version: string])[] =>
  [manifest.dependencies, manifest.devDependencies, manifest.optionalDependencies].flatMap((list) =>
    Object.entries(list),
  );

/** Versions that are not exact. */
export const loose = (manifest: Manifest): readonly Finding[] =>
  [...named(manifest), ...Object.entries(manifest.overrides)]
    .filter(([, version]) => !exact.test(version))
    .map(([name, version]) => finding('package.json', `${name} ${version}`, 'write the exact version'));

/** Entries of a lock file that are not pinned by hash, come from elsewhere, or run a script of their own. */
export function unlocked(
  packages: Readonly<Record<string, LockEntry>>,
  scripts: readonly Allowance[],
): readonly Finding[] {
  const bad = (path: string, found: string, instead: string): Finding =>
    finding('package-lock.json', `${path} ${found}`, instead);
  return Object.entries(packages).flatMap(([path, entry]) => {
    if (path === '') return [];
    const name = path.replace(/^.*node_modules\//, '');
    const findings: Finding[] = [];
    if (!/^sha512-[A-Za-z0-9+/]{86}==$/.test(entry.integrity ?? ''))
      findings.push(bad(path, 'has no sha512', 'run `npm install` with the .npmrc of this repository'));
    if (!exact.test(entry.version ?? ''))
      findings.push(bad(path, `has version ${entry.version ?? 'none'}`, 'take a released version'));
    if (entry.link === true || !path.startsWith('node_modules/'))
      findings.push(bad(path, 'is a link or a folder', 'take it from the registry, by version and hash'));
    if (entry.resolved !== undefined)
      findings.push(bad(path, 'names a place', 'name, version and hash are the pin: keep `omit-lockfile-…`'));
    if (entry.hasInstallScript === true && !isAllowed(scripts, name))
      findings.push(bad(path, 'has an install script', 'take another package, or say why it works without'));
    return findings;
  });
}

/** Rows of a list of packages whose package is gone. */
export const gone = (rows: readonly Allowance[], isThere: (name: string) => boolean): readonly Finding[] =>
  rows
    .filter(([name]) => !isThere(name))
    .map(([name]) => finding('test/tidy/allowances.ts', `the row of ${name} is stale`, 'delete the row'));

/** Differences of package.json and a table of dependencies, whose rows begin `| name | version |`. */
export function unlisted(manifest: Manifest, document: Source): readonly Finding[] {
  const rows = new Map<string, string>();
  for (const [, name, version] of document.text.matchAll(/^\| `([^`]+)` \| ([^ |]+) \|/gm))
    rows.set(name ?? '', version ?? '');
  const all = new Map(named(manifest));
  const missing = [...all]
    .filter(([name, version]) => rows.get(name) !== version)
    .map(([name, version]) =>
      finding(
        document.path,
        `${name} ${version} is not in the table`,
        'say what it does, its cost, who imports it',
      ),
    );
  const stale = [...rows.keys()]
    .filter((name) => !all.has(name))
    .map((name) => finding(document.path, `${name} is in the table only`, 'delete the row'));
  return [...missing, ...stale];
}

/** Packages that the product imports and that its installation would not contain. */
export function unshipped(
  sources: readonly Source[],
  manifest: Manifest,
  allowed: readonly Allowance[],
): readonly Finding[] {
  const shipped = new Set([
    ...Object.keys(manifest.dependencies),
    ...Object.keys(manifest.optionalDependencies),
  ]);
  const findings: Finding[] = [];
  for (const { path, tree } of sources)
    walk(tree(), (node) => {
      const specifier =
        ts.isImportDeclaration(node) && node.importClause?.phaseModifier !== ts.SyntaxKind.TypeKeyword
          ? node.moduleSpecifier
          : ts.isCallExpression(node) && /^(import|require)$/.test(node.expression.getText())
            ? node.arguments[0]
            : undefined;
      if (specifier === undefined || !ts.isStringLiteralLike(specifier)) return;
      const name = /^(@[^/]+\/[^/]+|[^@./][^/]*)/.exec(specifier.text)?.[1];
      if (name === undefined || name.startsWith('node:') || shipped.has(name) || isAllowed(allowed, name))
        return;
      const instead = 'move it to `dependencies`, with its row in docs/adr/0001-toolchain-and-pins.md';
      findings.push({ ...finding(path, `\`${name}\` is not a dependency`, instead) });
    });
  return findings;
}

/** Addresses of package registries, and credentials for them: they belong to a machine, not to a project. */
export const registryHosts: RegExp = new RegExp(
  [
    String.raw`\bhttps?://[^\s"'\x60)/]*(?:registry|npmjs|artifactory|nexus|verdaccio|jfrog)[^\s"'\x60)/]*`,
    String.raw`\b_auth(?:Token)?\s*=`,
    // An assignment of Solidity ends in a semicolon or goes on behind a bracket; a setting of npm does not.
    String.raw`^\s*(?:@[\w-]+:)?registry\s*=[^;(\n]*$`,
  ].join('|'),
  'gm',
);

/** Files that look like a key, by name or by content. */
export function keyLike(paths: readonly string[], sources: readonly Source[]): readonly Finding[] {
  const instead = 'take it out of the repository, and out of its history';
  const names = paths
    .filter((path) =>
      /\.(pem|key|p12|pfx|jks|keystore|sealed)$|(^|\/)(id_(rsa|ed25519|ecdsa)|\.env)$/.test(path),
    )
    .map((path) => finding(path, 'looks like a key', instead));
  const kept = paths
    .filter((path) => path.startsWith('keys/') && path !== 'keys/README.md')
    .map((path) => finding(path, 'lies under keys/', instead));
  const content = sources
    .filter(({ text }) => /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text))
    .map(({ path }) => finding(path, 'contains a private key', instead));
  return [...names, ...kept, ...content];
}
