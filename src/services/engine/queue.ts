/** Runs one thing after another, in the order in which they were asked for. */
export class Queue {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(task);
    // What failed has told its caller; the next one begins all the same.
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
