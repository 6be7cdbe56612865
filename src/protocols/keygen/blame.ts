import type { PartyIndex } from '../../crypto/brand.ts';
import type { Complaint } from '../complaint.ts';
import type { Evidence } from '../kernel/evidence.ts';
import {
  type Grade,
  type Party,
  type PartyMap,
  ProtocolAbort,
  type Reply,
  at,
  blameUnless,
  forParties,
} from '../kernel/protocol.ts';
import * as checks from './checks.ts';
import { type Facts, isJustComplaint } from './complaint.ts';
import type { Joint, Speaker } from './joint.ts';
import type { Certification, Commitment, Confirmation, Ok, Reveal } from './messages.ts';

/** What a failed check is called, in an abort and in evidence. */
const failures = {
  K3: { code: 'malformed', check: 'K3', grade: 'A' },
  K4: { code: 'bad-opening', check: 'K4', grade: 'A' },
  K5: { code: 'bad-proof', check: 'K5', grade: 'A' },
  K8: { code: 'confirmation-mismatch', check: 'K8', grade: 'A' },
  K9: { code: 'bad-proof', check: 'K9', grade: 'A' },
  K11: { code: 'bad-certificate', check: 'K11', grade: 'A' },
} as const satisfies Record<string, { code: string; check: string; grade: Grade }>;

/** Names a party of this session in hashes and proofs. */
export const speakerOf =
  ({ sid, pids }: Pick<Party, 'sid' | 'pids'>) =>
  (index: PartyIndex): Speaker => ({ sid, index, pid: at(pids, index) });

/** The broadcasts from which anyone recomputes a check. They accuse the first culprit, and fit all. */
const shown =
  (check: string, envelopes: (culprits: readonly PartyIndex[]) => readonly Uint8Array[]) =>
  (culprits: readonly PartyIndex[]): Evidence | undefined => {
    const [accused] = culprits;
    return accused === undefined
      ? undefined
      : { kind: 'public-check', accused, check, envelopes: envelopes(culprits) };
  };

const signedBy = (parties: readonly PartyIndex[], ...replies: readonly Reply[]): readonly Uint8Array[] =>
  replies.flatMap((reply) => parties.map((j) => reply.signed(j)));

/** K1. Refused before anything is drawn; nobody is to blame for a plan. */
export function checkCommittee({ threshold, parties }: Pick<Party, 'threshold' | 'parties'>): void {
  if (!checks.isLegalCommittee(threshold, parties))
    throw new ProtocolAbort('bad-committee', [], { grade: 'D', check: 'K1' });
}

/** K3 to K5: what was opened was committed to, has the right degree, and a constant that its dealer knows. */
export function checkReveals(
  party: Party,
  commitments: PartyMap<Commitment>,
  reveals: PartyMap<Reveal>,
  replies: readonly [first: Reply, second: Reply],
): void {
  const { others, threshold } = party;
  const speaker = speakerOf(party);
  const both = (culprits: readonly PartyIndex[]): readonly Uint8Array[] => signedBy(culprits, ...replies);
  blameUnless(failures.K3, others, (j) => checks.hasDegreeOf(threshold, at(reveals, j).F), shown('K3', both));
  blameUnless(
    failures.K4,
    others,
    (j) => checks.opensCommitment(speaker(j), at(commitments, j).com, at(reveals, j)),
    shown('K4', both),
  );
  blameUnless(
    failures.K5,
    others,
    (j) => checks.knowsConstantTerm(speaker(j), at(reveals, j)),
    shown('K5', both),
  );
}

/** K7. Nobody is to blame: all contributions were fixed before any was seen. */
export function checkUsable(joint: Joint): void {
  if (!checks.isUsable(joint)) throw new ProtocolAbort('degenerate-sharing', [], { grade: 'D', check: 'K7' });
}

/** K10: a complaint makes the dealer or the complainer guilty. Returns the confirmations if there is none. */
export function checkComplaints(
  confirmations: PartyMap<Confirmation>,
  facts: Facts,
  replies: readonly [second: Reply, third: Reply],
): PartyMap<Ok> {
  const oks = new Map<PartyIndex, Ok>();
  const complaints = new Map<PartyIndex, Complaint>();
  for (const [j, said] of confirmations) {
    if (said.kind === 'ok') oks.set(j, said);
    else complaints.set(j, said);
  }
  const verdicts = [...complaints].map(([by, complaint]) =>
    isJustComplaint(complaint, by, facts)
      ? { code: 'share-mismatch', culprit: complaint.against }
      : { code: 'false-complaint', culprit: by },
  );
  const [first] = verdicts;
  if (first === undefined) return oks;
  const evidence = shown('K10', () => signedBy([...confirmations.keys()], ...replies))([first.culprit]);
  const culprits = [...new Set(verdicts.map(({ culprit }) => culprit))];
  throw new ProtocolAbort(first.code, culprits, { grade: 'A', check: 'K10', evidence });
}

/** K8 and K9: all confirm the key that the broadcasts give, and each holds its share of it. */
export function checkConfirmations(
  party: Party,
  expected: { readonly joint: Joint; readonly ok: Uint8Array },
  oks: PartyMap<Ok>,
  replies: readonly [second: Reply, third: Reply],
): void {
  const { others, parties } = party;
  const speaker = speakerOf(party);
  const all = (): readonly Uint8Array[] => signedBy(parties, ...replies);
  blameUnless(failures.K8, others, (j) => checks.confirmsSame(at(oks, j).ok, expected.ok), shown('K8', all));
  blameUnless(
    failures.K9,
    others,
    (j) => checks.holdsShare(speaker(j), expected.joint, at(oks, j)),
    shown('K9', all),
  );
}

/** K11: all have signed the same result. */
export function checkCertificate(
  party: Party,
  expected: { readonly hash: Uint8Array; readonly identityPks: PartyMap<Uint8Array> },
  signatures: PartyMap<Certification>,
  replies: readonly [second: Reply, third: Reply, fourth: Reply],
): void {
  const { hash, identityPks } = expected;
  blameUnless(
    failures.K11,
    party.others,
    (j) => checks.certifies(at(identityPks, j), hash, at(signatures, j).signature),
    shown('K11', () => signedBy(party.parties, ...replies)),
  );
}

/** Identity keys of the parties, in their order, as a record lists them. */
export const participantsOf = (
  parties: readonly PartyIndex[],
  identityPks: PartyMap<Uint8Array>,
): readonly { readonly index: PartyIndex; readonly identityPk: Uint8Array }[] =>
  [...forParties(parties, (j) => at(identityPks, j))].map(([index, identityPk]) => ({ index, identityPk }));
