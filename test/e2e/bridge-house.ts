import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { encodeDeployData, encodeFunctionData } from 'viem';
import { vi } from 'vitest';

import { startToJson } from '../../src/apps/deploy/settings.ts';
import { silent } from '../../src/apps/guard-folder.ts';
import { main } from '../../src/apps/main.ts';
import { readRollupFile } from '../../src/apps/rollup-file.ts';
import type { BlockId, RpcChain } from '../../src/apps/rpc/rpc-chain.ts';
import { startRpc } from '../../src/apps/rpc/rpc.ts';
import { blocksRoot } from '../../src/chain/blocks-root.ts';
import type { ExecutedBlock } from '../../src/chain/execution.ts';
import { genesisOutputRoot } from '../../src/chain/genesis.ts';
import { appendMessages, emptyMessageTree, messageTreeRoot } from '../../src/chain/message-tree.ts';
import type { Rollup } from '../../src/chain/rollup.ts';
import { ascii, fromHex, to0x } from '../../src/crypto/bytes.ts';
import { writeJsonFile } from '../../src/crypto/json-file.ts';
import { Secret } from '../../src/crypto/secret.ts';
import { encodeInboxCall } from '../../src/ethereum/abi.ts';
import { type Address, keccak256, parseAddress } from '../../src/ethereum/address.ts';
import { type View, l2TokenOf, tokenBalance } from '../../src/ethereum/bridge-views.ts';
import { contractProfiles } from '../../src/ethereum/contract-profiles.ts';
import { contracts } from '../../src/ethereum/contracts.ts';
import { planDeployment } from '../../src/ethereum/deployment-plan.ts';
import { signDigest } from '../../src/ethereum/deployment-tx.ts';
import { type L2Genesis, genesisFile, l2GenesisOf, predeploys } from '../../src/ethereum/l2-genesis.ts';
import { readSignedTx } from '../../src/ethereum/l2-tx.ts';
import { createExecutor } from '../../src/services/engine/executor.ts';
import { type Anvil, startAnvil } from '../../src/system/anvil.ts';
import { systemClock } from '../../src/system/clock.ts';
import {
  type DevContracts,
  deployContracts,
  devAccount,
  fund,
  nameKeys,
  sendAs,
} from '../../src/system/dev-l1.ts';
import { connectL1Source } from '../../src/system/l1-client-source.ts';
import type { Executor, L1Source, TxPool } from '../../src/system/ports.ts';
import { systemRng } from '../../src/system/rng.ts';
import { insecureTestAccount } from '../../scripts/lib/test-transactions.ts';

const L2_CHAIN = 71_001n;
/** The account that appends batches. */
const batcher = insecureTestAccount('bridge', 1);
/** The keys of the first two accounts of every anvil, which all the world knows. */
export const ANVIL_KEYS: readonly string[] = [
  'ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80',
  '59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d',
];

/** What a command printed last, and its exit code. */
export interface Said {
  readonly code: number;
  readonly value: Readonly<Record<string, unknown>>;
}

/** Runs a command as a process would, but in this one, which is faster. */
export async function conclave(...args: readonly string[]): Promise<Said> {
  let printed = '';
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  try {
    const code = await main(['--json', ...args]);
    return { code, value: JSON.parse(printed.trim().split('\n').at(-1) ?? '') as Said['value'] };
  } finally {
    write.mockRestore();
  }
}

/** The genesis of an L2 in which nobody has anything: METIS comes over the bridge. */
const genesisFor = (at: DevContracts['at'], timestamp: bigint): L2Genesis =>
  l2GenesisOf({
    ...{ l2ChainId: L2_CHAIN, profile: contractProfiles.test.l2, timestamp, allocations: [] },
    ...{ timelock: at('Timelock'), bridge: at('Bridge'), sequencer: batcher.address },
    ...{ epochAccount: batcher.address, firstEpoch: { start: 1n, end: 20n } },
  });

/** Anvil with every contract, and the files of a deployment in a folder. */
async function deployed(folder: string, anvil: Anvil): Promise<DevContracts> {
  const timestamp = BigInt(Math.floor(Date.now() / 1_000)) - 100n;
  const rootOf = (at: DevContracts['at']): Uint8Array => genesisOutputRoot(genesisFor(at, timestamp));
  const made = await deployContracts(anvil, L2_CHAIN, { wei: 0n, rootOf });
  const { settings, at, firstHash } = made;
  const { hash } = (await anvil.rpc('eth_getBlockByNumber', ['0x0', false])) as { readonly hash: string };
  const { hash: plan, code } = planDeployment(settings);
  const start = { profile: 'test', chainId: 31_337n, genesis: fromHex(hash)!, settings, plan } as const;
  const record = {
    ...{ start: startToJson(start), transactions: [{ step: 'first', hash: firstHash }] },
    addresses: Object.fromEntries(code.map(({ name, at: place }) => [name, place])),
  };
  writeFileSync(join(folder, 'd.json'), writeJsonFile(record));
  writeFileSync(join(folder, 'genesis.json'), writeJsonFile(genesisFile(genesisFor(at, timestamp))));
  ANVIL_KEYS.forEach((key, i) => writeFileSync(join(folder, `key-${i}`), key, { mode: 0o600 }));
  await fund(anvil, batcher.address, 10n ** 18n);
  const secret = new Secret('batcher', batcher.secret.slice());
  await nameKeys(anvil, made, {
    account: batcher.address,
    sign: (digest) => signDigest(digest, secret),
  });
  await anvil.rpc('anvil_impersonateAccount', [batcher.address]);
  return made;
}

/**
 * Both ends of the bridge: anvil with every contract, and an L2 of the embedded engine that takes one block
 * of L1 after the other as its origin, and makes a block of every transaction.
 */
export class BridgeHouse {
  readonly folder: string;
  readonly anvil: Anvil;
  readonly contracts: DevContracts;
  readonly rollup: Rollup;
  readonly executor: Executor;
  /** All of L2, by number. */
  readonly blocks: ExecutedBlock[];
  /** The last block that is in a batch; the safe one. */
  batched = 0n;
  url = '';
  readonly #source: L1Source;
  #tree = emptyMessageTree;
  #origin: bigint;
  #batches = 0n;
  #close: () => Promise<void> = async () => undefined;

  private constructor(
    parts: Pick<BridgeHouse, 'folder' | 'anvil' | 'contracts' | 'rollup' | 'executor'>,
    source: L1Source,
    zero: ExecutedBlock,
  ) {
    this.folder = parts.folder;
    this.anvil = parts.anvil;
    this.contracts = parts.contracts;
    this.rollup = parts.rollup;
    this.executor = parts.executor;
    this.#source = source;
    this.blocks = [zero];
    this.#origin = parts.rollup.genesis.origin.number;
  }

  /** Founds one; pages of the named origins may ask its node. */
  static async open(origins: readonly string[] = []): Promise<BridgeHouse> {
    const folder = mkdtempSync(join(tmpdir(), 'bridge-'));
    const anvil = await startAnvil();
    const made = await deployed(folder, anvil);
    const at = (name: string): string => join(folder, name);
    const rollup = ['--rpc', anvil.url, '--genesis', at('genesis.json'), '--file', at('rollup.json')];
    // A second time it finds what it wrote, and says the same.
    for (let i = 0; i < 2; i++) {
      const { code, value } = await conclave('contracts', 'rollup', '--out', at('d.json'), ...rollup);
      if (code !== 0) throw new Error(JSON.stringify(value));
    }
    const read = readRollupFile(readFileSync(at('rollup.json')), 'rollup.json');
    const genesis = genesisFor(made.at, read.genesis.timestamp);
    const executor = await createExecutor({ folder: at('engine'), genesis, rollup: read });
    const deps = { clock: systemClock, log: silent };
    const source = await connectL1Source({ urls: [anvil.url], rollup: read }, deps);
    const zero = (await executor.block(0n))!;
    const house = new BridgeHouse({ folder, anvil, contracts: made, rollup: read, executor }, source, zero);
    await house.#serve(origins);
    return house;
  }

  file(name: string): string {
    return join(this.folder, name);
  }

  get head(): ExecutedBlock {
    return this.blocks.at(-1)!;
  }

  /** A block on the next block of L1, if there is one. */
  async produce(raws: readonly Uint8Array[] = []): Promise<void> {
    const facts = await this.#source.facts(this.#origin + 1n);
    const origin = facts ?? (await this.#source.facts(this.#origin))!;
    if (facts !== undefined) this.#tree = appendMessages(this.#tree, facts.messages);
    this.#origin = origin.number;
    const { hash, number, timestamp } = origin;
    const after = this.head.block.header.timestamp + 1n;
    const result = await this.executor.build({
      ...{ parent: this.head.block.hash, transactions: raws.map((raw) => ({ raw })), mode: 'pick' },
      attributes: {
        ...{ timestamp: timestamp > after ? timestamp : after, epoch: 0n, view: 0n, orderedUpTo: 0n },
        origin: { number, hash, timestamp, messageRoot: messageTreeRoot(this.#tree) },
        ...{ credits: facts?.credits ?? [], forced: facts?.forced ?? [] },
      },
    });
    if (result.kind !== 'built' || result.refused.length > 0) throw new Error(JSON.stringify(result));
    this.blocks.push(result.executed);
    await this.#setHeads();
  }

  /** Until L2 knows the newest block of L1. */
  async catchUp(): Promise<void> {
    const { number } = await this.#source.head('latest');
    while (this.#origin < number) await this.produce();
  }

  /** Appends a batch of all blocks that are in none. Only their hashes count here: nobody derives them. */
  async postBatch(): Promise<void> {
    const blocks = this.blocks.slice(Number(this.batched) + 1).map(({ block }) => block);
    const [first, last] = [blocks[0]!, blocks.at(-1)!];
    const payload = ascii('blocks');
    const data = encodeInboxCall({
      ...{ kind: 'submit-batch', payload },
      header: {
        ...{ index: ++this.#batches, firstBlock: first.header.number, lastBlock: last.header.number },
        ...{ parentHash: first.header.parentHash, lastHash: last.hash },
        ...{ blocksRoot: blocksRoot(blocks.map(({ hash }) => hash)), lastOrigin: this.#origin },
        ...{ da: 0, compression: 0, payloadSize: payload.length, payloadHash: keccak256(payload), setId: 0n },
      },
    });
    await sendAs(this.anvil, { from: batcher.address, to: this.contracts.inbox, data: to0x(data) });
    this.batched = last.header.number;
    await this.#setHeads();
  }

  /** Another token of L1, all of which the owner has. */
  async deployToken(): Promise<Address> {
    const from = await owner(this);
    const { abi, bytecode } = contracts.MetisToken;
    const data = encodeDeployData({ abi, bytecode, args: [from, 1_000n] });
    const { contractAddress } = await sendAs(this.anvil, { from, data });
    return parseAddress(String(contractAddress).toLowerCase());
  }

  async registerToken(token: Address): Promise<void> {
    const call = { abi: contracts.Bridge.abi, functionName: 'registerToken', args: [token] } as const;
    const from = await owner(this);
    await sendAs(this.anvil, { from, to: this.rollup.bridge, data: encodeFunctionData(call) });
  }

  /** METIS of L1, from the owner. */
  async giveMetis(to: Address, wei: bigint): Promise<void> {
    const call = { abi: contracts.MetisToken.abi, functionName: 'transfer', args: [to, wei] } as const;
    const from = await owner(this);
    await sendAs(this.anvil, { from, to: this.contracts.at('MetisToken'), data: encodeFunctionData(call) });
  }

  /** What an account has on L2 of a token of L1. */
  async tokenOnL2(token: Address, account: Address): Promise<bigint> {
    const ask = async <T>(to: Address, { data, read }: View<T>): Promise<T> =>
      read((await this.executor.call(this.head.block.hash, { to, data })).output);
    return ask(await ask(predeploys.L2TokenBridge, l2TokenOf(token)), tokenBalance(account));
  }

  /** Lets time pass on L1. */
  async pass(seconds: number): Promise<void> {
    await this.anvil.rpc('evm_increaseTime', [seconds]);
    await this.anvil.rpc('anvil_mine', ['0x1']);
  }

  async close(): Promise<void> {
    await this.#close();
    await this.executor.close();
    await this.anvil.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #id(number: bigint): BlockId {
    return { number, hash: this.blocks[Number(number)]!.block.hash };
  }

  async #setHeads(): Promise<void> {
    const safe = this.#id(this.batched).hash;
    await this.executor.setHeads({ unsafe: this.head.block.hash, safe, finalized: safe });
  }

  async #serve(origins: readonly string[]): Promise<void> {
    const heads: RpcChain['heads'] = () => {
      const safe = this.#id(this.batched);
      return { unsafe: this.#id(this.head.block.header.number), safe, finalized: safe };
    };
    const pool: TxPool = {
      add: async (raw) => {
        await this.produce([raw]);
        return { kind: 'accepted', hash: readSignedTx(raw).hash, isKnown: false };
      },
      get: () => undefined,
      pendingNonce: async (account) =>
        (await this.executor.account(this.head.block.hash, account))?.nonce ?? 0n,
      candidates: () => [],
      size: () => ({ ready: 0, queued: 0, bytes: 0 }),
    };
    const chain: RpcChain = {
      ...{ rollup: this.rollup, heads, syncing: () => undefined, onHeads: () => () => undefined },
      ...{ batch: async () => undefined, batchOf: async () => undefined },
      ...{ stages: async () => undefined, signedBlock: async () => undefined },
    };
    const server = await startRpc(
      { address: '127.0.0.1:0', origins },
      { version: 'conclave/test', minTip: 0n },
      { chain, executor: this.executor, pool, clock: systemClock, rng: systemRng, log: silent },
    );
    this.url = `http://${server.address}`;
    this.#close = () => server.close();
  }
}

/** The first account of every anvil: it deployed, and it has all METIS. */
export const owner = (house: BridgeHouse): Promise<Address> => devAccount(house.anvil);
