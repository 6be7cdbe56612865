import type { L2Block } from '../../chain/block.ts';
import type { CallRequest, CallResult } from '../../chain/execution.ts';
import { OperationError } from '../../crypto/errors.ts';
import type { Clock, WorkerThread, Workers } from '../../system/ports.ts';
import { AnswerMemory } from './answer-memory.ts';
import { type FromCallThread, type Read, type ToCallThread, isFromCallThread } from './call-messages.ts';

/** Threads that make calls, so that the one that builds blocks need not. */
export interface CallThreadsOptions {
  readonly workers: Workers;
  readonly clock: Clock;
  /** How many there are at most; each is started when it is needed. */
  readonly count: number;
  /** Milliseconds after which a call is given up, and its thread ended. */
  readonly limitMs: number;
}

/** On what a call is made. */
export type CallTip = Pick<L2Block, 'header' | 'hash'>;

/** What an engine has for calls. @throws OperationError engine-damaged */
export interface CallSource {
  readonly chainId: bigint;
  /** Something of the state at the end of a block, or of the blocks before it; in bytes as it is stored. */
  readonly read: (tip: CallTip, what: Read) => Uint8Array | undefined;
}

interface Job {
  readonly tip: CallTip;
  readonly request: CallRequest;
  readonly resolve: (result: CallResult) => void;
  readonly reject: (error: OperationError) => void;
}

/** A few threads and the calls that wait for one of them. */
export class CallThreads {
  readonly #options: CallThreadsOptions;
  readonly #source: CallSource;
  readonly #threads = new Set<CallThread>();
  readonly #waiting: Job[] = [];
  #isClosed = false;

  constructor(options: CallThreadsOptions, source: CallSource) {
    this.#options = options;
    this.#source = source;
  }

  /**
   * Makes a call when a thread is free.
   * @throws OperationError call-timeout | engine-failed
   */
  run(tip: CallTip, request: CallRequest): Promise<CallResult> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ tip, request, resolve, reject });
      this.#next();
    });
  }

  /** Ends all threads, and with them what they are at. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const job of this.#waiting.splice(0)) job.reject(failed('the engine is closed'));
    await Promise.all([...this.#threads].map((thread) => thread.end(failed('the engine is closed'))));
  }

  #next(): void {
    if (this.#waiting.length === 0) return;
    if (this.#isClosed) return void this.#waiting.shift()?.reject(failed('the engine is closed'));
    const thread = [...this.#threads].find(({ isFree }) => isFree) ?? this.#another();
    const job = thread === undefined ? undefined : this.#waiting.shift();
    if (job !== undefined) thread?.take(job);
  }

  #another(): CallThread | undefined {
    if (this.#threads.size >= this.#options.count) return undefined;
    const thread: CallThread = new CallThread(this.#options, this.#source, {
      onFree: () => this.#next(),
      onGone: () => {
        this.#threads.delete(thread);
        this.#next();
      },
    });
    this.#threads.add(thread);
    return thread;
  }
}

const failed = (why: string): OperationError =>
  new OperationError('engine-failed', 'retry', `a call was not made: ${why}`);

interface Listeners {
  readonly onFree: () => void;
  readonly onGone: () => void;
}

/** One thread, and the call that it is at. */
class CallThread {
  readonly #options: CallThreadsOptions;
  readonly #source: CallSource;
  readonly #listeners: Listeners;
  readonly #memory = new AnswerMemory();
  readonly #thread: WorkerThread;
  #job: Job | undefined;
  #isReady = false;
  #isEnding = false;
  #fault: string | undefined;
  #cancel: () => void = () => undefined;

  constructor(options: CallThreadsOptions, source: CallSource, listeners: Listeners) {
    [this.#options, this.#source, this.#listeners] = [options, source, listeners];
    this.#thread = options.workers.start();
    this.#thread.onMessage((message) => {
      if (isFromCallThread(message)) this.#hear(message);
    });
    this.#thread.onExit((reason) => {
      this.#finish()?.reject(failed(`its thread ended: ${reason}`));
      listeners.onGone();
    });
    this.#post({ kind: 'hello', chainId: source.chainId, memory: this.#memory.shared });
  }

  get isFree(): boolean {
    return this.#job === undefined && !this.#isEnding;
  }

  take(job: Job): void {
    this.#job = job;
    // Loading is not the fault of the call.
    if (this.#isReady) this.#begin(job);
  }

  async end(error: OperationError): Promise<void> {
    this.#isEnding = true;
    this.#finish()?.reject(error);
    await this.#thread.terminate();
  }

  #begin({ tip: { header, hash }, request }: Job): void {
    const { clock, limitMs } = this.#options;
    this.#cancel = clock.after(limitMs, () => {
      // Until it is gone the thread counts as one, so that there are never more.
      void this.end(new OperationError('call-timeout', 'retry', `a call took more than ${limitMs} ms`));
    });
    this.#post({ kind: 'call', header, hash, request });
  }

  #hear(message: FromCallThread): void {
    if (message.kind === 'ready') {
      this.#isReady = true;
      if (this.#job !== undefined) this.#begin(this.#job);
      return;
    }
    if (message.kind === 'read') return this.#read(message.read);
    const job = this.#finish();
    if (message.kind === 'done') job?.resolve(message.result);
    else job?.reject(failed(this.#fault ?? message.message));
    this.#fault = undefined;
    this.#listeners.onFree();
  }

  #read(what: Read): void {
    if (this.#job === undefined) return;
    try {
      this.#memory.answer(this.#source.read(this.#job.tip, what));
    } catch (error) {
      // The thread says that it failed; only here is known why.
      this.#fault = String(error);
      this.#memory.answer('failed');
    }
  }

  #finish(): Job | undefined {
    this.#cancel();
    const job = this.#job;
    this.#job = undefined;
    return job;
  }

  #post(message: ToCallThread): void {
    this.#thread.post(message);
  }
}
