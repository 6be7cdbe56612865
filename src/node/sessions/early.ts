import type { PartyIndex } from '../../crypto/brand.ts';
import type { Clock } from '../../system/ports.ts';

/**
 * Messages that came before their session: 16 and 64 KiB a peer, 1 MiB in all, for 30 s. Without a bound of
 * its own for each peer, one of them could crowd out the first messages of the others.
 */
const MAX_EARLY_A_PEER = 16;
const MAX_EARLY_BYTES_A_PEER: number = 1 << 16;
const MAX_EARLY_BYTES: number = 1 << 20;
const EARLY_MS = 30_000;

/** One of them. */
export interface Early {
  readonly from: PartyIndex;
  readonly bytes: Uint8Array;
  readonly atMs: number;
}

/** What came before its session has begun here, for a while and within bounds. */
export class EarlyMessages {
  readonly #clock: Clock;
  readonly #kept = new Map<string, readonly Early[]>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Keeps an envelope for the session of this name, unless too much waits. */
  keep(id: string, from: PartyIndex, bytes: Uint8Array): void {
    const nowMs = this.#clock.monotonicMs();
    for (const [old, list] of this.#kept) {
      const fresh = list.filter(({ atMs }) => atMs > nowMs - EARLY_MS);
      if (fresh.length === 0) this.#kept.delete(old);
      else this.#kept.set(old, fresh);
    }
    const all = [...this.#kept.values()].flat();
    const own = all.filter((early) => early.from === from);
    const sizeOf = (list: readonly Early[]): number =>
      list.reduce((sum, early) => sum + early.bytes.length, bytes.length);
    const isFull = sizeOf(own) > MAX_EARLY_BYTES_A_PEER || sizeOf(all) > MAX_EARLY_BYTES;
    if (own.length >= MAX_EARLY_A_PEER || isFull) return;
    this.#kept.set(id, [...(this.#kept.get(id) ?? []), { from, bytes, atMs: nowMs }]);
  }

  /** What waits for a session that begins now, oldest first. */
  take(id: string): readonly Early[] {
    const waiting = this.#kept.get(id) ?? [];
    this.#kept.delete(id);
    return waiting;
  }

  /** Lets go of everything. */
  clear(): void {
    this.#kept.clear();
  }
}
