import type { Hex } from 'viem';
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts';

import { type RpcDeps, type Rpc, createRpc } from '../../../../src/apps/rpc/rpc.ts';
import type { RpcLimits } from '../../../../src/apps/rpc/limits.ts';
import { rpcLimits } from '../../../../src/apps/rpc/limits.ts';
import type { Backend } from '../../../../src/apps/rpc/backend.ts';
import type { PlacedBatch, RpcChain, RpcHeads, TxStages } from '../../../../src/apps/rpc/rpc-chain.ts';
import { isWanted } from '../../../../src/apps/rpc/log-params.ts';
import { logsOfBlock } from '../../../../src/apps/rpc/render-tx.ts';
import { blockHash, encodeExtra } from '../../../../src/chain/block.ts';
import type {
  AccountState,
  CallRequest,
  CallResult,
  ExecutedBlock,
  TxLog,
  TxReceipt,
} from '../../../../src/chain/execution.ts';
import type { Rollup } from '../../../../src/chain/rollup.ts';
import { equalBytes, fromHex, to0x } from '../../../../src/crypto/bytes.ts';
import { OperationError } from '../../../../src/crypto/errors.ts';
import { type Address, addressBytes, keccak256, parseAddress } from '../../../../src/ethereum/address.ts';
import { type L2Tx, readSignedTx } from '../../../../src/ethereum/l2-tx.ts';
import type { Executor, PoolAnswer, TxPool } from '../../../../src/system/ports.ts';
import { handClock, memoryLog, named, seededRng } from '../../node/helpers.ts';

/** The L2 of these tests. */
export const CHAIN_ID = 7_117n;

/** All methods, and a way to call one: it gives the result, or throws what the caller is told. */
export interface FakeRpc extends Rpc {
  readonly call: (method: string, ...params: readonly unknown[]) => Promise<unknown>;
}

/** An account with a key. */
export const alice: PrivateKeyAccount = privateKeyToAccount(to0x(named('alice')));
export const bob: PrivateKeyAccount = privateKeyToAccount(to0x(named('bob')));

/** A raw transaction of alice's. */
export async function signed(
  nonce: number,
  more: Readonly<Record<string, unknown>> = {},
): Promise<Uint8Array> {
  const tx = { type: 'eip1559', chainId: Number(CHAIN_ID), nonce, to: bob.address, value: 1n, gas: 21_000n };
  const fees = { maxFeePerGas: 10_000_000_000n, maxPriorityFeePerGas: 2_000_000_000n };
  const raw: Hex = await alice.signTransaction({ ...tx, ...fees, ...more } as never);
  return fromHex(raw)!;
}

/** A transaction of a block that is made up, and the logs of its receipt. */
export interface Given {
  readonly raw: Uint8Array;
  readonly logs?: readonly TxLog[];
  readonly isSuccess?: boolean;
}

const BASE_FEE = 1_000_000_000n;
const rollup: Rollup = {
  ...{ l1ChainId: 31_337n, l2ChainId: CHAIN_ID },
  genesis: {
    ...{ hash: named('genesis'), stateRoot: named('state'), timestamp: 1_700_000_000n },
    origin: { number: 5n, hash: named('l1'), timestamp: 1_699_999_990n, messageRoot: named('messages') },
  },
  ...{ inbox: parseAddress(bob.address), bridge: parseAddress(bob.address) },
  ...{ forcedInbox: parseAddress(bob.address), outputs: parseAddress(bob.address) },
  ...{ slotMs: 1_000, maxDrift: 600n, sequencingWindow: 3_600n, phase2Height: 0n },
};

function receiptsOf(given: readonly Given[]): readonly TxReceipt[] {
  let cumulativeGasUsed = 0n;
  return given.map(({ raw, logs = [], isSuccess = true }) => {
    const tx = readSignedTx(raw);
    cumulativeGasUsed += 21_000n;
    const effectiveGasPrice = BASE_FEE + tx.maxPriorityFeePerGas;
    return {
      ...{ hash: tx.hash, type: tx.type, from: tx.sender, to: tx.to, isSuccess, logs },
      created: tx.to === undefined ? parseAddress('0x00000000000000000000000000000000000000cc') : undefined,
      ...{ gasUsed: 21_000n, cumulativeGasUsed, effectiveGasPrice },
    };
  });
}

/** A block that nobody executed, on another one. */
export function blockOn(
  parent: ExecutedBlock | undefined,
  given: readonly Given[] = [],
  salt = '',
): ExecutedBlock {
  const number = parent === undefined ? 0n : parent.block.header.number + 1n;
  const header = {
    parentHash: parent?.block.hash ?? new Uint8Array(32),
    ...{ number, timestamp: 1_700_000_000n + number, coinbase: rollup.inbox, gasLimit: 30_000_000n },
    ...{ gasUsed: 21_000n * BigInt(given.length), baseFeePerGas: BASE_FEE },
    extraData: encodeExtra({ epoch: 1n, view: 0n, orderedUpTo: 0n, origin: 9n }),
    ...{ prevRandao: named('randao'), parentBeaconBlockRoot: named('beacon') },
    ...{ stateRoot: named(`state ${number}${salt}`), transactionsRoot: named('transactions') },
    ...{ receiptsRoot: named('receipts'), withdrawalsRoot: named('withdrawals') },
    logsBloom: new Uint8Array(256),
  };
  const withdrawals = [{ index: number, address: rollup.bridge, gwei: 3n }];
  return {
    block: { header, hash: blockHash(header), transactions: given.map(({ raw }) => raw), withdrawals },
    ...{ receipts: receiptsOf(given), forcedCount: 0, carry: 0n, nextWithdrawal: 0n },
  };
}

/** Blocks, accounts and a pool that say what a test has told them. */
export class FakeWorld {
  readonly blocks: ExecutedBlock[] = [blockOn(undefined)];
  /** The canonical ones, by number. */
  canonical: ExecutedBlock[] = [this.blocks[0]!];
  readonly accounts: Map<string, Partial<AccountState> & { readonly code?: Uint8Array }> = new Map();
  readonly storage: Map<string, Uint8Array> = new Map();
  readonly waiting: L2Tx[] = [];
  readonly batches: PlacedBatch[] = [];
  readonly stages: Map<string, TxStages> = new Map();
  readonly calls: CallRequest[] = [];
  readonly clock: ReturnType<typeof handClock> = handClock();
  readonly log: ReturnType<typeof memoryLog> = memoryLog();
  onCall: (call: CallRequest) => CallResult = () => ({
    ...{ isSuccess: true, output: new Uint8Array(0), gasUsed: 21_000n, fault: undefined },
  });
  onAdd: (tx: Uint8Array) => PoolAnswer | undefined = () => undefined;
  progress: ReturnType<RpcChain['syncing']>;
  safeAt = 0;
  finalizedAt = 0;
  readonly #listeners = new Set<(heads: RpcHeads) => void>();

  get head(): ExecutedBlock {
    return this.canonical.at(-1)!;
  }

  /** Puts a block on the head, or on another block. */
  extend(given: readonly Given[] = [], on: ExecutedBlock = this.head, salt = ''): ExecutedBlock {
    const made = blockOn(on, given, salt);
    this.blocks.push(made);
    this.canonical = [...this.canonical.slice(0, Number(made.block.header.number)), made];
    this.moved();
    return made;
  }

  moved(): void {
    for (const listener of this.#listeners) listener(this.heads());
  }

  heads(): RpcHeads {
    const id = ({ block }: ExecutedBlock) => ({ number: block.header.number, hash: block.hash });
    return {
      unsafe: id(this.head),
      safe: id(this.canonical[this.safeAt]!),
      finalized: id(this.canonical[this.finalizedAt]!),
    };
  }

  readonly chain: RpcChain = {
    rollup,
    heads: () => this.heads(),
    syncing: () => this.progress,
    batch: async (index) => this.batches.find(({ batch }) => batch.index === index),
    batchOf: async (block) =>
      this.batches.find(({ batch }) => batch.firstBlock <= block && block <= batch.lastBlock),
    stages: async (hash) => this.stages.get(to0x(hash)),
    signedBlock: async (hash) => (equalBytes(hash, this.head.block.hash) ? named('signed') : undefined),
    onHeads: (listener) => {
      this.#listeners.add(listener);
      return () => void this.#listeners.delete(listener);
    },
  };

  #known(hash: Uint8Array): ExecutedBlock {
    const found = this.blocks.find(({ block }) => equalBytes(block.hash, hash));
    if (found === undefined) throw new OperationError('engine-unknown-block', 'reset', 'no such block');
    return found;
  }

  readonly executor: Executor = {
    name: 'fake',
    importBlock: async () => ({ kind: 'valid' }),
    setHeads: async () => undefined,
    heads: async () => ({
      ...{ unsafe: this.head.block.hash, safe: this.head.block.hash, finalized: this.head.block.hash },
    }),
    build: async () => ({ kind: 'not-executable', at: 0, reason: 'tx-malformed' }),
    block: async (at) =>
      typeof at === 'bigint'
        ? this.canonical[Number(at)]
        : this.blocks.find(({ block }) => equalBytes(block.hash, at)),
    transaction: async (hash) => {
      for (const { block, receipts } of this.canonical) {
        const index = receipts.findIndex((receipt) => equalBytes(receipt.hash, hash));
        if (index >= 0) return { blockHash: block.hash, index };
      }
      return undefined;
    },
    account: async (block, account) => {
      this.#known(block);
      const found = this.accounts.get(account);
      if (found === undefined) return undefined;
      const empty = {
        nonce: 0n,
        balance: 0n,
        codeHash: keccak256(new Uint8Array(0)),
        storageRoot: named('root'),
      };
      return { ...empty, ...found };
    },
    code: async (block, account) => {
      this.#known(block);
      return this.accounts.get(account)?.code ?? new Uint8Array(0);
    },
    storage: async (block, account, slot) => {
      this.#known(block);
      return this.storage.get(`${account}${to0x(slot)}`) ?? new Uint8Array(32);
    },
    prove: async (block, account, slots) => {
      this.#known(block);
      return { account: [addressBytes(account)], slots: slots.map((slot) => [slot]) };
    },
    call: async (block, call) => {
      this.#known(block);
      this.calls.push(call);
      return this.onCall(call);
    },
    logs: async (filter, most) =>
      this.canonical
        .slice(Number(filter.from), Number(filter.to) + 1)
        .flatMap(logsOfBlock)
        .filter((log) => isWanted(log, filter))
        .slice(0, most + 1),
    close: async () => undefined,
  };

  readonly pool: TxPool = {
    add: async (raw) => {
      const said = this.onAdd(raw);
      if (said !== undefined) return said;
      const tx = tryRead(raw);
      if (tx === undefined) return { kind: 'refused', code: 'tx-malformed', message: 'rlp: no transaction' };
      const isKnown = this.waiting.some(({ hash }) => equalBytes(hash, tx.hash));
      if (!isKnown) this.waiting.push(tx);
      return { kind: 'accepted', hash: tx.hash, isKnown };
    },
    get: (hash) => this.waiting.find((tx) => equalBytes(tx.hash, hash)),
    pendingNonce: async (account) =>
      BigInt(this.waiting.filter(({ sender }) => sender === account).length) +
      (this.accounts.get(account)?.nonce ?? 0n),
    candidates: () => this.waiting.map(({ raw, sender }) => ({ raw, sender })),
    size: () => ({ ready: this.waiting.length, queued: 2, bytes: 0 }),
  };

  /** What the methods get. */
  backend(limits: Partial<RpcLimits> = {}): Backend {
    const { chain, executor, pool, clock, log } = this;
    const rest = {
      rng: seededRng('rpc'),
      limits: { ...rpcLimits, ...limits },
      version: 'conclave/test',
      minTip: 7n,
    };
    return { chain, executor, pool, clock, log, ...rest };
  }

  /** All methods; `call` gives the result of one, or throws what the caller is told. */
  rpc(limits: Partial<RpcLimits> = {}, without: { readonly pool?: true } = {}): FakeRpc {
    const { pool, ...deps } = this.backend();
    const given: RpcDeps = without.pool === true ? deps : { ...deps, pool };
    const rpc = createRpc({ version: 'conclave/test', minTip: 7n, limits }, given);
    const call = async (method: string, ...params: readonly unknown[]): Promise<unknown> => {
      const body = new TextEncoder().encode(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }));
      const { result, error } = JSON.parse((await rpc.answer(body))!) as Record<string, unknown>;
      if (error !== undefined) throw Object.assign(new Error((error as Told).message), error);
      return result;
    };
    return { ...rpc, call };
  }
}

function tryRead(raw: Uint8Array): L2Tx | undefined {
  try {
    return readSignedTx(raw);
  } catch {
    return undefined; // the pool refuses it
  }
}

/** A failure as callers see it. */
export interface Told {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

/** An account as the product names it. */
export const known = (account: { readonly address: string }): Address => parseAddress(account.address);

/** Names of fake contracts. */
export const contract: Address = parseAddress('0x00000000000000000000000000000000000000c1');
