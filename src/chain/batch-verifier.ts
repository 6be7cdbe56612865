import { type Codec, blob, fixed, struct, u64Codec } from '../crypto/codec.ts';
import { MAX_BLOB_PAYLOAD_BYTES } from './batch.ts';
import type { PayloadPlace } from './block-batch.ts';
import { placeCodec } from './duty-submit-blocks.ts';

/** What a signer asks its own verifier before it signs a batch of blocks. */
export interface VerifierQuestion {
  readonly index: bigint;
  readonly da: PayloadPlace;
  /** 32 bytes */
  readonly blocksRoot: Uint8Array;
  /** The whole batch: prefix and body. */
  readonly payload: Uint8Array;
}

/** The wire form of a question. */
export const verifierQuestionCodec: Codec<VerifierQuestion> = struct<VerifierQuestion>({
  index: u64Codec,
  da: placeCodec,
  blocksRoot: fixed(32),
  payload: blob(MAX_BLOB_PAYLOAD_BYTES),
});

/** What it says: these bytes are those of its own chain, or why not; or nothing came in time. */
export type VerifierVerdict =
  | { readonly kind: 'ok' }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'unreachable'; readonly reason: string };

/** A verifier that follows L2 for itself. It always answers, within a deadline of its own. */
export type BatchVerifier = (question: VerifierQuestion) => Promise<VerifierVerdict>;
