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
   * Header and signature of the broadcast of round 0 of the one who is asked, 271 bytes: it shows that it
   * takes part. Nobody is asked for a session that it never joined, or that has no round 0.
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

/** Who is asked, and the name of the message by which it takes part. */
export interface Asked {
  readonly member: PartyIndex;
  /** 32 bytes */
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
  // Round 0 alone names the session that it is of: with any other message a session could be made up.
  const isJoined =
    header.kind === envelopeKinds.broadcast &&
    header.round === 0 &&
    demand.round > 0 &&
    equalBytes(header.sid, specHash(spec)) &&
    isFrom(spec, joined);
  const isAsked =
    asker !== undefined &&
    demand.by !== header.from &&
    verifyFor('demand', asker, demandHash(demand), demand.signature);
  return isJoined && isAsked ? { member: header.from, eid: joined.eid } : undefined;
}

/**
 * Whether an envelope answers a demand: the message that was missing, a later one, or a word with which its
 * sender ended the session. What comes behind round 1 names a session id that is not known here: a member
 * that shows a message of another session escapes the record, and nobody else can do that for it.
 */
export function answers(demand: SignedDemand, bytes: Uint8Array): boolean {
  const asked = askedBy(demand);
  const spec = attempt(() => decodeSpec(demand.spec));
  const envelope = attempt(() => parseEnvelope(bytes));
  if (asked === undefined || spec === undefined || envelope === undefined) return false;
  const { kind, from, sid, prev, round } = envelope.header;
  if (from !== asked.member || !isFrom(spec, envelope)) return false;
  if (kind === envelopeKinds.abort) return equalBytes(sid, specHash(spec));
  if (kind === envelopeKinds.close) return true;
  return (
    kind === envelopeKinds.broadcast && round >= demand.round && (round > 1 || equalBytes(prev, asked.eid))
  );
}
