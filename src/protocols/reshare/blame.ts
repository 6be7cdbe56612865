import type { PartyIndex } from '../../crypto/brand.ts';
import type { Point } from '../../crypto/secp256k1.ts';
import type { EpochMember, EpochRecord } from '../epoch.ts';
import type { Evidence } from '../kernel/evidence.ts';
import {
  type Grade,
  type Party,
  type PartyMap,
  ProtocolAbort,
  type Reply,
  at,
  blameUnless,
} from '../kernel/protocol.ts';
import type { ReshareTerms } from '../kernel/spec.ts';
import { type Ack, type Prepared, holdsNewShare } from './activation.ts';
import * as checks from './checks.ts';
import { type Facts, isJustComplaint } from './complaint.ts';
import { type Acknowledged, type Acknowledging, type Dealing, type Voting, complaintIn } from './messages.ts';

/** A dealer that counts no more, and what proves why. The session goes on without it. */
export interface Removed {
  readonly index: PartyIndex;
  readonly evidence: Evidence;
}

/** What a failed check is called, in an abort and in evidence. */
const failures = {
  H3: { code: 'malformed', check: 'H3', grade: 'A' },
  H7: { code: 'malformed', check: 'H7', grade: 'A' },
  H9: { code: 'malformed', check: 'H9', grade: 'A' },
  same: { code: 'acknowledgement-mismatch', check: 'H9', grade: 'A' },
  proof: { code: 'bad-proof', check: 'H9', grade: 'A' },
} as const satisfies Record<string, { code: string; check: string; grade: Grade }>;

const signedBy = (parties: readonly PartyIndex[], ...replies: readonly Reply[]): readonly Uint8Array[] =>
  replies.flatMap((reply) => parties.map((j) => reply.signed(j)));

/** One broadcast that its round does not allow its sender. It accuses the first culprit. */
const misplaced =
  (check: string, reply: Reply) =>
  ([accused]: readonly PartyIndex[]): Evidence | undefined =>
    accused === undefined
      ? undefined
      : { kind: 'malformed', accused, check, envelopes: [reply.signed(accused)] };

/** H1. Refused before anything is drawn; nobody is to blame for a plan. */
export function checkPlan(old: EpochRecord, terms: ReshareTerms, participants: readonly EpochMember[]): void {
  if (!checks.isLegalReshare(old, terms, participants))
    throw new ProtocolAbort('bad-committee', [], { grade: 'D', check: 'H1' });
}

/** H3. Returns what the dealers have published. */
export function checkDealings(
  { others, parties }: Party,
  terms: ReshareTerms,
  said: PartyMap<Dealing>,
  reply: Reply,
): PartyMap<readonly Point[]> {
  const holds = (j: PartyIndex): boolean => checks.dealsAsPlanned(terms, j, at(said, j));
  blameUnless(failures.H3, others, holds, misplaced('H3', reply));
  return new Map(
    parties.flatMap((j) => {
      const one = at(said, j);
      return one.kind === 'dealt' ? [[j, one.F] as const] : [];
    }),
  );
}

/**
 * H4 and H7: who dealt something else than its share, as everybody sees, or cheated a member in private, as a
 * complaint shows. These are removed; a complaint that does not hold ends the session.
 */
export function judgeVotes(
  { parties, others }: Party,
  terms: ReshareTerms,
  { facts, votes }: { readonly facts: Facts; readonly votes: PartyMap<Voting> },
  replies: readonly [first: Reply, second: Reply],
): readonly Removed[] {
  const [first, second] = replies;
  const holds = (j: PartyIndex): boolean => checks.votesAsPlanned(terms, j, at(votes, j));
  blameUnless(failures.H7, others, holds, misplaced('H7', second));
  const publicly = terms.dealers.flatMap((index): readonly Removed[] =>
    checks.dealsItsShare(facts.old, index, at(facts.F, index))
      ? []
      : [{ index, evidence: publicCheck('H4', index, [first.signed(index)]) }],
  );
  const shown = (accused: PartyIndex, by: PartyIndex): Evidence =>
    publicCheck('H7', accused, [...signedBy(parties, first), second.signed(by)]);
  const verdicts = complaintsIn(terms, votes).map(({ by, complaint }) => ({
    by,
    against: complaint.against,
    isJust: isJustComplaint(complaint, by, facts),
  }));
  const liars = [...new Set(verdicts.filter(({ isJust }) => !isJust).map(({ by }) => by))];
  const [liar] = liars;
  if (liar !== undefined)
    throw new ProtocolAbort('false-complaint', liars, {
      ...{ grade: 'A', check: 'H7', evidence: shown(liar, liar) },
    });
  const removed = new Map(
    verdicts.reverse().map(({ by, against }) => [against, { index: against, evidence: shown(against, by) }]),
  );
  for (const one of publicly) removed.set(one.index, one);
  return [...removed.values()].sort((a, b) => a.index - b.index);
}

const publicCheck = (check: string, accused: PartyIndex, envelopes: readonly Uint8Array[]): Evidence => ({
  kind: 'public-check',
  accused,
  check,
  envelopes,
});

/** Every complaint of every vote, in the order of those who complain, and of the dealers. */
export const complaintsIn = (
  { dealers }: Pick<ReshareTerms, 'dealers'>,
  votes: PartyMap<Voting>,
): readonly {
  readonly by: PartyIndex;
  readonly complaint: NonNullable<ReturnType<typeof complaintIn>>;
}[] =>
  [...votes].flatMap(([by, vote]) =>
    vote.kind === 'nothing'
      ? []
      : dealers.flatMap((dealer, i) => {
          const opinion = vote.opinions[i];
          const complaint = opinion && complaintIn(opinion, dealer);
          return complaint === undefined ? [] : [{ by, complaint }];
        }),
  );

/**
 * H8: the dealers that are left fix the key. @throws ProtocolAbort too-few-dealers, naming those removed, and
 * showing what proves it of the first
 */
export function checkDealers(
  old: EpochRecord,
  { dealers }: ReshareTerms,
  removed: readonly Removed[],
): readonly PartyIndex[] {
  const good = dealers.filter((i) => !removed.some(({ index }) => index === i));
  if (checks.hasEnoughDealers(old, good)) return good;
  const culprits = removed.map(({ index }) => index);
  const evidence = removed[0]?.evidence;
  throw new ProtocolAbort('too-few-dealers', culprits, { grade: 'A', check: 'H8', evidence });
}

/** H8. Nobody is to blame as far as anyone can prove: the old epoch stays, and another attempt is made. */
export function checkUsable(commitments: readonly Point[], { members }: ReshareTerms): void {
  if (!checks.isUsableSharing(commitments, members))
    throw new ProtocolAbort('degenerate-sharing', [], { grade: 'C', check: 'H8' });
}

/** What every new member must have come to. */
interface Expected {
  readonly terms: ReshareTerms;
  readonly prepared: Prepared;
  /** 32 bytes. */
  readonly certHash: Uint8Array;
}

/** H9: all new members have prepared for the same epoch, and hold their shares of it. */
export function checkAcknowledgements(
  { parties, others }: Party,
  { terms, prepared, certHash }: Expected,
  said: PartyMap<Acknowledging>,
  replies: readonly [first: Reply, second: Reply, third: Reply],
): readonly Ack[] {
  const [first, second, third] = replies;
  const holds = (j: PartyIndex): boolean => checks.acknowledgesAsPlanned(terms, j, at(said, j));
  blameUnless(failures.H9, others, holds, misplaced('H9', third));
  const acks = new Map<PartyIndex, Acknowledged>();
  for (const [j, one] of said) if (one.kind === 'acknowledged') acks.set(j, one);
  const shown = (culprits: readonly PartyIndex[]): Evidence | undefined => {
    const [accused] = culprits;
    const envelopes = [...signedBy(parties, first, second), ...signedBy(culprits, third)];
    return accused === undefined ? undefined : publicCheck('H9', accused, envelopes);
  };
  const members = others.filter((j) => acks.has(j));
  blameUnless(failures.same, members, (j) => checks.preparesSame(at(acks, j).certHash, certHash), shown);
  const proves = (j: PartyIndex): boolean => holdsNewShare(prepared, { index: j, proof: at(acks, j).proof });
  blameUnless(failures.proof, members, proves, shown);
  return [...acks].map(([index, { proof }]) => ({ index, proof }));
}
