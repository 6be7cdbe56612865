import type { Log, WorkerThread, Workers } from '../../system/ports.ts';
import type { HostCommand, HostEvent } from './messages.ts';
import type { HostPort } from './sessions.ts';

/** What the randomness of a worker is mixed with; its first message. */
export interface WorkerHello {
  readonly kind: 'hello';
  /** At least 32 bytes. Secret. */
  readonly nodeSecret: Uint8Array;
  /** 32 fresh bytes for each thread. */
  readonly bootId: Uint8Array;
}

/** What a worker host works with. */
export interface WorkerHostDeps {
  readonly workers: Workers;
  readonly log: Log;
  readonly hello: () => WorkerHello;
}

/**
 * Sessions in a thread of their own. When the thread ends, every session in it ends as `worker-died`, which blames
 * nobody, and the next session starts a new thread.
 */
export class WorkerHost implements HostPort {
  readonly #deps: WorkerHostDeps;
  readonly #open = new Set<string>();
  #thread: WorkerThread | undefined;
  #handler: (event: HostEvent) => void = () => undefined;

  constructor(deps: WorkerHostDeps) {
    this.#deps = deps;
  }

  /** Takes a command to the thread. */
  readonly post = (command: HostCommand): void => {
    if (command.kind === 'start') this.#open.add(command.id);
    this.warm().post(command);
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
      this.#hear(message as HostEvent);
    });
    thread.onExit((reason) => {
      if (this.#thread === thread) this.#died(reason);
    });
    thread.post(this.#deps.hello());
    this.#thread = thread;
    return thread;
  }

  /** Ends the thread and what runs in it. */
  async stop(): Promise<void> {
    const thread = this.#thread;
    this.#thread = undefined;
    await thread?.terminate();
  }

  #hear(event: HostEvent): void {
    if (event.kind === 'closed') this.#open.delete(event.id);
    this.#handler(event);
  }

  #died(reason: string): void {
    this.#thread = undefined;
    this.#deps.log.error('session thread died', { reason, sessions: this.#open.size });
    for (const id of [...this.#open]) {
      this.#open.delete(id);
      const died = {
        code: 'worker-died',
        check: 'local',
        grade: 'D',
        culprits: [],
        evidence: undefined,
      } as const;
      this.#handler({ kind: 'ended', id, ending: { kind: 'aborted', ...died } });
      const transcript = { spec: new Uint8Array(0), sid: undefined, broadcasts: [], notices: [] };
      this.#handler({ kind: 'closed', id, transcript });
    }
  }
}

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
