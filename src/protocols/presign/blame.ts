import type { PartyIndex } from '../../crypto/brand.ts';
import { Bug } from '../../crypto/errors.ts';
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
import { type SumCase, isHonestProof, isHonestStatement } from './key-sum.ts';
import type { Confirmation, Fragments, NonceCommitment, PairProof, Reveal } from './messages.ts';
import { extensionOpening, productOpening } from './accuse.ts';
import type { MultiplyingRun, ProductVerdict, SeededRun } from './pairs.ts';

/** What a failed check is called, in an abort and in evidence. */
const failures = {
  P4: { code: 'ot-check', check: 'P4', grade: 'A' },
  P5: { code: 'ot-check', check: 'P5', grade: 'A' },
  P6: { code: 'ot-check', check: 'P6', grade: 'A' },
  P7: { code: 'bad-opening', check: 'P7', grade: 'A' },
  P8: { code: 'repeated-nonce', check: 'P8', grade: 'A' },
  P9: { code: 'malformed', check: 'P9', grade: 'A' },
  P10: { code: 'multiplication-check', check: 'P10', grade: 'A' },
  P11: { code: 'nonce-product', check: 'P11', grade: 'A' },
  P12: { code: 'key-product', check: 'P12', grade: 'A' },
  P13: { code: 'zero-share-sum', check: 'P13', grade: 'A' },
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

/**
 * P6, of all peers at once. Nothing that depends on a Δ is sent before; so the seed of the pair that fails
 * may be opened, which uses up the phase in which that is so. [E5]
 */
export function checkExtensions(
  { party, phase }: SeededRun,
  states: PartyMap<{ readonly ok: boolean }>,
  replies: readonly [first: Reply, second: Reply],
): void {
  const culprit = party.others.filter((j) => !at(states, j).ok)[0];
  if (culprit === undefined) return;
  const evidence = extensionOpening(party, culprit, phase.open(culprit), replies);
  throw new ProtocolAbort(failures.P6.code, [culprit], { ...failures.P6, evidence });
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

/** In this order: a share of the key that is not the multiplied one names its owner before P13 does. */
const productChecks = [
  ['P10', 'isConsistent'],
  ['P11', 'isOfNonce'],
  ['P12', 'isOfKey'],
] as const;

/**
 * P10 to P12, after all of them have been evaluated. One party and one instance are accused, because one seed
 * is all that is ever opened. [E6]
 */
export function checkProducts(
  { party, phase }: Pick<MultiplyingRun, 'party' | 'phase'>,
  verdicts: PartyMap<readonly ProductVerdict[]>,
  replies: readonly [first: Reply, second: Reply, third: Reply],
): void {
  for (const [check, holds] of productChecks)
    for (const j of party.others) {
      const instance = at(verdicts, j).findIndex((verdict) => !verdict[holds]);
      if (instance < 0) continue;
      const evidence = productOpening(party, { accused: j, check, instance }, phase.open(j), replies);
      throw new ProtocolAbort(failures[check].code, [j], { ...failures[check], evidence });
    }
}

/** The broadcasts of these rounds, and of one more those of the culprits: they accuse the first of them. */
const roundsAnd =
  (check: string, party: Party, rounds: readonly Reply[], last: Reply) =>
  (culprits: readonly PartyIndex[]): Evidence | undefined =>
    shown(check, () => [
      ...rounds.flatMap((reply) => party.parties.map((j) => reply.signed(j))),
      ...culprits.map((j) => last.signed(j)),
    ])(culprits);

/**
 * P13, as R4 shows it: who confirms a batch whose shares do not add up, or disputes one whose shares do; and
 * whose own words do not explain its share. [E7]
 */
export function checkStatements(
  party: Party,
  sum: SumCase,
  said: PartyMap<Confirmation>,
  replies: readonly [third: Reply, fourth: Reply],
): void {
  const [third, fourth] = replies;
  blameUnless(
    failures.P13,
    party.others,
    (j) => isHonestStatement(sum, j, at(said, j)),
    roundsAnd('P13', party, [third], fourth),
  );
}

/**
 * P13, as R5 shows it: whose pair has another fragment than it has said.
 * @throws Bug where nobody is named, for then the shares would add up
 */
export function settleDisputes(
  party: Party,
  sum: SumCase,
  said: { readonly fragments: PartyMap<Fragments>; readonly proofs: PartyMap<readonly PairProof[]> },
  replies: readonly [third: Reply, fourth: Reply, fifth: Reply],
): never {
  const [third, fourth, fifth] = replies;
  blameUnless(
    failures.P13,
    party.others,
    (j) => isHonestProof(sum, said.fragments, j, at(said.proofs, j)),
    roundsAnd('P13', party, [third, fourth], fifth),
  );
  throw new Bug('shares that nobody has shifted do not add up to the key');
}

/** P15: all confirm the batch that the broadcasts give. Anyone can recompute it. */
export function checkConfirmations(
  party: Party,
  expected: Uint8Array,
  confirmations: PartyMap<Confirmation>,
  replies: readonly [third: Reply, fourth: Reply],
): void {
  const [third, fourth] = replies;
  const confirms = (said: Confirmation): boolean =>
    said.kind === 'ok' && checks.confirmsSame(said.ok, expected);
  blameUnless(
    failures.P15,
    party.others,
    (j) => confirms(at(confirmations, j)),
    roundsAnd('P15', party, [third], fourth),
  );
}
