import type { PartyIndex, SessionId } from '../../crypto/brand.ts';
import { equalBytes } from '../../crypto/bytes.ts';
import { attempt } from '../../crypto/codec.ts';
import type { Signature } from '../../crypto/ecdsa.ts';
import { type Envelope, parseEnvelope } from '../kernel/envelope.ts';
import { viewOf } from '../kernel/notices.ts';
import { type PartyMap, at, mapParties } from '../kernel/protocol.ts';
import { type Spec, partiesOf } from '../kernel/spec.ts';
import { type Finding, type Rules, type Shown, decodedBy, reads, showing } from '../replay.ts';
import * as checks from './checks.ts';
import { combineShares } from './combine.ts';
import { type BeaconNonce, type SignatureShare, nonceCodec, roundNumbers, shareCodec } from './messages.ts';
import {
  type Task,
  beaconOf,
  rerandomiser,
  sessionOf,
  shiftedNonce,
  signSessionId,
  signingKey,
  tuple,
  tuple0,
} from './tuple.ts';

/** Where the presign session of the presignature ended: from its own replay. */
export interface Followed {
  /** v_4, 32 bytes. */
  readonly view: Uint8Array;
  /** Names of everybody's R4, 32 bytes each. */
  readonly eids: PartyMap<Uint8Array>;
}

/** What the public transcript of an online session says. */
export interface SignReplay {
  readonly findings: readonly Finding[];
  /** The signature that the logged shares make, if it is valid. */
  readonly signature: Signature | undefined;
}

/** What each check means, for people. */
const meanings = {
  S2: 'the digest can be signed',
  S6: 'the shifted nonce can be used',
  S7: 'the party speaks about the request of this session, and no other',
  S9: 'the shares add up to something',
  S10: 'the shares make a low-s signature of the digest, which recovers the key',
  A5: 'the party goes on from its own confirmation of the presignatures',
  A6: 'the session is named after the presignature and everything that is signed with it',
  P3: 'the party confirms the round that is shown',
  V11: 'the message has the form of its round',
} as const;

const finding = (check: keyof typeof meanings, accused: PartyIndex | undefined, ok: boolean): Finding => ({
  check,
  accused,
  ok,
  meaning: meanings[check],
});

/**
 * Every public check on the transcript of an online session, given what was to be signed. Single shares
 * cannot be verified by anybody; their sum can. [protocol, 14.3 A5 to A7]
 */
export function replaySign(
  spec: Spec,
  task: Task,
  follows: Followed,
  rounds: readonly (readonly Uint8Array[])[],
): SignReplay {
  const shown = showing(
    spec,
    rounds.flat().flatMap((bytes) => attempt(() => parseEnvelope(bytes)) ?? []),
  );
  const isNamed = shown.setup !== undefined && equalBytes(shown.setup.sid, sessionOf(task));
  const tau0 = tuple0(task);
  const nonces = noncesIn(shown);
  const start = [
    finding('S2', undefined, checks.isSignableDigest(task.digest)),
    finding('A6', undefined, isNamed),
    ...recheckStart(shown, follows),
    ...[...nonces].map(([j, nonce]) => finding('S7', j, checks.bindsTuple0(nonce, tau0))),
    ...recheckSign(shown),
  ];
  const shares = sharesIn(shown);
  const isWhole = shares.size === spec.participants.length && nonces.size === shares.size;
  if (!isNamed || !isWhole || !checks.isSignableDigest(task.digest))
    return { findings: start, signature: undefined };
  return recombine(task, start, beaconIn(tau0, nonces), shares);
}

/** A5: round 1 stands on the confirmation of the presign session. */
const recheckStart = (shown: Shown, follows: Followed): readonly Finding[] =>
  [...roundOf(shown, 'nonce')].map(([j, { header }]) => {
    const before = follows.eids.get(j);
    const isNext = before !== undefined && equalBytes(header.prev, before);
    return finding('A5', j, isNext && equalBytes(header.view, follows.view));
  });

/** S6, S9 and S10: what the shares make. */
function recombine(
  task: Task,
  start: readonly Finding[],
  beacon: Uint8Array,
  shares: PartyMap<SignatureShare>,
): SignReplay {
  const shifted = shiftedNonce(task.presignature.R, rerandomiser(task, beacon));
  const isUsable = checks.isUsableShift(shifted);
  const signature = isUsable ? combineShares(shares.values(), shifted) : undefined;
  const isValid = signature !== undefined && checks.isSignatureOf(signingKey(task), task.digest, signature);
  return {
    findings: [
      ...start,
      finding('S6', undefined, isUsable),
      finding('S9', undefined, signature !== undefined),
      finding('S10', undefined, isValid),
    ],
    signature: isValid ? signature : undefined,
  };
}

/** Every public check whose inputs are shown, without knowing what was to be signed. */
function recheckSign(shown: Shown): readonly Finding[] {
  const { spec, setup, rounds } = shown;
  const forms = Object.values(roundNumbers).flatMap((round) =>
    [...(rounds[round] ?? [])].map(([j, { body }]) => finding('V11', j, isLegibleSign(spec, round, body))),
  );
  const nonces = noncesIn(shown);
  if (setup === undefined || nonces.size !== partiesOf(spec).length) return forms;
  const shares = [...sharesIn(shown)].map(([j, share]) => recheckShare(shown, setup.sid, nonces, [j, share]));
  return [...forms, ...shares];
}

/** S7 of one share, by what its sender has itself signed in both rounds. */
function recheckShare(
  shown: Shown,
  sid: SessionId,
  nonces: PartyMap<BeaconNonce>,
  [j, share]: readonly [PartyIndex, SignatureShare],
): Finding {
  const round = roundOf(shown, 'nonce');
  const before = at(round, j).header.view;
  const view = viewOf(
    sid,
    roundNumbers.nonce,
    before,
    mapParties(round, (_, { eid }) => eid),
  );
  if (!equalBytes(at(roundOf(shown, 'share'), j).header.view, view)) return finding('P3', undefined, false);
  const tau0 = at(nonces, j).tuple0;
  const tau = tuple(tau0, beaconIn(tau0, nonces));
  const isNamed = equalBytes(signSessionId(share.presigId, tau0), sid);
  return finding('S7', j, isNamed && checks.bindsTuple(share, { presigId: share.presigId, tuple: tau }));
}

const beaconIn = (tau0: Uint8Array, nonces: PartyMap<BeaconNonce>): Uint8Array =>
  beaconOf(
    tau0,
    mapParties(nonces, (_, { nonce }) => nonce),
  );

const roundOf = ({ rounds }: Shown, name: keyof typeof roundNumbers): PartyMap<Envelope> =>
  rounds[roundNumbers[name]] ?? new Map<PartyIndex, Envelope>();
const noncesIn = (shown: Shown): PartyMap<BeaconNonce> => decodedBy(nonceCodec, roundOf(shown, 'nonce'));
const sharesIn = (shown: Shown): PartyMap<SignatureShare> => decodedBy(shareCodec, roundOf(shown, 'share'));

/** V11 and S8 of one broadcast: whether its body has the form of its round. No other round has a form. */
export function isLegibleSign(_spec: Spec, round: number, body: Uint8Array): boolean {
  switch (round) {
    case roundNumbers.nonce:
      return reads(nonceCodec, body);
    case roundNumbers.share:
      return reads(shareCodec, body);
    default:
      return false;
  }
}

/** How the judge decides about online signing. There are no direct messages. */
export const signRules: Rules = {
  directRounds: [],
  isLegible: isLegibleSign,
  findings: recheckSign,
  isBadDirect: () => false,
};
