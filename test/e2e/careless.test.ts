import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { toHex } from '../../src/crypto/bytes.ts';
import { conclave } from '../../scripts/lib/children.ts';
import { insecureTestAccount } from '../../scripts/lib/test-transactions.ts';

const program = join(import.meta.dirname, '..', '..', 'bin', 'conclave.mjs');
const failures = [1, 2, 3, 4, 5, 6, 7, 8, 9];
const children = new Set<ChildProcess>();
let folder: string;
const at = (name: string): string => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'careless-'));
  const key = toHex(insecureTestAccount('careless', 0).secret);
  writeFileSync(at('dac.key'), key, { mode: 0o600 });
});
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

const member = (name: string, ...more: readonly string[]): readonly string[] => [
  ...['--data-dir', at(name), 'dac', 'member', '--key-file', at('dac.key'), ...more],
];

describe('a member of the committee that cannot serve', () => {
  it('ends, and gives its folder back', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const listen = `127.0.0.1:${(taken.address() as AddressInfo).port}`;
    const args = member('taken', '--l2-chain-id', '7', '--listen', listen);
    expect(await conclave(args, undefined, failures)).toMatchObject({ code: 'port-in-use', exit: 9 });
    expect(await conclave(args, undefined, failures)).toMatchObject({ code: 'port-in-use', exit: 9 });
    taken.close();
  }, 30_000);

  it('makes no folder for flags that are wrong', async () => {
    const args = member('wrong', '--l2-chain-id', '0x7');
    expect(await conclave(args, undefined, failures)).toMatchObject({ code: 'usage', exit: 2 });
    expect(existsSync(at('wrong'))).toBe(false);
  }, 30_000);
});

describe('what a flag says is looked at before anything is asked', () => {
  const files = ['--rollup', 'none.json', '--genesis', 'none.json'];
  it.each([
    ['bridge', 'status', '0x', '--record', 'none.json', '--l1', '', '--l2', 'http://127.0.0.1:9'],
    ['contracts', 'check', '--out', 'none.json', '--rpc', 'foo'],
    ['outputs', 'deposit', '--record', 'none.json', '--key-file', 'none', '--wei', '1', '--l1', 'ftp://x'],
    ['l2', 'derive', '--from-scratch', ...files, '--l1', 'localhost:8545'],
  ])(
    'a URL that is none: %s %s',
    async (...args) => {
      expect(await conclave(args, undefined, failures)).toMatchObject({ code: 'usage', exit: 2 });
    },
    30_000,
  );
});

describe('the file of a chain that nobody could read', () => {
  const rollup = [
    'contracts',
    'rollup',
    '--out',
    'none.json',
    '--genesis',
    'none.json',
    '--file',
    'new.json',
  ];
  it.each([
    ['--slot-ms', '0'],
    ['--slot-ms', '60001'],
    ['--max-drift', '0'],
    ['--sequencing-window', '30001'],
    ['--phase2-height', '18446744073709551616'],
  ])(
    'is not written: %s %s',
    async (flag, value) => {
      const args = [...rollup, '--rpc', 'http://127.0.0.1:9', flag, value];
      expect(await conclave(args, undefined, failures)).toMatchObject({ code: 'usage', path: flag, exit: 2 });
    },
    30_000,
  );
});

describe('on a disk that is full', () => {
  it('a result that nobody can read is no success, without a stack trace', async () => {
    const full = openSync('/dev/full', 'w');
    const child = spawn(process.execPath, [program, 'contracts', 'sample'], {
      stdio: ['ignore', full, 'pipe'],
    });
    children.add(child);
    closeSync(full);
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const [exit] = (await once(child, 'close')) as [number | null];
    expect({ exit, lines: said.trimEnd().split('\n').length }).toEqual({ exit: 6, lines: 1 });
    expect(said).toContain('[disk-failed]');
  }, 30_000);
});
