import type { PartyIndex } from '../../crypto/brand.ts';
import { equalBytes, u16, u32 } from '../../crypto/bytes.ts';
import { type Codec, fixed, indexCodec, list, struct } from '../../crypto/codec.ts';
import { partyIdOf, verifyFor } from '../../crypto/ed25519.ts';
import { InputError, assert } from '../../crypto/errors.ts';
import { listOf, taggedHash } from '../../crypto/hash.ts';
import * as dlog from '../../crypto/proofs/dlog.ts';
import { type Point, type Rng, type Scalar } from '../../crypto/secp256k1.ts';
import { tags } from '../../crypto/tags.ts';
import {
  type EpochRecord,
  MAX_MEMBERS,
  epochCodec,
  epochIdOf,
  isAscending,
  publicKeyOf,
  publicShareOf,
} from '../epoch.ts';

/**
 * What a reshare has come to when the votes are in: a function of its broadcasts, the same at every honest
 * party. Public. [protocol, 12.3]
 */
export interface Prepared {
  /** Epoch e+1; its `prevEpochId` names epoch e, its `originSid` the session. */
  readonly record: EpochRecord;
  /** D*, ascending: the dealers whose polynomials count, each with H("rs/F"; list(F_i)), 32 bytes. */
  readonly dealers: readonly DealerHash[];
}
/** One dealer of D*. */
export interface DealerHash {
  readonly index: PartyIndex;
  readonly feldmanHash: Uint8Array;
}

/** A new member holds its share durably, and proves it. [protocol, 12.3] */
export interface Ack {
  readonly index: PartyIndex;
  /** Knowledge of s'_j for S'_j, bound to the certificate's hash. */
  readonly proof: dlog.Proof;
}

/** An old member will use its old share no more, once this counts. [protocol, 12.4] */
export interface Commit {
  readonly index: PartyIndex;
  /** Ed25519, purpose `rs`, over H("rs/commit"; certHash), 64 bytes. */
  readonly signature: Uint8Array;
}

/** What makes epoch e+1 the epoch of the key: no local count does. [protocol, 12.4] */
export interface ActivationCertificate {
  readonly prepared: Prepared;
  /** Of every new member, ascending. */
  readonly acks: readonly Ack[];
  /** Of at least t members of epoch e, ascending. */
  readonly commits: readonly Commit[];
}

/** H("rs/F"; list(F_i)), 32 bytes. */
export const feldmanHash = (F: readonly Point[]): Uint8Array =>
  taggedHash(tags.rsF, listOf(F.map((point) => point.toBytes())));

/** H("rs/cert"; sid, epochId_e, D*, their Feldman hashes, C', epochId_{e+1}), 32 bytes. [protocol, 12.3] */
export const certHashOf = ({ record, dealers }: Prepared): Uint8Array =>
  taggedHash(
    tags.rsCert,
    record.originSid,
    record.prevEpochId,
    listOf(dealers.map(({ index }) => u16(index))),
    listOf(dealers.map((dealer) => dealer.feldmanHash)),
    listOf(record.commitments.map((point) => point.toBytes())),
    epochIdOf(record),
  );

/** H("rs/commit"; certHash), 32 bytes: what a COMMIT signs. */
export const commitHashOf = (certHash: Uint8Array): Uint8Array => taggedHash(tags.rsCommit, certHash);

/** What the proof of s'_j is bound to. */
const ackContext = (prepared: Prepared, index: PartyIndex): dlog.Context => {
  const member = prepared.record.members.find((one) => one.index === index);
  assert(member !== undefined, `party ${index} is no member of the new epoch`);
  return { tag: tags.rsPop, parts: [certHashOf(prepared), u32(index), partyIdOf(member.identityPk)] };
};

/** Proves the new share. @throws Bug when it is not the share that the record promises to `index` */
export function acknowledge(prepared: Prepared, index: PartyIndex, share: Scalar, rng: Rng): Ack {
  const X = publicShareOf(prepared.record, index);
  return { index, proof: dlog.prove(ackContext(prepared, index), { X }, { x: share }, rng) };
}

/** H9: stops a member that acknowledges a share which it does not hold: fewer could sign than it seems. */
export const holdsNewShare = (prepared: Prepared, { index, proof }: Ack): boolean =>
  prepared.record.members.some((member) => member.index === index) &&
  dlog.verify(ackContext(prepared, index), { X: publicShareOf(prepared.record, index) }, proof);

/** H10: stops a COMMIT that no member of the old epoch has signed for this certificate. */
export const isCommitOf = (
  old: Pick<EpochRecord, 'members'>,
  certHash: Uint8Array,
  { index, signature }: Commit,
): boolean => {
  const member = old.members.find((one) => one.index === index);
  return member !== undefined && verifyFor('rs', member.identityPk, commitHashOf(certHash), signature);
};

/**
 * Stops an epoch that does not follow from the one before: another key, chain code, number or predecessor.
 */
export const follows = (old: EpochRecord, { record }: Prepared): boolean =>
  equalBytes(record.keyId, old.keyId) &&
  record.epochNo === old.epochNo + 1 &&
  equalBytes(record.prevEpochId, epochIdOf(old)) &&
  equalBytes(record.ccHash, old.ccHash) &&
  publicKeyOf(record).equals(publicKeyOf(old));

/** Stops a member that turns up again under an index or identity which was another's in the old epoch. */
export const keepsSeats = (
  old: Pick<EpochRecord, 'members'>,
  { record }: { readonly record: Pick<EpochRecord, 'members'> },
): boolean =>
  record.members.every((one) =>
    old.members.every((two) => (one.index === two.index) === equalBytes(one.identityPk, two.identityPk)),
  );

/** Stops a dealer set of another size than the old threshold, or with somebody who held no share. */
export const hasDealersOf = (old: EpochRecord, { dealers }: Prepared): boolean =>
  dealers.length === old.threshold &&
  isAscending(dealers.map(({ index }) => index)) &&
  dealers.every(({ index }) => old.members.some((member) => member.index === index));

/** Stops an activation before every new member has proven its share. */
export const isAcknowledgedByAll = ({
  prepared,
  acks,
}: Pick<ActivationCertificate, 'prepared' | 'acks'>): boolean =>
  acks.length === prepared.record.members.length &&
  acks.every((ack, i) => ack.index === prepared.record.members[i]?.index && holdsNewShare(prepared, ack));

/** Stops an activation while t old shares could still sign elsewhere: t have promised to stop. */
export const isCommittedByEnough = (
  old: Pick<EpochRecord, 'members' | 'threshold'>,
  { prepared, commits }: ActivationCertificate,
): boolean =>
  commits.length >= old.threshold &&
  isAscending(commits.map(({ index }) => index)) &&
  commits.every((commit) => isCommitOf(old, certHashOf(prepared), commit));

/** A COMMIT, and what it is about. */
export interface Committed {
  readonly prepared: Prepared;
  readonly commit: Commit;
}

/**
 * E2: stops a member that COMMITs to two epochs after the same one, by which the key could split. Both
 * signatures prove it to anyone. [protocol, 12.5 rule 5]
 */
export const commitsTwice = (old: EpochRecord, one: Committed, two: Committed): boolean =>
  one.commit.index === two.commit.index &&
  !equalBytes(certHashOf(one.prepared), certHashOf(two.prepared)) &&
  [one, two].every(
    ({ prepared, commit }) =>
      equalBytes(prepared.record.prevEpochId, epochIdOf(old)) &&
      isCommitOf(old, certHashOf(prepared), commit),
  );

const rules: readonly (readonly [
  code: string,
  what: string,
  holds: (old: EpochRecord, certificate: ActivationCertificate) => boolean,
])[] = [
  ['stale-epoch', 'does not follow from this epoch', (old, { prepared }) => follows(old, prepared)],
  ['bad-committee', 'moves a member to another seat', (old, { prepared }) => keepsSeats(old, prepared)],
  ['bad-activation', 'counts other dealers than it may', (old, { prepared }) => hasDealersOf(old, prepared)],
  ['bad-activation', 'lacks the proof of a new share', (_, certificate) => isAcknowledgedByAll(certificate)],
  ['bad-activation', 'lacks COMMITs of the old epoch', isCommittedByEnough],
];

/**
 * Whether a certificate makes its epoch follow `old`, which comes from the registry and never from a message.
 * @throws InputError stale-epoch | bad-committee | bad-activation, naming the rule
 */
export function checkActivation(
  old: EpochRecord,
  certificate: ActivationCertificate,
  path = 'certificate',
): ActivationCertificate {
  for (const [code, what, holds] of rules)
    if (!holds(old, certificate))
      throw new InputError(code, path, `${path} of epoch ${certificate.prepared.record.epochNo} ${what}`);
  return certificate;
}

/** Canonical bytes of a Prepared. */
export const preparedCodec: Codec<Prepared> = struct<Prepared>({
  record: epochCodec,
  dealers: list(struct<DealerHash>({ index: indexCodec, feldmanHash: fixed(32) }), MAX_MEMBERS),
});

/** Canonical bytes of an Ack: index 2 ‖ proof 65. */
export const ackCodec: Codec<Ack> = struct<Ack>({ index: indexCodec, proof: dlog.proofCodec });

/** Canonical bytes of a Commit: index 2 ‖ signature 64. */
export const commitCodec: Codec<Commit> = struct<Commit>({ index: indexCodec, signature: fixed(64) });

/** Canonical bytes of an ActivationCertificate. */
export const activationCodec: Codec<ActivationCertificate> = struct<ActivationCertificate>({
  prepared: preparedCodec,
  acks: list(ackCodec, MAX_MEMBERS),
  commits: list(commitCodec, MAX_MEMBERS),
});

/** What a new member writes down before it acknowledges. Sealed before it touches a disk. [protocol, 12.3] */
export interface PreparedShare {
  readonly prepared: Prepared;
  readonly index: PartyIndex;
  /** s'_j, 32 bytes. Secret. */
  readonly share: Uint8Array;
  /** cc, 32 bytes. Secret. */
  readonly chainCode: Uint8Array;
}

/** Canonical bytes of a PreparedShare. */
export const preparedShareCodec: Codec<PreparedShare> = struct<PreparedShare>({
  prepared: preparedCodec,
  index: indexCodec,
  share: fixed(32),
  chainCode: fixed(32),
});
