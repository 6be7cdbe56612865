import { u32 } from '../../src/crypto/bytes.ts';
import { expand } from '../../src/crypto/hash.ts';
import type { Rng } from '../../src/crypto/secp256k1.ts';
import { tags } from '../../src/crypto/tags.ts';

/** Bytes that depend on a seed only: for tests, and unreachable from `src`. */
export function seededRng(seed: number): Rng {
  let calls = 0;
  return (length) => expand(tags.test, length, u32(seed), u32(calls++));
}

/** Choices that depend on a seed only. [mulberry32, public domain] */
export class Choices {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A number in [0, 1). */
  fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let x = this.#state;
    x = Math.imul(x ^ (x >>> 15), x | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  }

  /** An integer in [0, bound). */
  below(bound: number): number {
    return Math.floor(this.fraction() * bound);
  }

  /** True with this probability. */
  happens(probability: number): boolean {
    return this.fraction() < probability;
  }
}
