import type { PartyIndex } from '../../crypto/brand.ts';
import { attempt, decode } from '../../crypto/codec.ts';
import type { Point } from '../../crypto/secp256k1.ts';
import { type Complaint, type SessionFacts, complaintAbout, hasRightLength, isJust } from '../complaint.ts';
import type { EpochRecord } from '../epoch.ts';
import type { Delivery, Party, PartyMap } from '../kernel/protocol.ts';
import * as checks from './checks.ts';
import { type Deal, dealCodec, dealSlot } from './messages.ts';

/** What a deal is checked against; all of it is public. */
export interface Promised {
  /** F of the dealers, as they dealt them. */
  readonly F: PartyMap<readonly Point[]>;
  /** The epoch that is left, from the registry. */
  readonly old: EpochRecord;
}

/** What a complaint is judged by; all of it is public. */
export type Facts = SessionFacts & Promised;

/** What a direct message deals to us, or what we say about the message in R2. */
export type Inspected =
  | { readonly kind: 'deal'; readonly deal: Deal }
  | { readonly kind: 'complaint'; readonly complaint: Complaint };

/** Opens our direct message of one dealer, and checks it against what is public. [H5, H6] */
export function inspectDeal(
  party: Party,
  dealer: PartyIndex,
  promised: Promised,
  delivery: Delivery,
): Inspected {
  if (delivery.kind === 'opened' && hasRightLength(dealSlot, delivery.signed)) {
    const deal = attempt(() => decode(dealCodec, delivery.plaintext));
    if (deal !== undefined && isGoodDeal(promised, dealer, party.self, deal)) return { kind: 'deal', deal };
  }
  return { kind: 'complaint', complaint: complaintAbout(party, dealer, delivery, dealSlot) };
}

/** H7: the dealer is guilty, or, where this does not hold, whoever complains. [protocol, 5.4, 12.1] */
export const isJustComplaint = (complaint: Complaint, by: PartyIndex, facts: Facts): boolean =>
  isJust(complaint, by, facts, {
    ...dealSlot,
    isBad: (plaintext) => {
      const deal = attempt(() => decode(dealCodec, plaintext));
      const isShown = facts.F.has(complaint.against);
      return isShown && (deal === undefined || !isGoodDeal(facts, complaint.against, by, deal));
    },
  });

const isGoodDeal = ({ F, old }: Promised, dealer: PartyIndex, to: PartyIndex, deal: Deal): boolean =>
  checks.isEvaluationOf(F.get(dealer) ?? [], to, deal) && checks.isChainCodeOf(old, deal);
