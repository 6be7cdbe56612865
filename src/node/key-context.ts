import type { PartyIndex } from '../crypto/brand.ts';
import type { Secret } from '../crypto/secret.ts';
import type { Address } from '../ethereum/address.ts';
import type { EpochRecord } from '../protocols/epoch.ts';
import type { Exclusions } from './blame/exclusions.ts';
import type { EpochGate } from './epoch-gate.ts';
import type { JoinedSpecs } from './joined-specs.ts';
import type { Purpose } from './policy/verdict.ts';
import type { SignGuard } from './sign-guard.ts';
import type { Suspicion } from './suspicion.ts';

/** One key in one epoch on one node, with everything that decides about its use. */
export interface KeyContext {
  readonly record: EpochRecord;
  /** 32 bytes each. */
  readonly keyId: Uint8Array;
  readonly epochId: Uint8Array;
  readonly address: Address;
  readonly purpose: Purpose;
  readonly self: PartyIndex;
  /** `checking`: certified, and good for the test messages of its own ceremony only. */
  readonly state: 'checking' | 'active';
  /** H of the certificate of its ceremony, 32 bytes. */
  readonly certHash: Uint8Array;
  /** s_i (32) ‖ chain code (32). */
  readonly secret: Secret;
  readonly guard: SignGuard;
  /** This node joined a key that others have used: it learns what was signed before it signs. */
  readonly needsMarks: boolean;
  readonly suspicion: Suspicion;
  /** Whom proof excludes from all quorums. */
  readonly exclusions: Exclusions;
  readonly joined: JoinedSpecs;
  /** Closed once this node has committed to the next epoch, also after a restart. */
  readonly gate: EpochGate;
}
