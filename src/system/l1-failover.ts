import { OperationError } from '../crypto/errors.ts';
import { checkAnchor } from './l1-client-block.ts';
import { connectL1 } from './l1-client.ts';
import { jsonRpc } from './json-rpc.ts';
import type { Clock, L1, L1Block, L1Looks, L1Reads, Log } from './ports.ts';
import { shownUrl } from './shown-url.ts';

/** What one endpoint is asked and sent. */
export type FailoverCalls = L1Reads & Pick<L1, 'send'>;

/** One L1 behind several endpoints: single questions, and looks. */
export interface FailoverL1 extends L1Looks, Pick<L1, 'fees' | 'inbox'> {
  /** Endpoints that are not asked any more, and why. */
  readonly faults: () => ReadonlyMap<string, string>;
}

/** A block that cannot go away. */
type Anchor = Pick<L1Block, 'number' | 'hash'>;

/** Which endpoints, and how each is reached. */
export interface FailoverOptions {
  /** The preferred one first; at least one. */
  readonly urls: readonly string[];
  readonly chainId: bigint;
}

/** What it needs of the machine; tests connect otherwise. */
export interface FailoverDeps {
  readonly clock: Clock;
  readonly log: Pick<Log, 'info' | 'warn'>;
  readonly connect?: (url: string) => Promise<FailoverCalls>;
  /** @throws OperationError l1-disagreement where the endpoint does not have this block */
  readonly agrees?: (url: string, anchor: Anchor) => Promise<void>;
}

/** Codes by which an endpoint says that it is of no use; all others are answers. */
const useless: ReadonlySet<string> = new Set([
  ...['l1-unreachable', 'wrong-chain', 'l1-disagreement', 'l1-no-inbox', 'l1-lies'],
]);

/**
 * Asks one endpoint until it fails. A call that fails is never repeated elsewhere: it throws, and what comes
 * after it asks the next endpoint. A look keeps its endpoint to its end, also where another call has left it
 * meanwhile: of what belongs together nothing is read elsewhere. Another endpoint is asked for nothing before
 * it serves the same chain, and the block that the one before called final.
 */
export function failoverL1(options: FailoverOptions, deps: FailoverDeps): FailoverL1 {
  const one = new Failover(options, deps);
  return {
    look: (read) => one.call((l1) => one.look(l1, read)),
    fees: () => one.call((l1) => l1.fees()),
    inbox: (inbox) => one.call((l1) => l1.inbox(inbox)),
    send: (tx) => one.call((l1) => l1.send(tx)),
    faults: () => one.faults,
  };
}

class Failover {
  readonly faults: Map<string, string> = new Map();
  readonly #urls: readonly string[];
  readonly #log: FailoverDeps['log'];
  readonly #connect: (url: string) => Promise<FailoverCalls>;
  #at = 0;
  #l1: Promise<FailoverCalls> | undefined;
  #anchor: Anchor | undefined;
  /** Whether the last look found that L1 had moved meanwhile. */
  #hasMoved = false;

  constructor({ urls, chainId }: FailoverOptions, deps: FailoverDeps) {
    const { clock } = deps;
    const connect = deps.connect ?? ((url: string) => connectL1({ url, chainId }, { clock }));
    const agrees = deps.agrees ?? ((url: string, anchor: Anchor) => checkAnchor(jsonRpc(url), url, anchor));
    this.#urls = urls;
    this.#log = deps.log;
    this.#connect = async (url) => {
      const l1 = await connect(url);
      if (this.#anchor !== undefined && urls.length > 1) await agrees(url, this.#anchor);
      return l1;
    };
  }

  async call<T>(ask: (l1: FailoverCalls) => Promise<T>): Promise<T> {
    const url = this.#urls[this.#at] ?? '';
    const l1 = (this.#l1 ??= this.#connect(url));
    let connected: FailoverCalls;
    try {
      connected = await l1;
    } catch (error) {
      // Whatever it says: who cannot be reached now is asked anew, and the next one first.
      if (l1 === this.#l1 && error instanceof OperationError) this.#leave(url, error);
      throw error;
    }
    try {
      const answer = await ask(connected);
      this.#hasMoved = false;
      if (l1 === this.#l1 && this.faults.delete(url))
        this.#log.info('alarm l1-endpoint is over', { url: shownUrl(url) });
      return answer;
    } catch (error) {
      // Of several calls that fail together, one goes on to the next endpoint.
      if (l1 === this.#l1 && error instanceof OperationError && this.#isUseless(error))
        this.#leave(url, error);
      throw error;
    }
  }

  /** What the endpoint says cannot go away is remembered, if all that it says in the look fits together. */
  async look<T>(l1: FailoverCalls, read: (one: L1Reads) => Promise<T>): Promise<T> {
    let anchor: Anchor | undefined;
    const head: L1Reads['head'] = async (tag) => {
      const block = await l1.head(tag);
      if (tag === 'finalized') anchor = block;
      return block;
    };
    const seen = await read({ ...l1, head });
    this.#anchor = anchor ?? this.#anchor;
    return seen;
  }

  /** L1 itself may move while one looks: once is no fault of an endpoint. */
  #isUseless({ code }: OperationError): boolean {
    const isAgain = this.#hasMoved;
    this.#hasMoved = code === 'l1-moved';
    return useless.has(code) || (isAgain && this.#hasMoved);
  }

  #leave(url: string, { code, message }: OperationError): void {
    const why = `${code}: ${message}`;
    if (this.faults.get(url) !== why)
      this.#log.warn('alarm l1-endpoint', { url: shownUrl(url), detail: why });
    this.faults.set(url, why);
    this.#l1 = undefined;
    this.#hasMoved = false;
    this.#at = (this.#at + 1) % this.#urls.length;
  }
}
