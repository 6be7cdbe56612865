import type { PartyIndex } from '../crypto/brand.ts';
import { equalBytes } from '../crypto/bytes.ts';
import {
  type Codec,
  attempt,
  blob,
  encode,
  fixed,
  indexCodec,
  struct,
  u64Codec,
  u8Codec,
} from '../crypto/codec.ts';
import { type IdentityKey, signFor, verifyFor } from '../crypto/ed25519.ts';
import { taggedHash } from '../crypto/hash.ts';
import { tags } from '../crypto/tags.ts';
import { SIGNED_BYTES, envelopeKinds, parseEnvelope, parseSigned } from './kernel/envelope.ts';
import { decodeSpec, identitiesOf, specCodec, specHash } from './kernel/spec.ts';
import { isFrom } from './replay.ts';

/**
 * E9. One member of a session asks another, before everybody, for the message of a round that has not come.
 * Silence proves nothing: what follows from it is a record of unresponsiveness, and no blame.
 * [protocol, 13.3]
 */
export interface Demand {
  /** Canonical bytes of the Spec of the session. */
  readonly spec: Uint8Array;
  /**
   * Header and signature of a broadcast of the one who is asked, of an earlier round, 271 bytes: it shows
   * that it takes part. Nobody is asked for a session that it never joined.
   */
  readonly joined: Uint8Array;
  /** The round whose broadcast is missing. */
  readonly round: number;
  /** Who asks. */
  readonly by: PartyIndex;
  /** Until when an answer counts, by the clock of who asks; milliseconds since the Unix epoch. */
  readonly deadlineMs: bigint;
}

/** The demand with the signature of who asks. */
export interface SignedDemand extends Demand {
  /** Ed25519, purpose `demand`, 64 bytes. */
  readonly signature: Uint8Array;
}

const fields = {
  spec: blob(specCodec.maxBytes),
  joined: fixed(SIGNED_BYTES),
  round: u8Codec,
  by: indexCodec,
  deadlineMs: u64Codec,
};
const unsignedCodec: Codec<Demand> = struct<Demand>(fields);

/** Canonical bytes of a signed demand. */
export const demandCodec: Codec<SignedDemand> = struct<SignedDemand>({ ...fields, signature: fixed(64) });

/** H("demand"; canonical bytes), 32 bytes: its name, and what is signed. */
export const demandHash = ({ spec, joined, round, by, deadlineMs }: Demand): Uint8Array =>
  taggedHash(tags.demand, encode(unsignedCodec, { spec, joined, round, by, deadlineMs }));

/** Signs a demand with the 32-byte identity seed. */
export const signDemand = (demand: Demand, seed: IdentityKey): SignedDemand => ({
  ...demand,
  signature: signFor('demand', seed, demandHash(demand)),
});

/** Who is asked, and under which session id; what a demand says beside its fields. */
export interface Asked {
  readonly member: PartyIndex;
  /** 32 bytes: of the envelope that shows that the member takes part. */
  readonly sid: Uint8Array;
  /** Number and name of the message that shows it. */
  readonly sentRound: number;
  readonly eid: Uint8Array;
}

/**
 * Whom a demand asks. `undefined` for one that asks nobody: of no session, by none of its members, or of one
 * that is not shown to take part. Stops a record against a member that never joined.
 */
export function askedBy(demand: SignedDemand): Asked | undefined {
  const spec = attempt(() => decodeSpec(demand.spec));
  const joined = attempt(() => parseSigned(demand.joined));
  if (spec === undefined || joined === undefined) return undefined;
  const { header } = joined;
  const asker = identitiesOf(spec).get(demand.by);
  const isJoined =
    header.kind === envelopeKinds.broadcast && header.round < demand.round && isFrom(spec, joined);
  const isAsked =
    asker !== undefined &&
    demand.by !== header.from &&
    verifyFor('demand', asker, demandHash(demand), demand.signature);
  return isJoined && isAsked
    ? { member: header.from, sid: header.sid, sentRound: header.round, eid: joined.eid }
    : undefined;
}

/**
 * Whether an envelope answers a demand: the message that was missing, a later one, or a word with which its
 * sender ended the session. Stops an answer with a message of another session: it carries the id of this one,
 * or the hash of its specification, or follows the message by which its sender takes part.
 */
export function answers(demand: SignedDemand, bytes: Uint8Array): boolean {
  const asked = askedBy(demand);
  const spec = attempt(() => decodeSpec(demand.spec));
  const envelope = attempt(() => parseEnvelope(bytes));
  if (asked === undefined || spec === undefined || envelope === undefined) return false;
  const { kind, from, sid, prev, round } = envelope.header;
  const isOfSession =
    (asked.sentRound > 0 && equalBytes(sid, asked.sid)) ||
    (kind === envelopeKinds.abort && equalBytes(sid, specHash(spec))) ||
    equalBytes(prev, asked.eid);
  const isSaid =
    (kind === envelopeKinds.broadcast && round >= demand.round) ||
    kind === envelopeKinds.abort ||
    kind === envelopeKinds.close;
  return from === asked.member && isOfSession && isSaid && isFrom(spec, envelope);
}
