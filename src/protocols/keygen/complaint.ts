import type { PartyIndex } from '../../crypto/brand.ts';
import { attempt, decode } from '../../crypto/codec.ts';
import type { Point, Scalar } from '../../crypto/secp256k1.ts';
import { type Complaint, type SessionFacts, complaintAbout, hasRightLength, isJust } from '../complaint.ts';
import type { Delivery, Party, PartyMap } from '../kernel/protocol.ts';
import * as checks from './checks.ts';
import { dealCodec, dealSlot } from './messages.ts';

/** What a complaint is judged by; all of it is public. */
export interface Facts extends SessionFacts {
  /** F of the dealers, as they revealed them. */
  readonly F: PartyMap<readonly Point[]>;
}

/** The share in a direct message, or what we say about the message in R3. */
export type Inspected =
  | { readonly kind: 'share'; readonly share: Scalar }
  | { readonly kind: 'complaint'; readonly complaint: Complaint };

/** Opens our direct message of one dealer, and checks it against the dealer's commitments. [K6] */
export function inspectDeal(
  party: Party,
  dealer: PartyIndex,
  F: readonly Point[],
  delivery: Delivery,
): Inspected {
  const share = delivery.kind === 'opened' ? shareIn(delivery.plaintext) : undefined;
  const isWhole = delivery.kind === 'opened' && hasRightLength(dealSlot, delivery.signed);
  if (isWhole && share !== undefined && checks.isShareOf(F, party.self, share))
    return { kind: 'share', share };
  return { kind: 'complaint', complaint: complaintAbout(party, dealer, delivery, dealSlot) };
}

/** K10: the dealer is guilty, or, where this does not hold, whoever complains. [protocol, 5.4] */
export const isJustComplaint = (complaint: Complaint, by: PartyIndex, facts: Facts): boolean =>
  isJust(complaint, by, facts, {
    ...dealSlot,
    isBad: (plaintext) => {
      const F = facts.F.get(complaint.against);
      const share = shareIn(plaintext);
      return F !== undefined && (share === undefined || !checks.isShareOf(F, by, share));
    },
  });

const shareIn = (plaintext: Uint8Array): Scalar | undefined =>
  attempt(() => decode(dealCodec, plaintext))?.share;
