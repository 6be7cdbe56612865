import { u64, wipe } from './bytes.ts';
import { assert } from './errors.ts';
import { expand, taggedHash } from './hash.ts';
import type { Rng } from './secp256k1.ts';

/**
 * All randomness of a resumable ceremony from one 32-byte seed: the k-th call gives XOF("drbg"; seed, k). The
 * same calls give the same bytes, so a replayed ceremony repeats itself. The seed has the rank of a key
 * share, and is never used for presigning or signing. [protocol, 3.4] @throws Bug unless 32 bytes
 */
export const seededRng = (seed: Uint8Array): Rng => sessionRng(seed).rng;

/** A generator for one session that may be repeated. */
export interface SessionRng {
  readonly rng: Rng;
  /**
   * What comes from here on depends on these bytes, too: own = H("drbg"; own, bytes). So one seed that meets
   * other messages, as on a disk that was set back, never answers both with the same bytes.
   */
  readonly mix: (bytes: Uint8Array) => void;
  /** Lets go of the seed; a call after this is a bug. */
  readonly wipe: () => void;
}

/**
 * As `seededRng`, for a session: bound to what it has seen, and wiped at its end. @throws Bug unless 32 bytes
 */
export function sessionRng(seed: Uint8Array): SessionRng {
  assert(seed.length === 32, `a seed of ${seed.length} bytes`);
  const own = seed.slice();
  let calls = 0;
  let isWiped = false;
  return {
    rng: (length) => {
      assert(!isWiped, 'the seed of this generator has been wiped');
      return expand('drbg', length, own, u64(calls++));
    },
    mix: (bytes) => {
      own.set(taggedHash('drbg', own, bytes));
      calls = 0;
    },
    wipe: () => {
      isWiped = true;
      wipe(own);
    },
  };
}
