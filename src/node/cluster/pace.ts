import type { Clock } from '../../system/ports.ts';

/** Jobs of one turn; then timers and sockets have theirs. */
const TURN = 64;

/**
 * Work that socket callbacks leave behind, done in order and at our own pace: nothing is decided in a
 * callback.
 */
export class Pace {
  readonly #clock: Clock;
  readonly #jobs: (() => void)[] = [];
  #isAwaited = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Adds a job. How many there may be is the business of who adds them. */
  add(job: () => void): void {
    this.#jobs.push(job);
    this.#await();
  }

  #await(): void {
    if (this.#isAwaited) return;
    this.#isAwaited = true;
    this.#clock.after(0, () => {
      this.#isAwaited = false;
      this.#turn();
    });
  }

  #turn(): void {
    try {
      for (let i = 0; i < TURN; i++) this.#jobs.shift()?.();
    } finally {
      if (this.#jobs.length > 0) this.#await();
    }
  }
}
