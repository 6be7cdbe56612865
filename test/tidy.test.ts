import { createRequire } from 'node:module';

import { describe, expect, it } from 'vitest';

import { allReasons, difference, problems, rendered } from '../scripts/reasons.ts';
import {
  casts,
  developmentImports,
  formats,
  installScripts,
  jsonReaders,
  unimported as mayBeUnimported,
  unreached as mayBeUnreached,
} from './tidy/allowances.ts';
import {
  matches,
  thin,
  tooLong,
  undocumented,
  unfinished,
  unimported,
  unreached,
  untested,
} from './tidy/house.ts';
import {
  type Finding,
  at,
  code,
  documents,
  exists,
  paths,
  placesHere,
  product,
  read,
  shown,
  texts,
  typescript,
} from './tidy/sources.ts';
import {
  type LockEntry,
  type Manifest,
  gone,
  keyLike,
  loose,
  named,
  registryHosts,
  unlisted,
  unlocked,
  unshipped,
} from './tidy/supply.ts';
import { broken, rules } from './tidy/syntax.ts';
import { untwinned } from './tidy/untwinned.ts';
import {
  badTags,
  deadReferences,
  rejectedNames,
  rejectedWords,
  unbrokenChecks,
  undeclared,
  unreleased,
} from './tidy/words.ts';

function none(findings: readonly Finding[]): void {
  if (findings.length > 0) expect.fail(`\n${shown(findings).join('\n')}\n`);
}
const manifest = JSON.parse(read('package.json')) as Manifest;
const lock = (JSON.parse(read('package-lock.json')) as { packages: Record<string, LockEntry> }).packages;
const tests = typescript.filter(({ path }) => path.startsWith('test/'));

/** Code of contracts: bytes for machines, all of them tested by test/unit/ethereum/contracts.test.ts. */
const isGenerated = (path: string): boolean => path.startsWith('src/ethereum/contracts/');

describe('code', () => {
  it('there is code to look at', () => expect(product.length).toBeGreaterThan(10));
  for (const rule of rules) it(rule.name, () => none(broken(typescript, [rule])));
  it('files and lines are short enough to read', () =>
    none(tooLong(code.filter(({ path }) => !path.startsWith('test/vectors/') && !isGenerated(path)))));
  it('nothing is left unfinished or silenced', () => none(unfinished(code)));
  it('every export says what it is for', () => none(undocumented(product)));
  it('every exported value is imported by somebody', () => none(unimported(typescript, mayBeUnimported)));
  it('every module is reached by a program, once there is one', () => {
    if (!exists('src/apps/main.ts')) return;
    const isRoot = (path: string): boolean =>
      /^(src\/apps\/main\.ts|(scripts|bench|web|test\/sim)\/)/.test(path);
    none(unreached(typescript, isRoot, mayBeUnreached));
  });
  it('exceptions have reasons, and files', () => {
    const lists = [...casts, ...jsonReaders, ...mayBeUnreached];
    none(
      thin(
        [...lists, ...mayBeUnimported, ...installScripts, ...developmentImports],
        'test/tidy/allowances.ts',
      ),
    );
    none(gone(lists, (path) => exists(path)));
    none(gone(mayBeUnimported, (path) => exists(path.replace(/#.*/, ''))));
  });
});

describe('words', () => {
  it('every domain tag is unique, well-formed, and made in one file', () => {
    const makers = ['src/crypto/tags.ts', 'src/crypto/hash.ts', 'src/crypto/ed25519.ts'];
    none(
      badTags(
        at('src/crypto/tags.ts'),
        product.filter(({ path }) => !makers.includes(path)),
      ),
    );
  });
  it('every failure code is declared once, with what to do', async () => {
    const files = await allReasons();
    expect(problems(files)).toEqual([]);
    none(undeclared(product, new Set(files.flatMap(({ reasons }) => Object.keys(reasons)))));
  });
  it('docs/reasons.md is what the code declares (npm run reasons)', async () => {
    expect(difference(read('docs/reasons.md'), rendered(await allReasons()))).toEqual([]);
  });
  it('no name contains a word that the glossary rejects', () => {
    const rejected = rejectedWords(read('docs/glossary.md'));
    expect(rejected.size).toBeGreaterThan(5);
    none(rejectedNames(product, rejected));
  });
  it('documents name scripts and files that exist', () => {
    const runners = texts.filter(({ path }) => /^(\.ci\/|\.github\/|Dockerfile|docker-compose)/.test(path));
    none(deadReferences([...documents, ...runners], new Set(Object.keys(manifest.scripts))));
  });
});

describe('tests', () => {
  it('every file has a test of its own', () =>
    none(
      untested(
        paths.filter((path) => !isGenerated(path)),
        untwinned,
      ),
    ));
  it('every check is broken by a test', () =>
    none(
      unbrokenChecks(
        product.filter(({ path }) => path.endsWith('/checks.ts')),
        tests,
      ),
    ));
  it('every released format has its vectors', () => none(unreleased(product, formats)));
  it('every test file is run by a script', () => {
    const run = Object.values(manifest.scripts).flatMap((script) =>
      script.startsWith('vitest run') ? script.split(' ').filter((word) => word.startsWith('test/')) : [],
    );
    const idle = paths.filter(
      (path) => /\.test\.ts$/.test(path) && !run.some((part) => path.startsWith(part)),
    );
    expect(idle).toEqual([]);
  });
});

describe('supply', () => {
  it('every version is exact', () => none(loose(manifest)));
  it('every locked package is pinned by hash, and runs no script', () => {
    expect(Object.keys(lock).length).toBeGreaterThan(named(manifest).length);
    none(unlocked(lock, installScripts));
    none(
      gone(installScripts, (name) => Object.keys(lock).some((path) => path.endsWith(`node_modules/${name}`))),
    );
  });
  it('npm runs no install script and keeps addresses out of the lock file', () => {
    for (const line of ['save-exact', 'ignore-scripts', 'engine-strict', 'omit-lockfile-registry-resolved'])
      expect(read('.npmrc').split('\n')).toContain(`${line}=true`);
  });
  it('the native addon loads though its install script has not run', () => {
    const native = createRequire(import.meta.url)('secp256k1/bindings') as {
      publicKeyCreate: (key: Uint8Array, isCompressed: boolean) => Uint8Array;
    };
    const one = Uint8Array.of(...new Uint8Array(31), 1);
    expect(Buffer.from(native.publicKeyCreate(one, true)).toString('hex')).toBe(
      '0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798',
    );
  });
  it('the table of dependencies is the list of dependencies', () =>
    none(unlisted(manifest, at('docs/adr/0001-toolchain-and-pins.md'))));
  it('the product imports only what its installation contains', () =>
    none(unshipped(product, manifest, developmentImports)));
  it('nothing looks like a key', () => none(keyLike(paths, texts)));
  it('no file names a registry or a place on this machine', () => {
    none(matches(texts, registryHosts, 'leave it to the configuration of the machine'));
    none(matches(texts, placesHere, 'write a path relative to the repository'));
  });
});
