import type { BatchPlan } from '../../chain/batch-plan.ts';
import { type PayloadPlace, encodeBlockBatch } from '../../chain/block-batch.ts';
import { blocksRoot } from '../../chain/blocks-root.ts';
import type { Compressor } from '../../chain/batch.ts';
import type { ExecutedBlock } from '../../chain/execution.ts';
import type { FeeObservation } from '../../chain/fees.ts';
import { positionOf } from '../../chain/l2-position.ts';
import type { Rollup } from '../../chain/rollup.ts';
import type { SealedBatch } from '../../chain/sealed-batch.ts';
import { InputError, assert } from '../../crypto/errors.ts';
import { isOrdinary } from '../../node/supervise.ts';
import type { Clock, Disk, Log } from '../../system/ports.ts';
import { cheaperPlace, costsOf, decideBatch } from './machine.ts';
import { type BatcherChain, PendingBlocks, planOf } from './pending.ts';
import type { PlaceChoice } from './place-choice.ts';
import { type End, endOf, firstStale } from './stale.ts';
import { type BatcherSwitches, SealedStore } from './store.ts';

/** What a batcher is started with. */
export interface BatcherSettings {
  readonly rollup: Rollup;
  /** Seconds that a block may wait for its batch. */
  readonly maxAge: bigint;
  readonly maxOpen: number;
  /** Where payloads go, until an operator says otherwise. */
  readonly place: PlaceChoice;
  /** Milliseconds between two turns. */
  readonly turnMs: number;
}

/** What a batcher works with. */
export interface BatcherDeps {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly log: Log;
  readonly chain: BatcherChain;
  readonly brotli: Compressor;
  readonly versionedHashes: (payload: Uint8Array) => Promise<readonly Uint8Array[]>;
  /**
   * certificate ‖ expiry of the committee; `undefined` where it is not complete in time, or there is
   * none.
   */
  readonly certify: (payload: Uint8Array) => Promise<Uint8Array | undefined>;
  readonly fees: () => Promise<FeeObservation>;
  /** The last batch on L1 by the own driver's record; the genesis where there is none. */
  readonly lastOnL1: () => End;
  /** Who brings batches to L1: takes the same one again, and says how many are not final. */
  readonly submitter: {
    readonly submit: (batch: SealedBatch) => void;
    readonly open: () => number;
    /** Lets go of a batch and of all behind it, unless one of them is signed, or may be soon. */
    readonly giveUp: (index: bigint) => boolean;
  };
  /** The disk, or a fault of ours: this batcher has stopped. */
  readonly fatal: (error: unknown) => void;
}

/** Packs canonical blocks into batches, each sealed on disk before anybody sees it. [sequencer, 9] */
export class BatcherService {
  readonly #settings: BatcherSettings;
  readonly #deps: BatcherDeps;
  readonly #store: SealedStore;
  readonly #pending: PendingBlocks;
  #switches: BatcherSwitches;
  /** Sealed and not forgotten, oldest first. */
  #sealed: readonly SealedBatch[];
  #onL1: 'calldata' | 'blobs' = 'calldata';
  #isBusy = false;
  #isStopped = true;
  #alarm: string | undefined;
  #cancel: () => void = () => undefined;

  /** Reads what is sealed, and hands it over again. @throws InputError sealed-damaged */
  constructor(settings: BatcherSettings, deps: BatcherDeps) {
    this.#settings = settings;
    this.#deps = deps;
    this.#store = new SealedStore(deps.disk);
    this.#pending = new PendingBlocks(deps.chain);
    this.#switches = this.#store.switches(settings.place);
    // A choice that an older setting was put aside for does not come back with that setting.
    this.#store.keep(this.#switches);
    this.#sealed = this.#store.all();
    for (const batch of this.#sealed) deps.submitter.submit(batch);
  }

  /** Takes turns until `stop`. */
  start(): void {
    this.#isStopped = false;
    this.#soon(0);
  }

  /** Ends it; what is sealed stays so. */
  stop(): void {
    this.#isStopped = true;
    this.#cancel();
  }

  /** Where payloads go from the next batch on; outlasts a restart, unless the setting is changed. */
  choose(choice: PlaceChoice): void {
    this.#keep({ ...this.#switches, choice });
  }

  /** Everything that is there goes into batches now, whatever its age. */
  flush(): void {
    this.#keep({ ...this.#switches, isFlush: true });
  }

  /**
   * A batch that is final has its bytes on L1 for everybody. It stays, to go on from; those before it go. One
   * that failed may be sent again, and its bytes are nowhere else.
   */
  ended(index: bigint, how: 'final' | 'failed'): void {
    if (how === 'failed') return;
    for (const batch of this.#sealed) if (batch.index < index) this.#store.forget(batch.index);
    this.#sealed = this.#sealed.filter((batch) => batch.index >= index);
  }

  /** For people. */
  status(): BatcherSwitches & { readonly lastIndex: bigint; readonly alarm: string | undefined } {
    return { ...this.#switches, lastIndex: this.#from().index, alarm: this.#alarm };
  }

  /** One turn: at most one batch. @returns what was sealed */
  async turn(): Promise<SealedBatch | undefined> {
    if (this.#isBusy) return undefined;
    this.#isBusy = true;
    try {
      return await this.#turn();
    } catch (error) {
      if (!isOrdinary(error)) throw error;
      this.#deps.log.warn('no batch is made', { reason: error.code, detail: error.message });
      return undefined;
    } finally {
      this.#isBusy = false;
    }
  }

  #soon(ms: number): void {
    this.#cancel();
    if (this.#isStopped) return;
    this.#cancel = this.#deps.clock.after(ms, () => {
      this.turn().then(
        (batch) => this.#soon(batch === undefined ? this.#settings.turnMs : 0),
        (error: unknown) => {
          this.stop();
          this.#deps.fatal(error);
        },
      );
    });
  }

  #keep(switches: BatcherSwitches): void {
    this.#store.keep(switches);
    this.#switches = switches;
  }

  /** Behind what is sealed, or where L1 stands behind that: what it made alone, or took from another. */
  #from(): End {
    const onL1 = this.#deps.lastOnL1();
    const last = this.#sealed.at(-1);
    return last === undefined || onL1.index >= last.index ? onL1 : endOf(last);
  }

  /**
   * Blocks that are none any more cannot be signed, and would hold up all that come after them. The last
   * goes first: what is left on disk has no gap, wherever the power goes.
   */
  async #giveUpStale(): Promise<void> {
    const { submitter, chain, lastOnL1, log } = this.#deps;
    const stale = await firstStale(this.#sealed, lastOnL1(), chain);
    if (stale === undefined) return;
    const first = this.#sealed.find(({ index }) => index >= stale && submitter.giveUp(index));
    if (first === undefined) return;
    const gone = this.#sealed.filter(({ index }) => index >= first.index);
    for (const { index } of [...gone].reverse()) this.#store.giveUp(index);
    this.#sealed = this.#sealed.filter(({ index }) => index < first.index);
    log.warn('batches given up: their blocks are gone', { from: String(first.index), count: gone.length });
  }

  async #turn(): Promise<SealedBatch | undefined> {
    await this.#giveUpStale();
    const from = this.#from();
    const blocks = await this.#pending.after(from);
    this.#alarm =
      blocks === undefined ? `block ${from.lastBlock} of the last batch is not on the chain` : undefined;
    if (blocks === undefined || blocks.length === 0) return undefined;
    const isForced = this.#switches.choice !== 'auto';
    const place = this.#switches.choice === 'auto' ? this.#onL1 : this.#switches.choice;
    const draft = await this.#draft(from, blocks, place);
    if (draft === undefined) return undefined;
    if (place === 'committee') {
      const dacCertificate = await this.#deps.certify(draft.payload);
      if (dacCertificate !== undefined) return this.#seal(from, { ...draft, dacCertificate });
      this.#deps.log.warn('the committee has not certified in time', { index: String(from.index + 1n) });
    }
    if (isForced && place !== 'committee') return this.#seal(from, draft);
    const better = cheaperPlace(this.#onL1, costsOf(draft.payload, await this.#deps.fees()));
    this.#onL1 = better;
    const again = better === place ? draft : await this.#draft(from, blocks, better, draft.count);
    return again === undefined ? undefined : this.#seal(from, again);
  }

  /** A batch that might be sealed. `upTo` closes it there, as it was decided for another place. */
  async #draft(
    from: End,
    blocks: readonly ExecutedBlock[],
    place: PayloadPlace,
    upTo?: number,
  ): Promise<Draft | undefined> {
    const parent = await this.#deps.chain.block(from.lastBlock);
    assert(parent !== undefined, `block ${from.lastBlock} was there`);
    const made = new Map<number, Uint8Array | undefined>();
    const encoded = (count: number): Uint8Array | undefined => {
      if (!made.has(count)) made.set(count, this.#encode(from, [parent, ...blocks.slice(0, count)], place));
      return made.get(count);
    };
    const plan = this.#plan(blocks, { place, upTo }, (count) => encoded(count)?.length ?? Infinity);
    const payload = plan === undefined ? undefined : encoded(plan.count);
    if (plan === undefined || payload === undefined) return undefined;
    return { place, payload, count: plan.count, blocks: blocks.slice(0, plan.count), because: plan.because };
  }

  #plan(
    blocks: readonly ExecutedBlock[],
    { place, upTo }: { readonly place: PayloadPlace; readonly upTo: number | undefined },
    payloadBytes: (count: number) => number,
  ): BatchPlan | undefined {
    const { maxAge, maxOpen } = this.#settings;
    const now = BigInt(Math.trunc(this.#deps.clock.nowMs() / 1_000));
    const isFlush = upTo !== undefined || this.#switches.isFlush;
    const pending = blocks.slice(0, upTo ?? blocks.length).map(planOf);
    const open = this.#deps.submitter.open();
    return decideBatch({ pending, place, open, maxOpen, isFlush, maxAge, now }, payloadBytes);
  }

  /** `undefined` where the blocks are too many for the place. */
  #encode(
    { index }: End,
    [parent, ...blocks]: readonly ExecutedBlock[],
    da: PayloadPlace,
  ): Uint8Array | undefined {
    const { rollup } = this.#settings;
    assert(parent !== undefined, 'a batch has a parent');
    const content = { index: index + 1n, da, l2ChainId: rollup.l2ChainId, blocks };
    try {
      const position = positionOf(parent.block, rollup);
      return encodeBlockBatch({ ...content, parent: position }, this.#deps.brotli);
    } catch (error) {
      if (error instanceof InputError && error.code === 'batch-too-large') return undefined;
      throw error;
    }
  }

  async #seal(from: End, draft: Draft): Promise<SealedBatch> {
    const { payload, place: da, blocks, because, dacCertificate = NOTHING } = draft;
    const last = blocks.at(-1)?.block;
    assert(last !== undefined, 'a batch has a block');
    const blobVersionedHashes = da === 'blobs' ? await this.#deps.versionedHashes(payload) : [];
    const batch: SealedBatch = {
      ...{ index: from.index + 1n, da, payload, blobVersionedHashes, dacCertificate },
      ...{ parentHash: from.lastHash, lastHash: last.hash },
      blocksRoot: blocksRoot(blocks.map(({ block }) => block.hash)),
      lastOrigin: positionOf(last, this.#settings.rollup).origin,
    };
    this.#store.seal(batch);
    this.#sealed = [...this.#sealed, batch];
    const { index } = batch;
    const sizes = { blocks: blocks.length, bytes: payload.length };
    this.#deps.log.info('batch sealed', { index: index.toString(), da, because, ...sizes });
    if (this.#switches.isFlush && this.#deps.chain.head() === last.header.number)
      this.#keep({ ...this.#switches, isFlush: false });
    this.#deps.submitter.submit(batch);
    return batch;
  }
}

interface Draft {
  readonly place: PayloadPlace;
  readonly payload: Uint8Array;
  readonly count: number;
  readonly blocks: readonly ExecutedBlock[];
  readonly because: string;
  readonly dacCertificate?: Uint8Array;
}

const NOTHING = new Uint8Array(0);
