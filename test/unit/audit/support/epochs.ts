import { secp256k1 } from '@noble/curves/secp256k1.js';

import { keyRefOf } from '../../../../src/chain/change.ts';
import { digestOf } from '../../../../src/chain/duty.ts';
import {
  type KeyProof,
  type Lock,
  lockHash,
  lockOfActivation,
  testRequestOf,
  testWindows,
} from '../../../../src/chain/lock.ts';
import { type PartyIndex, type SessionId, partyIndex, sessionId } from '../../../../src/crypto/brand.ts';
import { ascii, bytesToBigint, u32 } from '../../../../src/crypto/bytes.ts';
import { seededRng } from '../../../../src/crypto/drbg.ts';
import type { Signature } from '../../../../src/crypto/ecdsa.ts';
import { identityPublicKey, signFor } from '../../../../src/crypto/ed25519.ts';
import { taggedHash } from '../../../../src/crypto/hash.ts';
import { Point, actPublic, multiply, scalar, scalarToBytes, sum } from '../../../../src/crypto/secp256k1.ts';
import {
  evaluate,
  feldmanCommit,
  interpolateAtZero,
  lagrangeAtZero,
  randomPolynomial,
} from '../../../../src/crypto/shamir.ts';
import { holdersOf } from '../../../../src/protocols/ceremony/change.ts';
import {
  type CeremonyKind,
  type ChangeDefinition,
  type Definition,
  type Seat,
  type SignedDefinition,
  acceptanceOf,
  seatsOf,
} from '../../../../src/protocols/ceremony/definition.ts';
import { type EpochRecord, epochIdOf } from '../../../../src/protocols/epoch.ts';
import { at } from '../../../../src/protocols/kernel/protocol.ts';
import {
  type ActivationCertificate,
  type Prepared,
  acknowledge,
  certHashOf,
  commitHashOf,
  feldmanHash,
} from '../../../../src/protocols/reshare/activation.ts';
import type { Member } from '../../../sim/cluster.ts';
import type { DealtKey } from '../../../sim/signing.ts';
import { makeCeremony } from './folders.ts';

/** An epoch of a key: its lock, and the shares, which nobody but a test has in one place. */
export interface MadeEpoch {
  readonly lock: Lock;
  readonly key: DealtKey;
}

/** What an epoch change changes. */
export interface Wish {
  readonly ceremony?: Exclude<CeremonyKind, 'keygen'>;
  /** Indices of the new committee, ascending. Left out: as before. */
  readonly committee?: readonly number[];
  readonly required?: number;
  readonly lost?: readonly number[];
  readonly sequence?: bigint;
  readonly label?: string;
}

/** The identity of the test member of an index. */
export const seedOf = (index: number): Uint8Array => taggedHash('test', ascii('identity'), u32(index));

/** A seat as the definitions of these tests write it. */
export const seatAt = (index: number): Seat => ({
  index: partyIndex(index),
  name: `node-${index}`,
  identityPk: identityPublicKey(seedOf(index)),
  address: `127.0.0.1:${7000 + index}`,
});

/** The first epoch of a key, made by real sessions. */
export function firstEpoch(n: number, required: number, label = 'one'): MadeEpoch {
  const { lock, key } = makeCeremony(n, required, label);
  return { lock, key };
}

/** The plan of an epoch change. */
export function changeOf(previous: Lock, wish: Wish = {}): ChangeDefinition {
  const old = previous.record.members.map(({ index }) => Number(index));
  const committee = wish.committee ?? old;
  const before = previous.definition.definition;
  const ofIndices = (list: readonly number[]): readonly PartyIndex[] => list.map((j) => partyIndex(j));
  const leaving = old.filter((j) => !committee.includes(j));
  return {
    name: 'change',
    ceremony: wish.ceremony ?? 'reshare',
    sequence: wish.sequence ?? before.sequence + 1n,
    network: before.network,
    purpose: before.purpose,
    required: wish.required ?? previous.record.threshold,
    committee: committee.map(seatAt),
    proposer: partyIndex(committee[0] ?? 1),
    timing: before.timing,
    policyHash: new Uint8Array(32).fill(8),
    key: keyRefOf(previous),
    change: {
      remaining: ofIndices(committee.filter((j) => old.includes(j))),
      joining: ofIndices(committee.filter((j) => !old.includes(j))),
      leaving: ofIndices(leaving),
      lost: ofIndices(wish.lost ?? []),
    },
    leavers: leaving.map(seatAt),
  };
}

/** The plan with the signatures of these indices; of everybody if none are given. */
export function signedBy(definition: Definition, indices?: readonly number[]): SignedDefinition {
  const seats = seatsOf(definition).filter(({ index }) => indices?.includes(index) ?? true);
  return {
    definition,
    signatures: seats.map(({ index, identityPk }) => ({
      identityPk,
      signature: signFor('definition', seedOf(index), acceptanceOf(definition, identityPk)),
      signedAtMs: 2n,
    })),
  };
}

/** What dealers make of their shares: the next record, and everybody's share of it. */
export function redealt(
  { lock, key }: MadeEpoch,
  definition: ChangeDefinition,
  options: { readonly label?: string; readonly sid?: SessionId } = {},
): { readonly prepared: Prepared; readonly shares: ReadonlyMap<PartyIndex, Uint8Array> } {
  const { label = 'change', sid = sessionId(taggedHash('test', ascii(`sid ${label}`))) } = options;
  const old = lock.record;
  const dealers = holdersOf(definition, old).slice(0, old.threshold);
  const rng = seededRng(taggedHash('test', ascii(label)));
  const dealt = dealers.map((index) => {
    const share = scalar(bytesToBigint(at(key.shares, index)));
    return { index, f: randomPolynomial(definition.required - 1, rng, share) };
  });
  const weight = (index: PartyIndex) => lagrangeAtZero(index, dealers);
  const commitments = Array.from({ length: definition.required }, (_, k) =>
    Point.sum(dealt.map(({ index, f }) => actPublic(weight(index), feldmanCommit(f)[k] ?? Point.identity))),
  );
  const record: EpochRecord = {
    keyId: old.keyId,
    epochNo: old.epochNo + 1,
    threshold: definition.required,
    members: definition.committee.map(({ index, identityPk }) => ({ index, identityPk })),
    commitments,
    ccHash: old.ccHash,
    prevEpochId: epochIdOf(old),
    originSid: sid,
  };
  const shares = new Map(
    definition.committee.map(({ index }) => [
      index,
      scalarToBytes(sum(dealt.map((one) => multiply(weight(one.index), evaluate(one.f, index))))),
    ]),
  );
  const hashes = dealt.map(({ index, f }) => ({ index, feldmanHash: feldmanHash(feldmanCommit(f)) }));
  return { prepared: { record, dealers: hashes }, shares };
}

/** A certificate with the ACKs of all and the COMMITs of these, or of the first t. */
export function certified(
  old: EpochRecord,
  prepared: Prepared,
  shares: ReadonlyMap<PartyIndex, Uint8Array>,
  committers: readonly PartyIndex[] = old.members.slice(0, old.threshold).map(({ index }) => index),
): ActivationCertificate {
  const rng = seededRng(taggedHash('test', ascii('acks')));
  return {
    prepared,
    acks: prepared.record.members.map(({ index }) =>
      acknowledge(prepared, index, scalar(bytesToBigint(at(shares, index))), rng),
    ),
    commits: committers.map((index) => ({
      index,
      signature: signFor('rs', seedOf(index), commitHashOf(certHashOf(prepared))),
    })),
  };
}

/** A signature by the whole key: what two or three sessions would make, at once. */
export function signWhole(secret: Uint8Array, digest: Uint8Array): Signature {
  const bytes = secp256k1.sign(digest, secret, { prehash: false, lowS: true, format: 'recovered' });
  const [r, s] = [bytes.subarray(1, 33), bytes.subarray(33)].map((part) => scalar(bytesToBigint(part)));
  if (r === undefined || s === undefined) throw new RangeError('no signature');
  return { r, s, yParity: bytes[0] === 1 ? 1 : 0 };
}

/** The lock with the proofs of all windows and the countersignatures of all members, or of these. */
export function completed(lock: Lock, secret: Uint8Array, signers?: readonly number[]): Lock {
  const { record, certificate } = lock;
  const indices = record.members.map(({ index }) => index);
  const proofs: readonly KeyProof[] = testWindows(indices, record.threshold).map((who, window) => ({
    window,
    signers: who,
    signature: signWhole(secret, digestOf(testRequestOf(record, certificate.hash, window))),
  }));
  const hash = lockHash({ ...lock, proofs });
  return {
    ...lock,
    proofs,
    signatures: indices
      .filter((index) => signers?.includes(index) ?? true)
      .map((index) => ({ index, signature: signFor('lock', seedOf(index), hash) })),
  };
}

/** The next epoch, whole: agreed, dealt, certified, proven, countersigned. */
export function nextEpoch(before: MadeEpoch, wish: Wish = {}): MadeEpoch {
  const definition = changeOf(before.lock, wish);
  const label = wish.label ?? `epoch ${before.lock.record.epochNo + 1}`;
  const { prepared, shares } = redealt(before, definition, { label });
  const committers = holdersOf(definition, before.lock.record).slice(0, before.lock.record.threshold);
  const activation = certified(before.lock.record, prepared, shares, committers);
  const open = lockOfActivation(signedBy(definition), 0, activation, lockHash(before.lock));
  const members: readonly Member[] = definition.committee.map(({ index }) => ({
    index,
    seed: seedOf(index),
  }));
  return {
    lock: completed(open, scalarToBytes(before.key.secret)),
    key: { record: prepared.record, members, secret: before.key.secret, shares },
  };
}

/** The whole secret, from any of the shares: equal in all epochs. */
export const secretOf = (
  shares: ReadonlyMap<PartyIndex, Uint8Array>,
  indices: readonly PartyIndex[],
): Uint8Array =>
  scalarToBytes(
    interpolateAtZero(new Map(indices.map((index) => [index, scalar(bytesToBigint(at(shares, index)))]))),
  );
