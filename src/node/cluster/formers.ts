import type { PartyIndex } from '../../crypto/brand.ts';
import { equalBytes } from '../../crypto/bytes.ts';
import type { RosterEntry } from './handshake.ts';

/** Most of them that are let in: those who left last. */
const MAX_FORMERS = 32;

/** Who was released while it was away, or may have been: not dialled, and let in when it comes. */
export class Formers {
  /** Those who left last are last. */
  #all: readonly RosterEntry[];

  constructor(all: readonly RosterEntry[]) {
    this.#all = all.slice(-MAX_FORMERS);
  }

  /** In the order in which they left. */
  get entries(): readonly RosterEntry[] {
    return this.#all;
  }

  /** Somebody has left. */
  add(entry: RosterEntry): void {
    this.forget(entry);
    this.#all = [...this.#all, entry].slice(-MAX_FORMERS);
  }

  /** Whoever had this seat, or this identity, is a member, and a former one no more. */
  forget({ index, identityPublicKey }: RosterEntry): void {
    this.#all = this.#all.filter(
      (one) => one.index !== index && !equalBytes(one.identityPublicKey, identityPublicKey),
    );
  }

  /** Somebody has come back: once. */
  take(index: PartyIndex): RosterEntry | undefined {
    const found = this.#all.find((one) => one.index === index);
    if (found !== undefined) this.forget(found);
    return found;
  }
}
