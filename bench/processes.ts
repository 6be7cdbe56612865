import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { askAdmin } from '../src/apps/admin-client.ts';
import { ceremonyViews, nodeStatus } from '../src/apps/admin-protocol.ts';
import { makeLocalCluster, makeLocalNode } from '../src/apps/local-cluster.ts';
import type { MadeNode } from '../src/apps/new-node.ts';
import { to0x } from '../src/crypto/bytes.ts';
import { OperationError } from '../src/crypto/errors.ts';
import type { NodeStatus } from '../src/node/api.ts';
import type { ChangeKind, Size } from './cases.ts';
import { type ChangeTimes, lastCeremony, planOf, timesOf } from './epoch-times.ts';

/** The networks of a bench; no chain runs behind them. */
export const chains = { l1ChainId: 31_337n, l2ChainId: 71_001n } as const;
/** The contract that the policy of the nodes allows. */
export const INBOX: string = `0x${'05'.repeat(20)}`;

const program = fileURLToPath(new URL('../bin/conclave.mjs', import.meta.url));
/** The longest that anything may take, milliseconds: starting all processes, a ceremony, filling a pool. */
const PATIENCE_MS = 180_000;
const LOOK_AGAIN_MS = 50;

/** Nodes as processes of their own, on loopback, in a folder that goes with them. */
export class Processes {
  /** Of the members, the oldest first. */
  folders: readonly string[];
  readonly #root: string;
  readonly #definition: string;
  #children: readonly ChildProcess[] = [];
  #made: number;

  private constructor(root: string, folders: readonly string[], definition: string) {
    this.folders = folders;
    this.#root = root;
    this.#definition = definition;
    this.#made = folders.length;
  }

  /** Makes the folders of a cluster. */
  static async make({ n, t }: Size): Promise<Processes> {
    const root = mkdtempSync(join(tmpdir(), 'conclave-bench-'));
    const { nodes, definition } = makeLocalCluster({
      ...{ nodes: n, required: t, out: join(root, 'c'), basePort: await freePorts(n) },
      ...{ network: 'devnet', ...chains, l1: [], inbox: INBOX, profile: 'insecure-development' },
    });
    return new Processes(
      root,
      nodes.map(({ folder }) => folder),
      definition,
    );
  }

  /** Starts all nodes with this many presignatures made ahead, and waits until they answer. */
  async start(target: number): Promise<void> {
    this.#children = this.folders.map((folder) => launch(folder, target));
    await this.#until('all nodes answer', () => true);
  }

  /** A refresh, or a change in which a new process takes the part of the oldest, by their own events. */
  async changeEpoch(change: ChangeKind): Promise<ChangeTimes> {
    const [leaver = '', proposer = ''] = this.folders;
    const joiner = change === 'refresh' ? undefined : await this.#newcomer();
    const taking = [...this.folders, ...(joiner === undefined ? [] : [joiner.folder])];
    if (joiner !== undefined) this.folders = taking;
    await this.#until('all nodes answer', () => true);
    const plan = to0x(planOf(change, proposer, joiner));
    for (const folder of taking) await askAdmin(folder, 'join', { args: { definition: plan } });
    for (const folder of taking) await askAdmin(folder, 'accept', { args: { id: 'latest' } });
    await askAdmin(proposer, 'execute', { args: { id: 'latest', whenReady: true } });
    if (joiner !== undefined) this.folders = taking.slice(1);
    for (const folder of this.folders) await this.#completed(folder);
    if (joiner !== undefined) await this.#retire(leaver);
    return timesOf(this.folders, await lastCeremony(proposer), proposer);
  }

  async #newcomer(): Promise<MadeNode> {
    const place = `127.0.0.1:${await freePorts(1)}`;
    const made = makeLocalNode({
      ...{ folder: join(this.#root, 'c', `node-${(this.#made += 1)}`), place, network: 'devnet', ...chains },
      ...{ l1: [], inbox: INBOX, profile: 'insecure-development' },
    });
    this.#children = [...this.#children, launch(made.folder, 0)];
    return made;
  }

  async #completed(folder: string): Promise<void> {
    const startedMs = performance.now();
    for (;;) {
      const view = ceremonyViews.parse(await askAdmin(folder, 'ceremonies')).at(-1);
      if (view?.state === 'complete') return;
      const isLate = performance.now() - startedMs > PATIENCE_MS;
      if (isLate || view?.failure !== undefined)
        throw failed(view?.failure ?? `the epoch change of ${folder} is ${view?.state ?? 'unknown'}`);
      await sleep(LOOK_AGAIN_MS);
    }
  }

  /** Who has left is stopped, and waited for. */
  async #retire(folder: string): Promise<void> {
    const [child] = this.#children;
    this.#children = this.#children.slice(1);
    if (child === undefined) return;
    const end = once(child, 'exit');
    await askAdmin(folder, 'stop');
    await end;
  }

  /** Makes a key. */
  async runCeremony(): Promise<void> {
    const definition = to0x(readFileSync(this.#definition));
    for (const folder of this.folders) await askAdmin(folder, 'join', { args: { definition } });
    for (const folder of this.folders) await askAdmin(folder, 'accept', { args: { id: 'latest' } });
    const [first = ''] = this.folders;
    await askAdmin(first, 'execute', { args: { id: 'latest', whenReady: true } });
    await this.#until('the ceremony is complete', ({ key }) => key !== undefined);
    for (const folder of this.folders) {
      const [view] = ceremonyViews.parse(await askAdmin(folder, 'ceremonies'));
      if (view?.state !== 'complete')
        throw failed(`the ceremony of ${folder} is ${view?.state ?? 'unknown'}`);
    }
  }

  /** Waits until all nodes are connected to all others, and each has this many presignatures. */
  async ready(presignatures: number): Promise<void> {
    await this.#until(`every node has ${presignatures} presignatures`, (status) => {
      const count = status.presignatures.reduce((sum, { ready }) => sum + ready, 0);
      return status.members.every(({ state }) => state !== 'connecting') && count >= presignatures;
    });
  }

  /** What a node says of itself. */
  async status(folder: string): Promise<NodeStatus> {
    return nodeStatus.parse(await askAdmin(folder, 'status', { timeoutMs: 5_000 }));
  }

  /** Stops all nodes and waits for their end. */
  async stop(): Promise<void> {
    const running = this.#children.filter(
      ({ exitCode, signalCode }) => exitCode === null && signalCode === null,
    );
    this.#children = [];
    const ends = running.map((child) => once(child, 'exit'));
    for (const child of running) child.kill('SIGTERM');
    await Promise.all(ends);
  }

  /** Deletes the folders. */
  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.#root, { recursive: true, force: true });
  }

  async #until(what: string, holds: (status: NodeStatus) => boolean): Promise<void> {
    const startedMs = performance.now();
    for (const folder of this.folders)
      while (!(await this.#statusIf(folder, holds))) {
        if (performance.now() - startedMs > PATIENCE_MS) throw failed(`it took too long until ${what}`);
        if (this.#children.some(({ exitCode }) => exitCode !== null)) throw failed('a node has ended');
        await sleep(LOOK_AGAIN_MS);
      }
  }

  async #statusIf(folder: string, holds: (status: NodeStatus) => boolean): Promise<boolean> {
    try {
      return holds(await this.status(folder));
    } catch (error) {
      if (!(error instanceof OperationError)) throw error;
      return false; // it does not listen yet
    }
  }
}

function launch(folder: string, target: number): ChildProcess {
  const path = join(folder, 'conclave.yaml');
  const kept = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => !/^(presign|guard): /.test(line));
  writeFileSync(path, [...kept, presignLine(target), GUARD_LINE, ''].join('\n'));
  const args = [program, '--data-dir', folder, '--quiet', 'node', 'run'];
  return spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Without L1, a member that was not asked for a while does not know how far the others have come. */
const GUARD_LINE = 'guard: { max_gap: { nonce: 10000, batch: 10000 } }';
const presignLine = (target: number): string =>
  `presign: { target: ${target}, low_water: ${Math.min(16, target)}, ttl: 1h }`;

const failed = (what: string): OperationError => new OperationError('bench-failed', 'fatal', what);

/** The first of `count` ports in a row that nobody listens on. */
async function freePorts(count: number): Promise<number> {
  for (;;) {
    const first = await freePort(0);
    if (first === undefined || first + count > 65_535) continue;
    const others = await Promise.all(Array.from({ length: count - 1 }, (_, i) => freePort(first + 1 + i)));
    if (others.every((port) => port !== undefined)) return first;
  }
}

/** This port, or with 0 any, if it is free. */
const freePort = (wanted: number): Promise<number | undefined> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(undefined);
    });
    server.listen(wanted, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : undefined;
      server.close(() => {
        resolve(port);
      });
    });
  });
