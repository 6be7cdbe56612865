import { to0x } from '../../crypto/bytes.ts';
import type { Clock, Log } from '../../system/ports.ts';

/** Milliseconds of telling after which others get their turn, for as long as it took. */
const SLICE_MS = 20;

/** Transactions that wait to be told. The oldest is told to nobody once there are more. */
const MOST_WAITING = 4_096;

/** What a feed is made from. */
export interface PendingFeedDeps {
  readonly clock: Pick<Clock, 'after' | 'monotonicMs'>;
  readonly log: Pick<Log, 'warn' | 'error'>;
}

interface Waiting {
  readonly hash: string;
  /** How many had begun to listen when it came: those who came later do not hear it. */
  readonly heardBy: number;
}

/** Tells of transactions that this server has handed to the pool, in order. */
export class PendingFeed {
  readonly #deps: PendingFeedDeps;
  /** Each with how many have begun to listen before it. */
  readonly #listeners = new Map<(hash: string) => void, number>();
  #waiting: Waiting[] = [];
  #begun = 0;
  #left = 0;
  #isBusy = false;
  /** What telling took and others did not have since, and when that was. */
  #debtMs = 0;
  #countedMs = 0;

  constructor(deps: PendingFeedDeps) {
    this.#deps = deps;
  }

  /** Calls `listener` with each hash, as `0x…`, until the returned function is called. */
  listen(listener: (hash: string) => void): () => void {
    const own = (hash: string): void => listener(hash);
    this.#listeners.set(own, this.#begun++);
    return () => void this.#listeners.delete(own);
  }

  /** A transaction was accepted; `hash` has 32 bytes. */
  announce(hash: Uint8Array): void {
    if (this.#listeners.size === 0) return;
    this.#waiting.push({ hash: to0x(hash), heardBy: this.#begun });
    if (this.#waiting.length > MOST_WAITING) {
      this.#waiting.shift();
      this.#left += 1;
    }
    if (!this.#isBusy) void this.#tellAll();
  }

  /** Ends the feed. */
  close(): void {
    this.#waiting = [];
    this.#listeners.clear();
  }

  async #tellAll(): Promise<void> {
    this.#isBusy = true;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift())
      for (const [listener, before] of this.#listeners) {
        if (before >= next.heardBy) continue;
        const waitMs = this.#tellOne(listener, next.hash);
        // The thread that tells builds blocks too: who listens must not take all of it.
        if (waitMs > 0) await new Promise<void>((resolve) => void this.#deps.clock.after(waitMs, resolve));
      }
    this.#isBusy = false;
    if (this.#left > 0) this.#deps.log.warn('rpc pending transactions not told', { count: this.#left });
    this.#left = 0;
  }

  /** Milliseconds that others are to have now. One that fails takes nothing from those behind it. */
  #tellOne(listener: (hash: string) => void, hash: string): number {
    const { clock, log } = this.#deps;
    const begunMs = clock.monotonicMs();
    try {
      listener(hash);
    } catch (error) {
      log.error('rpc listener failed', { reason: error instanceof Error ? error.message : 'unknown' });
    }
    const nowMs = clock.monotonicMs();
    // Many short tellings in a row are one long one.
    this.#debtMs = Math.max(0, this.#debtMs - (begunMs - this.#countedMs)) + nowMs - begunMs;
    this.#countedMs = nowMs;
    return this.#debtMs >= SLICE_MS ? this.#debtMs : 0;
  }
}
