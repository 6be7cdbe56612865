import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { OperationError } from '../../src/crypto/errors.ts';

const root = join(import.meta.dirname, '..', '..');
const program = join(root, 'bin', 'conclave.mjs');
/** Milliseconds that a process has to end by itself. */
const STOP_MS = 8_000;

/** A line of JSON that a command prints. */
export type Line = Readonly<Record<string, unknown>>;

const running = new Set<ChildProcess>();
// Whatever ends this process ends what it started, too.
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

function start(args: readonly string[], stderr: 'pipe' | number): ChildProcess {
  const child = spawn(process.execPath, [program, ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', stderr],
    env: { ...process.env, NO_COLOR: '1' },
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

function eachLine(child: ChildProcess, hear: (line: Line) => void): void {
  if (child.stdout === null) return;
  createInterface({ input: child.stdout }).on('line', (text) => {
    const value: unknown = text.startsWith('{') ? JSON.parse(text) : undefined;
    if (typeof value === 'object' && value !== null) hear({ ...value });
  });
}

/**
 * Runs one command line as an operator types it, with `--json`, and gives its last line.
 * @throws OperationError child-failed, with what it said, when its exit is not one of `exits`
 */
export async function conclave(
  args: readonly string[],
  hear: (line: Line) => void = () => undefined,
  exits: readonly number[] = [0],
): Promise<Line> {
  const child = start(['--json', ...args], 'pipe');
  let last: Line = {};
  let words = '';
  child.stderr?.on('data', (chunk: Buffer) => (words = `${words}${chunk.toString()}`.slice(-4_000)));
  eachLine(child, (line) => {
    last = line;
    hear(line);
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== null && exits.includes(code)) return last;
  const said =
    typeof last['message'] === 'string' ? `${last['message']} [${String(last['code'])}]` : words.trim();
  throw new OperationError(
    'child-failed',
    'fatal',
    `conclave ${args.join(' ')} ended with exit ${String(code)}: ${said}`,
  );
}

/** What a node of its own kind is started as. */
export interface NodeCommand {
  readonly words: readonly string[];
  /** Absent for a node that has no password. */
  readonly password?: string | undefined;
}

/** A node in a process of its own. */
export class NodeProcess {
  readonly dataDir: string;
  readonly log: string;
  readonly #child: ChildProcess;
  readonly #ready: Promise<Line>;

  constructor(dataDir: string, { words, password }: NodeCommand, log: string) {
    this.dataDir = dataDir;
    this.log = log;
    const file = openSync(log, 'a', 0o600);
    const secret = password === undefined ? [] : ['--password-file', password];
    this.#child = start(['--json', '--data-dir', dataDir, ...secret, ...words], file);
    closeSync(file);
    this.#ready = new Promise((resolve, reject) => {
      eachLine(this.#child, (line) => {
        if (line['type'] === 'ready') resolve(line);
        if (line['type'] === 'error') reject(this.#failed(String(line['message'])));
      });
      this.#child.once('close', (code) => {
        reject(this.#failed(`exit ${String(code)}, see ${log}`));
      });
    });
    // Whoever does not wait for it hears of it when it is asked.
    this.#ready.catch(() => undefined);
  }

  /** Resolves when it runs. @throws OperationError child-failed */
  readonly ready = (): Promise<Line> => this.#ready;

  /** The process id. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** As a crash: nothing is written, nobody is told. */
  readonly kill = async (): Promise<void> => {
    await this.#end('SIGKILL');
  };

  /** Ends it, and waits until it is gone. */
  readonly stop = async (): Promise<void> => {
    await this.#end('SIGTERM');
  };

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill(signal);
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
    await gone;
    clearTimeout(timer);
  }

  #failed(why: string): OperationError {
    return new OperationError('child-failed', 'fatal', `the node of ${this.dataDir} does not run: ${why}`);
  }
}
