import type { PartyIndex } from '../../crypto/brand.ts';
import { assert } from '../../crypto/errors.ts';
import type { ExtensionOpening, Opened, ProductOpening } from '../kernel/evidence.ts';
import { type Delivery, type Party, type Reply, at } from '../kernel/protocol.ts';

/**
 * What an accuser shows when a check fails that only it could make: the seed of its own role in this pair,
 * and the messages of the accused to it. Copies, because the session wipes what it has received. Everything
 * else that the judge needs are broadcasts; those of round 0 are added by the driver. [protocol, 13.2, 13.3]
 */

type OpenedDelivery = Extract<Delivery, { kind: 'opened' }>;

/** The direct message of a party in one round. @throws Bug unless it was opened: it has passed its checks */
function directOf({ directs }: Reply, j: PartyIndex): OpenedDelivery {
  const delivery = at(directs, j);
  assert(delivery.kind === 'opened', 'a message that did not open has passed its checks');
  return delivery;
}

const shownOf = ({ salt, plaintext }: OpenedDelivery): Opened => ({
  salt: salt.slice(),
  plaintext: plaintext.slice(),
});

const signedBy = ({ parties }: Party, ...replies: readonly Reply[]): readonly Uint8Array[] =>
  replies.flatMap((reply) => parties.map((j) => reply.signed(j)));

/** E5, by us as Alice: our R list can be made again from the seed, and so can the check that fails. */
export function extensionOpening(
  party: Party,
  accused: PartyIndex,
  seed: Uint8Array,
  [first, second]: readonly [first: Reply, second: Reply],
): ExtensionOpening {
  const answer = directOf(second, accused);
  const mine = first.sent(accused);
  return {
    kind: 'extension-opening',
    accused,
    check: 'P6',
    envelopes: [answer.signed, mine.signed, ...signedBy(party, first), second.signed(accused)],
    seed,
    salt: mine.salt,
    answer: shownOf(answer),
  };
}

/** E6, by us as Bob: our answer can be made again from the seed, and so can the checks of one instance. */
export function productOpening(
  party: Party,
  what: { readonly accused: PartyIndex; readonly check: string; readonly instance: number },
  seed: Uint8Array,
  [first, second, third]: readonly [first: Reply, second: Reply, third: Reply],
): ProductOpening {
  const { accused } = what;
  const [offer, product] = [directOf(first, accused), directOf(third, accused)];
  const mine = second.sent(accused);
  const directs = [product.signed, offer.signed, mine.signed];
  return {
    kind: 'product-opening',
    ...what,
    envelopes: [...directs, ...signedBy(party, first, second), third.signed(accused)],
    seed,
    salt: mine.salt,
    offer: shownOf(offer),
    product: shownOf(product),
  };
}
