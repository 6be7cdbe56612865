import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { askAdmin } from '../../src/apps/admin-client.ts';
import { ceremonyViews, nodeStatus } from '../../src/apps/admin-protocol.ts';
import { to0x } from '../../src/crypto/bytes.ts';
import { InputError, OperationError } from '../../src/crypto/errors.ts';
import type { CeremonyView, NodeStatus } from '../../src/node/api.ts';
import { isOver } from '../../src/node/ceremony/machine.ts';
import { freePorts } from '../../scripts/lib/free-ports.ts';

/** A call of the store at which a process is killed: the n-th of its kind since the order came. */
export interface Kill {
  readonly call: 'create' | 'write' | 'fsync' | 'rename' | 'link' | 'unlink';
  readonly nth: number;
}

const root = join(import.meta.dirname, '..', '..');
const home = join(root, 'node_modules', '.cache', 'conclave-crash');
const built = join(home, 'dist');
const program = join(built, 'run.js');
const PATIENCE_MS = 60_000;

/** Compiles the sources once: sixty processes that compile for themselves would be a minute of waiting. */
export function build(): void {
  rmSync(home, { recursive: true, force: true });
  mkdirSync(built, { recursive: true });
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', built, '--noCheck'], {
    cwd: root,
  });
  writeFileSync(join(home, 'package.json'), '{"type":"module","version":"0.0.0"}\n');
  const text =
    "import { main } from './apps/main.js';\nprocess.exitCode = await main(process.argv.slice(2));\n";
  writeFileSync(program, text);
}

/** One node in a process of its own, which can be told where to end. */
export class LabNode {
  readonly index: number;
  readonly dataDir: string;
  invitation = '';
  readonly #password: string;
  readonly #log: string;
  #child: ChildProcess | undefined;

  constructor(index: number, folder: string) {
    this.index = index;
    this.dataDir = join(folder, `node-${index}`);
    this.#password = join(folder, `password-${index}`);
    this.#log = join(folder, `node-${index}.log`);
  }

  /** Its folder, its keys, its configuration. */
  async make(port: number): Promise<void> {
    writeFileSync(this.#password, `a password of operator ${this.index}\n`, { mode: 0o600 });
    const made = await this.type(
      'init',
      '--listen',
      `127.0.0.1:${port}`,
      '--presign',
      '0',
      '--insecure-dev-keys',
    );
    this.invitation = String(made['invitation']);
  }

  /** A command line at this node; its last line. */
  async type(...args: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
    const flags = ['--json', '--data-dir', this.dataDir, '--password-file', this.#password];
    const child = spawn(process.execPath, [program, ...flags, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (said = `${said}${chunk.toString()}`));
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) throw new RangeError(`${args.join(' ')} at node ${this.index}: ${said.slice(-2_000)}`);
    const last = said
      .trim()
      .split('\n')
      .findLast((line) => line.startsWith('{"type":"result"'));
    return last === undefined ? {} : (JSON.parse(last) as Readonly<Record<string, unknown>>);
  }

  /** Starts its process, and waits until it runs. */
  async start(): Promise<void> {
    const log = openSync(this.#log, 'a', 0o600);
    const flags = ['--json', '--data-dir', this.dataDir, '--password-file', this.#password, 'node', 'run'];
    const preload = ['--import', join(import.meta.dirname, 'kill-at.mjs')];
    const child = spawn(process.execPath, [...preload, program, ...flags], {
      stdio: ['ignore', 'pipe', log, 'ipc'],
      env: { ...process.env, NO_COLOR: '1' },
    });
    closeSync(log);
    this.#child = child;
    running.add(child);
    child.once('exit', () => running.delete(child));
    const { stdout } = child;
    if (stdout === null) return;
    await new Promise<void>((resolve, reject) => {
      let said = '';
      createInterface({ input: stdout }).on('line', (line) => {
        said = `${said}${line}\n`.slice(-2_000);
        if (line.startsWith('{"type":"ready"')) resolve();
      });
      child.once('close', (code) => {
        reject(new RangeError(`node ${this.index} does not start (${String(code)}): ${said}`));
      });
    });
  }

  /** Orders where its process ends. */
  async arm(kill: Kill): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    const armed = once(child, 'message');
    child.send(kill);
    await armed;
  }

  /** Whether its process has ended by the kill that was ordered. */
  get isKilled(): boolean {
    return this.#child?.signalCode === 'SIGKILL';
  }

  /** Ends its process, if it runs. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    await gone;
  }

  /** What it says of itself; `undefined` while it does not run. */
  status(): Promise<NodeStatus | undefined> {
    return tried(async () => nodeStatus.parse(await askAdmin(this.dataDir, 'status')));
  }

  /** Its account of a ceremony. */
  async view(id: string): Promise<CeremonyView | undefined> {
    const views = await tried(async () => ceremonyViews.parse(await askAdmin(this.dataDir, 'ceremonies')));
    return views?.find((view) => view.id === id);
  }

  /** A question to which a refusal is an answer. */
  async ask(
    verb: 'join' | 'accept' | 'execute' | 'abort',
    args: Readonly<Record<string, unknown>>,
  ): Promise<boolean> {
    return (await tried(() => askAdmin(this.dataDir, verb, { args }))) !== undefined;
  }
}

const running = new Set<ChildProcess>();
// Whatever ends this process ends what it has started.
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

async function tried<T>(action: () => Promise<T>): Promise<T | undefined> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof InputError || error instanceof OperationError) return undefined;
    throw error;
  }
}

/** Real processes of one cluster, for as long as all cases take. */
export class Lab {
  readonly nodes: readonly LabNode[];
  readonly #folder: string;
  #plans = 0;
  /** Processes that were killed where they were told to be. */
  kills = 0;

  constructor(folder: string, count: number) {
    this.#folder = folder;
    this.nodes = Array.from({ length: count }, (_, i) => new LabNode(i + 1, folder));
  }

  /** Makes and starts all of them. */
  async settle(): Promise<void> {
    const ports = await freePorts(this.nodes.length);
    for (const [i, node] of this.nodes.entries()) await node.make(ports[i] ?? 0);
    await Promise.all(this.nodes.map((node) => node.start()));
  }

  /** The node with this index. */
  at(index: number): LabNode {
    const found = this.nodes[index - 1];
    if (found === undefined) throw new RangeError(`no node ${index}`);
    return found;
  }

  /** The first proposes; all of these consent, and it is executed. Whoever is dead is passed over. */
  async hold(parties: readonly number[], ...args: readonly string[]): Promise<string> {
    const file = join(this.#folder, `plan-${(this.#plans += 1)}.json`);
    const { id } = await this.at(1).type(
      'ceremony',
      'propose',
      ...args,
      '--round-timeout',
      '5s',
      '--out',
      file,
    );
    const definition = to0x(readFileSync(file));
    for (const index of parties) {
      await this.at(index).ask('join', { definition });
      await this.at(index).ask('accept', { id });
    }
    await this.at(1).ask('execute', { id, whenReady: true });
    return String(id);
  }

  /** Starts every process again that was killed. Returns how many those were. */
  async revive(): Promise<number> {
    const dead = this.nodes.filter((node) => node.isKilled);
    this.kills += dead.length;
    for (const node of dead) await node.start();
    return dead.length;
  }

  /** The epoch of each, by its own account. */
  epochs(parties: readonly number[]): Promise<readonly (string | undefined)[]> {
    return Promise.all(parties.map(async (index) => (await this.at(index).status())?.key?.epoch));
  }

  /** Whether a ceremony is complete on all of these, or over on all of them. */
  async isOverOn(parties: readonly number[], id: string): Promise<'complete' | 'over' | undefined> {
    const states = await Promise.all(parties.map(async (index) => (await this.at(index).view(id))?.state));
    if (states.every((state) => state === 'complete')) return 'complete';
    const isDead = (state: (typeof states)[number]): boolean =>
      state === undefined || (isOver(state) && state !== 'complete');
    return states.some((state) => state !== undefined) && states.every(isDead) ? 'over' : undefined;
  }

  /** Ends everything. */
  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
  }
}

/** Waits until something is there. */
export async function until<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new RangeError(`${what}: not within ${PATIENCE_MS} ms`);
    await new Promise((resolve) => void setTimeout(resolve, 15));
  }
}
