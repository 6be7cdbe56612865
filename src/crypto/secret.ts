import { wipe } from './bytes.ts';
import { assert } from './errors.ts';

/** The hook by which Node prints an object, in the console and in a failed assertion. */
const inspect = Symbol.for('nodejs.util.inspect.custom');

/**
 * Bytes that no log, error, template string or JSON shows: all print the label. They are lent to `use`, and
 * overwritten by `wipe`, best effort: a garbage collector may hold older copies. [ATK-I15]
 */
export class Secret {
  /** What it is; public. */
  readonly label: string;
  #bytes: Uint8Array | undefined;

  /** Takes the bytes over: they belong to this object, and their maker keeps no copy. */
  constructor(label: string, bytes: Uint8Array) {
    this.label = label;
    this.#bytes = bytes;
  }

  /**
   * Lends the bytes for the time of the call; whoever keeps them breaks the promise. @throws Bug after `wipe`
   */
  use<T>(borrower: (bytes: Uint8Array) => T): T {
    assert(this.#bytes !== undefined, `the secret ${this.label} has been wiped`);
    return borrower(this.#bytes);
  }

  /** Overwrites the bytes. A second time does nothing. */
  wipe(): void {
    if (this.#bytes !== undefined) wipe(this.#bytes);
    this.#bytes = undefined;
  }

  /** The label. */
  toString(): string {
    return `[secret ${this.label}]`;
  }

  /** The label. */
  toJSON(): string {
    return this.toString();
  }

  static {
    // A method of this name would have a type that nobody can write down for the declarations.
    const print = function (this: Secret): string {
      return this.toString();
    };
    Object.defineProperty(this.prototype, inspect, { value: print });
  }
}
