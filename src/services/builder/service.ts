import { originRoot } from '../../chain/attributes.ts';
import type { Candidate, ExecutedBlock } from '../../chain/execution.ts';
import { nextBaseFee } from '../../chain/block.ts';
import type { PendingOrigin } from '../../chain/derivation-state.ts';
import type { L1Origin } from '../../chain/l1-facts.ts';
import { positionOf } from '../../chain/l2-position.ts';
import { type Rollup, blockLimits } from '../../chain/rollup.ts';
import type { SequencerSet } from '../../chain/sequencer-set.ts';
import { type SignedBlock, sealDigest } from '../../chain/signed-block.ts';
import { equalBytes } from '../../crypto/bytes.ts';
import { assert } from '../../crypto/errors.ts';
import type { Address } from '../../ethereum/address.ts';
import { isOrdinary } from '../../node/supervise.ts';
import type { Clock, Executor, Log, TxPool } from '../../system/ports.ts';
import type { SealBook } from './seal-book.ts';
import { type BuilderView, type IdleReason, decideSlot } from './machine.ts';

/** What one builder is told. */
export interface BuilderOptions {
  readonly rollup: Rollup;
  readonly self: Address;
  /** Milliseconds after a block until an empty one is built. */
  readonly idleMs: number;
  /** Blocks beyond the safe head at which building stops. */
  readonly maxUnsafeBlocks: number;
}

/** A block that was built, and what the pool must know of it. */
export interface Built {
  readonly signed: SignedBlock;
  readonly executed: ExecutedBlock;
  /** Milliseconds from the slot to the signed block. */
  readonly tookMs: number;
}

/** The newest block, and the L1 block that has the number of its origin now. */
export interface BuilderHead {
  readonly executed: ExecutedBlock;
  readonly origin: L1Origin;
}

/** What a builder works with. */
export interface BuilderDeps {
  readonly executor: Pick<Executor, 'build'>;
  readonly pool: Pick<TxPool, 'candidates' | 'size'>;
  readonly set: SequencerSet;
  readonly clock: Clock;
  readonly log: Log;
  /** The newest block that was executed, and its origin. */
  readonly head: () => Promise<BuilderHead>;
  /** The number of the safe head. */
  readonly safeNumber: () => bigint;
  /** Unix seconds of the newest L1 block that was read. */
  readonly l1Time: () => bigint;
  readonly nextOrigin: (after: L1Origin) => PendingOrigin | 'gone' | undefined;
  readonly book: SealBook;
  /** The sequencer's signature over a digest, 65 bytes. */
  readonly sign: (digest: Uint8Array) => Promise<Uint8Array>;
  /** Makes the block the head, and hands it to everybody; when it returns, `head` gives it. */
  readonly publish: (built: Built) => Promise<void>;
  /** Raw transactions that took longer than one may. All other refusals end with the next head. */
  readonly dropped: (raws: readonly Uint8Array[]) => void;
}

/** Milliseconds that one transaction may take: about all that fit the gas of a block do, most of the time. */
const MOST_TX_MS = 2_000;

/** Milliseconds between two words in the log about the same idleness. */
const SAY_EVERY_MS = 30_000;

/** Builds a block in every slot that asks for one, as long as this node leads. */
export class Builder {
  readonly #options: BuilderOptions;
  readonly #deps: BuilderDeps;
  #cancel: () => void = () => undefined;
  #running: Promise<unknown> = Promise.resolve();
  #isStopped = true;
  #builtAtMs = 0;
  #said: { readonly reason: IdleReason; readonly atMs: number } | undefined;

  constructor(options: BuilderOptions, deps: BuilderDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  /** Builds in every slot from now on. */
  readonly start = (): void => {
    this.#isStopped = false;
    this.#await();
  };

  /** Ends it; a block that is being built is finished first. */
  readonly stop = async (): Promise<void> => {
    this.#isStopped = true;
    this.#cancel();
    await this.#running;
  };

  /** One slot. Gives the block, or why there is none. */
  readonly slot = async (): Promise<Built | IdleReason> => {
    const { head, pool, clock, nextOrigin, l1Time, set, book, safeNumber } = this.#deps;
    const startMs = clock.monotonicMs();
    const { executed: parent, origin } = await head();
    const position = positionOf(parent.block, this.#options.rollup);
    const { number } = position;
    const leader = set.leaderAt(number + 1n);
    const view: BuilderView = {
      ...this.#options,
      parent: position,
      origin,
      next: standsOn(parent, origin) ? nextOrigin(origin) : 'gone',
      l1Time: l1Time(),
      leader: leader && { ...leader, view: book.viewFor(leader.epoch, number + 1n, leader.view) },
      nowMs: clock.nowMs(),
      waiting: pool.size().ready,
      builtAtMs: this.#builtAtMs,
      unsafeBlocks: Number(number - safeNumber()),
    };
    const decision = decideSlot(view);
    if (decision.kind === 'idle') return this.#idle(decision.reason, view.nowMs);
    const built = await this.#build(parent, decision, startMs);
    this.#builtAtMs = view.nowMs;
    await this.#deps.publish(built);
    return built;
  };

  async #build(
    parent: ExecutedBlock,
    { attributes, takesPool }: Extract<ReturnType<typeof decideSlot>, { kind: 'build' }>,
    startMs: number,
  ): Promise<Built> {
    const { executor, pool, book, sign, clock, dropped } = this.#deps;
    const { rollup } = this.#options;
    const number = parent.block.header.number + 1n;
    const limits = { gas: blockLimits.gas, baseFee: nextBaseFee(parent.block.header) };
    const offered: Candidate[] = [];
    const transactions = takesPool ? noted(pool.candidates(limits), offered) : [];
    const result = await executor.build({
      ...{ parent: parent.block.hash, attributes, transactions, mode: 'pick' },
      budget: {
        elapsedMs: () => clock.monotonicMs() - startMs,
        ...{ blockMs: rollup.slotMs, txMs: MOST_TX_MS },
      },
    });
    assert(result.kind === 'built', 'a builder leaves out what cannot be executed');
    const { executed } = result;
    const { epoch, view } = attributes;
    book.write({ epoch, view, number, hash: executed.block.hash });
    const signature = await sign(sealDigest(rollup.l2ChainId, executed.block));
    const slow = result.refused.flatMap(({ at, reason }) => {
      const raw = offered[at]?.raw;
      return raw === undefined || reason !== 'too-slow' ? [] : [raw];
    });
    if (slow.length > 0) dropped(slow);
    return { signed: { block: executed.block, signature }, executed, tookMs: clock.monotonicMs() - startMs };
  }

  /** The same reason is said once in a while, not in every slot. */
  #idle(reason: IdleReason, nowMs: number): IdleReason {
    const isNews = this.#said?.reason !== reason || nowMs - this.#said.atMs > SAY_EVERY_MS;
    if (isNews && reason !== 'nothing-to-do') this.#deps.log.warn('no block', { reason });
    if (isNews) this.#said = { reason, atMs: nowMs };
    return reason;
  }

  /** Slots begin at whole multiples of their length, so that blocks of a second fall into that second. */
  #await(): void {
    if (this.#isStopped) return;
    const { clock } = this.#deps;
    const { slotMs } = this.#options.rollup;
    this.#cancel = clock.after(slotMs - (clock.nowMs() % slotMs), () => {
      this.#running = this.slot()
        .catch((error: unknown) => {
          this.#failed(error);
        })
        .finally(() => {
          this.#await();
        });
    });
  }

  #failed(error: unknown): void {
    // A fault of the machine or of the disk may pass; a fault of ours stops the node.
    if (!isOrdinary(error)) throw error;
    const { log } = this.#deps;
    // L1 went back, or fixed another block, while one was built: no fault of anybody.
    const say = error.code === 'l2-parent-moved' ? log.warn : log.error;
    say('a block could not be built', { reason: error.code, message: error.message });
  }
}

/** The same, noted as they are asked for. */
function* noted<T>(items: Iterable<T>, into: T[]): Generator<T, undefined> {
  for (const item of items) {
    into.push(item);
    yield item;
  }
  return undefined;
}

/** Whether a block refers to this block of L1, and not to one that L1 had before. Block 0 refers to none. */
const standsOn = ({ block: { header } }: ExecutedBlock, origin: L1Origin): boolean =>
  header.number === 0n || equalBytes(header.parentBeaconBlockRoot, originRoot(origin));
