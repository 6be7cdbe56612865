import type { PartyIndex, SessionId } from './brand.ts';
import { concat, u32 } from './bytes.ts';
import { assert } from './errors.ts';
import { deriveKey } from './hash.ts';
import { primitives } from './primitives.ts';

/**
 * K_ij, 32 bytes: the key of direct messages from i to j in one session; each direction has its own, so that
 * no frame can be sent back. `sharedX` is x(D_ij), the Diffie-Hellman point's x in 32 bytes. [protocol, 5.3]
 * @throws Bug unless 32 bytes, and two parties
 */
export const directKey = (
  sharedX: Uint8Array,
  sid: SessionId,
  from: PartyIndex,
  to: PartyIndex,
): Uint8Array => pairKey('dm', sharedX, sid, [from, to]);

/**
 * Kz_ij, 32 bytes: the key of the zero shares of a pair, the same for both, hence in the order i < j.
 * [protocol, 7.5] @throws Bug unless `sharedX` has 32 bytes and i < j
 */
export function zeroKey(sharedX: Uint8Array, sid: SessionId, i: PartyIndex, j: PartyIndex): Uint8Array {
  assert(i < j, `the pair ${i}, ${j} is not in ascending order`);
  return pairKey('zero', sharedX, sid, [i, j]);
}

/**
 * The ciphertext (16 bytes longer) of the one message of this round under this key. A second one under the
 * same key and round would repeat a nonce: the bytes are built once, and sent again as they are. [protocol,
 * 5.3]
 */
export const sealDirect = (
  key: Uint8Array,
  round: number,
  aad: Uint8Array,
  plaintext: Uint8Array,
): Uint8Array => primitives().aeadSeal(key, nonceOf(round), aad, plaintext);

/**
 * The plaintext of a direct message, or `undefined` when it is not what the other party sealed for this
 * round.
 */
export const openDirect = (
  key: Uint8Array,
  round: number,
  aad: Uint8Array,
  sealed: Uint8Array,
): Uint8Array | undefined => primitives().aeadOpen(key, nonceOf(round), aad, sealed);

function pairKey(
  purpose: 'dm' | 'zero',
  sharedX: Uint8Array,
  sid: SessionId,
  [i, j]: readonly [PartyIndex, PartyIndex],
): Uint8Array {
  assert(sharedX.length === 32, `a shared x of ${sharedX.length} bytes`);
  assert(i !== j, `party ${i} has no key with itself`);
  return deriveKey(sharedX, sid, purpose, concat(u32(i), u32(j)));
}

/** 0^8 ‖ u32(round), 12 bytes. */
const nonceOf = (round: number): Uint8Array => concat(new Uint8Array(8), u32(round));
