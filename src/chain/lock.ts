import type { PartyIndex, SessionId } from '../crypto/brand.ts';
import { concat, equalBytes, u16, u32 } from '../crypto/bytes.ts';
import { encode } from '../crypto/codec.ts';
import { type Signature, recoverPublicKey, signatureCodec, verifyDigest } from '../crypto/ecdsa.ts';
import { verifyFor } from '../crypto/ed25519.ts';
import { listOf, taggedHash } from '../crypto/hash.ts';
import { tags } from '../crypto/tags.ts';
import { type SignedDefinition, definitionHash } from '../protocols/ceremony/definition.ts';
import { type EpochRecord, epochIdOf, isQuorumOf, publicKeyOf } from '../protocols/epoch.ts';
import { type KeygenTestRequest, digestOf } from './duty.ts';

/** One identity's signature, by seat. */
export interface SeatSignature {
  readonly index: PartyIndex;
  /** Ed25519, 64 bytes. */
  readonly signature: Uint8Array;
}

/** A signature that the new key has made, by one quorum, over the certificate of its own ceremony. */
export interface KeyProof {
  /** From 0; there are ⌈n/t⌉ of them, which together hold every member. */
  readonly window: number;
  readonly signers: readonly PartyIndex[];
  readonly signature: Signature;
}

/** The result of a ceremony: what everything afterwards keys off. [product, 5.2] */
export interface Lock {
  readonly definition: SignedDefinition;
  readonly attempt: number;
  /** Session id of the key generation. */
  readonly sid: SessionId;
  readonly record: EpochRecord;
  /** Session root of the transcript, 32 bytes. */
  readonly root: Uint8Array;
  /** What the members signed in the last round, and their signatures: without these the key signs nothing. */
  readonly certificate: { readonly hash: Uint8Array; readonly signatures: readonly SeatSignature[] };
  readonly proofs: readonly KeyProof[];
  /** Identity signatures of all members over `lockHash`. */
  readonly signatures: readonly SeatSignature[];
}

/** H("lock-core"; …): what the proofs of the key do not cover. */
export const coreHash = (lock: Omit<Lock, 'proofs' | 'signatures'>): Uint8Array =>
  taggedHash(
    tags.lockCore,
    definitionHash(lock.definition.definition),
    u32(lock.attempt),
    epochIdOf(lock.record),
    lock.root,
    lock.certificate.hash,
    new Uint8Array(32), // the lock before this one: a new key has none
  );

/**
 * H("lock"; coreHash, proofs): the name of a lock. No identity signature is in it: a signer can make several.
 */
export const lockHash = (lock: Omit<Lock, 'signatures'>): Uint8Array =>
  taggedHash(
    tags.lock,
    coreHash(lock),
    listOf(
      lock.proofs.map(({ window, signers, signature }) =>
        concat(u32(window), listOf(signers.map(u16)), encode(signatureCodec, signature)),
      ),
    ),
  );

/** The quorums that test a new key: ⌈n/t⌉ cyclic windows of t members, so that every member is in one. */
export function testWindows(
  members: readonly PartyIndex[],
  threshold: number,
): readonly (readonly PartyIndex[])[] {
  const n = members.length;
  return Array.from({ length: Math.ceil(n / threshold) }, (_, w) =>
    Array.from({ length: threshold }, (_unused, k) => members[(w * threshold + k) % n])
      .flatMap((member) => member ?? [])
      .sort((a, b) => a - b),
  );
}

/** What a window's quorum signs. */
export const testRequestOf = (
  record: EpochRecord,
  certHash: Uint8Array,
  window: number,
): KeygenTestRequest => ({
  kind: 'keygen-test',
  keyId: record.keyId,
  keyEpoch: record.epochNo,
  window: BigInt(window),
  certHash,
});

/** Stops a test signature that is not by the new key, not for this window, or said to be by other signers. */
export function isProofOf(
  { record, certificate }: Pick<Lock, 'record' | 'certificate'>,
  { window, signers, signature }: KeyProof,
): boolean {
  const windows = testWindows(
    record.members.map(({ index }) => index),
    record.threshold,
  );
  const digest = digestOf(testRequestOf(record, certificate.hash, window));
  return (
    String(signers) === String(windows[window] ?? 'no window') &&
    isQuorumOf(record, signers) &&
    verifyDigest(publicKeyOf(record), digest, signature) &&
    // Verifying looks past yParity, which is in the hash of the lock: without this two locks would be true.
    recoverPublicKey(digest, signature)?.equals(publicKeyOf(record)) === true
  );
}

/** Stops a lock over a key that does not sign, or of which a member has no usable share. */
export const isProvenByKey = (lock: Omit<Lock, 'signatures'>): boolean =>
  lock.proofs.length === Math.ceil(lock.record.members.length / lock.record.threshold) &&
  lock.proofs.every((proof, w) => proof.window === w && isProofOf(lock, proof));

/** Stops a certificate that a member has not signed: nothing signs under an epoch without its certificate. */
export const isCertified = ({ record, certificate }: Pick<Lock, 'record' | 'certificate'>): boolean =>
  isSignedByAll(record, certificate.signatures, 'dkg', certificate.hash);

/** Stops a lock that one of the members has not seen. */
export const isCountersigned = (lock: Lock): boolean =>
  isSignedByAll(lock.record, lock.signatures, 'lock', lockHash(lock));

/** Stops a lock whose key belongs to another committee than the one that the definition names. */
export const fitsDefinition = ({
  definition: { definition },
  record,
}: Pick<Lock, 'definition' | 'record'>): boolean =>
  record.threshold === definition.required &&
  record.members.length === definition.committee.length &&
  record.members.every(({ index, identityPk }, i) => {
    const seat = definition.committee[i];
    return seat?.index === index && equalBytes(seat.identityPk, identityPk);
  });

const isSignedByAll = (
  record: EpochRecord,
  signatures: readonly SeatSignature[],
  purpose: 'dkg' | 'lock',
  hash: Uint8Array,
): boolean =>
  signatures.length === record.members.length &&
  record.members.every(({ index, identityPk }, i) => {
    const one = signatures[i];
    return one?.index === index && verifyFor(purpose, identityPk, hash, one.signature);
  });
