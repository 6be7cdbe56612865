import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { root } from './sources.ts';

let folder = '';
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'conclave-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function run(script: string, ...args: readonly string[]): Ended {
  // Nothing leaves this machine: npm may use an empty cache only.
  const env = { ...process.env, npm_config_offline: 'true', npm_config_cache: join(folder, 'cache') };
  const ended = spawnSync(process.execPath, [script, ...args], { cwd: folder, env, encoding: 'utf8' });
  return { code: ended.status, out: ended.stdout, err: ended.stderr };
}

describe('setup', () => {
  const manifest = { name: 'x', version: '1.0.0', dependencies: { a: '1.0.0' } };
  const lock = (integrity: string): string =>
    JSON.stringify({
      ...{ name: 'x', version: '1.0.0', lockfileVersion: 3, requires: true },
      packages: { '': manifest, 'node_modules/a': { version: '1.0.0', integrity } },
    });
  const hash = (letter: string): string => `sha512-${letter.repeat(86)}==`;
  const stamp = (): string => readFileSync(join(folder, 'node_modules/.conclave-stamp'), 'utf8').trim();

  /** A folder with the setup script, a lock file, and packages that were installed from another one. */
  function repository(engines: string, wanted: string, installed: string): void {
    mkdirSync(join(folder, 'scripts'));
    mkdirSync(join(folder, 'node_modules'));
    cpSync(join(root, 'scripts/setup.mjs'), join(folder, 'scripts/setup.mjs'));
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...manifest, engines: { node: engines } }));
    writeFileSync(join(folder, 'package-lock.json'), lock(wanted));
    writeFileSync(
      join(folder, 'node_modules/.package-lock.json'),
      JSON.stringify({ packages: { 'node_modules/a': { integrity: installed } } }),
    );
  }

  it('accepts packages that are those of the lock file, says nothing, and remembers it', () => {
    repository('>=20.19', hash('A'), hash('A'));
    expect(run('scripts/setup.mjs')).toEqual({ code: 0, out: '', err: '' });
    expect(stamp()).toMatch(/^[0-9a-f]{64}$/);
    rmSync(join(folder, 'node_modules/.package-lock.json'));
    expect(run('scripts/setup.mjs').code).toBe(0);
  });

  it('installs when the lock file has changed, and says what to do where that fails', () => {
    repository('>=20.19', hash('A'), hash('B'));
    const { code, out, err } = run('scripts/setup.mjs');
    expect(code).toBe(1);
    expect(out).toContain('installing 1 packages');
    expect(err).toContain('without a network: connect, or fill the npm cache');
    expect(existsSync(join(folder, 'node_modules/.conclave-stamp'))).toBe(false);
  });

  it('refuses a Node.js that is too old, and says which one is needed', () => {
    repository('>=99.1', hash('A'), hash('A'));
    const { code, err } = run('scripts/setup.mjs');
    expect(code).toBe(1);
    expect(err).toContain(`this is Node.js ${process.versions.node}, and Conclave needs >=99.1`);
  });

  it('needs nothing but Node.js', () => {
    const text = readFileSync(join(root, 'scripts/setup.mjs'), 'utf8');
    const imports = [...text.matchAll(/^import .* from '([^']+)'/gm)].map(([, from]) => from ?? '');
    expect(imports.length).toBeGreaterThan(0);
    expect(imports.filter((from) => !from.startsWith('node:'))).toEqual([]);
  });
});

describe('the closing line of CI', () => {
  const sum = join(root, '.ci/sum.mjs');
  function report(
    name: string,
    numPassedTests: number,
    failures: readonly string[],
    status = 'passed',
  ): void {
    const assertionResults = failures.map((fullName) => ({ status: 'failed', fullName }));
    const testResults = [{ name: 'a.test.ts', status, message: 'does not load', assertionResults }];
    const text = JSON.stringify({ numPassedTests, numFailedTests: failures.length, testResults });
    writeFileSync(join(folder, `${name}.json`), text);
  }

  it('adds up all runs', () => {
    report('1', 3, []);
    report('2', 4, []);
    expect(run(sum, folder, '0')).toEqual({ code: 0, out: '7 passed, 0 failed\n', err: '' });
  });

  it('names a failed test, and a file that does not load', () => {
    report('1', 3, ['a share is late'], 'failed');
    report('2', 0, [], 'failed');
    const { code, out, err } = run(sum, folder, '1');
    expect([code, out]).toEqual([1, '3 passed, 2 failed\n']);
    expect(err).toBe('failed: a.test.ts: a share is late\nfailed: a.test.ts: does not load\n');
  });

  it('fails when a step before the tests fails, and when no test ran', () => {
    expect(run(sum, folder, '0').out).toBe('0 passed, 1 failed\n');
    report('1', 3, []);
    const { code, out } = run(sum, folder, '2');
    expect([code, out]).toEqual([1, '3 passed, 1 failed\n']);
  });
});
