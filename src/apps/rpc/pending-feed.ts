/** Tells of transactions that this server has handed to the pool. */
export class PendingFeed {
  readonly #listeners = new Set<(hash: Uint8Array) => void>();

  /** Calls `listener` with each hash, 32 bytes, until the returned function is called. */
  listen(listener: (hash: Uint8Array) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** A transaction was accepted. */
  announce(hash: Uint8Array): void {
    for (const listener of this.#listeners) listener(hash);
  }
}
