import type { PartyIndex } from '../../src/crypto/brand.ts';
import { partyIndex } from '../../src/crypto/brand.ts';
import type { Signature } from '../../src/crypto/ecdsa.ts';
import type { Rng } from '../../src/crypto/secp256k1.ts';
import { judge } from '../../src/protocols/judge.ts';
import { type EpochRecord, epochIdOf } from '../../src/protocols/epoch.ts';
import { protos } from '../../src/protocols/kernel/envelope.ts';
import {
  type PartyMap,
  type Protocol,
  ProtocolAbort,
  type Sending,
  at,
} from '../../src/protocols/kernel/protocol.ts';
import { Session } from '../../src/protocols/kernel/session.ts';
import { setup } from '../../src/protocols/kernel/setup.ts';
import type { Spec } from '../../src/protocols/kernel/spec.ts';
import type { KeygenOutput } from '../../src/protocols/keygen/keygen.ts';
import { type PresignBatch, presign } from '../../src/protocols/presign/presign.ts';
import { sign } from '../../src/protocols/sign/sign.ts';
import { sessionOf, signatureHash } from '../../src/protocols/sign/tuple.ts';
import { lying } from '../sim/cheating.ts';
import { type Member, members, rngOf, specFor } from '../sim/cluster.ts';
import { type DealtKey, type PresignRun, presignSpec, seated, signInputs, signSpec } from '../sim/signing.ts';
import type { ReshareOutput } from '../../src/protocols/reshare/reshare.ts';
import { keygenBody } from '../unit/protocols/support/keygen-run.ts';
import {
  heldEpoch,
  seated as seatedIn,
  reshareBody,
  reshareSpec,
  seats as indices,
} from '../unit/protocols/support/reshare-run.ts';
import type { ProtocolName, Size } from './registry.ts';

/** One session that can be run again and again: the same parties, and the same randomness for each label. */
export interface Scene<T> {
  readonly protocol: ProtocolName;
  readonly size: Size;
  readonly spec: Spec;
  readonly seats: readonly Member[];
  readonly liar: PartyIndex;
  /** The epoch that a reshare leaves, or to which a presign session belongs. */
  readonly record?: EpochRecord;
  /** The honest program of a party. */
  readonly honest: (self: PartyIndex) => Protocol<T>;
  /** Says what is written in the script, hears nothing, and never stops by itself. */
  readonly puppet: (self: PartyIndex, script: readonly Sending[]) => Protocol<T>;
  readonly session: (self: PartyIndex, body: Protocol<T>) => Session<T>;
}

/** Larger than any message. */
const MAX_BODY_BYTES = 1 << 24;

/** The rest of a script, after the rounds that a puppet has to run itself. */
function* recite<T>(script: readonly Sending[]): Protocol<T> {
  for (const send of script) yield { kind: 'round', send };
  throw new ProtocolAbort('puppet', [], { grade: 'D', check: '' });
}

/** Setup as the script says it, and then the script. */
function* withSetup<T>(body: Protocol<unknown>, [first, ...rest]: readonly Sending[]): Protocol<T> {
  yield* lying(body, (send) => first ?? send);
  return yield* recite(rest);
}

const seedOf = (seats: readonly Member[], self: PartyIndex): Uint8Array =>
  at(new Map(seats.map(({ index, seed }) => [index, seed])), self);

/** The randomness of the parties of a key generation. */
export const keygenRng =
  ([n, threshold]: readonly [number, number], label: string) =>
  (self: PartyIndex): Rng =>
    rngOf(`${label} keygen ${n} ${threshold}`, self);

/** A key generation of n parties. */
export function keygenScene(
  [n, threshold]: readonly [number, number],
  liar: number,
  label = 'byz',
): Scene<KeygenOutput> {
  const seats = members(n);
  const spec = specFor(seats, { proto: protos.keygen, threshold, purpose: label });
  const rng = keygenRng([n, threshold], label);
  return {
    protocol: 'keygen',
    size: { threshold, batch: 0 },
    spec,
    seats,
    liar: partyIndex(liar),
    honest: (self) => keygenBody(spec, self, seedOf(seats, self), rng(self)),
    puppet: (self, script) => withSetup(setup(spec, self, rng(self)), script),
    session: (self, body) =>
      new Session({
        spec,
        self,
        identitySeed: seedOf(seats, self),
        rng: rngOf(`${label} wire`, self),
        body,
        judge,
        outputHash: ({ epochId }) => epochId,
        maxBodyBytes: MAX_BODY_BYTES,
      }),
  };
}

/** The randomness of the parties of a reshare. */
export const reshareRng =
  (label: string) =>
  (self: PartyIndex): Rng =>
    rngOf(`${label} reshare`, self);

/** From two of three to two of three: one leaves, one joins, and all of the old committee deal. */
export function reshareScene(liar: number, label = 'byz'): Scene<ReshareOutput> {
  const epoch = heldEpoch(2, indices(1, 2, 3));
  const terms = { dealers: indices(1, 2, 3), members: indices(1, 2, 4), threshold: 2 };
  const spec = reshareSpec(epoch, terms, label);
  const seats = seatedIn(indices(1, 2, 3, 4));
  const rng = reshareRng(label);
  return {
    protocol: 'reshare',
    size: { threshold: 2, batch: 0, dealers: 3 },
    spec,
    seats,
    liar: partyIndex(liar),
    record: epoch.record,
    honest: (self) => reshareBody(epoch, spec, self, rng(self)),
    puppet: (self, script) => withSetup(setup(spec, self, rng(self)), script),
    session: (self, body) =>
      new Session({
        spec,
        self,
        identitySeed: seedOf(seats, self),
        rng: rngOf(`${label} wire`, self),
        body,
        judge: (evidence, about, first) => judge(evidence, about, first, epoch.record),
        outputHash: ({ prepared }) => epochIdOf(prepared.record),
        maxBodyBytes: MAX_BODY_BYTES,
      }),
  };
}

/** A presign session of one instance. */
export function presignScene(
  key: DealtKey,
  quorum: readonly number[],
  liar: number,
  label = 'byz',
): Scene<PresignBatch> {
  const indices = quorum.map((j) => partyIndex(j));
  const seats = seated(key, indices);
  const spec = { ...presignSpec(key, indices, 1), purpose: label };
  const rng = (self: PartyIndex) => rngOf(`${label} presign ${quorum.join()}`, self);
  const honest = function* (self: PartyIndex): Protocol<PresignBatch> {
    const party = yield* setup(spec, self, rng(self));
    return yield* presign(party, { record: key.record, share: at(key.shares, self), batch: 1 });
  };
  return {
    protocol: 'presign',
    size: { threshold: key.record.threshold, batch: 1 },
    spec,
    seats,
    liar: partyIndex(liar),
    record: key.record,
    honest,
    puppet: (self, script) => withSetup(setup(spec, self, rng(self)), script),
    session: (self, body) =>
      new Session({
        spec,
        self,
        identitySeed: seedOf(seats, self),
        rng: rngOf(`${label} wire`, self),
        body,
        judge: (evidence, about, first) => judge(evidence, about, first, key.record),
        outputHash: ({ ok }) => ok,
        maxBodyBytes: MAX_BODY_BYTES,
      }),
  };
}

/** What an online session goes on from: a presign session, and the halves that its members hold. */
export interface Presigned extends Pick<PresignRun, 'key' | 'spec' | 'sessions'> {
  readonly batches: PartyMap<PresignBatch>;
}

/** An online session with the first instance of a presign session. */
export function signScene(
  { key, spec: before, sessions, batches }: Presigned,
  liar: number,
  digest: Uint8Array,
  label = 'byz',
): Scene<Signature> {
  const seats = seated(key, [...batches.keys()]);
  const spec = signSpec({ spec: before }, 0);
  const honest = (self: PartyIndex): Protocol<Signature> => {
    const inputs = signInputs({ key }, at(batches, self), 0, digest);
    const rng = rngOf(`${label} sign`, self);
    return sign({ sid: sessionOf(inputs), self, parties: inputs.quorum, rng }, inputs);
  };
  return {
    protocol: 'sign',
    size: { threshold: key.record.threshold, batch: 0 },
    spec,
    seats,
    liar: partyIndex(liar),
    honest,
    puppet: (_self, script) => recite(script),
    session: (self, body) => {
      const batch = at(batches, self);
      return new Session({
        spec,
        self,
        identitySeed: seedOf(seats, self),
        rng: rngOf(`${label} sign wire`, self),
        body,
        judge,
        outputHash: signatureHash,
        maxBodyBytes: MAX_BODY_BYTES,
        follows: {
          sid: sessionOf(signInputs({ key }, batch, 0, digest)),
          view: batch.view,
          prev: at(sessions, self).end.eids,
        },
      });
    },
  };
}
