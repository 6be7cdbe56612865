import { type PartyIndex, type SessionId, sessionId } from '../crypto/brand.ts';
import { concat, equalBytes, u16, u32 } from '../crypto/bytes.ts';
import {
  type Codec,
  decode,
  encode,
  fixed,
  indexCodec,
  list,
  struct,
  u16Codec,
  u32Codec,
} from '../crypto/codec.ts';
import { InputError, assert } from '../crypto/errors.ts';
import { listOf, taggedHash } from '../crypto/hash.ts';
import { type Point, pointCodec } from '../crypto/secp256k1.ts';
import { evaluateInExponent } from '../crypto/shamir.ts';
import { tags } from '../crypto/tags.ts';

/** Most members of a committee. [protocol, 2.4] */
export const MAX_MEMBERS = 64;

/** One member of a committee. */
export interface EpochMember {
  readonly index: PartyIndex;
  /** Ed25519 public key, 32 bytes. */
  readonly identityPk: Uint8Array;
}

/** What everyone knows of one epoch of one key: committee, threshold, public polynomial. [protocol, 4.2] */
export interface EpochRecord {
  /** 32 bytes, the same in all epochs of the key. */
  readonly keyId: Uint8Array;
  /** From 0, a u32. */
  readonly epochNo: number;
  /** Number of shares that sign. */
  readonly threshold: number;
  /** Ascending by index. */
  readonly members: readonly EpochMember[];
  /** C[0..threshold-1]; C[0] is the public key. */
  readonly commitments: readonly Point[];
  /** 32 bytes, the commitment to the chain code. */
  readonly ccHash: Uint8Array;
  /** 32 bytes, zero in epoch 0. */
  readonly prevEpochId: Uint8Array;
  /** The keygen or reshare session that made this epoch. */
  readonly originSid: SessionId;
}

/** n, t with 2 ≤ t ≤ n ≤ 64 and 2t > n: stops two disjoint quorums, which could sign two contents. [2.4] */
export const isLegalThreshold = (threshold: number, members: number): boolean =>
  Number.isInteger(threshold) &&
  threshold >= 2 &&
  threshold <= members &&
  members <= MAX_MEMBERS &&
  2 * threshold > members;

/** Whether indices ascend strictly: one order for every hash, and no index twice. */
export const isAscending = (indices: readonly number[]): boolean =>
  indices.every((index, i) => i === 0 || index > (indices[i - 1] ?? Infinity));

/** Whether no identity sits on two seats, where one machine would count twice. */
export const hasDistinctIdentities = (members: readonly EpochMember[]): boolean =>
  members.every((one, i) => members.slice(i + 1).every((two) => !equalBytes(one.identityPk, two.identityPk)));

/** Whether there is one commitment a coefficient: another count is another degree. */
export const hasMatchingDegree = (record: EpochRecord): boolean =>
  record.commitments.length === record.threshold;

/** Whether epoch 0 names no predecessor, and every other epoch names one. */
export const hasLegalPredecessor = (record: EpochRecord): boolean =>
  (record.epochNo === 0) === record.prevEpochId.every((byte) => byte === 0);

/** Whether these are exactly `threshold` members, ascending: who may hold a presign or sign session. [2.4] */
export const isQuorumOf = (record: EpochRecord, quorum: readonly PartyIndex[]): boolean =>
  quorum.length === record.threshold &&
  isAscending(quorum) &&
  quorum.every((index) => record.members.some((member) => member.index === index));

const rules: readonly (readonly [what: string, holds: (record: EpochRecord) => boolean])[] = [
  ['threshold needs 2 <= t <= n <= 64 and 2t > n', (r) => isLegalThreshold(r.threshold, r.members.length)],
  ['member indices must ascend', (r) => isAscending(r.members.map((member) => member.index))],
  ['an identity has two seats', (r) => hasDistinctIdentities(r.members)],
  ['there must be one commitment a coefficient', hasMatchingDegree],
  ['only epoch 0, and epoch 0 always, is without predecessor', hasLegalPredecessor],
];

/** Applies the rules of 2.4 to a record from outside. @throws InputError bad-committee, naming the rule */
export function checkCommittee(record: EpochRecord, path = 'epoch'): EpochRecord {
  for (const [what, holds] of rules)
    if (!holds(record))
      throw new InputError(
        'bad-committee',
        path,
        `${path} ${record.epochNo}: ${what} ` + `(t = ${record.threshold}, n = ${record.members.length})`,
      );
  return record;
}

const sid: Codec<SessionId> = {
  ...fixed(32),
  read: (from, path) => sessionId(from.take(32, path)),
};

const memberCodec: Codec<EpochMember> = struct<EpochMember>({ index: indexCodec, identityPk: fixed(32) });

const fields: Codec<EpochRecord> = struct<EpochRecord>({
  keyId: fixed(32),
  epochNo: u32Codec,
  threshold: u16Codec,
  members: list(memberCodec, MAX_MEMBERS),
  commitments: list(pointCodec, MAX_MEMBERS),
  ccHash: fixed(32),
  prevEpochId: fixed(32),
  originSid: sid,
});

/** The canonical bytes of a record. Decoding applies the committee rules. @throws InputError bad-committee */
export const epochCodec: Codec<EpochRecord> = {
  ...fields,
  read: (from, path) => checkCommittee(fields.read(from, path), path),
};

/** Canonical bytes of a record. */
export const encodeEpoch = (record: EpochRecord): Uint8Array => encode(epochCodec, record);

/** The record of canonical bytes. @throws InputError malformed | bad-committee */
export const decodeEpoch = (bytes: Uint8Array, path = 'epoch'): EpochRecord =>
  decode(epochCodec, bytes, path);

const membersOf = (record: EpochRecord): Uint8Array =>
  listOf(record.members.map(({ index, identityPk }) => concat(u16(index), identityPk)));

/** 32 bytes that name an epoch, and bind every field of its record. [protocol, 4.2] */
export const epochIdOf = (record: EpochRecord): Uint8Array =>
  taggedHash(
    tags.epoch,
    record.keyId,
    u32(record.epochNo),
    u16(record.threshold),
    membersOf(record),
    listOf(record.commitments.map((point) => point.toBytes())),
    record.ccHash,
    record.prevEpochId,
    record.originSid,
  );

/** 32 bytes that name who sits on which seat, and how many of them sign. */
export const committeeHashOf = (record: EpochRecord): Uint8Array =>
  taggedHash(tags.committee, u16(record.threshold), membersOf(record));

/** PK = C[0]. */
export function publicKeyOf(record: EpochRecord): Point {
  const [first] = record.commitments;
  assert(first !== undefined, 'a record without commitments passed its decoder');
  return first;
}

/** S_i = Σ_k i^k · C[k], which is s_i · G: the only public share a node trusts. [protocol, 4.2] */
export const publicShareOf = (record: EpochRecord, index: PartyIndex): Point =>
  evaluateInExponent(record.commitments, index);

/** The seat of an identity in this epoch, `undefined` if it has none. */
export const seatOf = (record: EpochRecord, identityPk: Uint8Array): EpochMember | undefined =>
  record.members.find((member) => equalBytes(member.identityPk, identityPk));
