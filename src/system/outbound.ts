/**
 * What waits for peers of a server, of all of them together. Where it is too much, the peers that let us wait
 * the longest are cut off: who reads takes an answer within moments, so what is old waits for nobody.
 */
export class Outbound {
  readonly #most: number;
  /** In the order in which they began to wait. */
  readonly #waiting = new Map<symbol, { readonly bytes: number; readonly cut: () => void }>();
  #bytes = 0;

  /** `most` bytes may wait. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Bytes that wait now. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Counts bytes that wait for a peer from now on; `cut` ends its connection. Others are cut where these
   * would not fit beside theirs. The returned function is called when they were taken, or when nobody takes
   * them.
   */
  enter(bytes: number, cut: () => void): () => void {
    for (const [name, oldest] of this.#waiting) {
      if (this.#bytes + bytes <= this.#most) break;
      this.#leave(name);
      oldest.cut();
    }
    const name = Symbol('waiting');
    this.#waiting.set(name, { bytes, cut });
    this.#bytes += bytes;
    return () => this.#leave(name);
  }

  #leave(name: symbol): void {
    this.#bytes -= this.#waiting.get(name)?.bytes ?? 0;
    this.#waiting.delete(name);
  }
}
