import type { PartyId, PartyIndex } from '../../crypto/brand.ts';
import { concat } from '../../crypto/bytes.ts';
import {
  type Codec,
  decode,
  encode,
  fixed,
  indexCodec,
  list,
  struct,
  text,
  u16Codec,
  u32Codec,
  u64Codec,
  u8Codec,
} from '../../crypto/codec.ts';
import { partyIdOf } from '../../crypto/ed25519.ts';
import { InputError, assert } from '../../crypto/errors.ts';
import { taggedHash } from '../../crypto/hash.ts';
import { tags } from '../../crypto/tags.ts';
import { isLegalThreshold } from '../epoch.ts';
import { protos } from './envelope.ts';
import type { PartyMap } from './protocol.ts';

/** A member of a session: its index, from the roster, and its Ed25519 identity key, 32 bytes. */
export interface Participant {
  readonly index: PartyIndex;
  readonly identityPk: Uint8Array;
}

/**
 * What a reshare changes: who deals, who is to hold shares, and how many of those will sign. [protocol, 12]
 */
export interface ReshareTerms {
  /** Members of the old epoch that re-deal their shares, ascending; at least the old threshold. */
  readonly dealers: readonly PartyIndex[];
  /** Members of the new epoch, ascending. */
  readonly members: readonly PartyIndex[];
  /** t', number of shares that sign in the new epoch. */
  readonly threshold: number;
}

/**
 * Everything a session is about. Its hash is in every session id, so no two sessions share one.
 * [protocol, 4.3]
 */
export interface Spec {
  readonly version: number;
  readonly suite: string;
  /** A number of `protos`. */
  readonly proto: number;
  /** Zero for key generation. */
  readonly keyId: Uint8Array;
  /** Zero for key generation. */
  readonly epochId: Uint8Array;
  readonly participants: readonly Participant[];
  /** Number of shares that sign. */
  readonly threshold: number;
  /** Instances of a presign session, 0 otherwise. */
  readonly batch: number;
  /** What the key is for. */
  readonly purpose: string;
  /** What this session belongs to: the hash of a ceremony's definition and attempt, or zero. */
  readonly context: Uint8Array;
  /** Unique for a key, epoch and protocol. */
  readonly position: bigint;
  readonly coordinator: PartyIndex;
  readonly coordinatorNonce: Uint8Array;
  /** Milliseconds since the Unix epoch; nobody joins later. */
  readonly notAfterMs: bigint;
  readonly roundTimeoutMs: number;
  /** Of a reshare, and of no other protocol. */
  readonly reshare?: ReshareTerms | undefined;
}

/** Largest committee. [protocol, 2.4] */
export const MAX_PARTIES = 64;

const fields: Codec<Omit<Spec, 'reshare'>> = struct<Omit<Spec, 'reshare'>>({
  version: u8Codec,
  suite: text(128),
  proto: u8Codec,
  keyId: fixed(32),
  epochId: fixed(32),
  participants: list(struct<Participant>({ index: indexCodec, identityPk: fixed(32) }), MAX_PARTIES),
  threshold: u16Codec,
  batch: u16Codec,
  purpose: text(32),
  context: fixed(32),
  position: u64Codec,
  coordinator: indexCodec,
  coordinatorNonce: fixed(32),
  notAfterMs: u64Codec,
  roundTimeoutMs: u32Codec,
});

const termsCodec: Codec<ReshareTerms> = struct<ReshareTerms>({
  dealers: list(indexCodec, MAX_PARTIES),
  members: list(indexCodec, MAX_PARTIES),
  threshold: u16Codec,
});

/** Canonical bytes of a Spec. The terms of a reshare follow the other fields, in a reshare only. */
export const specCodec: Codec<Spec> = {
  schema: fields.schema,
  maxBytes: fields.maxBytes + termsCodec.maxBytes,
  write: ({ reshare, ...spec }) => {
    assert((spec.proto === protos.reshare) === (reshare !== undefined), 'only a reshare has terms');
    return concat(fields.write(spec), reshare === undefined ? new Uint8Array(0) : termsCodec.write(reshare));
  },
  read: (from, path) => {
    const spec = fields.read(from, path);
    if (spec.proto !== protos.reshare) return spec;
    return { ...spec, reshare: termsCodec.read(from, `${path}.reshare`) };
  },
};

/** H("spec"; bytes), 32 bytes: the name of a session before its parties have met. */
export const specHash = (spec: Spec): Uint8Array => taggedHash(tags.spec, encode(specCodec, spec));

/** Decodes a specification and checks its participants. @throws InputError malformed | bad-signer-set */
export function decodeSpec(bytes: Uint8Array): Spec {
  const spec = decode(specCodec, bytes, 'spec');
  checkParticipants(spec);
  return spec;
}

/** Ascending, distinct, at least two, the coordinator among them. @throws InputError bad-signer-set */
export function checkParticipants({ participants, coordinator, threshold, reshare }: Spec): void {
  const indices = participants.map(({ index }) => index);
  const ascending = indices.every((index, i) => i === 0 || index > (indices[i - 1] ?? 0));
  const keys = new Set(participants.map(({ identityPk }) => identityPk.join()));
  if (indices.length < 2 || !ascending || keys.size !== indices.length)
    throw new InputError(
      'bad-signer-set',
      'spec.participants',
      'participants must be ascending and distinct',
    );
  if (!indices.includes(coordinator))
    throw new InputError('bad-signer-set', 'spec.coordinator', `${coordinator} does not take part`);
  if (threshold < 2 || threshold > indices.length)
    throw new InputError('bad-signer-set', 'spec.threshold', `${threshold} of ${indices.length} cannot sign`);
  if (reshare !== undefined) checkTerms(indices, threshold, reshare);
}

/** H1: enough dealers, a committee that can sign, and nobody without a part. */
function checkTerms(indices: readonly number[], threshold: number, terms: ReshareTerms): void {
  const { dealers, members } = terms;
  const ascends = (list: readonly number[]): boolean => list.every((j, i) => j > (list[i - 1] ?? 0));
  const hasPart = (j: number): boolean => [...dealers, ...members].some((k) => k === j);
  const isWhole =
    ascends(dealers) && ascends(members) && indices.every(hasPart) && dealers.length >= threshold;
  const isKnown = [...dealers, ...members].every((j) => indices.includes(j));
  if (!isWhole || !isKnown || !isLegalThreshold(terms.threshold, members.length))
    throw new InputError('bad-signer-set', 'spec.reshare', 'the terms of this reshare make no committee');
}

/** Indices of the participants, ascending. */
export const partiesOf = (spec: Pick<Spec, 'participants'>): readonly PartyIndex[] =>
  spec.participants.map(({ index }) => index);

/** Identity keys by index. */
export const identitiesOf = (spec: Pick<Spec, 'participants'>): PartyMap<Uint8Array> =>
  new Map(spec.participants.map(({ index, identityPk }) => [index, identityPk]));

/** Names of the parties in hashes, by index. */
export const pidsOf = (spec: Pick<Spec, 'participants'>): PartyMap<PartyId> =>
  new Map(spec.participants.map(({ index, identityPk }) => [index, partyIdOf(identityPk)]));
