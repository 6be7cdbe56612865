import type { PartyIndex, SessionId } from '../../crypto/brand.ts';
import { equalBytes } from '../../crypto/bytes.ts';
import { None, attempt, decode } from '../../crypto/codec.ts';
import type { Point } from '../../crypto/secp256k1.ts';
import type { Complaint } from '../complaint.ts';
import { type EpochRecord, publicKeyOf } from '../epoch.ts';
import {
  type Envelope,
  envelopeKinds,
  parseEnvelope,
  parseSigned,
  plaintextHash,
} from '../kernel/envelope.ts';
import { viewOf } from '../kernel/notices.ts';
import { type PartyMap, at, mapParties } from '../kernel/protocol.ts';
import { helloCodec } from '../kernel/setup.ts';
import { type Spec, partiesOf, pidsOf } from '../kernel/spec.ts';
import { openRList, openYList } from '../ot/base-ot.ts';
import { rListIsProper, yListIsProper } from '../ot/checks.ts';
import { isLegalBatch } from '../params.ts';
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
import { instanceAt, partsOf } from './instance.ts';
import { type Joint, combine, isDropped, okOf, pairId, presigIdOf, sumOfKeys } from './joint.ts';
import {
  type Reveal,
  commitmentCodec,
  confirmationCodec,
  directBytes,
  extendCodec,
  revealCodec,
  roundNumbers,
} from './messages.ts';

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
  P13: 'the shares of the key add up to the key',
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
  );
  const isLegal = partiesOf(spec).every((j) => checks.isLegalPresign(spec, record, j));
  const legality = finding('P1', undefined, isLegal);
  const reveals = revealsIn(shown);
  const replay = recheck(shown, reveals);
  const isWhole = reveals.size === spec.participants.length && isLegalBatch(spec.batch);
  const sums = isWhole ? [finding('P13', undefined, addUp(spec, record, reveals))] : [];
  const ready = finding('P16', undefined, replay.isReady);
  return { ...replay, findings: [legality, ...replay.findings, ...sums, ready] };
}

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
  const confirmed = recheckConfirmations(shown, setup.sid, joint);
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
      return reads(confirmationCodec, body);
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

/** P15, of everybody whose confirmation is shown. */
function recheckConfirmations(shown: Shown, sid: SessionId, joint: Joint): readonly Finding[] {
  const round = roundOf(shown, 'confirm');
  return [...decodedBy(confirmationCodec, round)].flatMap(([j, { ok }]) => {
    const view = viewAsSeenBy(shown, sid, j);
    if (!equalBytes(at(round, j).header.view, view)) return [finding('P3', undefined, false)];
    return [finding('P3', j, true), finding('P15', j, checks.confirmsSame(ok, okOf(sid, view, joint)))];
  });
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

/** P4, P5, P9 and V11 of a direct message that its receiver shows. Form b is not used in presigning. */
function isBadDirect({ spec, setup }: Shown, direct: Complaint, to: PartyIndex): boolean {
  if (direct.kind !== 'bad-share' || setup === undefined) return false;
  const signed = attempt(() => parseSigned(direct.signed));
  if (signed === undefined) return false;
  const { header } = signed;
  const isIt =
    header.kind === envelopeKinds.direct &&
    header.from === direct.against &&
    header.to === to &&
    equalBytes(header.sid, setup.sid) &&
    equalBytes(header.ph, plaintextHash(header, direct.salt, direct.plaintext));
  return isIt && !isProperDirect(spec, header.round, direct.plaintext, pairId(setup.sid, direct.against, to));
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
 * How the judge decides about presigning: by the checks of the protocol. E5 to E7 are not judged in this
 * release.
 */
export const presignRules: Rules = {
  directRounds: [roundNumbers.commit, roundNumbers.extend, roundNumbers.multiply],
  isLegible: isLegiblePresign,
  findings: (shown) => recheckPresign(shown).findings,
  isBadDirect,
};
