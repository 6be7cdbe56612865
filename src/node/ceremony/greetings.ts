import { type Lock, lockHash } from '../../chain/lock.ts';
import type { PartyIndex } from '../../crypto/brand.ts';
import type { CeremonyMessage } from './messages.ts';

/** What a member of a lock can tell another one that may still wait for it: the proofs, and its signature. */
export function greetingsOf(lock: Lock, self: PartyIndex): readonly CeremonyMessage[] {
  const own = lock.signatures.find(({ index }) => index === self);
  const proofs = lock.proofs.map(({ window, signature }) => ({ kind: 'proof', window, signature }) as const);
  if (own === undefined) return proofs;
  return [...proofs, { kind: 'lock-signature', lockHash: lockHash(lock), signature: own.signature }];
}
