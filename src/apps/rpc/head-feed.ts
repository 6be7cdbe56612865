import { equalBytes } from '../../crypto/bytes.ts';
import type { ExecutedBlock } from '../../chain/execution.ts';
import type { Clock, Executor, Log } from '../../system/ports.ts';
import type { RpcChain } from './rpc-chain.ts';

/** How the chain has changed: blocks that left it, newest first, and those that joined it, oldest first. */
export interface HeadChange {
  readonly removed: readonly ExecutedBlock[];
  readonly added: readonly ExecutedBlock[];
}

/** Blocks of one change that are told one by one; a longer change tells of its last block only. */
const MAX_BLOCKS = 256;

/** Milliseconds of telling after which others get their turn, for as long as it took. */
const SLICE_MS = 20;

/** What a feed is made from. */
export interface HeadFeedDeps {
  readonly chain: RpcChain;
  readonly executor: Executor;
  readonly clock: Clock;
  readonly log: Log;
}

/** Turns moves of the head into the blocks that come and go, and tells whoever listens, in order. */
export class HeadFeed {
  readonly #chain: RpcChain;
  readonly #executor: Executor;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #listeners = new Set<(change: HeadChange) => void>();
  readonly #stop: () => void;
  /** The block up to which everything was told; at first by its hash alone. */
  #told: ExecutedBlock | Uint8Array;
  #wanted: Uint8Array | undefined;
  #isBusy = false;

  constructor(deps: HeadFeedDeps) {
    this.#chain = deps.chain;
    this.#executor = deps.executor;
    this.#clock = deps.clock;
    this.#log = deps.log;
    this.#told = this.#chain.heads().unsafe.hash;
    this.#stop = this.#chain.onHeads(({ unsafe }) => {
      this.#wanted = unsafe.hash;
      if (!this.#isBusy) void this.#follow();
    });
  }

  /** Calls `listener` with each change from now on, until the returned function is called. */
  listen(listener: (change: HeadChange) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Ends the feed. */
  close(): void {
    this.#stop();
    this.#listeners.clear();
  }

  /** Moves that come while one is worked on are taken together. */
  async #follow(): Promise<void> {
    this.#isBusy = true;
    try {
      while (this.#wanted !== undefined) {
        const wanted = this.#wanted;
        this.#wanted = undefined;
        await this.#tell(wanted);
      }
    } catch (error) {
      // The next move tries again from the same block.
      this.#log.warn('rpc head not followed', { reason: error instanceof Error ? error.message : 'unknown' });
    } finally {
      this.#isBusy = false;
    }
  }

  async #tell(hash: Uint8Array): Promise<void> {
    const head = await this.#executor.block(hash);
    if (head === undefined) return;
    const told = this.#told instanceof Uint8Array ? await this.#executor.block(this.#told) : this.#told;
    const change = await this.#between(told, head);
    this.#told = head;
    if (change.added.length + change.removed.length === 0) return;
    let begunMs = this.#clock.monotonicMs();
    for (const listener of [...this.#listeners]) {
      // While others had their turn it may have ended.
      if (this.#listeners.has(listener)) this.#tellOne(listener, change);
      const tookMs = this.#clock.monotonicMs() - begunMs;
      if (tookMs < SLICE_MS) continue;
      // The thread that tells builds blocks too: who listens must not take all of it.
      await new Promise<void>((resolve) => void this.#clock.after(tookMs, resolve));
      begunMs = this.#clock.monotonicMs();
    }
  }

  /** One that fails takes nothing from those behind it. */
  #tellOne(listener: (change: HeadChange) => void, change: HeadChange): void {
    try {
      listener(change);
    } catch (error) {
      this.#log.error('rpc listener failed', { reason: error instanceof Error ? error.message : 'unknown' });
    }
  }

  async #between(from: ExecutedBlock | undefined, to: ExecutedBlock): Promise<HeadChange> {
    const [removed, added]: [ExecutedBlock[], ExecutedBlock[]] = [[], []];
    let [old, young] = [from, to];
    while (old !== undefined && !equalBytes(old.block.hash, young.block.hash)) {
      if (added.length + removed.length >= MAX_BLOCKS) return { removed: [], added: [to] };
      const isHigher = young.block.header.number >= old.block.header.number;
      const next = await this.#executor.block((isHigher ? young : old).block.header.parentHash);
      if (next === undefined) return { removed: [], added: [to] };
      if (isHigher) {
        added.unshift(young);
        young = next;
      } else {
        removed.push(old);
        old = next;
      }
    }
    return old === undefined ? { removed, added: [to] } : { removed, added };
  }
}
