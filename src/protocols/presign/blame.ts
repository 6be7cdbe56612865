import type { PartyIndex } from '../../crypto/brand.ts';
import type { Evidence } from '../kernel/evidence.ts';
import {
  type Delivery,
  type Grade,
  type Party,
  type PartyMap,
  ProtocolAbort,
  type Reply,
  at,
  blameUnless,
  openingEvidence,
} from '../kernel/protocol.ts';
import { type OpenedRList, type OpenedYList, rListIsProper, yListIsProper } from '../ot/checks.ts';
import * as checks from './checks.ts';
import { instanceAt, partsOf } from './instance.ts';
import type { Speaker } from './joint.ts';
import type { Confirmation, NonceCommitment, Reveal } from './messages.ts';
import type { ProductVerdict } from './pairs.ts';

/** What a failed check is called, in an abort and in evidence. */
const failures = {
  P4: { code: 'ot-check', check: 'P4', grade: 'A' },
  P5: { code: 'ot-check', check: 'P5', grade: 'A' },
  P6: { code: 'ot-check', check: 'P6', grade: 'B' },
  P7: { code: 'bad-opening', check: 'P7', grade: 'A' },
  P8: { code: 'repeated-nonce', check: 'P8', grade: 'A' },
  P9: { code: 'malformed', check: 'P9', grade: 'A' },
  P10: { code: 'multiplication-check', check: 'P10', grade: 'B' },
  P11: { code: 'nonce-product', check: 'P11', grade: 'B' },
  P12: { code: 'key-product', check: 'P12', grade: 'B' },
  P15: { code: 'ready-mismatch', check: 'P15', grade: 'A' },
} as const satisfies Record<string, { code: string; check: string; grade: Grade }>;

/** Names a party of this session in hashes. */
export const speakerOf =
  ({ sid, pids }: Pick<Party, 'sid' | 'pids'>) =>
  (index: PartyIndex): Speaker => ({ sid, index, pid: at(pids, index) });

/**
 * The opened direct message of the first culprit, which proves the rule that it breaks. A copy, because the
 * session wipes what it has received. [protocol, 5.4 form a]
 */
const opened =
  (check: string, directs: PartyMap<Delivery>) =>
  ([accused]: readonly PartyIndex[]): Evidence | undefined => {
    const delivery = accused === undefined ? undefined : directs.get(accused);
    return accused !== undefined && delivery?.kind === 'opened'
      ? openingEvidence(check, accused, { ...delivery, plaintext: delivery.plaintext.slice() })
      : undefined;
  };

/** The signed broadcasts from which anyone recomputes a check; they accuse the first culprit. */
const shown =
  (check: string, envelopes: (culprits: readonly PartyIndex[]) => readonly Uint8Array[]) =>
  (culprits: readonly PartyIndex[]): Evidence | undefined => {
    const [accused] = culprits;
    return accused === undefined
      ? undefined
      : { kind: 'public-check', accused, check, envelopes: envelopes(culprits) };
  };

/** P4: the base OTs that we are to answer are proper. */
export function checkRLists(party: Party, rLists: PartyMap<OpenedRList>, reply: Reply): void {
  blameUnless(failures.P4, party.others, (j) => rListIsProper(at(rLists, j)), opened('P4', reply.directs));
}

/** P5: the answers to our base OTs are proper. */
export function checkYLists(party: Party, yLists: PartyMap<OpenedYList>, reply: Reply): void {
  blameUnless(failures.P5, party.others, (j) => yListIsProper(at(yLists, j)), opened('P5', reply.directs));
}

/** P6, of all peers at once. Nothing that depends on a Δ is sent before. */
export function checkExtensions(party: Party, states: PartyMap<{ readonly ok: boolean }>): void {
  blameUnless(failures.P6, party.others, (j) => at(states, j).ok);
}

/** P7 to P9: what is opened is what was committed to, and everything has its one form. */
export function checkReveals(
  party: Party,
  said: { readonly commitments: PartyMap<NonceCommitment>; readonly reveals: PartyMap<Reveal> },
  messages: PartyMap<Uint8Array>,
  replies: readonly [first: Reply, third: Reply],
): void {
  const { others } = party;
  const speaker = speakerOf(party);
  const both = (culprits: readonly PartyIndex[]): readonly Uint8Array[] =>
    replies.flatMap((reply) => culprits.map((j) => reply.signed(j)));
  blameUnless(
    failures.P7,
    others,
    (j) => checks.opensNonces(speaker(j), at(said.commitments, j).comR, at(said.reveals, j)),
    shown('P7', both),
  );
  blameUnless(failures.P8, others, (j) => checks.hasDistinctNonces(at(said.reveals, j)), shown('P8', both));
  blameUnless(
    failures.P9,
    others,
    (j) =>
      at(said.reveals, j).R.every((_, s) =>
        checks.instanceIsCanonical(partsOf(instanceAt(at(messages, j), s))),
      ),
    opened('P9', replies[1].directs),
  );
}

/**
 * P10 to P12, after all of them have been evaluated. P12 stands before P13, so that a share of the key that
 * one party has changed names that party.
 */
export function checkProducts(party: Party, verdicts: PartyMap<ProductVerdict>): void {
  blameUnless(failures.P10, party.others, (j) => at(verdicts, j).isConsistent);
  blameUnless(failures.P11, party.others, (j) => at(verdicts, j).isOfNonce);
  blameUnless(failures.P12, party.others, (j) => at(verdicts, j).isOfKey);
}

/**
 * P13 of all instances. Whoever shifted its share did so towards everybody alike: to name it, the shares of
 * zero would have to be opened (E7), which this release does not do. The session is dead, and nobody is
 * named.
 */
export function checkKeySums(sumsAgree: readonly boolean[]): void {
  if (sumsAgree.includes(false)) throw new ProtocolAbort('zero-share-sum', [], { grade: 'B', check: 'P13' });
}

/** P15: all confirm the batch that the broadcasts give. Anyone can recompute it. */
export function checkConfirmations(
  party: Party,
  expected: Uint8Array,
  confirmations: PartyMap<Confirmation>,
  replies: readonly [third: Reply, fourth: Reply],
): void {
  const [third, fourth] = replies;
  blameUnless(
    failures.P15,
    party.others,
    (j) => checks.confirmsSame(at(confirmations, j).ok, expected),
    shown('P15', (culprits) => [
      ...party.parties.map((j) => third.signed(j)),
      ...culprits.map((j) => fourth.signed(j)),
    ]),
  );
}
