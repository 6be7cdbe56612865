import type { PartyIndex } from '../../crypto/brand.ts';
import {
  type Codec,
  blob,
  encode,
  fixed,
  indexCodec,
  list,
  struct,
  text,
  union,
} from '../../crypto/codec.ts';
import { taggedHash } from '../../crypto/hash.ts';
import { tags } from '../../crypto/tags.ts';
import { type SignedDemand, demandCodec } from '../../protocols/demand.ts';
import { MAX_PARTIES, specCodec } from '../../protocols/kernel/spec.ts';

/** A piece of evidence that a node holds, and whom it accuses. */
export interface HeldEvidence {
  /** `evidenceName` of it, 32 bytes. */
  readonly name: Uint8Array;
  readonly accused: PartyIndex;
  /** H("spec"; …) of the session, 32 bytes. */
  readonly session: Uint8Array;
}

/** Evidence, with everything but the epoch record by which it is judged: that everybody has. */
export interface EvidenceCase {
  /** The code of the failure. */
  readonly reason: string;
  /** Canonical bytes of the Spec. */
  readonly spec: Uint8Array;
  /** Canonical bytes of the Evidence. */
  readonly evidence: Uint8Array;
}

/**
 * What nodes say about proof (what they hold, what they want to see, and the thing itself), and about
 * silence.
 */
export type BlameMessage =
  | { readonly kind: 'held'; readonly items: readonly HeldEvidence[] }
  | { readonly kind: 'wanted'; readonly name: Uint8Array }
  | ({ readonly kind: 'case' } & EvidenceCase)
  | ({ readonly kind: 'demand' } & SignedDemand)
  | ({ readonly kind: 'answer' } & DemandAnswer);

/** The envelope that was asked for, by the name of its demand. */
export interface DemandAnswer {
  /** 32 bytes */
  readonly demand: Uint8Array;
  /** Whole, as it was sent. */
  readonly envelope: Uint8Array;
}

/** The longest evidence that a node shows another, bytes: a message of a link has to hold it. */
export const MAX_CASE_BYTES = 15_000_000;

/** Canonical bytes of a BlameMessage. */
export const blameMessageCodec: Codec<BlameMessage> = union<BlameMessage>({
  held: struct<{ readonly items: readonly HeldEvidence[] }>({
    items: list(
      struct<HeldEvidence>({ name: fixed(32), accused: indexCodec, session: fixed(32) }),
      MAX_PARTIES,
    ),
  }),
  wanted: struct<{ readonly name: Uint8Array }>({ name: fixed(32) }),
  case: struct<EvidenceCase>({
    reason: text(64),
    spec: blob(specCodec.maxBytes),
    evidence: blob(MAX_CASE_BYTES),
  }),
  demand: demandCodec,
  answer: struct<DemandAnswer>({ demand: fixed(32), envelope: blob(MAX_CASE_BYTES) }),
});

/** What a piece of evidence is called among nodes, 32 bytes. */
export const evidenceName = ({ spec, evidence }: Pick<EvidenceCase, 'spec' | 'evidence'>): Uint8Array =>
  taggedHash(tags.blameCase, spec, evidence);

/** The bytes of a message. */
export const encodeBlame = (message: BlameMessage): Uint8Array => encode(blameMessageCodec, message);
