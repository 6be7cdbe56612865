import { OperationError } from '../../crypto/errors.ts';

/** Gas of a precompile that takes about a millisecond at most: docs/rollup.md has the figures. */
const GAS_PER_MS = 1_000;
/** Jump destinations that are passed between two looks at the clock. */
const STEPS = 64;

/**
 * Ends an execution whose time is over. A program goes on for long only by way of jump destinations and of
 * calls; a precompile cannot be left, so it is not begun with more gas than there is time for.
 */
export class Watch {
  #leftMs: (() => number) | undefined;
  #steps = 0;

  /** Does something within a time, of which `leftMs` says what is left. @throws OperationError tx-too-slow */
  async within<T>(leftMs: (() => number) | undefined, task: () => Promise<T>): Promise<T> {
    this.#leftMs = leftMs;
    try {
      return await task();
    } finally {
      this.#leftMs = undefined;
    }
  }

  /** At each jump destination. */
  readonly step = (): void => {
    if (this.#leftMs !== undefined && ++this.#steps % STEPS === 0) this.check();
  };

  /** At each call. */
  readonly check = (): void => {
    if (this.#leftMs !== undefined && this.#leftMs() <= 0) throw this.tooSlow();
  };

  /** The most gas that a precompile may take; `undefined` for any. */
  precompileGas(): bigint | undefined {
    if (this.#leftMs === undefined) return undefined;
    return BigInt(Math.max(0, Math.ceil(this.#leftMs() * GAS_PER_MS)));
  }

  tooSlow(): OperationError {
    return new OperationError('tx-too-slow', 'retry', 'a transaction takes longer than it may');
  }
}
