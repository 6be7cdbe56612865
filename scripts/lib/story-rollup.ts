import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { OperationError } from '../../src/crypto/errors.ts';
import { to0x } from '../../src/crypto/bytes.ts';
import type { Address } from '../../src/ethereum/address.ts';
import type { Anvil } from '../../src/system/anvil.ts';
import { type JsonRpc, jsonRpc } from '../../src/system/json-rpc.ts';
import { type Line, NodeProcess, conclave } from './children.ts';
import { freePorts } from './free-ports.ts';
import { type TestAccount, insecureTestAccount, signTestTx } from './test-transactions.ts';

/** Users of the demo, and what each has from block 0 on, in METIS wei. */
const USERS = 24;
const USER_WEI = 1_000n * 10n ** 18n;
const GWEI = 10n ** 9n;
/** Milliseconds from block to block, and between two looks. */
const SLOT_MS = 250;
const LOOK_MS = 100;
const PATIENCE_MS = 120_000;

/** A user of the demo. Its key is worth nothing. */
export const demoUser = (index: number): TestAccount => insecureTestAccount('conclave-demo-user', index);

/** The key of the sequencer: its account, and the file that holds it. */
export interface LeaderKey {
  readonly account: Address;
  readonly file: string;
}

/** What came of a round of transactions. */
export interface Traffic {
  readonly hashes: readonly string[];
  /** Milliseconds from sending to a receipt, of each. */
  readonly softMs: readonly number[];
}

/** The L2 of the demo: one sequencer and a verifier for every signer, made by the commands of operators. */
export class StoryRollup {
  readonly #folder: string;
  readonly #l1: Anvil;
  readonly #l2ChainId: bigint;
  readonly #key: LeaderKey;
  readonly #nodes = new Map<string, NodeProcess>();
  readonly #ports: number[] = [];
  readonly #sent = new Map<number, bigint>();

  constructor(
    folder: string,
    { l1, l2ChainId, key }: { readonly l1: Anvil; readonly l2ChainId: bigint; readonly key: LeaderKey },
  ) {
    this.#folder = folder;
    this.#l1 = l1;
    this.#l2ChainId = l2ChainId;
    this.#key = key;
  }

  /** METIS of all users: what the bridge is given for it. */
  readonly allocation: bigint = BigInt(USERS) * USER_WEI;

  /** Writes the genesis of contracts that are not deployed yet. Gives its root. */
  readonly writeGenesis = async (config: string, deployer: Address): Promise<string> => {
    const block = (await this.#l1.rpc('eth_getBlockByNumber', ['latest', false])) as Line;
    const made = await conclave([
      ...['--config', config, 'contracts', 'genesis', '--profile', 'test', '--deployer', deployer],
      ...['--nonce', '0', '--file', this.genesis, '--sequencer', this.#key.account],
      ...['--epoch-account', this.#key.account, '--timestamp', String(BigInt(String(block['timestamp'])))],
      ...['--first-epoch-end', '1000000'],
      ...Array.from({ length: USERS }, (_, i) => [
        '--allocation',
        `${demoUser(i).address}=${USER_WEI}`,
      ]).flat(),
    ]);
    return String(made['genesisRoot']);
  };

  /** Writes what all who follow the L2 must agree on. */
  readonly writeRollup = async (record: string): Promise<void> => {
    await conclave([
      ...['contracts', 'rollup', '--out', record, '--rpc', this.#l1.url, '--genesis', this.genesis],
      ...['--file', this.rollup, '--slot-ms', String(SLOT_MS), '--max-drift', '600'],
      // The profile of tests lets L1 make blocks alone after a minute: shorter than making a key may take.
      ...['--sequencing-window', '3600'],
    ]);
  };

  /** Keeps ports for a sequencer and so many verifiers: the policies of the signers name them. */
  readonly reserve = async (verifiers: number): Promise<void> => {
    this.#ports.push(...(await freePorts(verifiers + 1)));
  };

  /** Where the RPC of the sequencer is (0), or of a verifier (from 1). */
  readonly urlOf = (index: number): string => `http://127.0.0.1:${this.#ports[index] ?? 0}`;

  /** Makes and starts the sequencer, which asks these signing nodes. */
  readonly startSequencer = async (signers: readonly string[]): Promise<number> => {
    const dataDir = join(this.#folder, 'sequencer');
    await conclave([
      ...['--data-dir', dataDir, 'sequencer', 'init', ...this.#common(0), '--key-file', this.#key.file],
      ...signers.flatMap((folder) => ['--cluster', folder]),
      ...['--da', 'auto', '--max-age', '4s'],
    ]);
    return this.#start(dataDir, 'sequencer');
  };

  /** Makes and starts the verifier of a signer. */
  readonly startVerifier = async (index: number): Promise<number> => {
    const dataDir = join(this.#folder, `verifier-${index}`);
    await conclave([
      ...['--data-dir', dataDir, 'verifier', 'init', ...this.#common(index)],
      ...['--leader', this.#key.account, '--follow', this.urlOf(0)],
    ]);
    return this.#start(dataDir, 'verifier');
  };

  #common(index: number): readonly string[] {
    return [
      ...['--rollup', this.rollup, '--genesis', this.genesis, '--l1', this.#l1.url, '--confirmations', '1'],
      ...['--listen', this.urlOf(index).replace('http://', '')],
    ];
  }

  async #start(dataDir: string, role: 'sequencer' | 'verifier'): Promise<number> {
    mkdirSync(join(this.#folder, 'logs'), { recursive: true, mode: 0o700 });
    const log = join(this.#folder, 'logs', `${dataDir.slice(this.#folder.length + 1)}.log`);
    const node = new NodeProcess(dataDir, { words: [role, 'run'] }, log);
    this.#nodes.set(dataDir, node);
    await node.ready();
    return node.pid;
  }

  /** Sends transfers of users in turn, as a wallet does, and waits for the receipt of each. */
  readonly traffic = async (count: number, say: (text: string) => void): Promise<Traffic> => {
    const rpc = jsonRpc(this.urlOf(0));
    const softMs: number[] = [];
    const hashes = await Promise.all(
      Array.from({ length: count }, async (_, i) => {
        const from = i % USERS;
        const nonce = this.#sent.get(from) ?? 0n;
        this.#sent.set(from, nonce + 1n);
        const raw = signTestTx(
          {
            ...{ type: 2, chainId: this.#l2ChainId, nonce, to: demoUser((from + 1) % USERS).address },
            ...{ value: BigInt(i + 1) * 10n ** 12n, gasLimit: 21_000n, fee: 3n * GWEI, tip: GWEI },
            data: new Uint8Array(0),
          },
          demoUser(from).secret,
        );
        const started = performance.now();
        const hash = String(await rpc('eth_sendRawTransaction', [to0x(raw)]));
        await until(`receipt of ${hash}`, () => rpc('eth_getTransactionReceipt', [hash]), isThere);
        softMs.push(performance.now() - started);
        say(`${softMs.length} of ${count} in a block`);
        return hash;
      }),
    );
    return { hashes, softMs: softMs.sort((a, b) => a - b) };
  };

  /** What became of a transaction, by the sequencer. */
  readonly statusOf = async (hash: string): Promise<Line> =>
    (await jsonRpc(this.urlOf(0))('conclave_getTxStatus', [hash])) as Line;

  /** Waits until a transaction is derived from L1 by a verifier, or final there. */
  readonly reached = async (
    hash: string,
    stage: 'safe' | 'finalized',
    { index, say }: { readonly index: number; readonly say: (text: string) => void },
  ): Promise<Line> => {
    const rpc = jsonRpc(this.urlOf(index));
    const status = await until(
      `${hash} ${stage}`,
      async () => {
        const found = (await rpc('conclave_getTxStatus', [hash])) as Line | null;
        if (typeof found?.['status'] === 'string') say(found['status']);
        return found;
      },
      (found) => found?.['status'] === stage || found?.['status'] === 'finalized',
    );
    return status ?? {};
  };

  /** The batch that fixed a block, as a verifier has read it from L1. */
  readonly batchOf = async (block: string): Promise<Line> =>
    (await jsonRpc(this.urlOf(1))('conclave_getBatchOfBlock', [block])) as Line;

  /** Block 0 to the safe head from L1 alone, in a process that knows nothing else. */
  readonly derive = async (say: (text: string) => void): Promise<Line> =>
    conclave(
      [
        ...['l2', 'derive', '--l1', this.#l1.url, '--from-scratch'],
        ...['--rollup', this.rollup, '--genesis', this.genesis],
      ],
      (line) => {
        if (typeof line['block'] === 'string') say(`block ${line['block']}`);
      },
    );

  /** Heads as a node states them. */
  readonly headsOf = async (index: number): Promise<Line> =>
    (await jsonRpc(this.urlOf(index))('conclave_getHeads', [])) as Line;

  /** JSON-RPC of a node. */
  readonly rpcOf = (index: number): JsonRpc => jsonRpc(this.urlOf(index));

  /** Ends everything that was started. */
  readonly stop = async (): Promise<void> => {
    await Promise.all([...this.#nodes.values()].map((node) => node.stop()));
  };

  /** The genesis file. */
  get genesis(): string {
    return join(this.#folder, 'genesis.json');
  }

  /** The rollup file. */
  get rollup(): string {
    return join(this.#folder, 'rollup.json');
  }
}

const isThere = (found: unknown): boolean => found !== null;

/** Asks again and again. @throws OperationError child-failed when the answer is not good in time */
async function until<T>(what: string, ask: () => Promise<T>, isGood: (answer: T) => boolean): Promise<T> {
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    const answer = await ask();
    if (isGood(answer)) return answer;
    if (performance.now() > end)
      throw new OperationError('child-failed', 'fatal', `${what}: not within ${PATIENCE_MS / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
