import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { L2Config } from '../../src/apps/l2/config.ts';
import type { L2Machine } from '../../src/apps/l2/machine.ts';
import { startSequencer } from '../../src/apps/l2/sequencer.ts';
import { type RunningL2, startVerifier } from '../../src/apps/l2/verifier.ts';
import { parseL2Settings } from '../../src/apps/l2/config.ts';
import { sampleL2Config } from '../../src/apps/l2/sample.ts';
import { genesisBlock, genesisOutputRoot } from '../../src/chain/genesis.ts';
import { emptyMessageTree, messageTreeRoot } from '../../src/chain/message-tree.ts';
import type { Rollup } from '../../src/chain/rollup.ts';
import { decodeRequest, digestOf } from '../../src/chain/duty.ts';
import { bigintToBytes, concat, fromHex, toHex, u8 } from '../../src/crypto/bytes.ts';
import { assert } from '../../src/crypto/errors.ts';
import { contractProfiles } from '../../src/ethereum/contract-profiles.ts';
import { type L2Genesis, l2GenesisOf } from '../../src/ethereum/l2-genesis.ts';
import { type Anvil, startAnvil } from '../../src/system/anvil.ts';
import { type DevContracts, deployContracts, fund, nameKeys } from '../../src/system/dev-l1.ts';
import { type JsonRpc, jsonRpc } from '../../src/system/json-rpc.ts';
import type { Log, LogFields } from '../../src/system/ports.ts';
import type { Cluster } from '../../src/services/l1/service.ts';
import {
  type TestTx,
  type TestAccount,
  insecureTestAccount,
  signDigest,
  signTestTx,
} from '../../scripts/lib/test-transactions.ts';
import { freePorts } from '../../scripts/lib/free-ports.ts';

const L1_CHAIN = 31_337n;
export const L2_CHAIN = 71_001n;
const METIS = 10n ** 18n;

/** What a town is founded with. */
export interface TownOptions {
  readonly slotMs?: number;
  readonly sequencingWindow?: bigint;
  readonly maxDrift?: bigint;
  readonly phase2Height?: bigint;
  /** How many have METIS from the beginning. */
  readonly citizens?: number;
  /** Others who have as much. */
  readonly others?: readonly Pick<TestAccount, 'address'>[];
  /** Blocks of L1 of which two times as many stand on one that is final; 8 unless told otherwise. */
  readonly l1Epoch?: number;
  /** Who signs batches: one key that signs whatever it is asked for, unless told otherwise. */
  readonly cluster?: Cluster;
  /** KeyRegistry names nobody yet: the story does. */
  readonly isUnnamed?: boolean;
  /** More flags of the L1. */
  readonly l1Flags?: readonly string[];
  /** On which machine its nodes run; left out: this one. */
  readonly machine?: L2Machine;
  /** Changes the `l2.yaml` of its nodes. */
  readonly settings?: (text: string) => string;
}

/** Signs whatever it is asked for, as one ordinary key: stories of the sequencer need no cluster. */
const keeper = insecureTestAccount('town-keeper', 0);
export const oneKey: Cluster = {
  key: async () => ({ keyId: new Uint8Array(32).fill(5), keyEpoch: 0 }),
  sign: async (request) => {
    const { r, s, yParity } = signDigest(digestOf(decodeRequest(request)), keeper.secret);
    return concat(bigintToBytes(r, 32), bigintToBytes(s, 32), u8(yParity));
  },
};

/** The same key, as KeyRegistry is told of it. */
const keeperOf: Parameters<typeof nameKeys>[2] = {
  account: keeper.address,
  sign: async (digest) => {
    const { r, s, yParity } = signDigest(digest, keeper.secret);
    return concat(bigintToBytes(r, 32), bigintToBytes(s, 32), u8(27 + yParity));
  },
};

/** Who builds the blocks of a town. */
export const leader: TestAccount = insecureTestAccount('town-leader', 0);

/** A user of a town, with METIS from the beginning. */
export const citizen = (index: number): TestAccount => insecureTestAccount('town', index);
const CITIZENS = 8;

/** A whole L2 in this process, on a real L1 with all contracts. */
export class Town {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'conclave-town-'));
  readonly anvil: Anvil;
  readonly contracts: DevContracts;
  readonly rollup: Rollup;
  readonly genesis: L2Genesis;
  /** What its nodes said, by name. */
  readonly words: { node: string; level: string; event: string; fields: LogFields }[] = [];
  readonly #running = new Set<RunningL2>();
  readonly #options: TownOptions;

  private constructor(parts: Pick<Town, 'anvil' | 'contracts' | 'rollup' | 'genesis'>, options: TownOptions) {
    this.#options = options;
    this.anvil = parts.anvil;
    this.contracts = parts.contracts;
    this.rollup = parts.rollup;
    this.genesis = parts.genesis;
  }

  /** Starts an L1, puts the contracts on it, and makes the genesis for which they were deployed. */
  static async found(options: TownOptions = {}): Promise<Town> {
    // As the command does, so that a node opens again what the engine has made.
    process.umask(0o077);
    const epoch = String(options.l1Epoch ?? 8);
    const anvil = await startAnvil({
      chainId: L1_CHAIN,
      flags: ['--slots-in-an-epoch', epoch, ...(options.l1Flags ?? [])],
    });
    const rich = [
      ...Array.from({ length: options.citizens ?? CITIZENS }, (_, i) => citizen(i)),
      ...(options.others ?? []),
    ];
    const first = await blockAt(anvil.rpc, 'latest');
    const genesisAt = (at: DevContracts['at']): L2Genesis =>
      l2GenesisOf({
        ...{ l2ChainId: L2_CHAIN, profile: contractProfiles.test.l2, timestamp: first.timestamp },
        ...{ timelock: at('Timelock'), bridge: at('Bridge'), sequencer: leader.address },
        ...{ epochAccount: leader.address, firstEpoch: { start: 1n, end: 1_000_000n } },
        allocations: rich.map(({ address: account }) => ({ account, wei: 1_000n * METIS })),
      });
    const contracts = await deployContracts(anvil, L2_CHAIN, {
      wei: BigInt(rich.length) * 1_000n * METIS,
      rootOf: (at) => genesisOutputRoot(genesisAt(at)),
    });
    const genesis = genesisAt(contracts.at);
    await fund(anvil, keeper.address, 100n * METIS);
    if (options.isUnnamed !== true) await nameKeys(anvil, contracts, keeperOf);
    const { hash, header } = genesisBlock(genesis);
    const { at } = contracts;
    const rollup: Rollup = {
      ...{ l1ChainId: L1_CHAIN, l2ChainId: L2_CHAIN },
      genesis: {
        ...{ hash, stateRoot: header.stateRoot, timestamp: header.timestamp },
        origin: { ...first, messageRoot: messageTreeRoot(emptyMessageTree) },
      },
      ...{ inbox: at('BatchInbox'), bridge: at('Bridge'), forcedInbox: at('ForcedInbox') },
      outputs: at('Outputs'),
      slotMs: options.slotMs ?? 250,
      maxDrift: options.maxDrift ?? 600n,
      sequencingWindow: options.sequencingWindow ?? 3_600n,
      phase2Height: options.phase2Height ?? 1n,
    };
    return new Town({ anvil, contracts, rollup, genesis }, options);
  }

  /** Starts the sequencer, or starts it again on what its disk holds. */
  readonly sequencer = async (name = 'sequencer', origins: readonly string[] = []): Promise<OwnNode> => {
    const folder = this.#folder(name);
    const keyFile = join(folder, 'leader.key');
    writeFileSync(keyFile, toHex(leader.secret), { mode: 0o600 });
    const [port = 0] = await freePorts(1);
    const text = sampleL2Config({
      ...{ l1: [this.anvil.url], confirmations: '1', listen: `127.0.0.1:${port}`, leader: leader.address },
      origins,
      sequencer: { keyFile, cluster: [join(this.folder, 'signer')], da: 'calldata', maxAge: '2s' },
    });
    const { machine } = this.#options;
    const node = await startSequencer(
      { config: this.#config(folder, text), log: this.#log(name), version: '0.0.0', machine },
      () => this.#options.cluster ?? oneKey,
    );
    return this.#townNode(node);
  };

  /** Starts a verifier that follows a node, or L1 alone. */
  readonly verifier = async (name: string, follow?: TownNode): Promise<OwnNode> => {
    const folder = this.#folder(name);
    const [port = 0] = await freePorts(1);
    const text = sampleL2Config({
      ...{ l1: [this.anvil.url], confirmations: '1', listen: `127.0.0.1:${port}` },
      ...{ leader: leader.address, follow: follow?.url },
    });
    const { machine } = this.#options;
    const node = await startVerifier({
      ...{ config: this.#config(folder, text), log: this.#log(name), version: '0.0.0', machine },
    });
    return this.#townNode(node);
  };

  /** A transaction of a citizen, sent to a node. Gives its hash. */
  readonly send = async (node: TownNode, from: number, tx: Partial<TestTx>): Promise<string> => {
    const { address, secret } = citizen(from);
    const nonce = BigInt(String(await node.rpc('eth_getTransactionCount', [address, 'pending'])));
    const raw = signTestTx(
      {
        ...{ type: 2, chainId: L2_CHAIN, nonce, to: citizen(7).address, value: 1n, gasLimit: 21_000n },
        ...{ fee: 10n ** 10n, tip: 10n ** 9n, data: new Uint8Array(0) },
        ...tx,
      },
      secret,
    );
    return String(await node.rpc('eth_sendRawTransaction', [`0x${toHex(raw)}`]));
  };

  /** Mines blocks of L1, one second each. */
  readonly mine = async (count = 1): Promise<void> => {
    for (let i = 0; i < count; i++) await this.anvil.rpc('evm_mine');
  };

  /** Ends everything. */
  readonly end = async (): Promise<void> => {
    await Promise.all([...this.#running].map((node) => node.stop()));
    await this.anvil.stop();
    rmSync(this.folder, { recursive: true, force: true });
  };

  #folder(name: string): string {
    const folder = join(this.folder, name);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return folder;
  }

  #config(dataDir: string, text: string): L2Config {
    return {
      dataDir,
      settings: parseL2Settings(this.#options.settings?.(text) ?? text, 'l2.yaml'),
      rollup: this.rollup,
      genesis: this.genesis,
    };
  }

  #townNode(node: RunningL2): OwnNode {
    this.#running.add(node);
    const url = `http://${node.rpc}`;
    const rpc = jsonRpc(url);
    const stop = async (): Promise<void> => {
      await node.stop();
      this.#running.delete(node);
    };
    return { url, rpc, stop, ended: node.ended };
  }

  #log(node: string): Log {
    const at =
      (level: string) =>
      (event: string, fields: LogFields = {}): void => {
        this.words.push({ node, level, event, fields });
      };
    const log: Log = {
      ...{ error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') },
      child: () => log,
    };
    return log;
  }
}

/** A node of a town, from outside. */
export interface TownNode {
  readonly url: string;
  readonly rpc: JsonRpc;
  readonly stop: () => Promise<void>;
}

/** One that runs in this process, and may end by itself. */
export type OwnNode = TownNode & Pick<RunningL2, 'ended'>;

/** What a node says of its heads. */
export interface TownHeads {
  readonly unsafe: { readonly number: string; readonly hash: string };
  readonly safe: { readonly number: string; readonly hash: string };
  readonly finalized: { readonly number: string; readonly hash: string };
}

export const headsAt = async ({ rpc }: TownNode): Promise<TownHeads> =>
  (await rpc('conclave_getHeads')) as TownHeads;

/** Asks again and again until the answer is good; what was asked last stands in the error. */
export async function until<T>(
  ask: () => Promise<T>,
  isGood: (answer: T) => boolean,
  timeoutMs = 20_000,
): Promise<T> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (isGood(answer)) return answer;
    if (Date.now() > end) throw new Error(`not in time: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function blockAt(rpc: JsonRpc, tag: string) {
  const found = (await rpc('eth_getBlockByNumber', [tag, false])) as Record<string, string>;
  const hash = fromHex(String(found['hash']));
  assert(hash !== undefined, 'a block has a hash');
  return { number: BigInt(String(found['number'])), hash, timestamp: BigInt(String(found['timestamp'])) };
}
