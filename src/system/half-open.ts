/** How many may wait before they have shown who they are. [security, 3.8] */
export interface HalfOpenLimits {
  readonly perAddress: number;
  readonly inAll: number;
}

/** The limits of every listener. */
export const halfOpenLimits: HalfOpenLimits = { perAddress: 16, inAll: 256 };

/**
 * Connections that have not shown who they are. When a limit is reached the oldest makes room: an honest peer
 * needs milliseconds, so it gets through where those that only wait would otherwise keep every place.
 */
export class HalfOpen<T> {
  readonly #destroy: (item: T) => void;
  readonly #limits: HalfOpenLimits;
  /** In order of arrival. */
  readonly #waiting = new Map<T, string>();

  constructor(actions: { readonly destroy: (item: T) => void }, limits: HalfOpenLimits = halfOpenLimits) {
    this.#destroy = actions.destroy;
    this.#limits = limits;
  }

  /** How many wait now. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Counts a newcomer, at the cost of the oldest one if need be: of its address, or of all. */
  enter(item: T, address: string): void {
    const same = [...this.#waiting].filter(([, from]) => from === address);
    if (same.length >= this.#limits.perAddress) this.#drop(same[0]?.[0]);
    if (this.#waiting.size >= this.#limits.inAll) this.#drop(this.#waiting.keys().next().value);
    this.#waiting.set(item, address);
  }

  /** Forgets one that is known now, or gone. */
  leave(item: T): void {
    this.#waiting.delete(item);
  }

  #drop(item: T | undefined): void {
    if (item === undefined) return;
    this.#waiting.delete(item);
    this.#destroy(item);
  }
}
