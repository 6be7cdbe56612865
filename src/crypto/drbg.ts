import { u64, wipe } from './bytes.ts';
import { assert } from './errors.ts';
import { expand } from './hash.ts';
import type { Rng } from './secp256k1.ts';

/**
 * All randomness of a resumable ceremony from one 32-byte seed: the k-th call gives XOF("drbg"; seed, k). The
 * same calls give the same bytes, so a replayed ceremony repeats itself. The seed has the rank of a key
 * share, and is never used for presigning or signing. [protocol, 3.4] @throws Bug unless 32 bytes
 */
export const seededRng = (seed: Uint8Array): Rng => wipeableRng(seed).rng;

/** As `seededRng`, for an owner that lets go of the seed: after `wipe` a call is a bug. */
export function wipeableRng(seed: Uint8Array): { readonly rng: Rng; readonly wipe: () => void } {
  assert(seed.length === 32, `a seed of ${seed.length} bytes`);
  const own = seed.slice();
  let calls = 0;
  let isWiped = false;
  return {
    rng: (length) => {
      assert(!isWiped, 'the seed of this generator has been wiped');
      return expand('drbg', length, own, u64(calls++));
    },
    wipe: () => {
      isWiped = true;
      wipe(own);
    },
  };
}
