import type { PartyIndex } from '../crypto/brand.ts';
import {
  type Codec,
  blob,
  fixed,
  indexCodec,
  list,
  malformed,
  struct,
  text,
  u32Codec,
  u8Codec,
  union,
} from '../crypto/codec.ts';
import { MAX_REQUEST_BYTES } from '../chain/duty.ts';
import { MAX_PARTIES, specCodec } from '../protocols/kernel/spec.ts';
import { type GuardMark, markCodec } from './guard-record.ts';

/**
 * Channels of a link: envelopes of sessions, what nodes say about signing, about ceremonies, about the
 * certificates of epochs, about signature logs, and about proof and silence.
 */
export const channels = { session: 1, signing: 2, ceremony: 3, epochs: 4, log: 5, blame: 6 } as const;

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

/** Asks how far a member has signed: by one that may have forgotten it, or that has just joined. */
export interface MarksWanted {
  readonly kind: 'marks-wanted';
  /** 32 bytes */
  readonly keyId: Uint8Array;
}
/** How far a member has signed. */
export interface MarksMessage {
  readonly kind: 'marks';
  /** 32 bytes */
  readonly keyId: Uint8Array;
  /** It may have forgotten what it signed. */
  readonly isQuarantined: boolean;
  /** One row a lane and scope; no planned stops. */
  readonly marks: readonly GuardMark[];
}

/** What nodes say about signing, beside the envelopes of sessions. The link says who speaks. */
export type SigningMessage = PresignProposal | SignProposal | Refusal | MarksWanted | MarksMessage;

/** Lanes that one member may tell of. */
export const MAX_TOLD_MARKS = 256;

const booleanCodec: Codec<boolean> = {
  schema: u8Codec.schema,
  maxBytes: 1,
  write: (value) => u8Codec.write(value ? 1 : 0),
  read: (from, path) => {
    const byte = u8Codec.read(from, path);
    if (byte > 1) throw malformed(path, 'is neither 0 nor 1');
    return byte === 1;
  },
};

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
  'marks-wanted': struct<Omit<MarksWanted, 'kind'>>({ keyId: fixed(32) }),
  marks: struct<Omit<MarksMessage, 'kind'>>({
    keyId: fixed(32),
    isQuarantined: booleanCodec,
    marks: list(markCodec, MAX_TOLD_MARKS),
  }),
});

/** A detail that fits its message: printable ASCII of at most 512 characters. */
export const printable = (detail: string): string => detail.replaceAll(/[^ -~]/g, '?').slice(0, 512);
