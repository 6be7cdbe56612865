import { originRoot } from '../../chain/attributes.ts';
import type { ExecutedBlock } from '../../chain/execution.ts';
import type { PendingOrigin } from '../../chain/derivation-state.ts';
import { positionOf } from '../../chain/l2-position.ts';
import type { Rollup } from '../../chain/rollup.ts';
import type { SequencerSet } from '../../chain/sequencer-set.ts';
import { type SignedBlock, decodeSignedBlock } from '../../chain/signed-block.ts';
import { equalBytes } from '../../crypto/bytes.ts';
import { InputError, OperationError } from '../../crypto/errors.ts';
import { isOrdinary } from '../../node/supervise.ts';
import type { Clock, Executor, Log } from '../../system/ports.ts';
import { judgeBlock } from './check.ts';

/** What one follower is told. */
export interface FollowerOptions {
  readonly rollup: Rollup;
  /** Milliseconds between two questions while there is nothing new. */
  readonly pollMs: number;
}

/** What a follower works with. */
export interface FollowerDeps {
  /** The signed block of a number as the sequencer has it now; `undefined` where it has none. */
  readonly ask: (number: bigint) => Promise<Uint8Array | undefined>;
  readonly executor: Pick<Executor, 'build' | 'block'>;
  readonly set: SequencerSet;
  readonly clock: Clock;
  readonly log: Log;
  /** The newest block of this node. */
  readonly head: () => Promise<ExecutedBlock>;
  /** The safe head, below which no sequencer changes anything. */
  readonly safeNumber: () => bigint;
  /** L1 blocks that blocks may refer to, by number, as this node itself has read them. */
  readonly originAt: (number: bigint) => PendingOrigin | undefined;
  /** Makes a block that was judged good the head. */
  readonly accept: (signed: SignedBlock, executed: ExecutedBlock) => Promise<void>;
}

const NONE = new Uint8Array(0);

/** What came of one step: a block more, nothing new, or a wait for L1. */
export type FollowStep = 'followed' | 'nothing-new' | 'waits-for-l1';

/**
 * Follows the blocks of a sequencer. Each is executed here, on this node's own view of L1, and becomes the
 * head only if it comes out with the hash that was signed.
 */
export class Follower {
  readonly #options: FollowerOptions;
  readonly #deps: FollowerDeps;
  #cancel: () => void = () => undefined;
  #running: Promise<unknown> = Promise.resolve();
  #isStopped = true;
  #lastCode = '';

  constructor(options: FollowerOptions, deps: FollowerDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  /** Follows from now on. */
  readonly start = (): void => {
    this.#isStopped = false;
    this.#await(0);
  };

  /** Ends it; a block that is being executed is finished first. */
  readonly stop = async (): Promise<void> => {
    this.#isStopped = true;
    this.#cancel();
    await this.#running;
  };

  /** Takes the next block, if there is one. @throws InputError block-foreign | block-refused, and others */
  readonly step = async (): Promise<FollowStep> => {
    const head = await this.#deps.head();
    const bytes = await this.#deps.ask(head.block.header.number + 1n);
    if (bytes === undefined) return this.#turn(head);
    const signed = decodeSignedBlock(bytes);
    if (!equalBytes(signed.block.header.parentHash, head.block.hash)) return this.#turn(head);
    return this.#take(head, signed);
  };

  /** Judges a block on a parent, executes it, and makes it the head. */
  async #take(parent: ExecutedBlock, signed: SignedBlock): Promise<FollowStep> {
    const { executor, originAt, set, clock, accept } = this.#deps;
    const { rollup } = this.#options;
    const position = positionOf(parent.block, rollup);
    const origin = originAt(position.origin)?.origin;
    if (origin === undefined) return 'waits-for-l1';
    const next = originAt(position.origin + 1n);
    const now = BigInt(Math.floor(clock.nowMs() / 1000));
    const judged = judgeBlock(signed, { rollup, set, parent: position, origin, next, now });
    if (judged.kind === 'wait') return 'waits-for-l1';
    const { attributes, transactions } = judged;
    const { number: l1 } = attributes.origin;
    if (!equalBytes(signed.block.header.parentBeaconBlockRoot, originRoot(attributes.origin)))
      throw new OperationError('origin-differs', 'retry', `the block refers to another L1 block ${l1}`);
    const result = await executor.build({
      ...{ parent: parent.block.hash, attributes, mode: 'exact' },
      transactions: transactions.map((raw) => ({ raw })),
    });
    if (result.kind !== 'built')
      throw new InputError(
        'block-refused',
        'block',
        `transaction ${result.at} of the block: ${result.reason}`,
      );
    const { executed } = result;
    if (!equalBytes(executed.block.hash, signed.block.hash))
      throw new InputError('block-refused', 'block', `${differenceOf(signed, executed)} came out otherwise`);
    await accept(signed, executed);
    return 'followed';
  }

  /**
   * The sequencer builds on another block than ours: goes back to the last one that both have, and takes the
   * first block of the other branch. What L1 fixed is never left.
   */
  async #turn(head: ExecutedBlock): Promise<FollowStep> {
    const { ask, executor, safeNumber, log } = this.#deps;
    for (let number = head.block.header.number; number > safeNumber(); number--) {
      const bytes = await ask(number);
      // It may be behind us, or have turned to a branch that is shorter than ours.
      if (bytes === undefined) continue;
      const branch = decodeSignedBlock(bytes);
      if (equalBytes(branch.block.hash, (await executor.block(number))?.block.hash ?? NONE))
        return 'nothing-new';
      const parent = await executor.block(branch.block.header.parentHash);
      if (parent === undefined || parent.block.header.number < safeNumber()) continue;
      const from = Number(head.block.header.number - parent.block.header.number);
      log.warn('the sequencer turned to another branch', { blocks: from });
      return this.#take(parent, branch);
    }
    return 'nothing-new';
  }

  #await(afterMs: number): void {
    if (this.#isStopped) return;
    const { pollMs } = this.#options;
    this.#cancel = this.#deps.clock.after(afterMs, () => {
      this.#running = this.step()
        .then((step) => {
          this.#lastCode = '';
          return step === 'followed' ? 0 : pollMs;
        })
        .catch((error: unknown) => this.#failed(error))
        .then((waitMs) => {
          this.#await(waitMs);
        });
    });
  }

  /** One word for one fault, however often it comes. Gives how long to wait. */
  #failed(error: unknown): number {
    if (!isOrdinary(error)) throw error;
    const { log } = this.#deps;
    const say = error instanceof OperationError ? log.warn : log.error;
    if (error.code !== this.#lastCode)
      say('no block followed', { reason: error.code, message: error.message });
    this.#lastCode = error.code;
    return this.#options.pollMs;
  }
}

/** The first part of a block that differs from what this node made of it. */
function differenceOf({ block }: SignedBlock, { block: own }: ExecutedBlock): string {
  const names = ['stateRoot', 'receiptsRoot', 'transactionsRoot', 'withdrawalsRoot', 'logsBloom'] as const;
  const roots = names.find((name) => !equalBytes(block.header[name], own.header[name]));
  return roots ?? (block.header.gasUsed === own.header.gasUsed ? 'the header' : 'gasUsed');
}
