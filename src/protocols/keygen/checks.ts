import type { PartyIndex } from '../../crypto/brand.ts';
import { equalBytes } from '../../crypto/bytes.ts';
import { verifyFor } from '../../crypto/ed25519.ts';
import * as dlog from '../../crypto/proofs/dlog.ts';
import { Point, type Scalar, actBase } from '../../crypto/secp256k1.ts';
import { evaluateInExponent, interpolateInExponent } from '../../crypto/shamir.ts';
import { isAscending, isLegalThreshold } from '../epoch.ts';
import type { PartyMap } from '../kernel/protocol.ts';
import { type Joint, type Speaker, commitmentOf, constantTermContext, shareContext } from './joint.ts';
import type { Ok, Reveal } from './messages.ts';

/** K1: stops a committee whose disjoint quorums could sign two contents, and an index that counts twice. */
export const isLegalCommittee = (threshold: number, parties: readonly PartyIndex[]): boolean =>
  isLegalThreshold(threshold, parties.length) && isAscending(parties);

/** K3: stops a dealer that raises or lowers the threshold of everybody with a vector of another length. */
export const hasDegreeOf = (threshold: number, F: readonly Point[]): boolean =>
  F.length === threshold && F.every((point) => !point.isIdentity);

/** K4: stops a rushing dealer that chooses its polynomial after it has seen the others'. */
export const opensCommitment = (dealer: Speaker, com: Uint8Array, reveal: Reveal): boolean =>
  equalBytes(commitmentOf(dealer, reveal), com);

/** K5: stops a dealer that cancels the others' keys, or copies one, and so does not know its own constant. */
export const knowsConstantTerm = (dealer: Speaker, { F, pok }: Reveal): boolean =>
  dlog.verify(constantTermContext(dealer, F), { X: F[0] ?? Point.identity }, pok);

/**
 * K6: stops a dealer that gives a party a share off the polynomial, which would fail when it is needed.
 * A polynomial that is zero at `index` is unlikely, and no fault.
 */
export const isShareOf = (F: readonly Point[], index: PartyIndex, share: Scalar): boolean =>
  actBase(share).equals(evaluateInExponent(F, index));

/** K7: stops a key, coefficient or share that is publicly zero. Chance makes one with probability 2^-250. */
export const isUsable = ({ C, publicShares }: Joint): boolean =>
  ![...C, ...publicShares.values()].some((point) => point.isIdentity);

/** K8: stops a party that confirms another key or chain code than the broadcasts give: a split key. */
export const confirmsSame = (ok: Uint8Array, expected: Uint8Array): boolean => equalBytes(ok, expected);

/** K9: stops a party that confirms a share which it does not hold: fewer could sign than the key says. */
export const holdsShare = (party: Speaker, joint: Joint, { pop }: Pick<Ok, 'pop'>): boolean =>
  dlog.verify(shareContext(party, joint), { X: joint.publicShares.get(party.index) ?? Point.identity }, pop);

/** K11: stops a party that signs another result, and leaves the key without its certificate. */
export const certifies = (identityPk: Uint8Array, hash: Uint8Array, signature: Uint8Array): boolean =>
  verifyFor('dkg', identityPk, hash, signature);

/** K12: the public shares of the first and of the last `threshold` parties interpolate to the public key. */
export function interpolatesToKey(
  threshold: number,
  publicShares: PartyMap<Point>,
  publicKey: Point,
): boolean {
  const all = [...publicShares];
  return [all.slice(0, threshold), all.slice(-threshold)].every((quorum) =>
    interpolateInExponent(new Map(quorum)).equals(publicKey),
  );
}
