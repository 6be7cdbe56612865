import { identityPublicKey } from '../src/crypto/ed25519.ts';
import { type MadeCeremony, makeCeremony } from '../test/unit/audit/support/folders.ts';
import type { Size } from './cases.ts';
import type { CommitteeKey } from './committee.ts';

/** A key with the files that its ceremony leaves. */
export interface CeremonyKey extends CommitteeKey {
  readonly ceremony: MadeCeremony;
}

/** A whole ceremony in this thread: definition, key generation, proofs, lock. */
export function ceremonyKey(size: Size): CeremonyKey {
  const ceremony = makeCeremony(size.n, size.t);
  const { record, members, shares } = ceremony.key;
  const all = members.map(({ index, seed }) => ({ index, seed, identityPk: identityPublicKey(seed) }));
  return { size, ceremony, record, members: all, shares };
}
