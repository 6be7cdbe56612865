import type { PartyIndex, SessionId } from '../../crypto/brand.ts';
import { Point, actPublic } from '../../crypto/secp256k1.ts';
import { lagrangeAtZero } from '../../crypto/shamir.ts';
import { type EpochRecord, epochIdOf } from '../epoch.ts';
import { type PartyMap, at } from '../kernel/protocol.ts';
import type { ReshareTerms } from '../kernel/spec.ts';
import { type Prepared, feldmanHash } from './activation.ts';

/** What one reshare is about, beside the epoch that it leaves. */
export interface Plan {
  readonly sid: SessionId;
  readonly terms: ReshareTerms;
  /** Ed25519 identity keys of all parties, 32 bytes each, from the specification. */
  readonly identityPks: PartyMap<Uint8Array>;
}

/** D*: the first t dealers, in index order, that nothing speaks against. [protocol, 12.1] */
export const dealerSet = (old: EpochRecord, good: readonly PartyIndex[]): readonly PartyIndex[] =>
  good.slice(0, old.threshold);

/** C'[k] = Σ_{i ∈ D*} L_i(D*)·F_i[k]. [protocol, 12.1] */
export function combineCommitments(
  { threshold }: Pick<ReshareTerms, 'threshold'>,
  chosen: readonly PartyIndex[],
  F: PartyMap<readonly Point[]>,
): readonly Point[] {
  const weights = chosen.map((i) => ({ weight: lagrangeAtZero(i, chosen), F: at(F, i) }));
  return Array.from({ length: threshold }, (_, k) =>
    Point.sum(weights.map((dealer) => actPublic(dealer.weight, dealer.F[k] ?? Point.identity))),
  );
}

/**
 * What everybody has come to when the votes are in; anyone computes it from the broadcasts. [protocol, 12.3]
 */
export const prepare = (
  old: EpochRecord,
  { sid, terms, identityPks }: Plan,
  chosen: readonly PartyIndex[],
  F: PartyMap<readonly Point[]>,
): Prepared => ({
  record: {
    keyId: old.keyId,
    epochNo: old.epochNo + 1,
    threshold: terms.threshold,
    members: terms.members.map((index) => ({ index, identityPk: at(identityPks, index) })),
    commitments: combineCommitments(terms, chosen, F),
    ccHash: old.ccHash,
    prevEpochId: epochIdOf(old),
    originSid: sid,
  },
  dealers: chosen.map((index) => ({ index, feldmanHash: feldmanHash(at(F, index)) })),
});
