import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { type Server, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { freePorts } from '../../scripts/lib/free-ports.ts';

const program = join(import.meta.dirname, '..', '..', 'bin', 'conclave.mjs');
const children = new Set<ChildProcess>();
let folder: string;
let basePort: number;
const at = (...parts: readonly string[]): string => join(folder, ...parts);
const node = (i: number): string => at('c', `node-${i}`);

interface Run {
  readonly exit: number | null;
  readonly out: string;
  readonly err: string;
}

function start(args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

async function conclave(...args: readonly string[]): Promise<Run> {
  const child = start(args);
  let [out, err] = ['', ''];
  child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const [exit] = (await once(child, 'close')) as [number | null];
  return { exit, out, err };
}

/** Expects one line with a code, what to do, and nothing on stdout. */
function refused({ exit, out, err }: Run, code: string, expected: number): void {
  expect(err.trimEnd().split('\n').at(-1)).toMatch(new RegExp(`^✖ .*\\[${code}\\]$`));
  expect({ exit, out }).toEqual({ exit: expected, out: '' });
}

/** A node that runs until the end of the file. */
async function running(dataDir: string): Promise<ChildProcess> {
  const child = start(['--json', '--data-dir', dataDir, 'node', 'run']);
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await new Promise<void>((resolve, reject) => {
    child.stdout?.once('data', () => resolve());
    child.once('exit', (code) => reject(new RangeError(`the node ended with ${String(code)}: ${said}`)));
  });
  return child;
}

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'cli-')));
  basePort = Math.min(...(await freePorts(1)));
  const made = await conclave(
    ...['cluster', 'local', '--out', at('c'), '--base-port', String(basePort), '--insecure-dev-keys'],
  );
  expect(made.exit).toBe(0);
  expect(made.out).toContain('4 nodes, 3 signers required: survives 1 crash');
});
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

describe('a command line that is wrong', () => {
  it.each([
    ['an unknown command', ['frobnicate']],
    ['an unknown flag', ['identity', 'show', '--loud']],
    ['no verb', ['ceremony']],
    ['a flag without its value', ['cluster', 'local', '--out']],
    ['a number that is none', ['cluster', 'local', '--out', 'x', '--nodes', 'four']],
    ['a purpose of blobs that there is not', ['sign', 'batch', '--file', 'x', '--da', 'pigeons']],
  ])('with %s ends with exit 2 and makes nothing', async (_, args) => {
    refused(await conclave(...args), 'usage', 2);
  });

  it('prints its failure as JSON when JSON is asked for', async () => {
    const { exit, out } = await conclave('--json', 'identity', 'show', '--loud');
    expect(JSON.parse(out)).toMatchObject({ type: 'error', code: 'usage', exit: 2 });
    expect(exit).toBe(2);
  });
});

describe('a node that is made', () => {
  it('is never made over another one', async () => {
    const again = await conclave(
      '--data-dir',
      node(1),
      '--password-file',
      at('c/node-1/secrets/password'),
      'init',
    );
    refused(again, 'folder-not-empty', 8);
    refused(await conclave('--data-dir', node(1), 'identity', 'create'), 'would-overwrite', 8);
    refused(await conclave('cluster', 'local', '--out', at('c')), 'folder-not-empty', 8);
  });

  it('has a password of some length, from a file that only its owner reads', async () => {
    writeFileSync(at('short'), 'short\n', { mode: 0o600 });
    writeFileSync(at('open'), 'a password of some length\n', { mode: 0o644 });
    const init = (file: string): Promise<Run> =>
      conclave('--data-dir', at('new'), '--password-file', at(file), 'init', '--insecure-dev-keys');
    refused(await init('short'), 'weak-password', 2);
    refused(await init('open'), 'bad-permissions', 4);
    refused(await init('none'), 'file-unreadable', 2);
  });

  it('is told which setting is wrong, and where', async () => {
    const text = readFileSync(join(node(1), 'conclave.yaml'), 'utf8');
    writeFileSync(at('bad.yaml'), text.replace('\nlog:', '\nlag:'), { mode: 0o600 });
    const run = await conclave('--data-dir', node(1), '--config', at('bad.yaml'), 'config', 'check');
    refused(run, 'config-invalid', 3);
    expect(run.err).toContain('lag');
  });
});

describe('a proposal', () => {
  const propose = (required: string, members: readonly string[], out: string): Promise<Run> =>
    conclave(
      ...[
        '--data-dir',
        node(1),
        'ceremony',
        'propose',
        '--name',
        'x',
        '--required',
        required,
        '--out',
        at(out),
      ],
      ...members.flatMap((line) => ['--member', line]),
    );
  const invitation = async (i: number): Promise<string> => {
    const { out } = await conclave('--json', '--data-dir', node(i), 'identity', 'show');
    return (JSON.parse(out) as { invitation: string }).invitation;
  };

  it('is refused with a threshold of half, above n, a member twice, or a line with a slip', async () => {
    const lines = await Promise.all([1, 2, 3, 4].map(invitation));
    refused(await propose('2', lines, 'p.json'), 'bad-threshold', 2);
    refused(await propose('5', lines, 'p.json'), 'bad-threshold', 2);
    refused(await propose('3', [...lines, lines[3]!], 'p.json'), 'bad-identity', 2);
    refused(await propose('3', [lines[1]!.replace(/:\d+#/, ':1#')], 'p.json'), 'bad-invitation', 2);
    const good = await propose('3', lines, 'p.json');
    expect([good.exit, good.out]).toEqual([0, expect.stringContaining('survives 1 crash')]);
    refused(await propose('3', lines, 'p.json'), 'would-overwrite', 8);
  });
});

describe('a definition that is handed over', () => {
  const definition = (): string => readFileSync(at('c', 'definition.json'), 'utf8');
  it.each([
    ['truncated', (text: string) => text.slice(0, 400), 'file-truncated', 7],
    ['no JSON', () => 'hello\n', 'file-truncated', 7],
    [
      'tampered with',
      (text: string) => text.replace('"local cluster"', '"local  cluster"'),
      'definition-mismatch',
      7,
    ],
    [
      'with a threshold of half',
      (text: string) => text.replace('"required": 3', '"required": 2'),
      'bad-threshold',
      2,
    ],
    ['with an index twice', (text: string) => text.replace('"index": 2', '"index": 1'), 'bad-index', 2],
    ['with an index of zero', (text: string) => text.replace('"index": 1', '"index": 0'), 'bad-index', 2],
  ])('%s is refused before the node hears of it', async (_, change, code, exit) => {
    const file = at('handed-over.json');
    writeFileSync(file, change(definition()));
    const run = await conclave('--data-dir', node(1), 'ceremony', 'join', file);
    expect(run.exit).toBe(exit);
    refused(run, code, exit);
  });

  it('needs a node that runs', async () => {
    refused(
      await conclave('--data-dir', node(1), 'ceremony', 'join', at('c', 'definition.json')),
      'no-node',
      2,
    );
  });
});

describe('a node that runs', () => {
  it('does not open its keys with a wrong password', async () => {
    writeFileSync(at('wrong'), 'not the password of it\n', { mode: 0o600 });
    const run = await conclave('--data-dir', node(1), '--password-file', at('wrong'), 'node', 'run');
    refused(run, 'wrong-password', 4);
  });

  it('holds its folder and its port alone, answers, and stops when it is asked', async () => {
    const child = await running(node(1));
    const second = await conclave('--data-dir', node(1), 'node', 'run');
    refused(second, 'lease-held', 9);
    expect(second.err).toContain(`by process ${child.pid}`);
    const status = await conclave('--data-dir', node(1), 'node', 'status');
    expect([status.exit, status.out]).toEqual([0, expect.stringContaining('no-key')]);
    refused(await conclave('--data-dir', node(1), 'key', 'address'), 'key-unknown', 2);
    refused(await conclave('--data-dir', node(1), 'ceremony', 'accept', 'abcd'), 'ceremony-unknown', 2);

    const taken: Server = createServer();
    await new Promise<void>((resolve) => taken.listen(basePort, '127.0.0.1', resolve));
    const joined = await conclave('--data-dir', node(1), 'ceremony', 'join', at('c', 'definition.json'));
    expect(joined.exit).toBe(0);
    const accepted = await conclave('--data-dir', node(1), 'ceremony', 'accept');
    expect([accepted.exit, accepted.err]).toEqual([9, expect.stringContaining(`${basePort}`)]);
    await new Promise((resolve) => taken.close(resolve));

    const ended = once(child, 'exit');
    expect((await conclave('--data-dir', node(1), 'node', 'stop')).exit).toBe(0);
    expect(await ended).toEqual([0, null]);
  });
});

describe('an audit', () => {
  it('of nothing says so, and of a tampered folder ends with exit 7', async () => {
    expect((await conclave('audit', 'verify', at('nowhere'))).exit).toBe(2);
    writeFileSync(at('c', 'lock.json'), '{}\n');
    expect((await conclave('audit', 'verify', at('c'))).exit).toBe(7);
  });
});
