import { u64 } from './bytes.ts';
import { assert } from './errors.ts';
import { expand } from './hash.ts';
import type { Rng } from './secp256k1.ts';

/**
 * All randomness of a resumable ceremony from one 32-byte seed: the k-th call gives XOF("drbg"; seed, k). The
 * same calls give the same bytes, so a replayed ceremony repeats itself. The seed has the rank of a key
 * share, and is never used for presigning or signing. [protocol, 3.4] @throws Bug unless 32 bytes
 */
export function seededRng(seed: Uint8Array): Rng {
  assert(seed.length === 32, `a seed of ${seed.length} bytes`);
  const own = seed.slice();
  let calls = 0;
  return (length) => expand('drbg', length, own, u64(calls++));
}
