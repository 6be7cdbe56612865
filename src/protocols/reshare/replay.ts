import type { PartyIndex, SessionId } from '../../crypto/brand.ts';
import { equalBytes } from '../../crypto/bytes.ts';
import { attempt, decode } from '../../crypto/codec.ts';
import { assert } from '../../crypto/errors.ts';
import type { Point } from '../../crypto/secp256k1.ts';
import { type EpochRecord, epochIdOf } from '../epoch.ts';
import { type Envelope, parseEnvelope } from '../kernel/envelope.ts';
import { viewOf } from '../kernel/notices.ts';
import { type PartyMap, at, mapParties } from '../kernel/protocol.ts';
import { type Hello, helloCodec } from '../kernel/setup.ts';
import { type ReshareTerms, type Spec, identitiesOf } from '../kernel/spec.ts';
import {
  type Finding,
  type Rules,
  type Shown,
  behindDirects,
  decodedBy,
  reads,
  recheckSetup,
  showing,
} from '../replay.ts';
import { type Ack, type Prepared, certHashOf, holdsNewShare } from './activation.ts';
import { complaintsIn } from './blame.ts';
import * as checks from './checks.ts';
import { dealerSet, prepare } from './combine.ts';
import { type Facts, isJustComplaint } from './complaint.ts';
import {
  type Dealing,
  type Voting,
  acknowledgingCodec,
  dealPairs,
  dealingCodec,
  roundNumbers,
  votingCodec,
} from './messages.ts';

/** What the public transcript of a reshare says, beside the epoch that it leaves. */
export interface ReshareReplay {
  readonly findings: readonly Finding[];
  /** Dealers that do not count, ascending. A session with some of them may still have made an epoch. */
  readonly removed: readonly PartyIndex[];
  /** What was prepared, where all deals and votes are shown and enough dealers are left. */
  readonly result: { readonly prepared: Prepared; readonly certHash: Uint8Array } | undefined;
  /** The acknowledgements that hold, ascending: the epoch is prepared when every new member has given one. */
  readonly acks: readonly Ack[];
}

/** What each check means, for people. */
const meanings = {
  H1: 'the new committee can sign, the dealers hold shares of this epoch, and nobody changes seats',
  H2: 'the party confirms the round that is shown',
  H4: 'the dealer shared its own share of this epoch',
  H7: 'nobody dealt something wrong in private, and nobody complained without a cause',
  H8: 'enough honest dealers are left, and what they dealt is a sharing of the same key',
  H9: 'the member holds its share of the epoch that the broadcasts make',
  V11: 'the message has the form of its round, and of the part that its sender has in it',
} as const;

const finding = (check: keyof typeof meanings, accused: PartyIndex | undefined, ok: boolean): Finding => ({
  check,
  accused,
  ok,
  meaning: meanings[check],
});

/** What is shown of one reshare, with the values that all later checks need. */
interface Case {
  readonly shown: Shown;
  readonly sid: SessionId;
  readonly old: EpochRecord;
  readonly terms: ReshareTerms;
  readonly F: PartyMap<readonly Point[]>;
}

/** Every public check on a public transcript: whole envelopes by round, as a session keeps them. */
export const replayReshare = (
  spec: Spec,
  record: EpochRecord,
  rounds: readonly (readonly Uint8Array[])[],
): ReshareReplay =>
  recheckReshare(
    showing(
      spec,
      rounds.flat().flatMap((bytes) => attempt(() => parseEnvelope(bytes)) ?? []),
      record,
    ),
  );

/** Every public check whose inputs are shown: evidence shows less than a transcript, and is judged alike. */
function recheckReshare(shown: Shown): ReshareReplay {
  const { spec, setup } = shown;
  const { old, terms } = subjectOf(shown);
  const isLegal = checks.isLegalReshare(old, terms, spec.participants);
  const start = [...recheckSetup(shown), finding('H1', undefined, isLegal), ...recheckForms(shown)];
  if (setup === undefined) return { findings: start, removed: [], result: undefined, acks: [] };
  const each: Case = { shown, sid: setup.sid, old, terms, F: dealtIn(shown, terms) };
  const wrong = terms.dealers.filter((i) => each.F.has(i) && !checks.dealsItsShare(old, i, at(each.F, i)));
  const votes = recheckVotes(each);
  const removed = terms.dealers.filter((i) => wrong.includes(i) || votes.guilty.includes(i));
  const prepared = votes.isSettled && isLegal ? preparedBy(each, removed) : undefined;
  const result = prepared && { prepared, certHash: certHashOf(prepared) };
  const acknowledged = recheckAcknowledgements(each, result);
  return {
    findings: [
      ...start,
      ...[...each.F.keys()].map((i) => finding('H4', i, !wrong.includes(i))),
      ...votes.findings,
      ...(votes.isSettled ? [finding('H8', undefined, result !== undefined)] : []),
      ...acknowledged.findings,
    ],
    removed,
    result,
    acks: acknowledged.acks,
  };
}

/** @throws Bug for a session that is no reshare, or without the record of the epoch that it leaves */
function subjectOf({ spec, record }: Shown): { readonly old: EpochRecord; readonly terms: ReshareTerms } {
  assert(
    spec.reshare !== undefined && record !== undefined,
    'a reshare is judged by the epoch that it leaves',
  );
  assert(equalBytes(epochIdOf(record), spec.epochId), 'this reshare leaves another epoch');
  return { old: record, terms: spec.reshare };
}

const termsOf = ({ reshare: terms }: Spec): ReshareTerms => {
  assert(terms !== undefined, 'a reshare without terms');
  return terms;
};

const roundOf = ({ rounds }: Shown, name: keyof typeof roundNumbers): PartyMap<Envelope> =>
  rounds[roundNumbers[name]] ?? new Map<PartyIndex, Envelope>();

const isWhole = (shown: Shown, name: keyof typeof roundNumbers): boolean =>
  roundOf(shown, name).size === shown.spec.participants.length;

/** To whom a party deals. */
const recipients = (spec: Spec, from: PartyIndex): readonly PartyIndex[] => {
  const isPair = dealPairs(termsOf(spec));
  return termsOf(spec).members.filter((to) => to !== from && isPair(from, to));
};

/** What a broadcast of R1 says behind its list of direct messages. */
const dealingIn = (spec: Spec, from: PartyIndex, body: Uint8Array): Dealing | undefined => {
  const codec = behindDirects(dealingCodec(termsOf(spec).threshold), recipients(spec, from).length);
  return attempt(() => decode(codec, body).rest);
};

/** F of every dealer whose R1 is shown, and in form. */
function dealtIn(shown: Shown, { dealers }: ReshareTerms): PartyMap<readonly Point[]> {
  const F = new Map<PartyIndex, readonly Point[]>();
  for (const [j, { body }] of roundOf(shown, 'deal')) {
    const said = dealingIn(shown.spec, j, body);
    if (said?.kind === 'dealt' && dealers.includes(j)) F.set(j, said.F);
  }
  return F;
}

/** V11 of one broadcast: whether its body has the form of its round, and of its sender's part in it. */
export function isLegibleReshare(spec: Spec, round: number, body: Uint8Array, from: PartyIndex): boolean {
  const terms = termsOf(spec);
  switch (round) {
    case 0:
      return reads(helloCodec, body);
    case roundNumbers.deal: {
      const said = dealingIn(spec, from, body);
      return said !== undefined && checks.dealsAsPlanned(terms, from, said);
    }
    case roundNumbers.vote: {
      const said = attempt(() => decode(votingCodec(terms.dealers.length), body));
      return said !== undefined && checks.votesAsPlanned(terms, from, said);
    }
    case roundNumbers.acknowledge: {
      const said = attempt(() => decode(acknowledgingCodec, body));
      return said !== undefined && checks.acknowledgesAsPlanned(terms, from, said);
    }
    default:
      return false;
  }
}

/** V11 with H3: every broadcast has the form, every vector and vote the length, of its round. */
const recheckForms = (shown: Shown): readonly Finding[] =>
  Object.values(roundNumbers).flatMap((round) =>
    [...(shown.rounds[round] ?? [])].map(([j, { body }]) =>
      finding('V11', j, isLegibleReshare(shown.spec, round, body, j)),
    ),
  );

/**
 * v_1, or v_2, as a party that was shown these broadcasts must have it: v_0 is taken as the party itself has
 * signed it. Only what it has confirmed can be held against it: a set with one broadcast exchanged proves
 * nothing.
 */
function viewOfParty({ shown, sid }: Case, j: PartyIndex, last: 'deal' | 'vote'): Uint8Array | undefined {
  let view = roundOf(shown, 'deal').get(j)?.header.view;
  for (const name of last === 'deal' ? (['deal'] as const) : (['deal', 'vote'] as const)) {
    const eids = mapParties(roundOf(shown, name), (_, { eid }) => eid);
    view = view && viewOf(sid, roundNumbers[name], view, eids);
  }
  return view;
}

const confirms = (each: Case, j: PartyIndex, envelope: Envelope, last: 'deal' | 'vote'): boolean => {
  const view = viewOfParty(each, j, last);
  return view !== undefined && equalBytes(envelope.header.view, view);
};

/** What the votes that are shown come to. */
interface Votes {
  readonly findings: readonly Finding[];
  /** Dealers about whom a complaint holds. */
  readonly guilty: readonly PartyIndex[];
  /** All have dealt and voted over the same broadcasts, in form, and no complaint is false. */
  readonly isSettled: boolean;
}

/** H7, of everybody whose vote is shown. */
function recheckVotes(each: Case): Votes {
  const { shown, terms } = each;
  const round = roundOf(shown, 'vote');
  const said = new Map<PartyIndex, Voting>();
  for (const [j, vote] of decodedBy(votingCodec(terms.dealers.length), round))
    if (checks.votesAsPlanned(terms, j, vote)) said.set(j, vote);
  const confirmed = new Map([...said].filter(([j]) => confirms(each, j, at(round, j), 'deal')));
  const facts = factsOf(each);
  const verdicts = complaintsIn(terms, confirmed).map(({ by, complaint }) => {
    const isJust = isJustComplaint(complaint, by, facts);
    return { accused: isJust ? complaint.against : by, isJust };
  });
  return {
    findings: [
      ...[...said.keys()].map((j) => finding('H2', undefined, confirmed.has(j))),
      ...verdicts.map(({ accused }) => finding('H7', accused, false)),
    ],
    guilty: verdicts.filter(({ isJust }) => isJust).map(({ accused }) => accused),
    isSettled:
      isWhole(shown, 'deal') &&
      each.F.size === terms.dealers.length &&
      confirmed.size === shown.spec.participants.length &&
      verdicts.every(({ isJust }) => isJust),
  };
}

/** What a complaint is judged by. */
const factsOf = ({ shown, sid, F, old }: Case): Facts => ({
  sid,
  identityPks: identitiesOf(shown.spec),
  epks: mapParties(shown.setup?.hellos ?? new Map<PartyIndex, Hello>(), (_, { epk }) => epk),
  F,
  old,
});

/** H8: what was prepared, unless too few dealers are left, or their deals make no sharing of the key. */
function preparedBy(
  { shown, sid, old, terms, F }: Case,
  removed: readonly PartyIndex[],
): Prepared | undefined {
  const good = terms.dealers.filter((i) => !removed.includes(i));
  if (!checks.hasEnoughDealers(old, good)) return undefined;
  const prepared = prepare(
    old,
    { sid, terms, identityPks: identitiesOf(shown.spec) },
    dealerSet(old, good),
    F,
  );
  const { commitments } = prepared.record;
  const isSound = checks.isUsableSharing(commitments, terms.members) && checks.keepsKey(old, commitments);
  return isSound ? prepared : undefined;
}

/** H9, of everybody whose acknowledgement is shown, where what it acknowledges is. */
function recheckAcknowledgements(
  each: Case,
  result: ReshareReplay['result'],
): { readonly findings: readonly Finding[]; readonly acks: readonly Ack[] } {
  const round = roundOf(each.shown, 'acknowledge');
  const acks: Ack[] = [];
  if (result === undefined) return { findings: [], acks };
  const findings = [...decodedBy(acknowledgingCodec, round)].flatMap(([index, said]) => {
    if (!checks.acknowledgesAsPlanned(each.terms, index, said)) return [];
    if (!confirms(each, index, at(round, index), 'vote')) return [finding('H2', undefined, false)];
    if (said.kind === 'nothing') return [];
    const ack = { index, proof: said.proof };
    const isSame = checks.preparesSame(said.certHash, result.certHash);
    const ok = isSame && holdsNewShare(result.prepared, ack);
    if (ok) acks.push(ack);
    return [finding('H9', index, ok)];
  });
  return { findings, acks };
}

/** How the judge decides about a reshare: by the checks of the protocol, and the epoch that it leaves. */
export const reshareRules: Rules = {
  directRounds: [roundNumbers.deal],
  recipients,
  isLegible: isLegibleReshare,
  findings: (shown) => recheckReshare(shown).findings,
  isBadDirect: (shown, direct, to) => {
    const { setup } = shown;
    if (setup === undefined) return false;
    const { old, terms } = subjectOf(shown);
    const each: Case = { shown, sid: setup.sid, old, terms, F: dealtIn(shown, terms) };
    return terms.members.includes(to) && isJustComplaint(direct, to, factsOf(each));
  },
};
