import { originRoot } from '../../chain/attributes.ts';
import type { BatchCompressors } from '../../chain/block-batch.ts';
import { payloadHash } from '../../chain/batch.ts';
import { PLACE_BYTES } from '../../chain/block-batch.ts';
import { type PendingOrigin, originAt, startOf } from '../../chain/derivation-state.ts';
import type { DeriveStep } from '../../chain/derive.ts';
import type { ExecutedBlock } from '../../chain/execution.ts';
import type { AppendedBatch, L1Facts, ProposedOutput } from '../../chain/l1-facts.ts';
import { type L2Position, positionOf } from '../../chain/l2-position.ts';
import type { Rollup } from '../../chain/rollup.ts';
import { equalBytes, to0x } from '../../crypto/bytes.ts';
import { InputError, OperationError } from '../../crypto/errors.ts';
import type { Clock, Disk, Executor, L1Source, Log } from '../../system/ports.ts';
import { BatchBook } from './book.ts';
import { buildOrReuse, goOn, runDerivation, untilStopped } from './derive-run.ts';
import {
  type DriverEffect,
  type DriverEvent,
  type DriverState,
  type Heads,
  type L1Point,
  hashesOf,
  headsOf,
  moveFor,
  originAfter,
  tipOf,
  transition,
} from './machine.ts';
import { ownOutputRoot } from './own-output.ts';
import { type BatchRecord, emptyRecord, recordOf } from './records.ts';
import { RepostSearch } from './reposts.ts';
import { DriverStore } from './store.ts';

/** How the driver follows L1. */
export interface DriverOptions {
  readonly rollup: Rollup;
  /** How many blocks of L1 must stand on an origin before blocks of L2 are told to take it. */
  readonly originDepth: bigint;
  /** Milliseconds between two looks at L1. */
  readonly pollMs: number;
}

/** What the driver works with. */
export interface DriverDeps {
  readonly l1: L1Source;
  readonly executor: Pick<Executor, 'build' | 'block' | 'call' | 'heads' | 'setHeads'>;
  readonly compressors: BatchCompressors;
  readonly disk: Pick<Disk, 'read' | 'replace' | 'remove' | 'list'>;
  readonly clock: Clock;
  readonly log: Log;
  /** A payload by its hash from a member of the committee; `undefined` while none serves it. */
  readonly committee?: (batch: AppendedBatch) => Promise<Uint8Array | undefined>;
}

/** What the driver tells whoever listens. */
export type DriverNews =
  | { readonly kind: 'heads'; readonly heads: Heads }
  | { readonly kind: 'batch'; readonly batch: BatchRecord }
  /** A reorg of L1 took the batch away. */
  | { readonly kind: 'batch-undone'; readonly batch: BatchRecord }
  | { readonly kind: 'fallback'; readonly block: L2Position }
  /** The sequencer left out what L1 forced in: the batch proves it. */
  | { readonly kind: 'forced-left-out'; readonly batch: BatchRecord }
  /** Blocks behind `to` are gone: L1 says otherwise, or lost their origin. */
  | { readonly kind: 'unsafe-cut'; readonly from: L2Position; readonly to: L2Position }
  /** Somebody claims a root on L1 that the own chain does not have: a dispute is due. */
  | { readonly kind: 'wrong-output'; readonly output: ProposedOutput; readonly own: Uint8Array }
  /** It goes on by itself as soon as it can. */
  | { readonly kind: 'waiting'; readonly code: string; readonly message: string }
  /** It does not go on. */
  | { readonly kind: 'stopped'; readonly error: OperationError };

/** Blocks of L1 that are read before finality is asked for again. */
const FINALITY_EVERY = 64;

/** Follows L1, and derives from it where L2 stands. All in it can be lost and is found again. */
export class Driver {
  readonly #options: DriverOptions;
  readonly #deps: DriverDeps;
  readonly #store: DriverStore;
  readonly #book = new BatchBook();
  readonly #listeners = new Set<(news: DriverNews) => void>();
  readonly #reposts: RepostSearch;
  #state: DriverState;
  #told: Heads;
  #l1Head: L1Point | undefined;
  #isUnsafeInDoubt = true;
  #telling: Promise<void> = Promise.resolve();
  #running: Promise<unknown> = Promise.resolve();
  #cancel: () => void = () => undefined;
  #isStopped = false;

  /** By `openDriver`. */
  constructor(options: DriverOptions, deps: DriverDeps, store: DriverStore, state: DriverState) {
    this.#options = options;
    this.#deps = deps;
    const { head, facts } = deps.l1;
    this.#reposts = new RepostSearch({
      head,
      facts: async (at) => {
        goOn(this.#isStopped);
        return facts(at);
      },
    });
    this.#store = store;
    this.#state = state;
    this.#told = headsOf(state);
    store.records(tipOf(state).l1.number).forEach(this.#book.add);
  }

  /** Where L2 stands. */
  readonly heads = (): Heads => headsOf(this.#state);

  /** As `heads`, once the engine finds these blocks by their numbers, which is a moment later. */
  readonly toldHeads = (): Heads => this.#told;

  /** The block of L1 that the next block of L2 may refer to; `gone` where L1 has replaced `after`. */
  readonly nextOrigin = (after: L1Point): PendingOrigin | 'gone' | undefined =>
    originAfter(this.#state, after, this.#options.originDepth);

  /** A block of L1 from the origin of the safe head on. */
  readonly origin = (number: bigint): PendingOrigin | undefined => originAt(tipOf(this.#state), number);

  /** A batch by its number, the batch that fixed a block, the newest one. */
  readonly batches: Pick<BatchBook, 'at' | 'holding' | 'last'> = this.#book;

  /** Calls `listener` with all that happens from now on; the returned function ends that. */
  readonly on = (listener: (news: DriverNews) => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  /** Makes an executed block the unsafe head; false where it is not the child of the one that is. */
  readonly adopt = async (executed: Pick<ExecutedBlock, 'block'>): Promise<boolean> => {
    const head = positionOf(executed.block, this.#options.rollup);
    if (!equalBytes(executed.block.header.parentHash, this.#state.unsafe.hash)) return false;
    await this.#apply({ kind: 'unsafe', head });
    return true;
  };

  /**
   * As `adopt`, for a block on any block of the unsafe chain from the safe head on: what stood there is cut.
   */
  readonly turnTo = async (executed: Pick<ExecutedBlock, 'block'>): Promise<boolean> => {
    const { rollup } = this.#options;
    const { parentHash, number } = executed.block.header;
    const parent = await this.#deps.executor.block(number - 1n);
    const { unsafe, safe } = this.heads();
    if (parent === undefined || number <= safe.number || !equalBytes(parent.block.hash, parentHash))
      return false;
    const isCut = !equalBytes(parentHash, unsafe.hash);
    await this.#apply({ kind: 'unsafe', head: positionOf(executed.block, rollup) });
    if (isCut) this.#tell({ kind: 'unsafe-cut', from: unsafe, to: positionOf(parent.block, rollup) });
    return true;
  };

  /** Looks at L1 from now on. */
  readonly start = (): void => {
    this.#isStopped = false;
    this.#running = this.#follow();
  };

  /** Ends it; a block that is being executed is finished first. What was derived with it is begun again. */
  readonly stop = async (): Promise<void> => {
    this.#isStopped = true;
    this.#cancel();
    await this.#running;
    await this.#telling;
  };

  async #follow(): Promise<void> {
    while (!this.#isStopped) if (!(await this.#tryStep())) await this.#pause();
  }

  async #pause(): Promise<void> {
    if (this.#isStopped) return;
    await new Promise<void>((resolve) => {
      const cancel = this.#deps.clock.after(this.#options.pollMs, resolve);
      this.#cancel = () => {
        cancel();
        resolve();
      };
    });
  }

  /** Never gives up for what L1 or a peer says, only where the own machine fails. */
  async #tryStep(): Promise<boolean> {
    try {
      return await this.step();
    } catch (error) {
      if (!(error instanceof OperationError)) throw error;
      if (error.code === 'driver-stopped') return false;
      const { code, message, level } = error;
      this.#l1Head = undefined;
      this.#deps.log.warn('driver-waits', { code, message });
      const isOver = level === 'fatal';
      this.#isStopped ||= isOver;
      this.#tell(isOver ? { kind: 'stopped', error } : { kind: 'waiting', code, message });
      return false;
    }
  }

  /**
   * Reads one block of L1, or takes one back; false where there is nothing to do.
   * @throws OperationError of the ports
   */
  readonly step = async (): Promise<boolean> => {
    const { l1 } = this.#deps;
    const at = tipOf(this.#state).l1.number;
    if (this.#l1Head === undefined || this.#l1Head.number <= at) this.#l1Head = await l1.head('latest');
    const next = this.#l1Head.number > at ? await l1.facts(at + 1n) : undefined;
    const move = moveFor(this.#state, this.#l1Head, next);
    if (move === 'derive' && next !== undefined) await this.#derive(next);
    if (move === 'orphaned') await this.#takeBack();
    if (move === 'wait') this.#l1Head = undefined;
    if (move === 'wait' || this.#state.snapshots.length % FINALITY_EVERY === 0) await this.#finalize();
    if (move === 'wait' && this.#isUnsafeInDoubt) await this.#checkUnsafe();
    return move !== 'wait';
  };

  async #derive(facts: L1Facts): Promise<void> {
    const { compressors, executor } = this.#deps;
    const { rollup } = this.#options;
    const ports = untilStopped(
      { build: buildOrReuse(executor), payload: this.#payload },
      () => this.#isStopped,
    );
    const rules = { rollup, compressors };
    const { state, steps } = await runDerivation(rules, tipOf(this.#state), facts, ports);
    const own = await executor.block(state.safe.number);
    const isKept = own !== undefined && equalBytes(own.block.hash, state.safe.hash);
    const before = this.#state.unsafe;
    const record = recordOf(facts, steps);
    await this.#apply({ kind: 'derived', state, isKept }, () => {
      this.#store.save(state, record);
      this.#book.add(record);
    });
    if (!isKept && before.number >= state.safe.number)
      this.#tell({ kind: 'unsafe-cut', from: before, to: this.#state.unsafe });
    this.#tellSteps(steps, record.batches);
    await this.#judgeOutputs();
  }

  #tellSteps(steps: readonly DeriveStep[], batches: readonly BatchRecord[]): void {
    for (const step of steps) if (step.kind === 'fallback') this.#tell(step);
    for (const batch of batches) {
      this.#deps.log.info('batch-read', { index: String(batch.index), outcome: batch.outcome });
      this.#tell({ kind: 'batch', batch });
      if (batch.leftOutForced) this.#tell({ kind: 'forced-left-out', batch });
    }
  }

  async #takeBack(): Promise<void> {
    const { number } = tipOf(this.#state).l1;
    const { rollup } = this.#options;
    this.#deps.log.warn('l1-block-gone', { l1: String(number), head: String(this.#l1Head?.number ?? '') });
    this.#isUnsafeInDoubt = true;
    this.#l1Head = undefined;
    if (this.#state.snapshots.length > 1) {
      const { unsafe: from } = this.#state;
      await this.#apply({ kind: 'orphaned' });
      const { unsafe: to } = this.#state;
      if (to.number < from.number) this.#tell({ kind: 'unsafe-cut', from, to });
    } else if (number > rollup.genesis.origin.number) {
      this.#deps.log.error('l1-finality-broken', { l1: String(number) });
      const start = startOf(rollup);
      await this.#apply({ kind: 'reset', start }, () => {
        // Those of final blocks stand without a snapshot, and would be read at the next start.
        this.#store.records(start.l1.number);
        this.#store.save(start, emptyRecord(start.l1.number));
      });
      this.#book.clear();
    } else
      throw new OperationError('l1-behind-genesis', 'retry', `L1 does not lead to the origin of block 0`);
    for (const batch of this.#book.undo(number)) this.#tell({ kind: 'batch-undone', batch });
  }

  async #finalize(): Promise<void> {
    const { number, hash } = await this.#deps.l1.head('finalized');
    await this.#apply({ kind: 'finalized', l1: { number, hash } });
  }

  /** Blocks whose origin L1 has replaced go, and all behind them. */
  async #checkUnsafe(): Promise<void> {
    // What was just adopted is found by its number once the engine has heard of it.
    await this.#telling;
    const [{ executor }, { rollup }] = [this.#deps, this.#options];
    const { safe, unsafe } = this.heads();
    let good = safe;
    for (let number = safe.number + 1n; number <= unsafe.number; number++) {
      const block = (await executor.block(number))?.block;
      const at = block && positionOf(block, rollup);
      const origin = at && originAt(tipOf(this.#state), at.origin)?.origin;
      if (block === undefined || at === undefined || origin === undefined) break;
      if (!equalBytes(block.header.parentHash, good.hash)) break;
      if (!equalBytes(block.header.parentBeaconBlockRoot, originRoot(origin))) break;
      good = at;
    }
    this.#isUnsafeInDoubt = false;
    if (good.number >= unsafe.number) return;
    await this.#apply({ kind: 'unsafe', head: good });
    this.#tell({ kind: 'unsafe-cut', from: unsafe, to: good });
  }

  async #judgeOutputs(): Promise<void> {
    const { executor } = this.#deps;
    const { safe, l1 } = this.heads();
    let output = this.#book.dueOutput(safe.number);
    for (; output !== undefined; output = this.#book.dueOutput(safe.number)) {
      const own = await ownOutputRoot(executor, this.#options.rollup.l2ChainId, output.l2Block);
      // Only now: where the call fails, the next turn looks again.
      this.#book.judged(output, l1.number);
      if (own === undefined || equalBytes(own, output.outputRoot)) continue;
      this.#deps.log.error('wrong-output', { index: String(output.index), own: to0x(own) });
      this.#tell({ kind: 'wrong-output', output, own });
    }
  }

  readonly #payload = async (l1Block: bigint, batch: AppendedBatch): Promise<Uint8Array | undefined> => {
    if (batch.da === PLACE_BYTES.committee) return this.#committeePayload(l1Block, batch);
    try {
      return await this.#deps.l1.blobPayload(l1Block, batch);
    } catch (error) {
      if (error instanceof InputError) return undefined;
      throw error;
    }
  };

  /** From a member, or from whoever has posted it on L1 since. */
  async #committeePayload(l1Block: bigint, batch: AppendedBatch): Promise<Uint8Array> {
    const served = await this.#deps.committee?.(batch);
    if (served !== undefined && equalBytes(payloadHash(served), batch.payloadHash)) return served;
    const found = await this.#reposts.find(l1Block, batch);
    if (found !== undefined) return found;
    const message = `nobody has the payload of batch ${batch.index}, ${to0x(batch.payloadHash)}`;
    throw new OperationError('payload-missing', 'retry', message);
  }

  /** The state changes at once; engines hear of it one change after another. */
  async #apply(event: DriverEvent, save: () => void = () => undefined): Promise<void> {
    const { next, effects } = transition(this.#state, event);
    for (const effect of effects) this.#write(effect, save);
    this.#state = next;
    const hashes = effects.find((effect) => effect.kind === 'heads')?.hashes;
    if (hashes === undefined) return;
    const telling = this.#telling.then(() => this.#deps.executor.setHeads(hashes));
    this.#telling = telling.catch(() => undefined);
    await telling;
    this.#told = headsOf(next);
    this.#tell({ kind: 'heads', heads: this.#told });
  }

  #write(effect: DriverEffect, save: () => void): void {
    if (effect.kind === 'save') save();
    if (effect.kind === 'forget') this.#store.forget(effect.l1);
    if (effect.kind === 'undo') this.#store.undo(effect.l1);
  }

  #tell(news: DriverNews): void {
    for (const listener of this.#listeners) listener(news);
  }
}

/**
 * A driver that goes on where it was: with the newest snapshot whose safe head the executor holds.
 * @throws OperationError driver-damaged, or of the executor
 */
export async function openDriver(options: DriverOptions, deps: DriverDeps): Promise<Driver> {
  const { rollup } = options;
  const store = new DriverStore(deps.disk);
  const snapshots = [...store.snapshots()];
  for (let last = snapshots.at(-1); last !== undefined; last = snapshots.at(-1)) {
    if ((await deps.executor.block(last.safe.hash)) !== undefined) break;
    store.undo(last.l1.number);
    snapshots.pop();
  }
  if (snapshots.length === 0) {
    const start = startOf(rollup);
    // Written, since the block of L1 behind it may be taken back as any other.
    store.save(start, emptyRecord(start.l1.number));
    snapshots.push(start);
  }
  const unsafe = await unsafeHead(deps.executor, rollup, tipOf({ snapshots }).safe);
  const state = { snapshots, unsafe };
  await deps.executor.setHeads(hashesOf(state));
  return new Driver(options, deps, store, state);
}

/** What the executor was told last, where that is behind the safe head. */
async function unsafeHead(
  executor: DriverDeps['executor'],
  rollup: Rollup,
  safe: L2Position,
): Promise<L2Position> {
  const head = await executor.block((await executor.heads()).unsafe);
  const held = await executor.block(safe.number);
  if (head === undefined || held === undefined) return safe;
  const isBehind = head.block.header.number >= safe.number && equalBytes(held.block.hash, safe.hash);
  return isBehind ? positionOf(head.block, rollup) : safe;
}
