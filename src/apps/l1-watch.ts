import { OperationError } from '../crypto/errors.ts';
import type { Address } from '../ethereum/address.ts';
import type { L1View } from '../node/policy/verdict.ts';
import type { Clock, L1, Log } from '../system/ports.ts';

/** What is looked at on L1. */
export interface L1WatchOptions {
  /** Left out where the policy has no rule for batches: there is no index to look at then. */
  readonly inbox: Address | undefined;
  /** How far ahead of L1 a request may be. */
  readonly maxAhead: bigint;
}

/** What a watch works with. */
export interface L1WatchDeps {
  /** Connects; called again after a failure. */
  readonly connect: () => Promise<L1>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Milliseconds between two looks. */
const LOOK_MS = 2_000;

/**
 * Looks at L1 again and again, so that a decision about a request never waits for it. Without L1 there is no
 * view, and the guard alone bounds nonce and batch index.
 */
export class L1Watch {
  readonly #options: L1WatchOptions;
  readonly #deps: L1WatchDeps;
  #view: L1View | undefined;
  #l1: L1 | undefined;
  #cancel: () => void = () => undefined;
  #isDown = false;
  #isStopped = false;

  constructor(options: L1WatchOptions, deps: L1WatchDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  /** What was seen last, `undefined` while nothing answers. */
  readonly view = (): L1View | undefined => this.#view;

  /** Looks, and then again and again until `stop`, once there is an account. */
  readonly start = async (account: () => Address | undefined): Promise<void> => {
    const known = account();
    if (known !== undefined) await this.#look(known);
    if (!this.#isStopped) this.#cancel = this.#deps.clock.after(LOOK_MS, () => void this.start(account));
  };

  /** Ends it. */
  readonly stop = (): void => {
    this.#isStopped = true;
    this.#cancel();
  };

  async #look(account: Address): Promise<void> {
    const { maxAhead, inbox } = this.#options;
    try {
      this.#l1 ??= await this.#deps.connect();
      // First: what is final by now, and has not moved the inbox by then, never will.
      const finalNonce = await finalNonceOf(this.#l1, account);
      const [chainId, { number: head }, nextNonce, state] = await Promise.all([
        this.#l1.chainId(),
        this.#l1.head('latest'),
        this.#l1.nonce(account, 'latest'),
        inbox === undefined ? undefined : this.#l1.inbox(inbox),
      ]);
      const batches = { lastBatchIndex: state?.lastIndex ?? 0n, l2ChainId: state?.l2ChainId };
      this.#view = { chainId, nextNonce, finalNonce, ...batches, maxAhead, head };
      if (this.#isDown) this.#deps.log.info('l1 answers again');
      this.#isDown = false;
    } catch (error) {
      if (!(error instanceof OperationError)) throw error;
      this.#view = undefined;
      if (!this.#isDown) this.#deps.log.warn('l1 does not answer', { reason: error.code });
      this.#isDown = true;
    }
  }
}

/** A development chain may know nothing that is final. */
const finalNonceOf = (l1: L1, account: Address): Promise<bigint | undefined> =>
  l1.nonce(account, 'finalized').catch((error: unknown) => {
    if (error instanceof OperationError && error.code === 'l1-rejected') return undefined;
    throw error;
  });
