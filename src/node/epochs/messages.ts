import { type Codec, fixed, list, struct, u32Codec, union } from '../../crypto/codec.ts';
import { MAX_MEMBERS } from '../../protocols/epoch.ts';
import {
  type Ack,
  type ActivationCertificate,
  type Commit,
  ackCodec,
  activationCodec,
  commitCodec,
} from '../../protocols/reshare/activation.ts';

/** A new member holds its share. */
export interface AckMessage {
  /** 32 bytes: which attempt. */
  readonly certHash: Uint8Array;
  readonly ack: Ack;
}
/** An old member has committed; the proofs of all new members are with it. */
export interface CommitMessage {
  readonly certHash: Uint8Array;
  readonly acks: readonly Ack[];
  readonly commit: Commit;
}
/** The epoch has changed. */
export interface CertificateMessage {
  readonly certificate: ActivationCertificate;
}

/** Who was away for more than one epoch change asks for the certificate that follows what it has. */
export interface AskMessage {
  /** 32 bytes. */
  readonly keyId: Uint8Array;
  /** The epoch in service, or the last that is known, where this is asked. */
  readonly epochNo: number;
}

/**
 * What nodes say about an attempt that was prepared. It outlives the session and the ceremony, proves itself
 * whoever brings it, and may come twice. [protocol, 12.4, 12.5]
 */
export type ActivationMessage =
  | ({ readonly kind: 'ack' } & AckMessage)
  | ({ readonly kind: 'commit' } & CommitMessage)
  | ({ readonly kind: 'activation' } & CertificateMessage)
  | ({ readonly kind: 'ask' } & AskMessage);

/** Those that are about one attempt. */
export type AttemptMessage = Exclude<ActivationMessage, { readonly kind: 'ask' }>;

/** Canonical bytes of an ActivationMessage. */
export const activationMessageCodec: Codec<ActivationMessage> = union<ActivationMessage>({
  ack: struct<AckMessage>({ certHash: fixed(32), ack: ackCodec }),
  commit: struct<CommitMessage>({
    certHash: fixed(32),
    acks: list(ackCodec, MAX_MEMBERS),
    commit: commitCodec,
  }),
  activation: struct<CertificateMessage>({ certificate: activationCodec }),
  ask: struct<AskMessage>({ keyId: fixed(32), epochNo: u32Codec }),
});
