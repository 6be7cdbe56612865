import { type Codec, blob, encode, fixed, struct, union } from '../../crypto/codec.ts';
import { countCodec } from '../../chain/log/entry.ts';
import {
  type Countersignature,
  type SignedHead,
  type SignedProof,
  countersignatureCodec,
  signedHeadCodec,
  signedProofCodec,
} from '../../chain/log/head.ts';

/** A head, as its owner signed it: said by the owner itself, or by who has it from somebody. */
export interface HeadMessage {
  /** Identity key of the owner, 32 bytes. */
  readonly owner: Uint8Array;
  /** Which of its logs: empty, or 16 bytes. */
  readonly instance: Uint8Array;
  readonly signed: SignedHead;
}
/** Asks the owner of two heads how the larger continues the smaller. */
export interface ProveMessage {
  readonly from: SignedHead;
  readonly to: SignedHead;
}
/** The answer, signed: one that proves nothing proves its signer guilty. */
export interface ProofMessage {
  /** Sizes of the two. */
  readonly from: number;
  readonly to: number;
  readonly proof: SignedProof;
}
/** A member has countersigned a head of the one to whom it says so. */
export interface WitnessMessage {
  /** Name of the log, 32 bytes, and size of the head. */
  readonly logId: Uint8Array;
  readonly size: number;
  readonly countersignature: Countersignature;
}

/** Ends what a member tells when there is a new link: no head that it knows has been left out. */
export interface ToldMessage {
  /** How many heads it has told. */
  readonly heads: number;
}

/** What nodes say about their signature logs. */
export type LogMessage =
  | ({ readonly kind: 'head' } & HeadMessage)
  | ({ readonly kind: 'prove' } & ProveMessage)
  | ({ readonly kind: 'proof' } & ProofMessage)
  | ({ readonly kind: 'witness' } & WitnessMessage)
  | ({ readonly kind: 'told' } & ToldMessage);

/** Canonical bytes of a LogMessage; the longest has 1.8 kB. */
export const logMessageCodec: Codec<LogMessage> = union<LogMessage>({
  head: struct<HeadMessage>({ owner: fixed(32), instance: blob(16), signed: signedHeadCodec }),
  prove: struct<ProveMessage>({ from: signedHeadCodec, to: signedHeadCodec }),
  proof: struct<ProofMessage>({ from: countCodec, to: countCodec, proof: signedProofCodec }),
  witness: struct<WitnessMessage>({
    logId: fixed(32),
    size: countCodec,
    countersignature: countersignatureCodec,
  }),
  told: struct<ToldMessage>({ heads: countCodec }),
});

/** The canonical bytes of a message. */
export const encodeLogMessage = (message: LogMessage): Uint8Array => encode(logMessageCodec, message);
