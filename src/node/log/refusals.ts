import { toHex } from '../../crypto/bytes.ts';
import type { Clock } from '../../system/ports.ts';

/** A request that this node did not take part in signing. */
export interface Refused {
  /** 32 bytes */
  readonly requestId: Uint8Array;
  /** Index of the member that proposed it; 0 for a client of this node. */
  readonly from: number;
  readonly reason: string;
}

/** Refusals that are remembered, so that the same one gives no second entry. */
const MAX_REMEMBERED = 4_096;
/**
 * Entries at once for refusals of one asker, and the time after which there may be one more, in milliseconds.
 */
export const REFUSAL_BURST = 64;
/** See `REFUSAL_BURST`: at most 8,640 entries a day for each asker, two megabytes. */
export const REFUSAL_EVERY_MS = 10_000;

interface Bucket {
  tokens: number;
  filledMs: number;
}

/**
 * Which refusals get an entry: one for a request, an asker and a reason, and of each asker only so many in a
 * time. Without the second rule a member could fill the disks of the others with requests that they refuse.
 */
export class Refusals {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #known = new Set<string>();
  readonly #buckets = new Map<number, Bucket>();
  #left = 0;

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
  }

  /** How many were left out of the log since the start, by the second rule. */
  get leftOut(): number {
    return this.#left;
  }

  /** Whether this refusal is to be written down; it is noted as if it were. */
  admits({ requestId, from, reason }: Refused): boolean {
    const name = `${toHex(requestId)} ${from} ${reason}`;
    if (this.#known.has(name)) return false;
    if (!this.#take(from)) {
      this.#left += 1;
      return false;
    }
    this.#known.add(name);
    const [oldest] = this.#known;
    if (this.#known.size > MAX_REMEMBERED && oldest !== undefined) this.#known.delete(oldest);
    return true;
  }

  #take(from: number): boolean {
    const nowMs = this.#clock.monotonicMs();
    const bucket = this.#buckets.get(from) ?? { tokens: REFUSAL_BURST, filledMs: nowMs };
    const added = Math.floor((nowMs - bucket.filledMs) / REFUSAL_EVERY_MS);
    const tokens = Math.min(REFUSAL_BURST, bucket.tokens + added);
    const filledMs = bucket.filledMs + added * REFUSAL_EVERY_MS;
    this.#buckets.set(from, { tokens: Math.max(tokens - 1, 0), filledMs });
    return tokens > 0;
  }
}
