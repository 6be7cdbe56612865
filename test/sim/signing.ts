import { type PartyIndex, partyIndex } from '../../src/crypto/brand.ts';
import { ascii } from '../../src/crypto/bytes.ts';
import { seededRng } from '../../src/crypto/drbg.ts';
import type { Signature } from '../../src/crypto/ecdsa.ts';
import { identityPublicKey } from '../../src/crypto/ed25519.ts';
import { taggedHash } from '../../src/crypto/hash.ts';
import { type Scalar, type Rng, scalarToBytes } from '../../src/crypto/secp256k1.ts';
import { evaluate, feldmanCommit, randomPolynomial } from '../../src/crypto/shamir.ts';
import { sessionId } from '../../src/crypto/brand.ts';
import { type EpochRecord, epochIdOf, publicKeyOf } from '../../src/protocols/epoch.ts';
import { protos } from '../../src/protocols/kernel/envelope.ts';
import { judge } from '../../src/protocols/judge.ts';
import {
  type Party,
  type PartyMap,
  type Protocol,
  type ProtocolAbort,
  type Sending,
  at,
} from '../../src/protocols/kernel/protocol.ts';
import { Session } from '../../src/protocols/kernel/session.ts';
import { setup } from '../../src/protocols/kernel/setup.ts';
import type { SessionState } from '../../src/protocols/kernel/session-state.ts';
import { type Spec, pidsOf } from '../../src/protocols/kernel/spec.ts';
import { type PresignBatch, type Presignature, presign } from '../../src/protocols/presign/presign.ts';
import { type SignInputs, sign } from '../../src/protocols/sign/sign.ts';
import { noDerivation, sessionOf, signatureHash } from '../../src/protocols/sign/tuple.ts';
import { lying } from './cheating.ts';
import { Cluster, type Member, type Tamper, members, rngOf, specFor } from './cluster.ts';

/** A key that a dealer has made for a test: record, shares and secret. */
export interface DealtKey {
  readonly record: EpochRecord;
  /** Everybody's identity and seat. */
  readonly members: readonly Member[];
  /** s_j, 32 bytes each. */
  readonly shares: PartyMap<Uint8Array>;
  /** x. */
  readonly secret: Scalar;
}

/** A t-of-n key, the same for one label. */
export function dealKey(threshold: number, n: number, label = 'key'): DealtKey {
  const all = members(n);
  const f = randomPolynomial(threshold - 1, seededRng(taggedHash('test', ascii(label))));
  const [secret] = f;
  if (secret === undefined) throw new RangeError('an empty polynomial');
  return {
    members: all,
    secret,
    shares: new Map(all.map(({ index }) => [index, scalarToBytes(evaluate(f, index))])),
    record: {
      keyId: taggedHash('test', ascii(label), ascii('id')),
      epochNo: 0,
      threshold,
      members: all.map(({ index, seed }) => ({ index, identityPk: identityPublicKey(seed) })),
      commitments: feldmanCommit(f),
      ccHash: taggedHash('test', ascii('cc')),
      prevEpochId: new Uint8Array(32),
      originSid: sessionId(taggedHash('test', ascii('origin'))),
    },
  };
}

/** Every set of `size` of the members, ascending. */
export function quorumsOf(key: DealtKey): readonly (readonly PartyIndex[])[] {
  const all = key.members.map(({ index }) => index);
  const choose = (from: readonly PartyIndex[], size: number): (readonly PartyIndex[])[] =>
    size === 0
      ? [[]]
      : from.flatMap((first, i) => choose(from.slice(i + 1), size - 1).map((rest) => [first, ...rest]));
  return choose(all, key.record.threshold);
}

/** The members who sit in a quorum. */
export const seated = (key: DealtKey, quorum: readonly PartyIndex[]): readonly Member[] =>
  key.members.filter(({ index }) => quorum.includes(index));

/** The specification of a presign session of this quorum. */
export const presignSpec = (
  key: DealtKey,
  quorum: readonly PartyIndex[],
  batch: number,
  position = 0n,
): Spec =>
  specFor(seated(key, quorum), {
    proto: protos.presign,
    threshold: key.record.threshold,
    keyId: key.record.keyId,
    epochId: epochIdOf(key.record),
    batch,
    position,
  });

/** Larger than any message of a test. */
const MAX_BODY_BYTES = 1 << 24;

/** What a run of sessions is told apart by. */
export interface RunOptions {
  readonly label?: string;
  readonly seed?: number;
  readonly tamper?: Tamper;
  /** Another program for some of the parties, instead of the honest one. */
  readonly body?: (self: PartyIndex, honest: () => Protocol<PresignBatch>) => Protocol<PresignBatch>;
  readonly rng?: (self: PartyIndex) => Rng;
  /** Which session of this key, epoch and protocol. */
  readonly position?: bigint;
}

/** One finished or failed presign session of a quorum. */
export interface PresignRun {
  readonly key: DealtKey;
  readonly spec: Spec;
  readonly sessions: ReadonlyMap<PartyIndex, Session<PresignBatch>>;
  readonly states: ReadonlyMap<PartyIndex, SessionState<PresignBatch>>;
}

/** Sessions of one quorum, not yet started. */
export function presignSessions(
  key: DealtKey,
  quorum: readonly PartyIndex[],
  batch: number,
  { label = 'run', body, rng = (j) => rngOf(label, j), position = 0n }: RunOptions = {},
): { readonly spec: Spec; readonly sessions: ReadonlyMap<PartyIndex, Session<PresignBatch>> } {
  const spec = presignSpec(key, quorum, batch, position);
  const sessions = seated(key, quorum).map(({ index, seed }) => {
    const honest = function* (): Protocol<PresignBatch> {
      const party = yield* setup(spec, index, rng(index));
      return yield* presign(party, { record: key.record, share: at(key.shares, index), batch });
    };
    const session = new Session({
      spec,
      self: index,
      identitySeed: seed,
      rng: rngOf(`${label}/wire`, index),
      body: body === undefined ? honest() : body(index, honest),
      judge: (evidence, about, first) => judge(evidence, about, first, key.record),
      outputHash: ({ ok }) => ok,
      maxBodyBytes: MAX_BODY_BYTES,
    });
    return [index, session] as const;
  });
  return { spec, sessions: new Map(sessions) };
}

/** Runs a presign session of a quorum to its end. */
export function runPresign(
  key: DealtKey,
  quorum: readonly PartyIndex[],
  batch: number,
  options: RunOptions = {},
): PresignRun {
  const { spec, sessions } = presignSessions(key, quorum, batch, options);
  const states = new Cluster(sessions, options.seed ?? 1, options.tamper).run();
  return { key, spec, sessions, states };
}

/** The batches of a session that succeeded. */
export function batchesOf({ states }: Pick<PresignRun, 'states'>): PartyMap<PresignBatch> {
  return new Map(
    [...states].map(([j, state]) => {
      if (state.kind === 'aborted') throw state.abort;
      if (state.kind !== 'done') throw new RangeError(`party ${j} is ${state.kind}`);
      return [j, state.output];
    }),
  );
}

/** The aborts of those who have one. */
export const abortsOf = (states: ReadonlyMap<PartyIndex, SessionState<unknown>>): PartyMap<ProtocolAbort> =>
  new Map([...states].flatMap(([j, state]) => (state.kind === 'aborted' ? [[j, state.abort]] : [])));

/** A copy whose scalars live on when the original is used up. */
export const copyOf = (one: Presignature): Presignature => ({
  ...one,
  phi: one.phi.slice(),
  u: one.u.slice(),
  v: one.v.slice(),
});

/** What a test signs. */
export const digestOf = (text: string): Uint8Array => taggedHash('test', ascii(text));

/** The inputs of one party for an instance. */
export function signInputs(
  { key }: Pick<PresignRun, 'key'>,
  batch: PresignBatch,
  instance: number,
  digest: Uint8Array,
): SignInputs {
  const presignature = batch.presignatures.find((one) => one.instance === instance);
  if (presignature === undefined) throw new RangeError(`no instance ${instance}`);
  return {
    presignature: copyOf(presignature),
    keyId: key.record.keyId,
    epochId: batch.epochId,
    publicKey: publicKeyOf(key.record),
    purpose: 'test',
    requestId: digestOf('request'),
    digest,
    ...noDerivation,
    quorum: batch.quorum,
  };
}

/** How a run of an online session differs from an honest one. */
export interface SignOptions {
  readonly tamper?: Tamper;
  /** Alters what single parties put in. */
  readonly change?: (inputs: SignInputs, self: PartyIndex) => SignInputs;
  /** Alters what single parties say. */
  readonly lies?: (self: PartyIndex) => ((send: Sending) => Sending) | undefined;
}

/** The specification of an online session with one instance. */
export const signSpec = ({ spec }: Pick<PresignRun, 'spec'>, instance: number): Spec => ({
  ...spec,
  proto: protos.sign,
  batch: 0,
  position: BigInt(instance),
});

/** Sessions that sign with one instance. */
export function signSessions(
  run: PresignRun,
  instance: number,
  digest: Uint8Array,
  { change = (inputs) => inputs, lies = () => undefined }: SignOptions = {},
): ReadonlyMap<PartyIndex, Session<Signature>> {
  return new Map(
    [...batchesOf(run)].map(([index, batch]) => {
      const inputs = change(signInputs(run, batch, instance, digest), index);
      const label = `sign ${instance}`;
      const party = { sid: sessionOf(inputs), self: index, parties: batch.quorum, rng: rngOf(label, index) };
      const lie = lies(index);
      const session = new Session({
        spec: signSpec(run, instance),
        self: index,
        identitySeed: at(new Map(run.key.members.map((m) => [m.index, m.seed])), index),
        rng: rngOf(`${label}/wire`, index),
        body: lie === undefined ? sign(party, inputs) : lying(sign(party, inputs), lie),
        judge,
        outputHash: signatureHash,
        maxBodyBytes: 1 << 16,
        follows: {
          sid: party.sid,
          view: batch.view,
          prev: at(run.sessions, index).end.eids,
        },
      });
      return [index, session] as const;
    }),
  );
}

/** Signs with one instance; where all parties end. */
export const runSign = (
  run: PresignRun,
  instance: number,
  digest: Uint8Array,
  options: SignOptions = {},
): ReadonlyMap<PartyIndex, SessionState<Signature>> =>
  new Cluster(signSessions(run, instance, digest, options), 1, options.tamper).run();

/** The first member of a quorum, as it stands after a setup in which everybody was honest. */
export function idleParty(key: DealtKey, quorum: readonly PartyIndex[]): Party {
  const [self = partyIndex(1), ...others] = quorum;
  const secret = (j: PartyIndex): Uint8Array => taggedHash('test', ascii('shared'), Uint8Array.of(j));
  return {
    sid: sessionId(taggedHash('test', ascii('sid'))),
    self,
    parties: quorum,
    others,
    threshold: key.record.threshold,
    pids: pidsOf(presignSpec(key, quorum, 1)),
    rng: rngOf('idle', self),
    keys: {
      esk: secret(self),
      epks: new Map(),
      sharedX: new Map(others.map((j) => [j, secret(j)])),
      wipe: () => undefined,
    },
  };
}
