import type { PartyIndex } from '../../crypto/brand.ts';
import {
  type Codec,
  blob,
  fixed,
  indexCodec,
  list,
  struct,
  text,
  u32Codec,
  u64Codec,
  union,
} from '../../crypto/codec.ts';
import { type Signature, signatureCodec } from '../../crypto/ecdsa.ts';
import { MAX_PARTIES, specCodec } from '../../protocols/kernel/spec.ts';

/** A member has signed the definition. */
export interface Acceptance {
  readonly signature: Uint8Array;
  readonly signedAtMs: bigint;
}
/** The proposer starts an attempt: everybody's acceptance, and the session. */
export interface Execute {
  readonly attempt: number;
  readonly acceptances: readonly (Acceptance & { readonly index: PartyIndex })[];
  readonly spec: Uint8Array;
}
/** A window's quorum has signed with the new key. */
export interface WindowProof {
  readonly window: number;
  readonly signature: Signature;
}
/** A member has countersigned the lock. */
export interface LockSignature {
  readonly lockHash: Uint8Array;
  readonly signature: Uint8Array;
}
/** A member ends the ceremony, or says no to it. */
export interface Farewell {
  readonly reason: string;
  readonly detail: string;
}

/** A member proposes a refresh by schedule; other ceremonies are agreed on between people. */
export interface Proposal {
  /** The bytes of the definition file. */
  readonly definition: Uint8Array;
}

/** What members say about a ceremony, beside the envelopes of its session. The link says who speaks. */
export type CeremonyMessage =
  | ({ readonly kind: 'acceptance' } & Acceptance)
  | ({ readonly kind: 'execute' } & Execute)
  | ({ readonly kind: 'proof' } & WindowProof)
  | ({ readonly kind: 'lock-signature' } & LockSignature)
  | ({ readonly kind: 'farewell' } & Farewell)
  | ({ readonly kind: 'proposal' } & Proposal);

/** A definition with the lock before it, for 64 members. */
const MAX_DEFINITION_BYTES: number = 1 << 18;
const acceptance = { signature: fixed(64), signedAtMs: u64Codec };

/** Canonical bytes of a CeremonyMessage. */
export const ceremonyMessageCodec: Codec<CeremonyMessage> = union<CeremonyMessage>({
  acceptance: struct<Acceptance>(acceptance),
  execute: struct<Execute>({
    attempt: u32Codec,
    acceptances: list(
      struct<Acceptance & { readonly index: PartyIndex }>({ index: indexCodec, ...acceptance }),
      MAX_PARTIES,
    ),
    spec: blob(specCodec.maxBytes),
  }),
  proof: struct<WindowProof>({ window: u32Codec, signature: signatureCodec }),
  'lock-signature': struct<LockSignature>({ lockHash: fixed(32), signature: fixed(64) }),
  farewell: struct<Farewell>({ reason: text(64), detail: text(512) }),
  proposal: struct<Proposal>({ definition: blob(MAX_DEFINITION_BYTES) }),
});
