import type { PartyIndex } from '../crypto/brand.ts';
import { type Codec, blob, fixed, indexCodec, list, struct, text, u32Codec, union } from '../crypto/codec.ts';
import { MAX_REQUEST_BYTES } from '../chain/duty.ts';
import { MAX_PARTIES, specCodec } from '../protocols/kernel/spec.ts';

/**
 * Channels of a link: envelopes of sessions, what nodes say about signing, and what they say about
 * ceremonies.
 */
export const channels = { session: 1, signing: 2, ceremony: 3 } as const;

/** Asks the members of a quorum to make presignatures together. */
export interface PresignProposal {
  readonly kind: 'presign';
  /** Canonical bytes of the Spec. */
  readonly spec: Uint8Array;
}
/** Asks the members of a quorum to sign one request with one presignature. */
export interface SignProposal {
  readonly kind: 'sign';
  /** Canonical bytes of the typed request: each member decides about it for itself. */
  readonly request: Uint8Array;
  readonly attempt: number;
  readonly quorum: readonly PartyIndex[];
  readonly presigId: Uint8Array;
}
/** A member will not take part, and says why: the proposer need not wait for a deadline. */
export interface Refusal {
  readonly kind: 'refusal';
  /** The id of the request, or the hash of the specification; 32 bytes. */
  readonly subject: Uint8Array;
  /** 0 for a specification. */
  readonly attempt: number;
  readonly reason: string;
  readonly detail: string;
}

/** What nodes say about signing, beside the envelopes of sessions. The link says who speaks. */
export type SigningMessage = PresignProposal | SignProposal | Refusal;

/** Canonical bytes of a SigningMessage. */
export const signingMessageCodec: Codec<SigningMessage> = union<SigningMessage>({
  presign: struct<Omit<PresignProposal, 'kind'>>({ spec: blob(specCodec.maxBytes) }),
  sign: struct<Omit<SignProposal, 'kind'>>({
    request: blob(MAX_REQUEST_BYTES),
    attempt: u32Codec,
    quorum: list(indexCodec, MAX_PARTIES),
    presigId: fixed(32),
  }),
  refusal: struct<Omit<Refusal, 'kind'>>({
    subject: fixed(32),
    attempt: u32Codec,
    reason: text(64),
    detail: text(512),
  }),
});

/** A detail that fits its message: printable ASCII of at most 512 characters. */
export const printable = (detail: string): string => detail.replaceAll(/[^ -~]/g, '?').slice(0, 512);
