import { type PartyIndex, partyIndex } from '../src/crypto/brand.ts';
import { ascii } from '../src/crypto/bytes.ts';
import { decode, encode } from '../src/crypto/codec.ts';
import { identityPublicKey } from '../src/crypto/ed25519.ts';
import { Bug } from '../src/crypto/errors.ts';
import { taggedHash } from '../src/crypto/hash.ts';
import type { JobResult, PlainPresignature } from '../src/node/sessions/messages.ts';
import { type EpochRecord, epochCodec, epochIdOf } from '../src/protocols/epoch.ts';
import { protos } from '../src/protocols/kernel/envelope.ts';
import { type Spec, specCodec } from '../src/protocols/kernel/spec.ts';
import { suite } from '../src/protocols/params.ts';
import { systemRng } from '../src/system/rng.ts';
import type { Size } from './cases.ts';
import { type Finished, type Seat, runSession } from './meter.ts';

/** What the keys of a bench are for. */
export const PURPOSE = 'test';

/** A member of a committee and its identity. */
export interface Member {
  readonly index: PartyIndex;
  /** Ed25519 seed, 32 bytes. */
  readonly seed: Uint8Array;
  readonly identityPk: Uint8Array;
}

/** Members with fresh identities; their indices follow those of so many before them. */
export const drawMembers = (n: number, before = 0): readonly Member[] =>
  Array.from({ length: n }, (_, i) => {
    const seed = systemRng(32);
    return { index: partyIndex(before + i + 1), seed, identityPk: identityPublicKey(seed) };
  });

type SpecFields = Pick<Spec, 'proto' | 'threshold'> & Partial<Spec>;

let position = 0n;
/** Canonical bytes of `specOf`. */
export function specBytes(members: readonly Member[], fields: SpecFields): Uint8Array {
  return encode(specCodec, specOf(members, fields));
}

/** A specification of a session of these members, at a position of its own. */
function specOf(members: readonly Member[], fields: SpecFields): Spec {
  return {
    version: 1,
    suite: suite.name,
    keyId: new Uint8Array(32),
    epochId: new Uint8Array(32),
    participants: members.map(({ index, identityPk }) => ({ index, identityPk })),
    batch: 0,
    purpose: PURPOSE,
    context: new Uint8Array(32),
    position: position++,
    coordinator: partyIndex(1),
    coordinatorNonce: systemRng(32),
    notAfterMs: 2n ** 53n,
    roundTimeoutMs: 60_000,
    ...fields,
  };
}

/** The key of a committee, with all its shares, as only a bench may hold them. */
export interface CommitteeKey {
  readonly size: Size;
  readonly members: readonly Member[];
  readonly record: EpochRecord;
  /** 32 bytes each. */
  readonly shares: ReadonlyMap<PartyIndex, Uint8Array>;
}

/** A key that was just made. */
export interface GeneratedKey extends CommitteeKey {
  /** 32 bytes. */
  readonly chainCode: Uint8Array;
  readonly session: Finished;
}

/** One key generation of a fresh committee. */
export function generateKey({ n, t }: Size): GeneratedKey {
  const members = drawMembers(n);
  const spec = specBytes(members, { proto: protos.keygen, threshold: t });
  const session = runSession(
    members.map(({ index, seed }): Seat => [
      index,
      { kind: 'keygen', spec, self: index, identitySeed: seed.slice(), seed: systemRng(32) },
    ]),
  );
  const results = [...session.results].map(([index, result]) => {
    if (result.kind !== 'keygen') throw new Bug(`a key generation ended in ${result.kind}`);
    return [index, result] as const;
  });
  const [first] = results;
  if (first === undefined) throw new Bug('a key without members');
  const [, { record, chainCode }] = first;
  const shares = new Map(results.map(([index, { share }]) => [index, share]));
  return { size: { n, t }, members, record: decode(epochCodec, record), shares, chainCode, session };
}

/** The members who sign in a bench: the first t. */
export const quorumOf = ({ size, members }: CommitteeKey): readonly Member[] => members.slice(0, size.t);

type PresignResult = Extract<JobResult, { kind: 'presign' }>;

/** A finished presign session of the quorum. */
export interface Presigned {
  readonly key: CommitteeKey;
  readonly batch: number;
  readonly results: ReadonlyMap<PartyIndex, PresignResult>;
  readonly session: Finished;
}

/** One presign session of the quorum of a key. */
export function presignBatch(key: CommitteeKey, batch: number): Presigned {
  const quorum = quorumOf(key);
  const { record } = key;
  const fields = { threshold: record.threshold, keyId: record.keyId, epochId: epochIdOf(record), batch };
  const spec = specBytes(quorum, { proto: protos.presign, ...fields });
  const session = runSession(
    quorum.map(({ index, seed }): Seat => {
      const share = resultOf(key.shares, index).slice();
      const identitySeed = seed.slice();
      const common = { kind: 'presign', spec, self: index, record: encode(epochCodec, record) } as const;
      return [index, { ...common, identitySeed, share }];
    }),
  );
  const results = new Map(
    [...session.results].map(([index, result]) => {
      if (result.kind !== 'presign') throw new Bug(`a presign session ended in ${result.kind}`);
      return [index, result];
    }),
  );
  return { key, batch, results, session };
}

/** What an online session of a bench signs. */
export interface ToSign {
  readonly requestId: Uint8Array;
  readonly digest: Uint8Array;
}

/** Something to sign that means nothing. */
export const anything = (): ToSign => ({
  requestId: systemRng(32),
  digest: taggedHash('test', ascii('bench'), systemRng(32)),
});

/** One online session with the presignature at this place of the batch, which is used up. */
export function signOnce({ key, results }: Presigned, place: number, what: ToSign): Finished {
  const quorum = quorumOf(key);
  const { record } = key;
  const fields = { threshold: record.threshold, keyId: record.keyId, epochId: epochIdOf(record) };
  const spec = specBytes(quorum, { proto: protos.sign, ...fields, context: what.requestId });
  return runSession(
    quorum.map(({ index, seed }): Seat => {
      const { eids, view } = resultOf(results, index);
      const presignature = presignatureAt({ results }, index, place);
      return [
        index,
        {
          ...{ kind: 'sign', spec, self: index, identitySeed: seed.slice(), eids, view },
          ...{ record: encode(epochCodec, record), presignature, purpose: PURPOSE },
          ...what,
        },
      ];
    }),
  );
}

/** One party's half of the presignature at this place of the batch. */
export function presignatureAt(
  { results }: Pick<Presigned, 'results'>,
  index: PartyIndex,
  place: number,
): PlainPresignature {
  const one = resultOf(results, index).presignatures[place];
  if (one === undefined) throw new Bug(`the batch has no presignature at ${place}`);
  return one;
}

/** The result of a party. @throws Bug unless it has one */
export function resultOf<T>(results: ReadonlyMap<PartyIndex, T>, index: PartyIndex): T {
  const result = results.get(index);
  if (result === undefined) throw new Bug(`party ${index} has no result`);
  return result;
}
