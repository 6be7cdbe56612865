import type { PartyIndex, SessionId } from '../../crypto/brand.ts';
import { equalBytes } from '../../crypto/bytes.ts';
import { None, attempt, decode } from '../../crypto/codec.ts';
import type { Point } from '../../crypto/secp256k1.ts';
import { type Complaint, type DealSlot, isJust } from '../complaint.ts';
import { type EpochRecord, publicKeyOf } from '../epoch.ts';
import { type Envelope, SIGNED_BYTES, parseEnvelope, parseSigned, protos } from '../kernel/envelope.ts';
import type { Evidence } from '../kernel/evidence.ts';
import { viewOf } from '../kernel/notices.ts';
import { type PartyMap, at, mapParties } from '../kernel/protocol.ts';
import { helloCodec } from '../kernel/setup.ts';
import { type Spec, identitiesOf, partiesOf, pidsOf } from '../kernel/spec.ts';
import { openRList, openYList } from '../ot/base-ot.ts';
import { rListIsProper, yListIsProper } from '../ot/checks.ts';
import { isLegalBatch } from '../params.ts';
import {
  type Finding,
  type Rules,
  type Shown,
  type Spoken,
  behindDirects,
  decodedBy,
  reads,
  recheckSetup,
  showing,
} from '../replay.ts';
import * as checks from './checks.ts';
import { instanceAt, partsOf } from './instance.ts';
import { type Joint, combine, isDropped, okOf, pairId, presigIdOf, sumOfKeys } from './joint.ts';
import { allFragments, isHonestProof, isHonestStatement, sumCaseOf } from './key-sum.ts';
import {
  type Confirmation,
  type Reveal,
  commitmentCodec,
  confirmationCodec,
  directBytes,
  extendCodec,
  proofsCodec,
  revealCodec,
  roundNumbers,
} from './messages.ts';
import { provenByOpening } from './openings.ts';

/** What the public transcript of a presign session says. No secret is needed, and none can be learnt. */
export interface PresignReplay {
  readonly findings: readonly Finding[];
  /**
   * R_{j,s} of every party whose nonces are shown: the audit looks for one that occurs twice in a key's
   * history.
   */
  readonly nonces: PartyMap<readonly Point[]>;
  /** The presignatures, where every confirmation is shown. */
  readonly result: PresignResult | undefined;
  /**
   * Whether all members of the quorum confirmed what the broadcasts give: nothing may be signed without that.
   */
  readonly isReady: boolean;
}

/** The public part of a batch, as anyone computes it. */
export interface PresignResult {
  readonly sid: SessionId;
  /** v_4, 32 bytes. */
  readonly view: Uint8Array;
  /** Names of everybody's R4, 32 bytes each: online sessions go on from these. */
  readonly eids: PartyMap<Uint8Array>;
  /** What all have confirmed, 32 bytes. */
  readonly ok: Uint8Array;
  /** Those that P14 drops are missing. */
  readonly presignatures: readonly {
    readonly presigId: Uint8Array;
    readonly instance: number;
    readonly R: Point;
  }[];
}

/** What each check means, for people. */
const meanings = {
  P1: 'exactly the threshold of members of this epoch take part, in a known suite',
  P3: 'the party confirms the round that is shown',
  P7: 'the nonces are those that were committed to before any was seen',
  P8: 'no nonce of the party occurs twice in the batch',
  P13: 'the shares of the key add up to the key, and each is the one that its owner has',
  P15: 'the party confirms the batch that the broadcasts make',
  P16: 'everybody has confirmed',
  V11: 'the message has the form of its round',
} as const;

const finding = (check: keyof typeof meanings, accused: PartyIndex | undefined, ok: boolean): Finding => ({
  check,
  accused,
  ok,
  meaning: meanings[check],
});

/** Every public check on a public transcript: whole envelopes by round, as a session keeps them. */
export function replayPresign(
  spec: Spec,
  record: EpochRecord,
  rounds: readonly (readonly Uint8Array[])[],
): PresignReplay {
  const shown = showing(
    spec,
    rounds.flat().flatMap((bytes) => attempt(() => parseEnvelope(bytes)) ?? []),
    record,
  );
  const legality = finding('P1', undefined, isLegal(spec, record));
  const reveals = revealsIn(shown);
  const replay = recheck(shown, reveals);
  const isWhole = reveals.size === spec.participants.length && isLegalBatch(spec.batch);
  const sums = isWhole ? [finding('P13', undefined, addUp(spec, record, reveals))] : [];
  const ready = finding('P16', undefined, replay.isReady);
  return { ...replay, findings: [legality, ...replay.findings, ...sums, ready] };
}

const isLegal = (spec: Spec, record: EpochRecord): boolean =>
  partiesOf(spec).every((j) => checks.isLegalPresign(spec, record, j));

const addUp = ({ batch }: Spec, record: EpochRecord, reveals: PartyMap<Reveal>): boolean =>
  Array.from({ length: batch }, (_, s) => sumOfKeys(reveals, s)).every((sum) =>
    checks.addsUpToKey(sum, publicKeyOf(record)),
  );

/** Every public check whose inputs are shown, but those that need the record of the epoch. */
const recheckPresign = (shown: Shown): PresignReplay => recheck(shown, revealsIn(shown));

function recheck(shown: Shown, reveals: PartyMap<Reveal>): PresignReplay {
  const { spec, setup } = shown;
  const start = [...recheckSetup(shown), ...recheckForms(shown, reveals)];
  const nonces = mapParties(reveals, (_, { R }) => R);
  const nothing: PresignReplay = { findings: start, nonces, result: undefined, isReady: false };
  if (setup === undefined) return nothing;
  const opened = [...start, ...recheckReveals(shown, setup.sid, reveals)];
  if (reveals.size !== spec.participants.length) return { ...nothing, findings: opened };
  const joint = combine(spec.batch, reveals, checks.isUsableNonce);
  const confirmed = [
    ...recheckConfirmations(shown, setup.sid, joint),
    ...recheckStatements(shown, setup.sid, reveals),
  ];
  const isReady = checks.isReady(
    confirmed.filter(({ check, ok }) => check === 'P15' && ok).length,
    spec.threshold,
  );
  const result = isReady ? resultOf(shown, setup.sid, joint) : undefined;
  return { findings: [...opened, ...confirmed], nonces, result, isReady };
}

const roundOf = ({ rounds }: Shown, name: keyof typeof roundNumbers): PartyMap<Envelope> =>
  rounds[roundNumbers[name]] ?? new Map<PartyIndex, Envelope>();

const revealsIn = (shown: Shown): PartyMap<Reveal> => {
  const { batch, participants } = shown.spec;
  const codec = behindDirects(revealCodec(batch), participants.length - 1);
  return mapParties(decodedBy(codec, roundOf(shown, 'multiply')), (_, { rest }) => rest);
};

/** V11 of one broadcast: whether its body has the form of its round. No other round has a form. */
export function isLegiblePresign({ batch, participants }: Spec, round: number, body: Uint8Array): boolean {
  switch (round) {
    case 0:
      return reads(helloCodec, body);
    case roundNumbers.commit:
      return reads(behindDirects(commitmentCodec, participants.length - 1), body);
    case roundNumbers.extend:
      return reads(behindDirects(None, participants.length - 1), body);
    case roundNumbers.multiply:
      return reads(behindDirects(revealCodec(batch), participants.length - 1), body);
    case roundNumbers.confirm:
      return reads(confirmationCodec(participants.length), body);
    case roundNumbers.prove:
      return reads(proofsCodec, body);
    default:
      return false;
  }
}

/** A reveal that was read has its form: its points are not taken apart a second time. */
const recheckForms = ({ rounds, spec }: Shown, reveals: PartyMap<Reveal>): readonly Finding[] =>
  Object.values(roundNumbers).flatMap((round) =>
    [...(rounds[round] ?? [])].map(([j, { body }]) => {
      const isRead = round === roundNumbers.multiply && reveals.has(j);
      return finding('V11', j, isRead || isLegiblePresign(spec, round, body));
    }),
  );

/** P7 and P8, of everybody whose broadcasts are shown. */
function recheckReveals(shown: Shown, sid: SessionId, reveals: PartyMap<Reveal>): readonly Finding[] {
  const { participants } = shown.spec;
  const pids = pidsOf(shown.spec);
  const codec = behindDirects(commitmentCodec, participants.length - 1);
  const commitments = decodedBy(codec, roundOf(shown, 'commit'));
  return [...reveals].flatMap(([j, reveal]) => {
    const commitment = commitments.get(j)?.rest;
    const speaker = { sid, index: j, pid: at(pids, j) };
    const opening =
      commitment === undefined
        ? []
        : [finding('P7', j, checks.opensNonces(speaker, commitment.comR, reveal))];
    return [...opening, finding('P8', j, checks.hasDistinctNonces(reveal))];
  });
}

const eidsOf = (round: PartyMap<Envelope>): PartyMap<Uint8Array> => mapParties(round, (_, { eid }) => eid);

/** v_3, from v_2 as the party itself has signed it: only what it has confirmed can be held against it. */
const viewAsSeenBy = (shown: Shown, sid: SessionId, j: PartyIndex): Uint8Array => {
  const round = roundOf(shown, 'multiply');
  return viewOf(sid, roundNumbers.multiply, at(round, j).header.view, eidsOf(round));
};

const saidIn = (shown: Shown): PartyMap<Confirmation> =>
  decodedBy(confirmationCodec(shown.spec.participants.length), roundOf(shown, 'confirm'));

/** P15, of everybody whose confirmation is shown. */
function recheckConfirmations(shown: Shown, sid: SessionId, joint: Joint): readonly Finding[] {
  const round = roundOf(shown, 'confirm');
  return [...saidIn(shown)].flatMap(([j, said]) => {
    const view = viewAsSeenBy(shown, sid, j);
    if (!equalBytes(at(round, j).header.view, view)) return [finding('P3', undefined, false)];
    const seen = finding('P3', j, true);
    if (said.kind === 'fragments') return [seen];
    return [seen, finding('P15', j, checks.confirmsSame(said.ok, okOf(sid, view, joint)))];
  });
}

/** P13 as R4 and R5 show it, where the epoch is known: of everybody who has confirmed what it is held to. */
function recheckStatements(shown: Shown, sid: SessionId, reveals: PartyMap<Reveal>): readonly Finding[] {
  const { record, setup, spec } = shown;
  if (record === undefined || setup === undefined || !isLegal(spec, record)) return [];
  const epks = mapParties(setup.hellos, (_, { epk }) => epk);
  const sum = sumCaseOf({ sid, parties: partiesOf(spec), record, reveals, epks });
  const [fourth, fifth] = [roundOf(shown, 'confirm'), roundOf(shown, 'prove')];
  const said = saidIn(shown);
  const seen = (j: PartyIndex): boolean => equalBytes(at(fourth, j).header.view, viewAsSeenBy(shown, sid, j));
  const statements = [...said].flatMap(([j, one]) =>
    seen(j) ? [finding('P13', j, isHonestStatement(sum, j, one))] : [],
  );
  const fragments = said.size === reveals.size ? allFragments(said) : undefined;
  if (fragments === undefined) return statements;
  const proofs = [...decodedBy(proofsCodec, fifth)].flatMap(([j, one]) => {
    const view = viewOf(sid, roundNumbers.confirm, viewAsSeenBy(shown, sid, j), eidsOf(fourth));
    const isSeen = seen(j) && equalBytes(at(fifth, j).header.view, view);
    return isSeen ? [finding('P13', j, isHonestProof(sum, fragments, j, one))] : [];
  });
  return [...statements, ...proofs];
}

function resultOf(shown: Shown, sid: SessionId, joint: Joint): PresignResult | undefined {
  const [first] = partiesOf(shown.spec);
  if (first === undefined) return undefined;
  const third = viewAsSeenBy(shown, sid, first);
  const eids = eidsOf(roundOf(shown, 'confirm'));
  const view = viewOf(sid, roundNumbers.confirm, third, eids);
  const presignatures = joint.R.flatMap((R, instance) =>
    isDropped(joint, instance) ? [] : [{ presigId: presigIdOf(sid, view, instance), instance, R }],
  );
  return { sid, view, eids, ok: okOf(sid, third, joint), presignatures };
}

/** V10, V11, P4, P5 and P9 of a direct message that its receiver shows, or cannot open. [protocol, 5.4] */
function isBadDirect({ spec, setup }: Shown, direct: Complaint, to: PartyIndex): boolean {
  if (setup === undefined) return false;
  const bytes = direct.kind === 'bad-share' ? direct.signed : direct.envelope;
  const signed = attempt(() => parseSigned(bytes.slice(0, SIGNED_BYTES)));
  const slot = signed && slotOf(spec, signed.header.round);
  if (slot === undefined) return false;
  const facts = {
    sid: setup.sid,
    identityPks: identitiesOf(spec),
    epks: mapParties(setup.hellos, (_, { epk }) => epk),
  };
  const sidAB = pairId(setup.sid, direct.against, to);
  const isBad = (plaintext: Uint8Array): boolean => !isProperDirect(spec, slot.round, plaintext, sidAB);
  return isJust(direct, to, facts, { ...slot, isBad });
}

/** The direct messages of one round, all of one length. */
function slotOf({ batch }: Spec, round: number): DealSlot | undefined {
  const { commit, extend, multiply } = directBytes(batch);
  const lengths = new Map<number, number>([
    [roundNumbers.commit, commit],
    [roundNumbers.extend, extend],
    [roundNumbers.multiply, multiply],
  ]);
  const plaintextBytes = lengths.get(round);
  return plaintextBytes === undefined ? undefined : { proto: protos.presign, round, plaintextBytes };
}

function isProperDirect({ batch }: Spec, round: number, plaintext: Uint8Array, sidAB: Uint8Array): boolean {
  switch (round) {
    case roundNumbers.commit:
      return rListIsProper(openRList(sidAB, plaintext));
    case roundNumbers.extend:
      return (
        plaintext.length === directBytes(batch).extend &&
        yListIsProper(openYList(decode(extendCodec(batch), plaintext).yList))
      );
    case roundNumbers.multiply:
      return (
        plaintext.length === directBytes(batch).multiply &&
        Array.from({ length: batch }, (_, s) => partsOf(instanceAt(plaintext, s))).every(
          checks.instanceIsCanonical,
        )
      );
    default:
      return false;
  }
}

/**
 * Rules 0 and 3: who has confirmed does not stop the others any more, and who has multiplied with its Δ does
 * not open it. [protocol, 5.7, 13.1]
 */
function rulesOut(spec: Spec, { header, body }: Spoken, abort: Evidence | undefined): boolean {
  const isLast = header.round === roundNumbers.confirm;
  const said = isLast ? attempt(() => decode(confirmationCodec(spec.participants.length), body)) : undefined;
  if (said?.kind === 'ok') return true;
  return abort?.kind === 'extension-opening' && header.round >= roundNumbers.multiply;
}

/** How the judge decides about presigning: by the checks of the protocol, and by running it again. */
export const presignRules: Rules = {
  directRounds: [roundNumbers.commit, roundNumbers.extend, roundNumbers.multiply],
  isLegible: isLegiblePresign,
  findings: (shown) => recheckPresign(shown).findings,
  isBadDirect,
  provenByOpening,
  rulesOut,
};
