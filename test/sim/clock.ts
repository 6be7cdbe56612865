import type { Clock } from '../../src/system/ports.ts';

interface Event {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

/**
 * Time that passes only when a test says so. Events of one moment run in the order in which they were
 * planned.
 */
export class SimClock implements Clock {
  #ms = 0;
  #order = 0;
  readonly #events = new Map<number, Event>();
  /** Difference of the wall clock to the monotonic one, in milliseconds: a test may change it at any time. */
  wallOffsetMs: number = 1_700_000_000_000;

  readonly nowMs = (): number => this.#ms + this.wallOffsetMs;
  readonly monotonicMs = (): number => this.#ms;
  readonly after = (durationMs: number, run: () => void): (() => void) => {
    const order = this.#order++;
    this.#events.set(order, { atMs: this.#ms + Math.max(0, durationMs), order, run });
    return () => void this.#events.delete(order);
  };

  /** How many events are planned. */
  get planned(): number {
    return this.#events.size;
  }

  /** Runs the next event, if it comes until `untilMs`; false if none does. */
  step(untilMs: number = Infinity): boolean {
    let next: Event | undefined;
    for (const event of this.#events.values()) if (next === undefined || event.atMs < next.atMs) next = event;
    if (next === undefined || next.atMs > untilMs) return false;
    this.#events.delete(next.order);
    this.#ms = Math.max(this.#ms, next.atMs);
    next.run();
    return true;
  }

  /** Lets time pass, with promises settled between events. */
  async advance(durationMs: number): Promise<void> {
    const untilMs = this.#ms + durationMs;
    await settle();
    while (this.step(untilMs)) await settle();
    this.#ms = untilMs;
  }
}

/** Lets promises that are ready go as far as they can. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 8; i++) await Promise.resolve();
}
