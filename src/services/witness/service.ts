import type { ExecutedBlock, HeadHashes } from '../../chain/execution.ts';
import { isOrdinary } from '../../node/supervise.ts';
import type { Clock, Engine, Executor, Log } from '../../system/ports.ts';

/** What a witness works with. */
export interface WitnessDeps {
  /**
   * Connects to the other engine; called again after a failure. What it is given takes no further block once
   * `isWanted` says no. @throws OperationError of the engine
   */
  readonly connect: (isWanted: () => boolean) => Promise<Engine>;
  readonly executor: Pick<Executor, 'block'>;
  readonly heads: () => HeadHashes;
  readonly clock: Pick<Clock, 'after'>;
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
  /** The engines disagree about a block: nothing more may be built on it, or agreed to. Told once. */
  readonly differs: (why: string) => void;
  /** A fault of ours: this witness has stopped. */
  readonly fatal: (error: unknown) => void;
}

/** What a witness says of the chain. */
export type WitnessStatus =
  | { readonly state: 'agrees'; readonly number: bigint }
  /** It has not been asked yet, or does not answer. */
  | { readonly state: 'away'; readonly why: string }
  | { readonly state: 'differs'; readonly why: string };

/** Milliseconds until an engine that failed is asked again. */
const RETRY_MS = 2_000;

/**
 * Gives every head to an engine of somebody else, which executes all blocks again. One that is away holds up
 * nothing and catches up later; one that finds another result is never asked to think again.
 */
export class Witness {
  readonly #deps: WitnessDeps;
  #engine: Engine | undefined;
  #status: WitnessStatus = { state: 'away', why: 'it was not asked yet' };
  #isStopped = false;
  #isDue = false;
  #running: Promise<void> | undefined;
  #cancel: () => void = () => undefined;

  constructor(deps: WitnessDeps) {
    this.#deps = deps;
  }

  /** What it says by now. */
  readonly status = (): WitnessStatus => this.#status;

  /** The heads have changed: they are given to it as soon as it has taken those before. */
  readonly follow = (): void => {
    this.#isDue = true;
    this.#cancel();
    this.#running ??= this.#run().then(
      () => {
        this.#running = undefined;
        // What came between the last look and here.
        if (this.#isWanted()) this.follow();
      },
      (error: unknown) => {
        this.#isStopped = true;
        this.#deps.fatal(error);
      },
    );
  };

  /** Ends it, also in the middle of a long way up; a block that is being executed is finished first. */
  readonly stop = async (): Promise<void> => {
    this.#isStopped = true;
    this.#cancel();
    await this.#running;
  };

  #isWanted(): boolean {
    return this.#isDue && !this.#isStopped && this.#status.state !== 'differs';
  }

  async #run(): Promise<void> {
    while (this.#isWanted()) {
      this.#isDue = false;
      try {
        await this.step();
      } catch (error) {
        if (!isOrdinary(error)) throw error;
        // It was left on purpose, or fails too late for anybody to care.
        if (this.#isStopped) return;
        this.#away(`${error.code}: ${error.message}`);
        this.#cancel = this.#deps.clock.after(RETRY_MS, this.follow);
      }
    }
  }

  /** Gives it the heads as they are now. @throws OperationError of the engine */
  readonly step = async (): Promise<void> => {
    const { connect, executor, heads } = this.#deps;
    this.#engine ??= await connect(() => !this.#isStopped);
    const now = heads();
    const head = await executor.block(now.unsafe);
    // Heads move on while one looks; the next round has them.
    if (head === undefined) return;
    const verdict = await this.#engine.importBlock(head.block);
    if (verdict.kind === 'invalid') return void this.#differ(this.#engine.name, head, verdict.field);
    if (verdict.kind === 'parent-unknown')
      return void this.#away(`${this.#engine.name} lacks the block before ${head.block.header.number}`);
    await this.#engine.setHeads(now);
    this.#agree(head.block.header.number);
  };

  #agree(number: bigint): void {
    if (this.#status.state === 'away')
      this.#deps.log.info('the second engine follows', { number: String(number) });
    this.#status = { state: 'agrees', number };
  }

  #away(why: string): void {
    this.#engine = undefined;
    if (this.#status.state !== 'away' || this.#status.why !== why)
      this.#deps.log.warn('the second engine does not follow', { detail: why });
    this.#status = { state: 'away', why };
  }

  #differ(name: string, { block: { header } }: ExecutedBlock, field: string): void {
    const why = `${name} finds another ${field}, on the way to block ${header.number}`;
    this.#status = { state: 'differs', why };
    this.#deps.log.error('alarm second-engine', { detail: why });
    this.#deps.differs(why);
  }
}
