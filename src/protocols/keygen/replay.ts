import type { PartyIndex, SessionId } from '../../crypto/brand.ts';
import { equalBytes } from '../../crypto/bytes.ts';
import { attempt } from '../../crypto/codec.ts';
import type { Point } from '../../crypto/secp256k1.ts';
import { type EpochRecord, epochIdOf } from '../epoch.ts';
import { type Envelope, parseEnvelope } from '../kernel/envelope.ts';
import { viewOf } from '../kernel/notices.ts';
import { type PartyMap, at, mapParties } from '../kernel/protocol.ts';
import { type Hello, helloCodec } from '../kernel/setup.ts';
import { type Spec, identitiesOf, partiesOf, pidsOf } from '../kernel/spec.ts';
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
import * as checks from './checks.ts';
import { type Facts, isJustComplaint } from './complaint.ts';
import { type Joint, type Speaker, certificateHash, combine, okOf, recordOf } from './joint.ts';
import {
  type Confirmation,
  type Reveal,
  certificationCodec,
  commitmentCodec,
  confirmationCodec,
  revealCodec,
  roundNumbers,
} from './messages.ts';

/** What the public transcript of a key generation says. */
export interface KeygenReplay {
  readonly findings: readonly Finding[];
  /** What the broadcasts make, where all contributions are shown and legal. */
  readonly result: KeygenResult | undefined;
  /** Whether all members have signed the result: without that the key is never used. */
  readonly isCertified: boolean;
}

/** The new key, as anyone computes it. */
export interface KeygenResult {
  readonly record: EpochRecord;
  /** 32 bytes. */
  readonly epochId: Uint8Array;
  readonly publicKey: Point;
  readonly publicShares: PartyMap<Point>;
}

/** What each check means, for people. */
const meanings = {
  K1: 'the threshold is more than half of the members, and members are distinct',
  K2: 'the party confirms the round that is shown',
  K4: 'the contribution is the one that was committed to before any was seen',
  K5: 'the dealer knows the secret behind its contribution',
  K7: 'neither the key nor a share of it is publicly zero',
  K8: 'the party confirms the key that the contributions make',
  K9: 'the party holds its share of the key',
  K10: 'nobody cheated in private, and nobody complained without a cause',
  K11: 'the party signed the new key',
  K12: 'the public shares make the public key',
  V11: 'the message has the form of its round',
} as const;

const finding = (check: keyof typeof meanings, accused: PartyIndex | undefined, ok: boolean): Finding => ({
  check,
  accused,
  ok,
  meaning: meanings[check],
});

/** What is shown of one key generation, with the values that all later checks need. */
interface Case {
  readonly shown: Shown;
  readonly sid: SessionId;
  readonly parties: readonly PartyIndex[];
  readonly speaker: (j: PartyIndex) => Speaker;
  readonly reveals: PartyMap<Reveal>;
}

/** Every public check on a public transcript: whole envelopes by round, as a session keeps them. */
export const replayKeygen = (spec: Spec, rounds: readonly (readonly Uint8Array[])[]): KeygenReplay =>
  recheckKeygen(
    showing(
      spec,
      rounds.flat().flatMap((bytes) => attempt(() => parseEnvelope(bytes)) ?? []),
    ),
  );

/** Every public check whose inputs are shown: evidence shows less than a transcript, and is judged alike. */
function recheckKeygen(shown: Shown): KeygenReplay {
  const { spec, setup } = shown;
  const parties = partiesOf(spec);
  const start = [
    ...recheckSetup(shown),
    finding('K1', undefined, checks.isLegalCommittee(spec.threshold, parties)),
  ];
  if (setup === undefined) return { findings: start, result: undefined, isCertified: false };
  const reveals = revealsIn(spec, shown);
  const pids = pidsOf(spec);
  const speaker = (index: PartyIndex): Speaker => ({ sid: setup.sid, index, pid: at(pids, index) });
  const each: Case = { shown, sid: setup.sid, parties, speaker, reveals };
  const contributions = [...start, ...recheckForms(each), ...recheckContributions(each)];
  if (reveals.size !== parties.length)
    return { findings: contributions, result: undefined, isCertified: false };

  const joint = combine(setup.sid, parties, spec.threshold, reveals);
  const isUsable = checks.isUsable(joint);
  const sums = [...contributions, finding('K7', undefined, isUsable)];
  const [publicKey] = joint.C;
  if (!isUsable || publicKey === undefined) return { findings: sums, result: undefined, isCertified: false };
  const record = recordOf(setup.sid, spec.threshold, spec.participants, joint);
  const result = { record, epochId: epochIdOf(record), publicKey, publicShares: joint.publicShares };
  const signatures = recheckCertificate(each, result.epochId);
  return {
    findings: [
      ...sums,
      finding('K12', undefined, checks.interpolatesToKey(spec.threshold, joint.publicShares, publicKey)),
      ...recheckConfirmations(each, joint),
      ...signatures,
    ],
    result,
    isCertified: signatures.filter(({ check, ok }) => check === 'K11' && ok).length === parties.length,
  };
}

const roundOf = ({ rounds }: Shown, name: keyof typeof roundNumbers): PartyMap<Envelope> =>
  rounds[roundNumbers[name]] ?? new Map<PartyIndex, Envelope>();

const revealsIn = ({ threshold, participants }: Spec, shown: Shown): PartyMap<Reveal> =>
  mapParties(
    decodedBy(behindDirects(revealCodec(threshold), participants.length - 1), roundOf(shown, 'reveal')),
    (_, { rest }) => rest,
  );

/** V11 of one broadcast: whether its body has the form of its round. No other round has a form. */
export function isLegibleKeygen({ threshold, participants }: Spec, round: number, body: Uint8Array): boolean {
  switch (round) {
    case 0:
      return reads(helloCodec, body);
    case roundNumbers.commit:
      return reads(commitmentCodec, body);
    case roundNumbers.reveal:
      return reads(behindDirects(revealCodec(threshold), participants.length - 1), body);
    case roundNumbers.confirm:
      return reads(confirmationCodec, body);
    case roundNumbers.certify:
      return reads(certificationCodec, body);
    default:
      return false;
  }
}

/** V11 with K3: every broadcast has the form, and every vector the length, of its round. */
const recheckForms = ({ shown }: Case): readonly Finding[] =>
  Object.values(roundNumbers).flatMap((round) =>
    [...(shown.rounds[round] ?? [])].map(([j, { body }]) =>
      finding('V11', j, isLegibleKeygen(shown.spec, round, body)),
    ),
  );

/** K4 and K5, of everybody whose two broadcasts are shown. */
function recheckContributions({ shown, reveals, speaker }: Case): readonly Finding[] {
  const commitments = decodedBy(commitmentCodec, roundOf(shown, 'commit'));
  return [...reveals].flatMap(([j, reveal]) => {
    const commitment = commitments.get(j);
    return [
      ...(commitment === undefined
        ? []
        : [finding('K4', j, checks.opensCommitment(speaker(j), commitment.com, reveal))]),
      finding('K5', j, checks.knowsConstantTerm(speaker(j), reveal)),
    ];
  });
}

/**
 * The digest of a round that is shown whole, and who of the next round has signed it. Only what a party has
 * itself confirmed can be held against it: a set with one broadcast exchanged proves nothing.
 */
function signedView(
  { shown, sid }: Case,
  round: number,
  before: Uint8Array,
): { readonly view: Uint8Array; readonly confirms: (envelope: Envelope) => boolean } {
  const eids = mapParties(shown.rounds[round] ?? new Map<PartyIndex, Envelope>(), (_, { eid }) => eid);
  const view = viewOf(sid, round, before, eids);
  return { view, confirms: ({ header }) => equalBytes(header.view, view) };
}

/** v_1, as the accused itself has signed it in round 2. */
const viewBefore = (shown: Shown, j: PartyIndex): Uint8Array => at(roundOf(shown, 'reveal'), j).header.view;

/** K8 to K10, of everybody whose confirmation is shown. */
function recheckConfirmations(each: Case, joint: Joint): readonly Finding[] {
  const { shown } = each;
  const round = roundOf(shown, 'confirm');
  const said = decodedBy(confirmationCodec, round);
  return [...said].flatMap(([j, confirmation]) => {
    const { view, confirms } = signedView(each, roundNumbers.reveal, viewBefore(shown, j));
    return confirms(at(round, j))
      ? [finding('K2', j, true), ...recheckConfirmation(each, joint, view, [j, confirmation])]
      : [finding('K2', undefined, false)];
  });
}

function recheckConfirmation(
  { speaker, sid, shown, reveals }: Case,
  joint: Joint,
  view: Uint8Array,
  [j, said]: readonly [PartyIndex, Confirmation],
): readonly Finding[] {
  if (said.kind === 'ok')
    return [
      finding('K8', j, checks.confirmsSame(said.ok, okOf(sid, view, joint))),
      finding('K9', j, checks.holdsShare(speaker(j), joint, said)),
    ];
  const isJust = isJustComplaint(said, j, factsOf({ sid, shown, reveals }));
  return [finding('K10', isJust ? said.against : j, false)];
}

/** What a complaint is judged by. */
const factsOf = ({ shown, sid, reveals }: Pick<Case, 'shown' | 'sid' | 'reveals'>): Facts => ({
  sid,
  identityPks: identitiesOf(shown.spec),
  epks: mapParties(shown.setup?.hellos ?? new Map<PartyIndex, Hello>(), (_, { epk }) => epk),
  F: mapParties(reveals, (_, { F }) => F),
});

/** How the judge decides about key generation: by the checks of the protocol. */
export const keygenRules: Rules = {
  directRounds: [roundNumbers.reveal],
  isLegible: isLegibleKeygen,
  findings: (shown) => recheckKeygen(shown).findings,
  isBadDirect: (shown, direct, to) => {
    const { spec, setup } = shown;
    if (setup === undefined) return false;
    return isJustComplaint(direct, to, factsOf({ shown, sid: setup.sid, reveals: revealsIn(spec, shown) }));
  },
};

/** K11, of everybody whose signature is shown, where all confirmations are. */
function recheckCertificate(each: Case, epochId: Uint8Array): readonly Finding[] {
  const { shown, parties, sid } = each;
  const round = roundOf(shown, 'certify');
  const identityPks = identitiesOf(shown.spec);
  if (roundOf(shown, 'confirm').size !== parties.length) return [];
  return [...decodedBy(certificationCodec, round)].map(([j, { signature }]) => {
    const second = signedView(each, roundNumbers.reveal, viewBefore(shown, j));
    const third = signedView(each, roundNumbers.confirm, second.view);
    if (!third.confirms(at(round, j))) return finding('K2', undefined, false);
    const hash = certificateHash(sid, third.view, epochId);
    return finding('K11', j, checks.certifies(at(identityPks, j), hash, signature));
  });
}
