import type { Clock } from '../../system/ports.ts';

/** How many tasks a gate lets through. */
export interface GateLimits {
  readonly running: number;
  readonly waiting: number;
  /** Whether the place of a slow task stays empty for a while. */
  readonly rests: boolean;
}

/** A task that takes longer leaves its place empty for a while, in milliseconds. */
const SLOW_MS = 50;

/**
 * Lets a few of many tasks run at a time; the others wait in their order, and not too many of them. After a
 * task that took long nobody takes its place for as long again, where the thread that it held builds blocks
 * too: callers must not take all of it.
 */
export class Gate {
  readonly #limits: GateLimits;
  readonly #clock: Clock;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(limits: GateLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** Whether one more task would have to be turned away. */
  get isFull(): boolean {
    return this.#running >= this.#limits.running && this.#waiting.length >= this.#limits.waiting;
  }

  /** Runs a task when it is its turn. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#running < this.#limits.running) this.#running += 1;
    // Who ends hands its place on, so that nobody slips in between.
    else await new Promise<void>((resolve) => void this.#waiting.push(resolve));
    const begunMs = this.#clock.monotonicMs();
    try {
      return await task();
    } finally {
      const tookMs = this.#clock.monotonicMs() - begunMs;
      if (tookMs < SLOW_MS || !this.#limits.rests) this.#leave();
      else this.#clock.after(tookMs, () => this.#leave());
    }
  }

  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#running -= 1;
    else next();
  }
}
