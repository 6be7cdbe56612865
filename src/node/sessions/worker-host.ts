import type { Clock, Log, WorkerThread, Workers } from '../../system/ports.ts';
import { type HostCommand, type HostEvent, endedLocally, wipeJob } from './messages.ts';
import type { HostPort } from './sessions.ts';

/** What the randomness of a worker is mixed with; its first message. */
export interface WorkerHello {
  readonly kind: 'hello';
  /** At least 32 bytes. Secret. */
  readonly nodeSecret: Uint8Array;
  /** 32 fresh bytes for each thread. */
  readonly bootId: Uint8Array;
}

/** The last message to a worker. */
export interface WorkerGoodbye {
  readonly kind: 'goodbye';
}

/** How long a thread has to end by itself, in milliseconds. */
const GOODBYE_MS = 3_000;

/** What a worker host works with. */
export interface WorkerHostDeps {
  readonly workers: Workers;
  readonly log: Log;
  readonly hello: () => WorkerHello;
  readonly clock: Clock;
}

/**
 * Sessions in a thread of their own. When the thread ends, every session in it ends as `worker-died`, which
 * blames nobody, and the next session starts a new thread.
 */
export class WorkerHost implements HostPort {
  readonly #deps: WorkerHostDeps;
  readonly #open = new Set<string>();
  #thread: WorkerThread | undefined;
  #isStopped = false;
  #handler: (event: HostEvent) => void = () => undefined;

  constructor(deps: WorkerHostDeps) {
    this.#deps = deps;
  }

  /** Takes a command to the thread. What is said of a session that is not in it is passed over. */
  readonly post = (command: HostCommand): void => {
    if (command.kind !== 'start') {
      if (this.#open.has(command.id)) this.#thread?.post(command);
      return;
    }
    this.#open.add(command.id);
    if (this.#isStopped) this.#endAll('node-stopped');
    else this.warm().post(command);
    wipeJob(command.job); // the thread has its copy
  };

  /** Sets who hears the events. */
  readonly onEvent = (handler: (event: HostEvent) => void): void => {
    this.#handler = handler;
  };

  /** Starts the thread, if there is none: the first session need not wait for it. */
  warm(): WorkerThread {
    if (this.#thread !== undefined) return this.#thread;
    const thread = this.#deps.workers.start();
    thread.onMessage((message) => {
      if (isHostEvent(message)) this.#hear(message);
    });
    thread.onExit((reason) => {
      if (this.#thread === thread) this.#died(reason);
    });
    thread.post(this.#deps.hello());
    this.#thread = thread;
    return thread;
  }

  /** Ends the thread and what runs in it. No other is started. */
  async stop(): Promise<void> {
    const thread = this.#thread;
    this.#thread = undefined;
    this.#isStopped = true;
    this.#endAll('node-stopped');
    if (thread === undefined) return;
    // It ends by itself after what it is at: ending a thread inside a native call would take the process with
    // it.
    let cancel = (): void => undefined;
    const gone = new Promise<void>((resolve) => {
      thread.onExit(() => {
        resolve();
      });
      cancel = this.#deps.clock.after(GOODBYE_MS, resolve);
    });
    thread.post({ kind: 'goodbye' });
    await gone;
    cancel();
    await thread.terminate();
  }

  #hear(event: HostEvent): void {
    if (event.kind === 'closed') this.#open.delete(event.id);
    this.#handler(event);
  }

  #died(reason: string): void {
    this.#thread = undefined;
    this.#deps.log.error('session thread died', { reason, sessions: this.#open.size });
    this.#endAll('worker-died');
  }

  #endAll(code: string): void {
    for (const id of [...this.#open]) {
      this.#open.delete(id);
      this.#handler({ kind: 'ended', id, ending: endedLocally(code) });
      const transcript = { spec: new Uint8Array(0), sid: undefined, broadcasts: [], notices: [] };
      this.#handler({ kind: 'closed', id, transcript });
    }
  }
}

const EVENTS: readonly unknown[] = [
  'send',
  'progress',
  'persist',
  'marked',
  'ended',
  'closed',
] satisfies HostEvent['kind'][];

/** The thread runs our own code: its kind tells an event from what the platform may put in between. */
const isHostEvent = (message: unknown): message is HostEvent =>
  typeof message === 'object' && message !== null && 'kind' in message && EVENTS.includes(message.kind);

/** Sessions in this thread. */
export function inlineHost(
  make: (emit: (event: HostEvent) => void) => { readonly handle: (command: HostCommand) => void },
): HostPort {
  let handler: (event: HostEvent) => void = () => undefined;
  const host = make((event) => {
    handler(event);
  });
  return {
    post: (command) => {
      host.handle(command);
    },
    onEvent: (next) => {
      handler = next;
    },
  };
}
