import { Bug } from '../../crypto/errors.ts';

/** Bytes that one answer can have: code of a contract is the longest. */
const CAPACITY = 262_144;
/** Two numbers stand in front of the bytes: whether there is an answer, and how long it is. */
const HEAD_BYTES = 8;
const [STATE, LENGTH] = [0, 1] as const;
const [NONE, FOUND, ABSENT, FAILED] = [0, 1, 2, 3] as const;

/**
 * Memory of two threads through which one, standing still meanwhile, gets answers of the other. One asks at a
 * time.
 */
export class AnswerMemory {
  readonly shared: SharedArrayBuffer;
  readonly #head: Int32Array;
  readonly #bytes: Uint8Array;

  constructor(shared: SharedArrayBuffer = new SharedArrayBuffer(HEAD_BYTES + CAPACITY)) {
    this.shared = shared;
    this.#head = new Int32Array(shared, 0, 2);
    this.#bytes = new Uint8Array(shared, HEAD_BYTES);
  }

  /** Answers who waits: bytes, that there are none, or that they cannot be had. */
  answer(bytes: Uint8Array | undefined | 'failed'): void {
    const isTooLong = bytes instanceof Uint8Array && bytes.length > CAPACITY;
    if (bytes instanceof Uint8Array && !isTooLong) {
      this.#bytes.set(bytes);
      this.#head[LENGTH] = bytes.length;
    }
    const state = bytes === undefined ? ABSENT : bytes === 'failed' || isTooLong ? FAILED : FOUND;
    Atomics.store(this.#head, STATE, state);
    Atomics.notify(this.#head, STATE);
  }

  /** Asks by `ask`, and stands still until there is an answer. @throws Bug where it cannot be had */
  await(ask: () => void): Uint8Array | undefined {
    Atomics.store(this.#head, STATE, NONE);
    ask();
    Atomics.wait(this.#head, STATE, NONE);
    const state = Atomics.load(this.#head, STATE);
    if (state === FAILED) throw new Bug('the engine could not read what a call needs');
    return state === ABSENT ? undefined : this.#bytes.slice(0, this.#head[LENGTH]);
  }
}
