import type { PoolAnswer } from '../../system/ports.ts';

/** Milliseconds for which an answer is remembered, and how many are. [sequencer, 8.2] */
const KEPT_MS = 60_000;
const KEPT_ANSWERS = 10_000;

/** What was answered lately to which request, by the hash of its bytes in hex. */
export class RecentAnswers {
  readonly #answers = new Map<string, { readonly answer: PoolAnswer; readonly untilMs: number }>();

  /** The answer, if it was given less than a minute ago. `nowMs` is of a clock that never goes back. */
  get(id: string, nowMs: number): PoolAnswer | undefined {
    const known = this.#answers.get(id);
    return known !== undefined && nowMs < known.untilMs ? known.answer : undefined;
  }

  put(id: string, answer: PoolAnswer, nowMs: number): void {
    this.#answers.delete(id);
    this.#answers.set(id, { answer, untilMs: nowMs + KEPT_MS });
    const [oldest] = this.#answers.keys();
    if (this.#answers.size > KEPT_ANSWERS && oldest !== undefined) this.#answers.delete(oldest);
  }

  /** For what is no longer true. */
  forget(id: string): void {
    this.#answers.delete(id);
  }
}
