import type { PartyIndex } from '../../crypto/brand.ts';
import { equalBytes } from '../../crypto/bytes.ts';
import { taggedHash } from '../../crypto/hash.ts';
import { type Point, type Scalar, actBase } from '../../crypto/secp256k1.ts';
import { evaluateInExponent } from '../../crypto/shamir.ts';
import { tags } from '../../crypto/tags.ts';
import { type EpochRecord, isAscending, isLegalThreshold, publicKeyOf, publicShareOf } from '../epoch.ts';
import { isShareOf } from '../keygen/checks.ts';
import type { Participant, ReshareTerms } from '../kernel/spec.ts';
import { keepsSeats } from './activation.ts';
import type { Acknowledging, Deal, Dealing, Voting } from './messages.ts';

/**
 * H1: stops a plan whose new committee could not sign or could sign two contents, a dealer that holds no
 * share of this epoch, and a member that comes back under a seat or an identity that was another's.
 */
export function isLegalReshare(
  old: EpochRecord,
  { dealers, members, threshold }: ReshareTerms,
  participants: readonly Participant[],
): boolean {
  const isParty = (j: PartyIndex): boolean => participants.some(({ index }) => index === j);
  return (
    isLegalThreshold(threshold, members.length) &&
    isAscending(members) &&
    isAscending(dealers) &&
    dealers.length >= old.threshold &&
    [...dealers, ...members].every(isParty) &&
    dealers.every((i) => old.members.some(({ index }) => index === i)) &&
    keepsSeats(old, { record: { members: participants } })
  );
}

/**
 * H3: stops a dealer that raises or lowers the threshold of everybody with a vector of another length, and a
 * party that deals although it is no dealer.
 */
export const dealsAsPlanned = (
  { dealers, threshold }: ReshareTerms,
  index: PartyIndex,
  said: Dealing,
): boolean =>
  dealers.includes(index)
    ? said.kind === 'dealt' && said.F.length === threshold && said.F.every((point) => !point.isIdentity)
    : said.kind === 'nothing';

/**
 * H4: stops a dealer that deals something else than its own share, of this epoch: the key would be another
 * one.
 */
export const dealsItsShare = (old: EpochRecord, index: PartyIndex, F: readonly Point[]): boolean =>
  F[0]?.equals(publicShareOf(old, index)) === true;

/**
 * H5: stops a dealer that gives a new member a share off the polynomial, which would fail when it is needed.
 */
export const isEvaluationOf = (
  F: readonly Point[],
  index: PartyIndex,
  { share }: Pick<Deal, 'share'>,
): boolean => isShareOf(F, index, share);

/**
 * H6: stops a dealer that gives a new member another chain code: it would derive other keys than the others.
 */
export const isChainCodeOf = (
  { ccHash }: Pick<EpochRecord, 'ccHash'>,
  { chainCode }: Pick<Deal, 'chainCode'>,
): boolean => equalBytes(taggedHash(tags.ccCom, chainCode), ccHash);

/** H7: stops a member that leaves a dealer unjudged, and a party that votes although it gets no share. */
export const votesAsPlanned = (
  { dealers, members }: ReshareTerms,
  index: PartyIndex,
  said: Voting,
): boolean =>
  members.includes(index)
    ? said.kind === 'vote' && said.opinions.length === dealers.length
    : said.kind === 'nothing';

/** H8: stops an epoch made by fewer dealers than fix the key. */
export const hasEnoughDealers = (old: EpochRecord, good: readonly PartyIndex[]): boolean =>
  good.length >= old.threshold;

/** H8: stops an epoch of another key. It cannot fail where H4 holds for every dealer that counts. */
export const keepsKey = (old: EpochRecord, commitments: readonly Point[]): boolean =>
  commitments[0]?.equals(publicKeyOf(old)) === true;

/**
 * H8: stops a sharing of lower degree than the new threshold says, and a share that is publicly zero. The
 * last of the dealers to speak can aim at either, together with new members who then know less than they
 * should.
 */
export const isUsableSharing = (commitments: readonly Point[], members: readonly PartyIndex[]): boolean =>
  ![...commitments, ...members.map((j) => evaluateInExponent(commitments, j))].some(
    (point) => point.isIdentity,
  );

/** H8: the new share is the one that the new epoch promises. It cannot fail where H5 holds. */
export const isNewShare = (publicShare: Point, share: Scalar): boolean => actBase(share).equals(publicShare);

/** H9: stops a party that acknowledges although it gets no share, and a new member that does not. */
export const acknowledgesAsPlanned = (
  { members }: ReshareTerms,
  index: PartyIndex,
  said: Acknowledging,
): boolean => (said.kind === 'acknowledged') === members.includes(index);

/** H9: stops a member that has prepared for another epoch than the broadcasts give: a split committee. */
export const preparesSame = (certHash: Uint8Array, expected: Uint8Array): boolean =>
  equalBytes(certHash, expected);
