import type { PartyIndex } from '../crypto/brand.ts';
import { equalBytes } from '../crypto/bytes.ts';
import { attempt, decode } from '../crypto/codec.ts';
import { assert } from '../crypto/errors.ts';
import * as dleq from '../crypto/proofs/dleq.ts';
import { pointCodec } from '../crypto/secp256k1.ts';
import { type EpochRecord, epochIdOf, isQuorumOf } from './epoch.ts';
import {
  type DirectEntry,
  type Header,
  SIGNED_BYTES,
  envelopeKinds,
  parseEnvelope,
  parseSigned,
  protos,
} from './kernel/envelope.ts';
import { type Evidence, type Verdict, decodeEvidence, opensSeed } from './kernel/evidence.ts';
import { readNotice } from './kernel/endings.ts';
import { abortCodec } from './kernel/notices.ts';
import { hasPlainHeader } from './kernel/round-checks.ts';
import { type Spec, partiesOf } from './kernel/spec.ts';
import { isLegalBatch } from './params.ts';
import { keygenRules } from './keygen/replay.ts';
import { presignRules } from './presign/replay.ts';
import { type Rules, type Shown, directsIn, isFrom, namesAllDirects, showing } from './replay.ts';
import { reshareRules } from './reshare/replay.ts';
import { signRules } from './sign/replay.ts';

const protocols: ReadonlyMap<number, Rules> = new Map([
  [protos.keygen, keygenRules],
  [protos.presign, presignRules],
  [protos.sign, signRules],
  [protos.reshare, reshareRules],
]);

/** The rules of a protocol whose evidence can be judged in full; of others, what holds for every envelope. */
export const rulesOf = (proto: number): Rules | undefined => protocols.get(proto);

/** Accusations of accusations are followed this far. */
const MAX_DEPTH = 3;

/** Header and signature, and the body where it was shown. */
interface Signed {
  readonly header: Header;
  readonly eid: Uint8Array;
  readonly signature: Uint8Array;
  readonly body: Uint8Array | undefined;
}

interface Case {
  readonly evidence: Evidence;
  readonly spec: Spec;
  readonly shown: Shown;
  readonly rules: Rules | undefined;
  /** What the accused has signed, in the order of the evidence. */
  readonly signed: readonly Signed[];
  readonly depth: number;
}

/**
 * Who is guilty, by signed bytes alone: one function for nodes, audit and tests. An honest accuser shows
 * everything that is needed, so what does not prove the accused guilty speaks against the accuser.
 *
 * The session id follows from round 0, so its broadcasts by all parties belong to the evidence of every later
 * round; a caller that has them passes them as `setup`. A reshare is judged by the epoch that it leaves as
 * well, and shares of presigning by the epoch to which they belong: `record` is that of `spec.epochId`, from
 * the registry; see `needsRecord`. Decides E1 to E7 of the specification. [protocol, 13.3]
 * @throws Bug for a reshare, or a sum of shares in presigning (P13), without its record
 */
export function judge(
  evidence: Evidence,
  spec: Spec,
  setup: readonly Uint8Array[] = [],
  record?: EpochRecord,
): Verdict {
  const isKnown = record !== undefined && equalBytes(epochIdOf(record), spec.epochId);
  assert(spec.proto !== protos.reshare || isKnown, 'a reshare is judged by the epoch that it leaves');
  assert(record === undefined || isKnown || !needsRecord(spec), 'a record of another epoch');
  // Identities come from the registry: in a session of others anybody can sign in anybody's name.
  const isReal = record === undefined || isOfEpoch(spec, record, evidence.accused);
  const because = isReal ? proofOf(evidence, { spec, setup, record }, 0) : undefined;
  return because === undefined
    ? { guilty: 'accuser', because: `what is shown proves nothing against party ${evidence.accused}` }
    : { guilty: 'accused', because };
}

/**
 * Whether a session is one of this epoch: all of its parties are members, as many as sign, by the identities
 * that they have there. Of a reshare, in which newcomers take part, at least the accused has to be a member
 * under its own identity, or at an index that no member has.
 */
function isOfEpoch(spec: Spec, record: EpochRecord, accused: PartyIndex): boolean {
  const isSame = ({ index, identityPk }: Spec['participants'][number]): boolean | undefined => {
    const member = record.members.find((one) => one.index === index);
    return member && equalBytes(member.identityPk, identityPk);
  };
  if (spec.proto === protos.reshare)
    return spec.participants.every((party) => party.index !== accused || isSame(party) !== false);
  if (spec.proto !== protos.presign && spec.proto !== protos.sign) return true;
  const isLegal = spec.proto === protos.sign || isLegalBatch(spec.batch);
  return (
    isLegal && isQuorumOf(record, partiesOf(spec)) && spec.participants.every((one) => isSame(one) === true)
  );
}

/** Whether evidence of this session may need the record of its epoch: without it, do not ask the judge. */
export const needsRecord = ({ proto }: Pick<Spec, 'proto'>): boolean =>
  proto === protos.reshare || proto === protos.presign;

/** What is known beside the evidence. */
interface Knowledge {
  readonly spec: Spec;
  readonly setup: readonly Uint8Array[];
  readonly record: EpochRecord | undefined;
}

function proofOf(evidence: Evidence, known: Knowledge, depth: number): string | undefined {
  const { spec, setup, record } = known;
  const whole = [...evidence.envelopes, ...setup].flatMap(
    (bytes) => attempt(() => parseEnvelope(bytes)) ?? [],
  );
  const shown = showing(spec, whole, record);
  // Nobody honest signs twice for one slot of any session; so there it does not matter which one it was.
  const isAnywhere = evidence.kind === 'equivocation';
  const signed = evidence.envelopes.flatMap((bytes) => {
    const one = signedIn(bytes);
    if (one?.header.from !== evidence.accused || !isFrom(spec, one)) return [];
    return isAnywhere || isPlaced(one.header, shown) ? [one] : [];
  });
  const each: Case = { evidence, spec, shown, rules: rulesOf(spec.proto), signed, depth };
  switch (evidence.kind) {
    case 'malformed':
      return malformed(each);
    case 'equivocation':
      return equivocation(each);
    case 'public-check':
      return evidence.check === 'V7' ? brokenChain(each) : failedCheck(each);
    case 'opening':
    case 'undecryptable':
      return badDirect(each, evidence);
    case 'extension-opening':
    case 'product-opening':
      return each.rules?.provenByOpening?.(shown, evidence);
    case 'false-accusation':
      return falseAccusation(each, known);
  }
}

function signedIn(bytes: Uint8Array): Signed | undefined {
  if (bytes.length > SIGNED_BYTES) return attempt(() => parseEnvelope(bytes));
  const signed = attempt(() => parseSigned(bytes));
  return signed && { ...signed, body: signed.header.bodyLength === 0 ? new Uint8Array(0) : undefined };
}

/** Whether an envelope belongs to this session: a message of another one proves nothing here. */
function isPlaced({ kind, round, sid }: Header, { spec, name, setup }: Shown): boolean {
  const isMessage = kind === envelopeKinds.broadcast || kind === envelopeKinds.direct;
  // Online signing has no round 0, and no other name than its session id.
  const isUnderSid = spec.proto === protos.sign || (isMessage && round > 0);
  const expected = isUnderSid ? setup?.sid : name;
  return expected !== undefined && equalBytes(sid, expected);
}

/** E1: a broadcast that no honest program writes. */
function malformed({ signed: [first], spec, rules }: Case): string | undefined {
  if (first?.body === undefined) return undefined;
  const { header, body } = first;
  if (header.kind === envelopeKinds.abort)
    return readNotice(body) === undefined ? 'the abort is none that a program writes' : undefined;
  if (header.kind !== envelopeKinds.broadcast) return undefined;
  if (!hasPlainHeader(first)) return 'the header uses fields of other messages';
  if (rules === undefined) return undefined;
  if (!rules.isLegible(spec, header.round, body, header.from))
    return 'the message does not have the form of its round';
  if (rules.directRounds.includes(header.round) && !namesAllDirects(rules, spec, first))
    return 'the message does not name the direct messages of its round';
  return undefined;
}

/** E2: two messages for one slot, or a direct message that its sender's own broadcast contradicts. */
function equivocation(each: Case): string | undefined {
  const {
    signed: [one, two],
    spec,
    rules,
  } = each;
  if (one === undefined || two === undefined) return undefined;
  const [a, b] = [one.header, two.header];
  if (a.kind === envelopeKinds.abort) return contradictedAbort(each, one, two);
  const isMessage = (header: Header): boolean =>
    header.kind === envelopeKinds.broadcast || header.kind === envelopeKinds.direct;
  if (!isMessage(a) || !isMessage(b) || a.round !== b.round || !equalBytes(a.sid, b.sid)) return undefined;
  if (a.kind === b.kind && a.to === b.to)
    return equalBytes(one.eid, two.eid) ? undefined : 'two messages were signed for one slot';
  if (a.kind !== envelopeKinds.broadcast || b.kind !== envelopeKinds.direct) return undefined;
  return contradicts(one, two, directsIn(rules, spec, one))
    ? 'a direct message and the broadcast beside it differ'
    : undefined;
}

/** Whether a broadcast names another direct message than this one, or the two have different histories. */
function contradicts(
  broadcast: Signed,
  direct: Signed,
  directs: readonly DirectEntry[] | undefined,
): boolean {
  const [a, b] = [broadcast.header, direct.header];
  if (b.suite !== 1 || !equalBytes(a.view, b.view) || !equalBytes(a.prev, b.prev)) return true;
  // A list that cannot be read is a fault of its form (E1), or of the session that is shown.
  if (broadcast.body === undefined || directs === undefined) return false;
  const entry = directs.find(({ to }) => to === b.to);
  return entry === undefined || !equalBytes(entry.eid, direct.eid);
}

/**
 * An abort beside which its author has said what rules it out, or a second one that opens something as well:
 * of one author one opening at most is ever made in a session. [protocol, 5.7, 13.1 rules 0 to 3]
 */
function contradictedAbort({ shown, rules }: Case, abort: Signed, other: Signed): string | undefined {
  if (!isPlaced(abort.header, shown) || !isPlaced(other.header, shown)) return undefined;
  const opened = evidenceIn(abort);
  const { body } = other;
  if (other.header.kind === envelopeKinds.abort) {
    const again = evidenceIn(other);
    const isTwice = opened !== undefined && again !== undefined && opensSeed(opened) && opensSeed(again);
    return isTwice && !equalBytes(abort.eid, other.eid) ? 'two openings were made in one session' : undefined;
  }
  if (other.header.kind !== envelopeKinds.broadcast || body === undefined) return undefined;
  return rules?.rulesOut?.(shown.spec, { header: other.header, body }, opened)
    ? 'an abort and what was said before it contradict each other'
    : undefined;
}

/** The evidence in an abort, where it can be read. */
const evidenceIn = ({ body }: Signed): Evidence | undefined =>
  body && attempt(() => decodeEvidence(decode(abortCodec, body).evidence));

/** V7: a broadcast that does not follow its sender's own broadcast of the round before. */
function brokenChain({ signed: [before, after] }: Case): string | undefined {
  if (before === undefined || after === undefined) return undefined;
  const [a, b] = [before.header, after.header];
  const areBroadcasts = a.kind === envelopeKinds.broadcast && b.kind === envelopeKinds.broadcast;
  if (!areBroadcasts || b.round !== a.round + 1 || equalBytes(b.prev, before.eid)) return undefined;
  return 'the message does not follow the one before it';
}

/** E3: a check that anyone repeats from broadcasts. */
function failedCheck({ evidence, shown, rules, spec }: Case): string | undefined {
  const isOfShares = spec.proto === protos.presign && evidence.check === 'P13';
  assert(!isOfShares || shown.record !== undefined, 'shares are judged by the epoch to which they belong');
  const failed = rules
    ?.findings(shown)
    .find(({ check, accused, ok }) => !ok && accused === evidence.accused && check === evidence.check);
  return failed && `it does not hold that ${failed.meaning} (${failed.check})`;
}

/** E1 and E4: a direct message whose content is wrong (form a), or that does not open (form b). */
function badDirect(
  { shown, rules, signed: [direct] }: Case,
  evidence: Extract<Evidence, { kind: 'opening' | 'undecryptable' }>,
): string | undefined {
  const [bytes] = evidence.envelopes;
  if (bytes === undefined || direct === undefined || rules === undefined || direct.header.to === 0)
    return undefined;
  const to = partiesOf(shown.spec).find((j) => j === direct.header.to);
  if (to === undefined) return undefined;
  const { accused: against } = evidence;
  if (evidence.kind === 'opening') {
    const { salt, plaintext } = evidence;
    const signed = bytes.subarray(0, SIGNED_BYTES);
    const isBad = rules.isBadDirect(shown, { kind: 'bad-share', against, signed, salt, plaintext }, to);
    return isBad ? 'the direct message does not fit what its sender published' : undefined;
  }
  const D = attempt(() => decode(pointCodec, evidence.shared));
  const proof = attempt(() => decode(dleq.proofCodec, evidence.proof));
  if (D === undefined || proof === undefined) return undefined;
  const isBad = rules.isBadDirect(shown, { kind: 'undecryptable', against, envelope: bytes, D, proof }, to);
  return isBad ? 'the direct message does not open to what its header commits to' : undefined;
}

/** An abort whose own evidence proves nothing. Not decided where the protocol's rules are not known here. */
function falseAccusation({ rules, signed: [first], depth }: Case, known: Knowledge): string | undefined {
  if (first?.header.kind !== envelopeKinds.abort || rules === undefined || depth >= MAX_DEPTH)
    return undefined;
  const inner = evidenceIn(first);
  if (inner === undefined) return undefined;
  const because = proofOf(inner, known, depth + 1);
  return because === undefined ? `the accusation of party ${inner.accused} proves nothing` : undefined;
}
