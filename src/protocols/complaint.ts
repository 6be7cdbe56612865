import type { PartyIndex, SessionId } from '../crypto/brand.ts';
import { bigintToBytes, equalBytes } from '../crypto/bytes.ts';
import { type Codec, attempt, blob, fixed } from '../crypto/codec.ts';
import * as dleq from '../crypto/proofs/dleq.ts';
import { directKey, openDirect } from '../crypto/seal.ts';
import { type Point, pointCodec } from '../crypto/secp256k1.ts';
import {
  type Envelope,
  SEALING_BYTES,
  SIGNED_BYTES,
  associatedData,
  envelopeKinds,
  isSignedBy,
  parseEnvelope,
  parseSigned,
  plaintextHash,
} from './kernel/envelope.ts';
import type { Delivery, Party, PartyMap } from './kernel/protocol.ts';
import { isSharedKey, showSharedKey } from './kernel/shared-key.ts';

/** Either form of complaint about a direct message. [protocol, 5.4] */
export type Complaint = BadShare | Undecryptable;

/** Complaint of form a: a direct message, opened, whose content breaks a rule. */
export interface BadShare {
  readonly kind: 'bad-share';
  /** The dealer i. */
  readonly against: PartyIndex;
  /** Header and signature of its direct message, 271 bytes. */
  readonly signed: Uint8Array;
  /** With which ph of the header opens, 32 bytes. */
  readonly salt: Uint8Array;
  /** What the dealer sealed. Empty where the header alone shows that the length is wrong. */
  readonly plaintext: Uint8Array;
}

/** Complaint of form b: a direct message that does not open to what its header commits to. */
export interface Undecryptable {
  readonly kind: 'undecryptable';
  /** The dealer i. */
  readonly against: PartyIndex;
  /** Header, signature and ciphertext; without the ciphertext where the header alone shows a wrong length. */
  readonly envelope: Uint8Array;
  /** D_ij = esk_j · epk_i, from which anyone derives the key of this message. */
  readonly D: Point;
  /** epk_j and D_ij have one logarithm to the bases G and epk_i. */
  readonly proof: dleq.Proof;
}

/** The direct messages that may be complained about: those of one round, all of one length. */
export interface DealSlot {
  readonly proto: number;
  readonly round: number;
  /** Bytes of the plaintext. */
  readonly plaintextBytes: number;
}

/** Bytes of the body of a direct message: salt, plaintext, and the tag of the AEAD. */
export const sealedBytes = ({ plaintextBytes }: Pick<DealSlot, 'plaintextBytes'>): number =>
  plaintextBytes + SEALING_BYTES;

/** The fields of a complaint of form a, in wire order, without its dealer. */
export const badShareFields = (
  slot: DealSlot,
): { readonly [K in 'signed' | 'salt' | 'plaintext']: Codec<Uint8Array> } => ({
  signed: fixed(SIGNED_BYTES),
  salt: fixed(32),
  plaintext: blob(slot.plaintextBytes),
});

/** The fields of a complaint of form b, in wire order, without its dealer. */
export const undecryptableFields = (
  slot: DealSlot,
): {
  readonly envelope: Codec<Uint8Array>;
  readonly D: Codec<Point>;
  readonly proof: Codec<dleq.Proof>;
} => ({ envelope: blob(SIGNED_BYTES + sealedBytes(slot)), D: pointCodec, proof: dleq.proofCodec });

/** What a complaint is judged by, beside the rule that the message breaks; all of it is public. */
export interface SessionFacts {
  readonly sid: SessionId;
  readonly identityPks: PartyMap<Uint8Array>;
  /** Ephemeral keys of R0. Form b needs both. */
  readonly epks: PartyMap<Point>;
}

/** What we say about a direct message to us that does not open, or whose content is bad. */
export function complaintAbout(
  party: Party,
  dealer: PartyIndex,
  delivery: Delivery,
  slot: DealSlot,
): Complaint {
  if (delivery.kind === 'undecryptable') return undecryptable(party, dealer, delivery.envelope, slot);
  const { signed, salt } = delivery;
  const plaintext = hasRightLength(slot, signed) ? delivery.plaintext : new Uint8Array(0);
  return { kind: 'bad-share', against: dealer, signed, salt, plaintext };
}

function undecryptable(party: Party, dealer: PartyIndex, whole: Uint8Array, slot: DealSlot): Undecryptable {
  const signed = whole.subarray(0, SIGNED_BYTES);
  const envelope = hasRightLength(slot, signed) ? whole : signed;
  return { kind: 'undecryptable', against: dealer, envelope, ...showSharedKey(party, dealer) };
}

/**
 * Stops a dealer that cheats in private, and a party that accuses an honest dealer. True: the dealer is
 * guilty. False: whoever complains is. There is no third answer. `isBad` says whether an opened content
 * breaks the rule of its round. [protocol, 5.4]
 */
export function isJust(
  complaint: Complaint,
  by: PartyIndex,
  facts: SessionFacts,
  rule: DealSlot & { readonly isBad: (plaintext: Uint8Array) => boolean },
): boolean {
  const { against } = complaint;
  const bytes = complaint.kind === 'bad-share' ? complaint.signed : complaint.envelope;
  const signed = attempt(() => parseSigned(bytes.subarray(0, SIGNED_BYTES)));
  const identityPk = facts.identityPks.get(against);
  if (signed === undefined || identityPk === undefined || against === by) return false;
  if (!isDeal(signed, rule, facts.sid, { from: against, to: by }) || !isSignedBy(signed, identityPk))
    return false;
  if (signed.header.bodyLength !== sealedBytes(rule)) return true;
  if (complaint.kind === 'undecryptable') return isUnopenable(complaint, by, facts);
  const { salt, plaintext } = complaint;
  return equalBytes(plaintextHash(signed.header, salt, plaintext), signed.header.ph) && rule.isBad(plaintext);
}

/** Whether these signed bytes are the direct message between these two in this round of this session. */
const isDeal = (
  { header }: Pick<Envelope, 'header'>,
  { proto, round }: DealSlot,
  sid: SessionId,
  { from, to }: { readonly from: PartyIndex; readonly to: PartyIndex },
): boolean =>
  header.kind === envelopeKinds.direct &&
  header.proto === proto &&
  header.round === round &&
  header.from === from &&
  header.to === to &&
  equalBytes(header.sid, sid);

function isUnopenable(
  { against, envelope, D, proof }: Undecryptable,
  by: PartyIndex,
  { sid, epks }: SessionFacts,
): boolean {
  const whole = attempt(() => parseEnvelope(envelope));
  const isShown = isSharedKey({ sid, epks }, { shownBy: by, peer: against }, { D, proof });
  if (whole === undefined || !isShown) return false;
  const { header, body } = whole;
  const key = directKey(bigintToBytes(D.x, 32), sid, against, by);
  const opened = openDirect(key, header.round, associatedData(header), body);
  return (
    opened === undefined ||
    !equalBytes(plaintextHash(header, opened.subarray(0, 32), opened.subarray(32)), header.ph)
  );
}

/** Whether the signed header of a direct message states the length of its round. */
export const hasRightLength = (slot: DealSlot, signed: Uint8Array): boolean =>
  parseSigned(signed).header.bodyLength === sealedBytes(slot);
