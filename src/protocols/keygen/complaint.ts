import type { PartyIndex, SessionId } from '../../crypto/brand.ts';
import { bigintToBytes, bytesToBigint, equalBytes, u32 } from '../../crypto/bytes.ts';
import { decode } from '../../crypto/codec.ts';
import { InputError } from '../../crypto/errors.ts';
import * as dleq from '../../crypto/proofs/dleq.ts';
import type { Context } from '../../crypto/proofs/dlog.ts';
import { directKey, openDirect } from '../../crypto/seal.ts';
import { G, type Point, type Scalar, scalar } from '../../crypto/secp256k1.ts';
import { tags } from '../../crypto/tags.ts';
import {
  type Envelope,
  SIGNED_BYTES,
  associatedData,
  envelopeKinds,
  isSignedBy,
  parseEnvelope,
  parseSigned,
  plaintextHash,
  protos,
} from '../kernel/envelope.ts';
import type { Delivery, Party, PartyMap } from '../kernel/protocol.ts';
import { sharedPoint } from '../kernel/setup.ts';
import * as checks from './checks.ts';
import { type BadShare, SEALED_DEAL_BYTES, type Undecryptable, dealCodec, roundNumbers } from './messages.ts';

/** Either form of complaint about a direct message of R2. [protocol, 5.4] */
export type Complaint = BadShare | Undecryptable;

/** What a complaint is judged by; all of it is public. */
export interface Facts {
  readonly sid: SessionId;
  readonly identityPks: PartyMap<Uint8Array>;
  /** Ephemeral keys of R0. Form b needs both. */
  readonly epks: PartyMap<Point>;
  /** F of the dealers, as they revealed them. */
  readonly F: PartyMap<readonly Point[]>;
}

/** The share in a direct message, or what we say about the message in R3. */
export type Inspected =
  | { readonly kind: 'share'; readonly share: Scalar }
  | { readonly kind: 'complaint'; readonly complaint: Complaint };

/** Opens our direct message of one dealer, and checks it against the dealer's commitments. [K6] */
export function inspectDeal(
  party: Party,
  dealer: PartyIndex,
  F: readonly Point[],
  delivery: Delivery,
): Inspected {
  if (delivery.kind === 'undecryptable')
    return { kind: 'complaint', complaint: undecryptable(party, dealer, delivery.envelope) };
  const share = shareIn(delivery.plaintext);
  if (share !== undefined && isRightLength(delivery.signed) && checks.isShareOf(F, party.self, share))
    return { kind: 'share', share };
  const { signed, salt } = delivery;
  const plaintext = isRightLength(signed) ? delivery.plaintext : new Uint8Array(0);
  return { kind: 'complaint', complaint: { kind: 'bad-share', against: dealer, signed, salt, plaintext } };
}

function undecryptable(party: Party, dealer: PartyIndex, whole: Uint8Array): Undecryptable {
  const { keys, rng, sid, self } = party;
  const D = sharedPoint(party, dealer);
  const statement = sharedKeyStatement({ sid, epks: keys.epks }, dealer, self, D);
  const proof = dleq.prove(
    sharedKeyContext(sid, dealer, self),
    statement,
    { x: scalar(bytesToBigint(keys.esk)) },
    rng,
  );
  const signed = whole.subarray(0, SIGNED_BYTES);
  const envelope = isRightLength(signed) ? whole : signed;
  return { kind: 'undecryptable', against: dealer, envelope, D, proof };
}

/** The proof of D_ij is bound to the session, the dealer i and the complainer j. [protocol, 5.4] */
const sharedKeyContext = (sid: SessionId, i: PartyIndex, j: PartyIndex): Context => ({
  tag: tags.dleq,
  parts: [sid, u32(i), u32(j)],
});

/** epk_j = esk_j · G and D = esk_j · epk_i. Empty, and so never proven, where a key is unknown. */
function sharedKeyStatement(
  { epks }: Pick<Facts, 'sid' | 'epks'>,
  i: PartyIndex,
  j: PartyIndex,
  D: Point,
): dleq.Statement {
  const [theirs, ours] = [epks.get(i), epks.get(j)];
  if (theirs === undefined || ours === undefined) return { pairs: [] };
  return {
    pairs: [
      { base: G, image: ours },
      { base: theirs, image: D },
    ],
  };
}

/**
 * K10: stops a dealer that cheats in private, and a party that accuses an honest dealer. True: the dealer is
 * guilty. False: whoever complains is. There is no third answer. [protocol, 5.4]
 */
export function isJustComplaint(complaint: Complaint, by: PartyIndex, facts: Facts): boolean {
  const { against } = complaint;
  const bytes = complaint.kind === 'bad-share' ? complaint.signed : complaint.envelope;
  const signed = attempt(() => parseSigned(bytes.subarray(0, SIGNED_BYTES)));
  const identityPk = facts.identityPks.get(against);
  if (signed === undefined || identityPk === undefined || against === by) return false;
  if (!isDeal(signed, facts.sid, against, by) || !isSignedBy(signed, identityPk)) return false;
  if (signed.header.bodyLength !== SEALED_DEAL_BYTES) return true;
  return complaint.kind === 'bad-share'
    ? isBadShare(complaint, by, signed, facts.F.get(against))
    : isUnopenable(complaint, by, facts);
}

/** Whether these signed bytes are the direct message of R2 from `from` to `to` in this session. */
const isDeal = (
  { header }: Pick<Envelope, 'header'>,
  sid: SessionId,
  from: PartyIndex,
  to: PartyIndex,
): boolean =>
  header.kind === envelopeKinds.direct &&
  header.proto === protos.keygen &&
  header.round === roundNumbers.reveal &&
  header.from === from &&
  header.to === to &&
  equalBytes(header.sid, sid);

function isBadShare(
  { salt, plaintext }: BadShare,
  by: PartyIndex,
  { header }: Pick<Envelope, 'header'>,
  F: readonly Point[] | undefined,
): boolean {
  if (F === undefined || !equalBytes(plaintextHash(header, salt, plaintext), header.ph)) return false;
  const share = shareIn(plaintext);
  return share === undefined || !checks.isShareOf(F, by, share);
}

function isUnopenable({ against, envelope, D, proof }: Undecryptable, by: PartyIndex, facts: Facts): boolean {
  const whole = attempt(() => parseEnvelope(envelope));
  const statement = sharedKeyStatement(facts, against, by, D);
  if (whole === undefined || !dleq.verify(sharedKeyContext(facts.sid, against, by), statement, proof))
    return false;
  const { header, body } = whole;
  const key = directKey(bigintToBytes(D.x, 32), facts.sid, against, by);
  const opened = openDirect(key, header.round, associatedData(header), body);
  return (
    opened === undefined ||
    !equalBytes(plaintextHash(header, opened.subarray(0, 32), opened.subarray(32)), header.ph)
  );
}

const isRightLength = (signed: Uint8Array): boolean =>
  parseSigned(signed).header.bodyLength === SEALED_DEAL_BYTES;

const shareIn = (plaintext: Uint8Array): Scalar | undefined =>
  attempt(() => decode(dealCodec, plaintext))?.share;

/** A value, or `undefined` where a decoder refuses: what cannot be read counts as not shown. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}
