import type { PartyIndex } from '../../crypto/brand.ts';
import { equalBytes, u16, u64 } from '../../crypto/bytes.ts';
import { type Codec, fixed, indexCodec, struct, u64Codec } from '../../crypto/codec.ts';
import { type IdentityKey, signFor, verifyFor } from '../../crypto/ed25519.ts';
import { taggedHash } from '../../crypto/hash.ts';
import { tags } from '../../crypto/tags.ts';
import { type EpochRecord, epochIdOf } from '../epoch.ts';

/**
 * A member says that its share of an epoch is gone. It proves nothing; the audit lists it. [protocol, 12.6]
 */
export interface ErasureStatement {
  /** 32 bytes each: of the epoch that is over. */
  readonly keyId: Uint8Array;
  readonly epochId: Uint8Array;
  /** Its seat in that epoch. */
  readonly index: PartyIndex;
  /** Wall clock of the member, milliseconds since the Unix epoch; for people. */
  readonly timeMs: bigint;
}

/** The statement with the signature of the member's identity. */
export interface SignedErasure extends ErasureStatement {
  /** Ed25519, purpose `erasure`, 64 bytes. */
  readonly signature: Uint8Array;
}

/** H("rs/erasure"; keyId, epochId, index, time), 32 bytes: what is signed. */
export const erasureHash = ({ keyId, epochId, index, timeMs }: ErasureStatement): Uint8Array =>
  taggedHash(tags.rsErasure, keyId, epochId, u16(index), u64(timeMs));

/** Signs the statement; the caller has erased the share already. */
export const signErasure = (
  { keyId, epochId, index, timeMs }: ErasureStatement,
  seed: IdentityKey,
): SignedErasure => ({
  ...{ keyId, epochId, index, timeMs },
  signature: signFor('erasure', seed, erasureHash({ keyId, epochId, index, timeMs })),
});

/** Stops a statement about another epoch, or in the name of another member. */
export function isErasureOf(record: EpochRecord, erasure: SignedErasure): boolean {
  const member = record.members.find(({ index }) => index === erasure.index);
  return (
    member !== undefined &&
    equalBytes(erasure.keyId, record.keyId) &&
    equalBytes(erasure.epochId, epochIdOf(record)) &&
    verifyFor('erasure', member.identityPk, erasureHash(erasure), erasure.signature)
  );
}

/** Canonical bytes of a signed statement. */
export const erasureCodec: Codec<SignedErasure> = struct<SignedErasure>({
  keyId: fixed(32),
  epochId: fixed(32),
  index: indexCodec,
  timeMs: u64Codec,
  signature: fixed(64),
});
