import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { type NewL2, sampleL2Config } from '../src/apps/l2/sample.ts';
import { writeRollupFile } from '../src/apps/rollup-file.ts';
import { ascii, bigintToBytes, concat, toHex } from '../src/crypto/bytes.ts';
import { OperationError } from '../src/crypto/errors.ts';
import { writeJsonFile } from '../src/crypto/json-file.ts';
import { type Address, addressBytes, keccak256 } from '../src/ethereum/address.ts';
import { genesisFile, predeploys } from '../src/ethereum/l2-genesis.ts';
import { type JsonRpc, jsonRpc } from '../src/system/json-rpc.ts';
import { NodeProcess } from '../scripts/lib/children.ts';
import { freePorts } from '../scripts/lib/free-ports.ts';
import { signTestTx } from '../scripts/lib/test-transactions.ts';
import { L2_CHAIN, Town, citizen, leader } from '../test/stories/l2-town.ts';
import type { Raws } from './rollup-load.ts';

/** Accounts that send in turn. */
export const ACCOUNTS = 1_000;

/** What users do in a measured run. */
export type LoadKind = 'transfers' | 'tokens';

/** A node in a process of its own. */
export interface BenchNode {
  readonly url: string;
  readonly rpc: JsonRpc;
  readonly pid: number;
  /** Its data. */
  readonly folder: string;
  readonly stop: () => Promise<void>;
}

/** How the sequencer makes its batches. */
export interface Batches {
  readonly da: string;
  /** A batch closes when its oldest block is so old. */
  readonly maxAge: string;
  /** Who keeps payloads beside L1: one line of `l2.yaml`. */
  readonly committee?: string;
}

/** A town whose sequencer and verifier are processes of their own, and whose citizens send much. */
export class BenchTown {
  readonly town: Town;
  readonly #running = new Set<BenchNode>();
  /** Transactions so far, one of every account in turn; and those of one more account. */
  #turn = 0;
  #probes = 0n;

  private constructor(town: Town) {
    this.town = town;
  }

  /** An L1 with a block a second, all contracts, and a genesis of 1,000 accounts. */
  static async found(): Promise<BenchTown> {
    const town = await Town.found({ citizens: ACCOUNTS + 1 });
    await town.anvil.rpc('evm_setIntervalMining', [1]);
    return new BenchTown(town);
  }

  /** Starts the sequencer, or starts it again with other settings on what its disk holds. */
  readonly sequencer = async ({ committee, ...batches }: Batches): Promise<BenchNode> => {
    const keyFile = join(this.town.folder, 'leader.key');
    writeFileSync(keyFile, toHex(leader.secret), { mode: 0o600 });
    const sequencer = { keyFile, cluster: [this.town.folder], ...batches };
    const { folder, url } = await this.#folder('seq', { sequencer }, committee);
    const child = await startSequencer(folder);
    const stop = async (): Promise<void> => {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    };
    return this.#node({ url, folder, pid: child.pid ?? 0 }, stop);
  };

  /** Starts a verifier that follows a node. */
  readonly verifier = async (follow: BenchNode): Promise<BenchNode> => {
    const { folder, url } = await this.#folder('ver', { follow: follow.url });
    const log = join(this.town.folder, 'ver.log');
    const child = new NodeProcess(folder, { words: ['verifier', 'run'] }, log);
    await child.ready();
    return this.#node({ url, folder, pid: child.pid }, child.stop);
  };

  /** The files by which anybody derives the chain, as flags of a command. */
  readonly files = (): readonly string[] => {
    const at = (name: string): string => join(this.town.folder, 'seq', name);
    return ['--l1', this.town.anvil.url, '--rollup', at('rollup.json'), '--genesis', at('genesis.json')];
  };

  /** What gives every account tokens. */
  readonly deposits = (): Raws =>
    this.#signed(ACCOUNTS, () => ({ to: predeploys.WMETIS, data: selector('deposit()'), value: 10n ** 15n }));

  /** The next transactions, of one account after another; they must be sent in this order. */
  readonly transactions = (kind: LoadKind, count: number): Raws =>
    this.#signed(count, (turn) => {
      const { address } = citizen((turn * 7 + 3) % ACCOUNTS);
      // Users send round sums, each another one: values of a few digits that count.
      if (kind === 'transfers') return { to: address, data: NOTHING, value: BigInt(turn + 1) * 10n ** 9n };
      const words = concat(new Uint8Array(12), addressBytes(address), bigintToBytes(1n, 32));
      return { to: predeploys.WMETIS, data: concat(selector('transfer(address,uint256)'), words), value: 0n };
    });

  /** The next transfer of an account of its own, which may be sent at any time. */
  readonly probe = (): Uint8Array => {
    const [to, data, value] = [citizen(0).address, NOTHING, 1n];
    const tx = { type: 2, chainId: L2_CHAIN, nonce: this.#probes++, to, value, data } as const;
    return signTestTx({ ...tx, gasLimit: 21_000n, ...FEES }, citizen(ACCOUNTS).secret);
  };

  /** Ends everything. */
  readonly end = async (): Promise<void> => {
    await Promise.all([...this.#running].map((node) => node.stop()));
    await this.town.end();
  };

  #signed(count: number, shape: (turn: number) => { to: Address; data: Uint8Array; value: bigint }): Raws {
    return Array.from({ length: count }, () => {
      const turn = this.#turn++;
      const nonce = BigInt(Math.floor(turn / ACCOUNTS));
      const { to, data, value } = shape(turn);
      const gasLimit = data.length === 0 ? 21_000n : 80_000n;
      const tx = { type: 2, chainId: L2_CHAIN, nonce, to, value, data, gasLimit } as const;
      return signTestTx({ ...tx, ...FEES }, citizen(turn % ACCOUNTS).secret);
    });
  }

  async #folder(
    name: string,
    role: Pick<NewL2, 'sequencer' | 'follow'>,
    committee = '',
  ): Promise<{ readonly folder: string; readonly url: string }> {
    const { anvil, rollup, genesis } = this.town;
    const [port = 0] = await freePorts(1);
    const listen = `127.0.0.1:${port}`;
    const common = { l1: [anvil.url], confirmations: '1', leader: leader.address, listen };
    const text = sampleL2Config({ ...common, ...role }).replace('sequencer:\n', `sequencer:\n${committee}`);
    const folder = join(this.town.folder, name);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, 'rollup.json'), writeRollupFile(rollup));
    writeFileSync(join(folder, 'genesis.json'), writeJsonFile(genesisFile(genesis)));
    writeFileSync(join(folder, 'l2.yaml'), text);
    return { folder, url: `http://${listen}` };
  }

  #node(at: Pick<BenchNode, 'url' | 'pid' | 'folder'>, end: () => Promise<void>): BenchNode {
    const stop = async (): Promise<void> => {
      if (this.#running.delete(node)) await end();
    };
    const node: BenchNode = { ...at, rpc: jsonRpc(at.url), stop };
    this.#running.add(node);
    return node;
  }
}

const NOTHING = new Uint8Array(0);
const FEES = { fee: 10n ** 11n, tip: 10n ** 9n } as const;
const selector = (signature: string): Uint8Array => keccak256(ascii(signature)).subarray(0, 4);

async function startSequencer(folder: string): Promise<ChildProcess> {
  const entry = fileURLToPath(new URL('./rollup-node.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', entry, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  process.once('exit', () => child.kill('SIGKILL'));
  const ended = once(child, 'exit').then(() => {
    throw new OperationError('child-failed', 'fatal', 'the sequencer does not start');
  });
  await Promise.race([once(createInterface({ input: child.stdout }), 'line'), ended]);
  ended.catch(() => undefined);
  return child;
}

/** Bytes of payloads on L1 with these blocks, and the L1 transactions that brought them. */
export async function batchesOf(
  rpc: JsonRpc,
  first: bigint,
  last: bigint,
): Promise<{ readonly bytes: number; readonly l1Hashes: readonly string[] }> {
  const l1Hashes: string[] = [];
  let [bytes, at] = [0, first];
  while (at <= last) {
    const batch = (await rpc('conclave_getBatchOfBlock', [`0x${at.toString(16)}`])) as Record<string, string>;
    bytes += Number(batch['payloadSize']);
    l1Hashes.push(String(batch['l1TransactionHash']));
    at = BigInt(String(batch['lastBlock'])) + 1n;
  }
  return { bytes, l1Hashes };
}

/** Bytes of the files of an engine; one may go while they are counted. */
export function engineBytes(folder: string): number {
  const engine = join(folder, 'engine');
  const sizes = readdirSync(engine).map(
    (name) => statSync(join(engine, name), { throwIfNoEntry: false })?.size ?? 0,
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** The most memory that a process had, in megabytes; 0 where the system does not tell. */
export function peakMb(pid: number): number {
  const [, kb = '0'] = /VmHWM:\s+(\d+) kB/.exec(procFile(pid, 'status')) ?? [];
  return Math.round(Number(kb) / 1_024);
}

/** Ticks a second of the times in `stat`. [proc(5), sysconf(3)] */
const TICKS = 100;

/** CPU of a process so far, with all its threads, in milliseconds; 0 where the system does not tell. */
export function cpuMs(pid: number): number {
  // Behind the name, which may hold blanks: utime and stime are the 12th and 13th.
  const fields = procFile(pid, 'stat')
    .replace(/^.*\) /s, '')
    .split(' ');
  return ((Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * 1_000) / TICKS;
}

function procFile(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return '';
  }
}
