import type {
  AccountState,
  BuildRequest,
  BuildResult,
  CallRequest,
  CallResult,
  ExecutedBlock,
  HeadHashes,
  ImportVerdict,
  LogFilter,
  PlacedLog,
  StateProof,
} from '../../chain/execution.ts';
import type { L2Block } from '../../chain/block.ts';
import type { Rollup } from '../../chain/rollup.ts';
import { bigintToBytes, bytesToBigint } from '../../crypto/bytes.ts';
import { Bug, OperationError } from '../../crypto/errors.ts';
import type { Address } from '../../ethereum/address.ts';
import type { L2Genesis } from '../../ethereum/l2-genesis.ts';
import type { Executor } from '../../system/ports.ts';
import { encodeAccount } from './account.ts';
import { buildBlock } from './builder.ts';
import type { Read } from './call-messages.ts';
import { type CallTip, CallThreads, type CallThreadsOptions } from './call-threads.ts';
import { runCall } from './calls.ts';
import { ancestorsOf, held, writesForHeads } from './canonical.ts';
import { genesisState } from './genesis.ts';
import { faultOfBytes, importBlock } from './importer.ts';
import { findLogs } from './logs.ts';
import { type Key, accountKey, keyOf } from './key.ts';
import { type Machine, createMachine } from './machine.ts';
import { Queue } from './queue.ts';
import type { ExecutionSite } from './site.ts';
import { State } from './state.ts';
import { EngineStore, type StorePlace, type TxPlace } from './store.ts';

/** Which chain an engine executes, and where it keeps it. */
export interface EngineOptions extends StorePlace {
  readonly genesis: L2Genesis;
  readonly rollup: Pick<Rollup, 'phase2Height' | 'slotMs'>;
  /** Threads for calls; without them calls take turns with the building of blocks. */
  readonly calls?: CallThreadsOptions;
}

/** States that are kept at hand: the newest, and those that calls ask for. */
const MOST_STATES = 8;

/**
 * Opens the engine that runs in this process, or begins its folder with block 0.
 * @throws OperationError engine-busy | engine-damaged | engine-other-chain
 */
export async function createExecutor(options: EngineOptions): Promise<Executor> {
  const { genesis, rollup, calls } = options;
  const store = await EngineStore.open(options, genesisState(genesis));
  const [builder, caller] = [await createMachine(genesis.l2ChainId), await createMachine(genesis.l2ChainId)];
  return new EmbeddedEngine({ store, builder, caller, rollup, chainId: genesis.l2ChainId, calls });
}

interface Parts {
  readonly store: EngineStore;
  /** One for blocks, one for calls, so that neither waits for the other. */
  readonly builder: Machine;
  readonly caller: Machine;
  readonly chainId: bigint;
  readonly calls: CallThreadsOptions | undefined;
  readonly rollup: EngineOptions['rollup'];
}

class EmbeddedEngine implements Executor {
  readonly name = 'embedded';
  readonly #parts: Parts;
  readonly #blocks = new Queue();
  readonly #calls = new Queue();
  readonly #states = new Map<Key, State>();
  readonly #threads: CallThreads | undefined;
  #heads: HeadHashes;
  /** Number of the unsafe head: what a write has just put behind it is nowhere until that write is done. */
  #height: bigint;

  constructor(parts: Parts) {
    this.#parts = parts;
    const source = { chainId: parts.chainId, read: this.#readFor };
    this.#threads = parts.calls === undefined ? undefined : new CallThreads(parts.calls, source);
    this.#heads = parts.store.heads();
    this.#height = held(parts.store, this.#heads.unsafe).block.header.number;
  }

  build(request: BuildRequest): Promise<BuildResult> {
    return this.#inTurn(this.#blocks, async () => {
      const site = this.#siteOn(held(this.#parts.store, request.parent));
      const { result, store } = await buildBlock(site, request, this.#parts.rollup);
      await store();
      return result;
    });
  }

  importBlock(block: L2Block): Promise<ImportVerdict> {
    return this.#inTurn(this.#blocks, async () => {
      const { store, rollup } = this.#parts;
      const fault = faultOfBytes(block);
      if (fault !== undefined) return { kind: 'invalid', field: fault };
      if (store.executed(block.hash) !== undefined) return { kind: 'valid' };
      const parent = store.executed(block.header.parentHash);
      if (parent === undefined) return { kind: 'parent-unknown' };
      return importBlock(this.#siteOn(parent), block, rollup);
    });
  }

  setHeads(heads: HeadHashes): Promise<void> {
    return this.#inTurn(this.#blocks, async () => {
      const { store } = this.#parts;
      await store.write(writesForHeads(store, this.#heads, heads));
      this.#heads = heads;
      this.#height = held(store, heads.unsafe).block.header.number;
    });
  }

  async heads(): Promise<HeadHashes> {
    return this.#heads;
  }

  async block(at: Uint8Array | bigint): Promise<ExecutedBlock | undefined> {
    const { store } = this.#parts;
    if (typeof at === 'bigint' && at > this.#height) return undefined;
    const hash = typeof at === 'bigint' ? store.canonical(at) : at;
    return hash === undefined ? undefined : store.executed(hash);
  }

  async transaction(hash: Uint8Array): Promise<TxPlace | undefined> {
    const { store } = this.#parts;
    const place = store.transaction(hash);
    const block = place && store.executed(place.blockHash)?.block;
    return block !== undefined && block.header.number <= this.#height ? place : undefined;
  }

  async account(block: Uint8Array, account: Address): Promise<AccountState | undefined> {
    return this.#stateAt(block).account(accountKey(account));
  }

  async code(block: Uint8Array, account: Address): Promise<Uint8Array> {
    const state = this.#stateAt(block);
    const found = state.account(accountKey(account));
    return found === undefined ? new Uint8Array(0) : state.code(found.codeHash);
  }

  async storage(block: Uint8Array, account: Address, slot: Uint8Array): Promise<Uint8Array> {
    return bigintToBytes(bytesToBigint(this.#stateAt(block).slot(accountKey(account), keyOf(slot))), 32);
  }

  async prove(block: Uint8Array, account: Address, slots: readonly Uint8Array[]): Promise<StateProof> {
    return this.#stateAt(block).prove(accountKey(account), slots.map(keyOf));
  }

  async call(block: Uint8Array, call: CallRequest): Promise<CallResult> {
    if (this.#threads !== undefined) return this.#threads.run(held(this.#parts.store, block).block, call);
    return this.#inTurn(this.#calls, async () => {
      const { store, caller } = this.#parts;
      const tip = held(store, block);
      const state = this.#stateOf(tip.block.header.stateRoot);
      return runCall(caller, { state, tip: tip.block, ancestors: ancestorsOf(store, tip) }, call);
    });
  }

  logs(filter: LogFilter, most: number): Promise<readonly PlacedLog[]> {
    return findLogs(this.#parts.store, filter, most);
  }

  async close(): Promise<void> {
    await this.#threads?.close();
    await this.#blocks.run(() => this.#calls.run(() => this.#parts.store.close()));
  }

  readonly #readFor = ({ header, hash }: CallTip, what: Read): Uint8Array | undefined => {
    const { store } = this.#parts;
    if (what.of === 'code') return store.code(what.hash);
    if (what.of === 'ancestor') return ancestorsOf(store, held(store, hash))(what.number);
    const state = this.#stateOf(header.stateRoot);
    if (what.of === 'slot') return state.slot(what.account, what.slot);
    const account = state.account(what.account);
    return account === undefined ? undefined : encodeAccount(account);
  };

  #stateAt(block: Uint8Array): State {
    return this.#stateOf(held(this.#parts.store, block).block.header.stateRoot);
  }

  #stateOf(root: Uint8Array): State {
    const name = keyOf(root);
    const state = this.#states.get(name) ?? State.at(this.#parts.store, root);
    this.#remember(name, state);
    return state;
  }

  #remember(name: Key, state: State): void {
    this.#states.delete(name);
    this.#states.set(name, state);
    const [oldest] = this.#states.keys();
    if (this.#states.size > MOST_STATES && oldest !== undefined) this.#states.delete(oldest);
  }

  #siteOn(parent: ExecutedBlock): ExecutionSite {
    const { store, builder } = this.#parts;
    const nodes: (readonly [Uint8Array, Uint8Array])[] = [];
    return {
      ...{ store, machine: builder, parent, nodes },
      state: this.#stateOf(parent.block.header.stateRoot),
      ancestors: ancestorsOf(store, parent),
      write: (hash, bytes) => void nodes.push([hash, bytes]),
      remember: (state, before) => {
        state.inherit(before);
        this.#remember(keyOf(state.root), state);
      },
    };
  }

  /** Faults of the machine, which nobody has a rule for, become one of ours. */
  #inTurn<T>(queue: Queue, task: () => Promise<T>): Promise<T> {
    return queue.run(async () => {
      try {
        return await task();
      } catch (cause) {
        if (cause instanceof OperationError || cause instanceof Bug) throw cause;
        throw new OperationError('engine-failed', 'fatal', `the engine failed: ${String(cause)}`, { cause });
      }
    });
  }
}
