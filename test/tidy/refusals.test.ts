import { describe, expect, it } from 'vitest';

import { difference, problems, rendered } from '../../scripts/reasons.ts';
import {
  matches,
  thin,
  tooLong,
  undocumented,
  unfinished,
  unimported,
  unreached,
  untested,
} from './house.ts';
import { type Finding, placesHere, root, source } from './sources.ts';
import {
  type LockEntry,
  type Manifest,
  gone,
  keyLike,
  loose,
  registryHosts,
  unlisted,
  unlocked,
  unshipped,
} from './supply.ts';
import { broken, rules } from './syntax.ts';
import {
  badTags,
  deadReferences,
  rejectedNames,
  rejectedWords,
  unbrokenChecks,
  undeclared,
  unreleased,
} from './words.ts';

/** A word in two halves, so that this file does not find itself. */
const halves = (a: string, b: string): string => a + b;
const found = (findings: readonly Finding[]): readonly string[] => findings.map((finding) => finding.found);
const refused = (name: string, path: string, text: string): readonly string[] =>
  found(
    broken(
      [source(path, text)],
      rules.filter((rule) => rule.name === name),
    ),
  );

/** For every rule of the table: a line that breaks it, where, and a line next to it that does not. */
const canaries: readonly (readonly [rule: string, path: string, bad: string, good: string])[] = [
  ['no clock', 'src/node/a.ts', 'const now = Date.now();', 'const now = clock.Date;'],
  ['no clock', 'src/crypto/a.ts', 'const t = performance.now();', 'const performance = 1;'],
  ['no timer', 'src/node/a.ts', 'setTimeout(f, 1);', 'port.setTimeout(f, 1);'],
  ['no timer', 'src/apps/a.ts', 'queueMicrotask(f);', 'clock.after(1, f);'],
  ['no timer', 'src/apps/a.ts', 'const s = AbortSignal.timeout(5);', 'const s = AbortSignal.abort();'],
  ['no randomness', 'src/protocols/a.ts', 'const x = Math.random();', 'const x = Math.max(1, 2);'],
  ['no randomness', 'src/apps/a.ts', 'import { randomBytes } from "node:crypto";', 'const x = rng(32);'],
  ['no randomness', 'src/crypto/a.ts', 'const k = nacl.sign.keyPair();', 'const k = keyPair.fromSeed(s);'],
  ['no randomness', 'src/node/a.ts', 'utils.randomSecretKey();', 'utils.isValidSecretKey(k);'],
  ['no world', 'src/node/a.ts', 'console.log(1);', 'log.info("a");'],
  ['no world', 'src/chain/a.ts', 'const v = process.env;', 'const v = duty.process;'],
  ['no world', 'src/audit/a.ts', 'await fetch(url);', 'await l1.fetch(url);'],
  ['no code from text', 'src/system/a.ts', 'eval(text);', 'evaluate(text);'],
  ['no code from text', 'scripts/a.ts', 'const f = new Function(text);', 'const f: Function = g;'],
  ['no locale, no implied order', 'src/chain/a.ts', 'names.sort();', 'names.sort(compare);'],
  ['no locale, no implied order', 'src/crypto/a.ts', 'n.toLocaleString();', 'n.toString();'],
  ['no locale, no implied order', 'src/audit/a.ts', 'new Intl.Collator();', 'new Collator();'],
  ['no JSON from peers or disk', 'src/node/a.ts', 'JSON.parse(text);', 'JSON.stringify(value);'],
  ['no variable-time multiplication', 'src/protocols/a.ts', 'p.multiplyUnsafe(k);', 'actPublic(k, p);'],
  ['no assertions of type', 'src/node/a.ts', 'const a = b as Scalar;', 'const a = [1] as const;'],
  ['no assertions of type', 'src/chain/a.ts', 'const a = list[0]!;', 'const a = !list[0];'],
  ['no assertions of type', 'src/apps/a.ts', 'const a = <Wei>b;', 'const a = f<Wei>(b);'],
  ['no any', 'src/system/a.ts', 'let a: any;', 'let a: unknown;'],
  ['no bare error', 'src/node/a.ts', 'throw new Error("x");', 'throw new Bug("x");'],
  ['no bare error', 'scripts/a.ts', 'throw "x";', 'throw cause;'],
  ['no empty catch', 'test/a.ts', 'try { f(); } catch {}', 'try { f(); } catch { /* it is gone already */ }'],
  ['no test that does not run', 'test/unit/a.test.ts', 'it.skip("a", f);', 'it.each([1])("a", f);'],
  ['no test that does not run', 'test/unit/a.test.ts', 'describe.only("a", f);', 'stream.skip(4);'],
  ['no test that does not run', 'test/unit/a.test.ts', 'it.skipIf(isSlow)("a", f);', 'it("skip", f);'],
];

describe('the table of syntax', () => {
  for (const [rule, path, bad, good] of canaries)
    it(`${rule}: refuses ${bad}`, () => {
      expect(refused(rule, path, bad)).toHaveLength(1);
      expect(refused(rule, path, good)).toEqual([]);
    });
  it('every rule has a canary', () => {
    const guarded = new Set(canaries.map(([rule]) => rule));
    expect(rules.map(({ name }) => name).filter((name) => !guarded.has(name))).toEqual([]);
  });
  it('the world is allowed where it is kept', () => {
    expect(refused('no clock', 'src/system/clock.ts', 'Date.now();')).toEqual([]);
    expect(refused('no world', 'src/apps/main.ts', 'process.exit(1);')).toEqual([]);
    expect(refused('no assertions of type', 'src/crypto/brand.ts', 'const a = b as Wei;')).toEqual([]);
  });
});

describe('the house', () => {
  it('refuses long files and long lines, and counts them right', () => {
    const short = `${'x'.repeat(110)}\n`.repeat(400);
    expect(tooLong([source('a.ts', short)])).toEqual([]);
    expect(found(tooLong([source('a.ts', `${short}\n`)]))).toEqual(['401 lines']);
    expect(found(tooLong([source('a.ts', 'x'.repeat(111))]))).toEqual(['111 columns']);
  });
  it('refuses unfinished work without an issue, and comments that silence the compiler', () => {
    const mark = halves('TO', 'DO');
    expect(found(unfinished([source('a.ts', `// ${mark}: later`)]))).toEqual([`\`${mark}\``]);
    expect(unfinished([source('a.ts', `// ${mark}(#12): later`)])).toEqual([]);
    expect(unfinished([source('a.ts', halves('// @ts-', 'ignore'))])).toHaveLength(1);
  });
  it('refuses a file without its test, a stale row, and a row without a reason', () => {
    const files = ['src/node/a.ts', 'src/node/b.ts', 'test/unit/node/b.test.ts', 'src/node/reasons.ts'];
    expect(found(untested(files, []))).toEqual(['has no test of its own']);
    expect(untested(files, [['src/node/a.ts', 'types only, nothing runs']])).toEqual([]);
    const rows = [...files.slice(0, 1), 'src/node/b.ts'].map((path) => [path, 'types only, really'] as const);
    expect(found(untested(files, rows))).toEqual(['the row of src/node/b.ts is stale']);
    expect(thin([['src/node/a.ts', 'because']], 'list.ts')).toHaveLength(1);
  });
  it('refuses an export without a sentence', () => {
    expect(undocumented([source('src/a.ts', '/** Says what it is for. */\nexport const a = 1;')])).toEqual(
      [],
    );
    expect(undocumented([source('src/a.ts', '// No.\nexport const a = 1;')])).toHaveLength(1);
    expect(undocumented([source('src/a.ts', 'export interface A { b: 1 }')])).toHaveLength(1);
  });
  it('refuses an export that nobody imports, and a module that nothing reaches', () => {
    const a = source('src/node/a.ts', 'export const used = 1; export function idle() {}');
    const b = source('src/apps/main.ts', "import { used } from '../node/a.ts';");
    expect(found(unimported([a, b], []))).toEqual(['nobody imports `idle`']);
    expect(unimported([a, b], [['src/node/a.ts#idle', 'an API for others']])).toEqual([]);
    const isRoot = (path: string): boolean => path === 'src/apps/main.ts';
    expect(unreached([a, b], isRoot, [])).toEqual([]);
    expect(unreached([a, source('src/apps/main.ts', '')], isRoot, [])).toHaveLength(1);
  });
  it('refuses places on this machine and registries', () => {
    const registry = halves('https://regi', 'stry.example.org/x');
    const text = `${root}/src and ${registry} and ${halves('/ho', 'me/user')}`;
    expect(matches([source('a.md', text)], placesHere, '').length).toBeGreaterThanOrEqual(1);
    expect(matches([source('a.md', halves('see /Us', 'ers/me/a'))], placesHere, '')).toHaveLength(1);
    expect(matches([source('a.md', text)], registryHosts, '')).toHaveLength(1);
    expect(matches([source('.npmrc', halves('regi', 'stry=x'))], registryHosts, '')).toHaveLength(1);
    expect(matches([source('a.md', 'https://example.org/root/a, src/home/b')], placesHere, '')).toEqual([]);
  });
});

describe('words', () => {
  it('refuses a tag that occurs twice, is misshapen, or is made elsewhere', () => {
    const tags = source('tags.ts', "export const tags = { a: 'dkg/pok', b: 'dkg/pok', c: 'Bad Tag' };");
    const other = source('src/a.ts', "const t = 'conclave/v1/mine';");
    expect(badTags(tags, [other])).toHaveLength(3);
    expect(badTags(source('tags.ts', "export const tags = { a: 'dkg/pok' };"), [])).toEqual([]);
    expect(badTags(source('tags.ts', ''), [])).toHaveLength(1);
  });
  it('refuses a code that no table declares', () => {
    const file = source(
      'src/a.ts',
      "throw new InputError('bad-thing', 'a', 'm'); blameUnless('bad-share', o, f);",
    );
    expect(found(undeclared([file], new Set(['bad-thing'])))).toEqual(['`bad-share`']);
    expect(
      found(undeclared([source('src/a.ts', "new InputError('BadThing')")], new Set(['BadThing']))),
    ).toEqual(['`BadThing`']);
  });
  it('refuses reasons that are doubled, misshapen, or no sentence', () => {
    const good = { means: 'The disk is full.', action: 'Free some space.', class: 'operator' } as const;
    const a = { path: 'src/a/reasons.ts', reasons: { 'disk-full': good } };
    expect(problems([a])).toEqual([]);
    expect(problems([a, { path: 'src/b/reasons.ts', reasons: { 'disk-full': good } }])).toHaveLength(1);
    expect(problems([{ path: 'b', reasons: { diskFull: good } }])).toHaveLength(1);
    expect(problems([{ path: 'b', reasons: { full: { ...good, means: 'disk full' } } }])).toHaveLength(1);
    const stray = { ...good, class: 'nobody' } as unknown as typeof good;
    expect(problems([{ path: 'b', reasons: { full: stray } }])).toHaveLength(1);
    expect(difference(rendered([]), rendered([a]))).toContain(
      '+ | `disk-full` | The disk is full. | Free some space. | The operator of the node |',
    );
  });
  it('refuses a check that no test breaks', () => {
    const checks = source('src/protocols/x/checks.ts', 'export const opens = (): boolean => true;');
    const test = source(
      'test/unit/protocols/x/checks.test.ts',
      "import { opens } from '../../../../src/protocols/x/checks.ts';",
    );
    expect(unbrokenChecks([checks], [test])).toEqual([]);
    expect(unbrokenChecks([checks], [])).toHaveLength(1);
  });
  it('refuses a versioned codec without vectors, and rows that lead nowhere', () => {
    const file = source('src/a.ts', 'const c = struct({ version: u8Codec });');
    expect(unreleased([file], [])).toHaveLength(1);
    expect(unreleased([file], [['src/a.ts']])).toHaveLength(1);
    expect(unreleased([file], [['src/a.ts', 'test/vectors/no-such-file.json']])).toHaveLength(1);
    expect(unreleased([], [['src/b.ts', 'package.json']])).toHaveLength(2);
  });
  it('refuses synonyms in names', () => {
    const rejected = rejectedWords('| party | one of those who hold a share | `player`, `min signers` |');
    const names = source('src/a.ts', 'const playersById = 1; const minSigners = 2; const display = 3;');
    expect(found(rejectedNames([names], rejected))).toEqual(['`playersById`', '`minSigners`']);
  });
  it('refuses commands and links that do not exist', () => {
    const text = 'Run `npm run nothing` or `npm run check`, see [a](no-such-file.md) and [b](package.json).';
    const scripts = new Set(['check']);
    expect(found(deadReferences([source('README.md', text)], scripts))).toEqual([
      '`npm run nothing`',
      'link to no-such-file.md',
    ]);
  });
});

describe('supply', () => {
  const manifest: Manifest = {
    scripts: {},
    dependencies: { ws: '8.23.0' },
    devDependencies: { vitest: '^4.1.11' },
    optionalDependencies: {},
    overrides: {},
  };
  const sound: LockEntry = { version: '1.0.0', integrity: `sha512-${'A'.repeat(86)}==` };
  const refusals = (path: string, entry: LockEntry): number => unlocked({ [path]: entry }, []).length;

  it('refuses versions that are not exact', () => expect(found(loose(manifest))).toEqual(['vitest ^4.1.11']));
  it('refuses packages without a hash, from elsewhere, or with a script', () => {
    expect(refusals('node_modules/a', sound)).toBe(0);
    expect(refusals('node_modules/a', { version: '1.0.0' })).toBe(1);
    expect(refusals('node_modules/a', { ...sound, integrity: 'sha1-AAAA' })).toBe(1);
    expect(refusals('node_modules/a', { ...sound, version: 'git+ssh://a' })).toBe(1);
    expect(refusals('node_modules/a', { ...sound, resolved: 'http://a/a.tgz' })).toBe(1);
    expect(refusals('node_modules/a', { ...sound, link: true })).toBe(1);
    expect(refusals('../a', sound)).toBe(1);
    expect(refusals('node_modules/a', { ...sound, hasInstallScript: true })).toBe(1);
    expect(
      unlocked({ 'node_modules/a': { ...sound, hasInstallScript: true } }, [['a', 'is prebuilt']]),
    ).toEqual([]);
    expect(gone([['a', 'is prebuilt']], () => false)).toHaveLength(1);
  });
  it('refuses a table of dependencies that differs from the list', () => {
    const rows = '| `ws` | 8.23.0 | links |\n| `left-pad` | 1.0.0 | pads |\n';
    expect(found(unlisted(manifest, source('adr.md', rows)))).toEqual([
      'vitest ^4.1.11 is not in the table',
      'left-pad is in the table only',
    ]);
  });
  it('refuses to ship an import that the installation lacks', () => {
    const file = source(
      'src/a.ts',
      "import x from 'vitest'; import ws from 'ws'; import type T from 'types-only';",
    );
    expect(found(unshipped([file], manifest, []))).toEqual(['`vitest` is not a dependency']);
    expect(unshipped([file], manifest, [['vitest', 'a test-only door']])).toEqual([]);
  });
  it('refuses what looks like a key', () => {
    const pem = source('a.txt', halves('-----BEGIN EC PRI', 'VATE KEY-----'));
    expect(keyLike(['keys/README.md', 'src/key.ts'], [])).toEqual([]);
    expect(keyLike(['keys/node-1.bin', 'tls.pem', '.env'], [pem])).toHaveLength(4);
  });
});
