import type { PartyIndex, SessionId } from '../crypto/brand.ts';
import { concat, equalBytes, u16, u32 } from '../crypto/bytes.ts';
import { encode } from '../crypto/codec.ts';
import { type Signature, recoverPublicKey, signatureCodec, verifyDigest } from '../crypto/ecdsa.ts';
import { verifyFor } from '../crypto/ed25519.ts';
import { listOf, taggedHash } from '../crypto/hash.ts';
import { tags } from '../crypto/tags.ts';
import { type SignedDefinition, definitionHash } from '../protocols/ceremony/definition.ts';
import { type EpochRecord, epochIdOf, isAscending, isQuorumOf, publicKeyOf } from '../protocols/epoch.ts';
import { type ActivationCertificate, certHashOf } from '../protocols/reshare/activation.ts';
import { type TestRequest, digestOf } from './duty.ts';

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

/** What all members of a new key signed in its last round: without these the key signs nothing. */
export interface KeygenCertificate {
  readonly kind: 'keygen';
  /** 32 bytes. */
  readonly hash: Uint8Array;
  readonly signatures: readonly SeatSignature[];
}

/** Why an epoch follows the one before. */
export interface EpochCertificate extends ActivationCertificate {
  readonly kind: 'activation';
  /** Of the certificate, 32 bytes: follows from what was prepared. */
  readonly hash: Uint8Array;
}

/**
 * The result of a ceremony: what everything afterwards keys off. That of an epoch change serves as soon as
 * its certificate holds; proofs and signatures come in behind. [product, 5.2]
 */
export interface Lock {
  readonly definition: SignedDefinition;
  readonly attempt: number;
  /** The session that made the epoch. */
  readonly sid: SessionId;
  readonly record: EpochRecord;
  /** Session root of a key generation; of an epoch change the hash of its certificate. 32 bytes. */
  readonly root: Uint8Array;
  readonly certificate: KeygenCertificate | EpochCertificate;
  /** Ascending by window. */
  readonly proofs: readonly KeyProof[];
  /** Name of the lock of the epoch before, 32 bytes; `undefined` for a new key. */
  readonly previousLockHash: Uint8Array | undefined;
  /** Identity signatures of members over `lockHash`, ascending. */
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
    lock.previousLockHash ?? new Uint8Array(32),
  );

/**
 * H("lock"; coreHash, proofs): the name of a lock. No identity signature is in it: a signer can make several.
 * Nor are the proofs of an epoch change: whoever holds its certificate must know the name at once.
 */
export const lockHash = (lock: Omit<Lock, 'signatures'>): Uint8Array =>
  taggedHash(
    tags.lock,
    coreHash(lock),
    listOf(
      (lock.certificate.kind === 'keygen' ? lock.proofs : []).map(({ window, signers, signature }) =>
        concat(u32(window), listOf(signers.map(u16)), encode(signatureCodec, signature)),
      ),
    ),
  );

/** The lock of an epoch change, as everybody who holds its certificate makes it: unproven, unsigned. */
export function lockOfActivation(
  definition: SignedDefinition,
  attempt: number,
  activation: ActivationCertificate,
  previousLockHash: Uint8Array,
): Lock {
  const { record } = activation.prepared;
  const hash = certHashOf(activation.prepared);
  return {
    definition,
    attempt,
    sid: record.originSid,
    record,
    root: hash,
    certificate: { kind: 'activation', hash, ...activation },
    proofs: [],
    previousLockHash,
    signatures: [],
  };
}

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

/**
 * What a window's quorum signs. A new key and a new epoch of an old key have kinds of their own, so that the
 * signature for one is none for the other.
 */
export const testRequestOf = (record: EpochRecord, certHash: Uint8Array, window: number): TestRequest => ({
  kind: record.epochNo === 0 ? 'keygen-test' : 'reshare-test',
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

/** Stops a lock whose parts are those of two: it would have one name and serve another epoch. */
export const isWhole = ({ record, sid, root, certificate }: Omit<Lock, 'signatures'>): boolean =>
  equalBytes(record.originSid, sid) &&
  (certificate.kind === 'keygen' ||
    (equalBytes(epochIdOf(certificate.prepared.record), epochIdOf(record)) &&
      equalBytes(certHashOf(certificate.prepared), certificate.hash) &&
      equalBytes(root, certificate.hash)));

/** Stops a test signature under a lock that is none, or a window that is there twice. */
export const hasSoundProofs = (lock: Omit<Lock, 'signatures'>): boolean =>
  isAscending(lock.proofs.map(({ window }) => window)) &&
  lock.proofs.every((proof) => isProofOf(lock, proof));

/** Stops a certificate that a member has not signed: nothing signs under an epoch without its certificate. */
export const isCertified = ({ record, certificate }: Pick<Lock, 'record' | 'certificate'>): boolean =>
  certificate.kind === 'keygen' && isSignedByAll(record, certificate.signatures, 'dkg', certificate.hash);

/** Stops a lock that one of the members has not seen. */
export const isCountersigned = (lock: Lock): boolean =>
  lock.signatures.length === lock.record.members.length && hasSoundSignatures(lock);

/** Stops a countersignature by a stranger, of another lock, or one that is there twice. */
export function hasSoundSignatures(lock: Lock): boolean {
  const hash = lockHash(lock);
  return (
    isAscending(lock.signatures.map(({ index }) => index)) &&
    lock.signatures.every(({ index, signature }) => {
      const member = lock.record.members.find((one) => one.index === index);
      return member !== undefined && verifyFor('lock', member.identityPk, hash, signature);
    })
  );
}

/** Members that have not countersigned, ascending. */
export const unsignedBy = ({ record, signatures }: Lock): readonly PartyIndex[] =>
  record.members
    .map(({ index }) => index)
    .filter((index) => !signatures.some((signature) => signature.index === index));

/**
 * Whether nothing is missing any more: every member has countersigned, and the key has signed by quorums that
 * hold every member. A new key serves only then; an epoch change serves before.
 */
export const isComplete = (lock: Lock): boolean => isProvenByKey(lock) && isCountersigned(lock);

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
  purpose: 'dkg',
  hash: Uint8Array,
): boolean =>
  signatures.length === record.members.length &&
  record.members.every(({ index, identityPk }, i) => {
    const one = signatures[i];
    return one?.index === index && verifyFor(purpose, identityPk, hash, one.signature);
  });
