/** What an entry takes beside its own bytes: its name, and its place in a map. */
const ENTRY_BYTES = 256;

interface Entry<V> {
  readonly value: V;
  readonly sizeBytes: number;
}

/** How much is remembered. */
export interface NewestLimits {
  readonly entries: number;
  readonly sizeBytes: number;
}

/** Remembers what was asked for last, by name, up to a number of entries and of bytes. */
export class Newest<V> {
  readonly #limits: NewestLimits;
  readonly #entries = new Map<string, Entry<V>>();
  #sizeBytes = 0;

  constructor(limits: NewestLimits) {
    this.#limits = limits;
  }

  /** What is remembered under a name, which is the newest from now on. */
  get(name: string): V | undefined {
    const entry = this.#entries.get(name);
    if (entry === undefined) return undefined;
    this.#entries.delete(name);
    this.#entries.set(name, entry);
    return entry.value;
  }

  /** Remembers a value of so many bytes and forgets the oldest for it, itself where it is too long. */
  keep(name: string, value: V, sizeBytes: number): void {
    this.#forget(name);
    this.#entries.set(name, { value, sizeBytes: sizeBytes + ENTRY_BYTES });
    this.#sizeBytes += sizeBytes + ENTRY_BYTES;
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#limits.entries && this.#sizeBytes <= this.#limits.sizeBytes) return;
      this.#forget(oldest);
    }
  }

  #forget(name: string): void {
    this.#sizeBytes -= this.#entries.get(name)?.sizeBytes ?? 0;
    this.#entries.delete(name);
  }
}
