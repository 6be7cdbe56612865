import { type PartyIndex, partyIndex } from '../../crypto/brand.ts';
import { wipe } from '../../crypto/bytes.ts';
import { decode, encode } from '../../crypto/codec.ts';
import { sessionRng } from '../../crypto/drbg.ts';
import { signatureCodec } from '../../crypto/ecdsa.ts';
import { signFor } from '../../crypto/ed25519.ts';
import { assert } from '../../crypto/errors.ts';
import { Point, type Rng } from '../../crypto/secp256k1.ts';
import { type EpochRecord, epochCodec, epochIdOf, publicKeyOf } from '../../protocols/epoch.ts';
import { judge } from '../../protocols/judge.ts';
import { withFirst } from '../../protocols/kernel/endings.ts';
import { encodeEvidence } from '../../protocols/kernel/evidence.ts';
import { bound } from '../../protocols/kernel/bound.ts';
import type { PartyMap, Protocol } from '../../protocols/kernel/protocol.ts';
import type { SessionOptions } from '../../protocols/kernel/session-state.ts';
import { Session } from '../../protocols/kernel/session.ts';
import { setup } from '../../protocols/kernel/setup.ts';
import { type Spec, decodeSpec, identitiesOf, partiesOf, specHash } from '../../protocols/kernel/spec.ts';
import { keygen } from '../../protocols/keygen/keygen.ts';
import { presign } from '../../protocols/presign/presign.ts';
import { ackCodec, preparedCodec } from '../../protocols/reshare/activation.ts';
import { reshare } from '../../protocols/reshare/reshare.ts';
import { type SignInputs, sign } from '../../protocols/sign/sign.ts';
import { noDerivation, sessionOf, signatureHash } from '../../protocols/sign/tuple.ts';
import {
  type Job,
  type JobResult,
  type KeygenJob,
  type PresignJob,
  type ReshareJob,
  type SignJob,
  wipeHeld,
} from './messages.ts';

/** A session and how to let go of what it was given. */
export interface RunningJob {
  readonly session: Session<JobResult>;
  readonly wipe: () => void;
}

/** Randomness for one session, by what it is for and the session's name. */
export type RngFor = (label: string, sessionName: Uint8Array) => Rng;

/** Largest envelope of a session, bytes: an abort that opens the R3 of a presign batch of 256. */
const MAX_ENVELOPE_BYTES = 15_000_000;

/** Makes the session of a job. Nothing is sent before it is started. */
export function startJob(job: Job, rngFor: RngFor): RunningJob {
  switch (job.kind) {
    case 'keygen':
      return keygenJob(job);
    case 'reshare':
      return reshareJob(job);
    case 'presign':
      return presignJob(job, rngFor);
    case 'sign':
      return signJob(job, rngFor);
  }
}

type Common = Pick<SessionOptions<JobResult>, 'spec' | 'self' | 'identitySeed' | 'judge' | 'maxBodyBytes'>;

const common = (job: Job, spec: Spec): Common => ({
  spec,
  self: partyIndex(job.self),
  identitySeed: job.identitySeed,
  judge,
  maxBodyBytes: MAX_ENVELOPE_BYTES,
});

function keygenJob(job: KeygenJob): RunningJob {
  const spec = decodeSpec(job.spec);
  const { rng, mix, wipe: wipeRng } = sessionRng(job.seed);
  const self = partyIndex(job.self);
  function* body(): Protocol<JobResult> {
    const party = yield* setup(spec, self, rng);
    const made = yield* keygen(party, {
      identityPks: identitiesOf(spec),
      signCertificate: (hash) => signFor('dkg', job.identitySeed, hash),
    });
    const { record, share, chainCode, certificateHash, certificate } = made;
    return {
      kind: 'keygen',
      sid: party.sid,
      record: encode(epochCodec, record),
      share,
      chainCode,
      certificateHash,
      certificate,
    };
  }
  const outputHash = (output: JobResult): Uint8Array =>
    output.kind === 'keygen' ? epochIdOf(decode(epochCodec, output.record)) : new Uint8Array(32);
  const session = new Session({ ...common(job, spec), rng, body: bound(body(), mix), outputHash });
  return {
    session,
    wipe: () => {
      wipeRng();
      wipe(job.identitySeed, job.seed);
    },
  };
}

function reshareJob(job: ReshareJob): RunningJob {
  const spec = decodeSpec(job.spec);
  const { reshare: terms } = spec;
  assert(terms !== undefined, 'a reshare without terms');
  const record = decode(epochCodec, job.record);
  const { rng, mix, wipe: wipeRng } = sessionRng(job.seed);
  const self = partyIndex(job.self);
  const { share, chainCode } = job;
  const held = share && chainCode && { share, chainCode };
  const inputs = { record, terms, identityPks: identitiesOf(spec), held };
  function* body(): Protocol<JobResult> {
    const party = yield* setup(spec, self, rng);
    const made = yield* reshare(party, inputs);
    if (made.mine !== undefined) wipe(made.mine.share, made.mine.chainCode); // it is on disk
    const [first = []] = session.transcript().broadcasts;
    return {
      kind: 'reshare',
      sid: party.sid,
      prepared: encode(preparedCodec, made.prepared),
      certHash: made.certHash,
      acks: made.acks.map((ack) => encode(ackCodec, ack)),
      // With round 0, from which the session id follows: so it convinces whoever was not there.
      removed: made.removed.map(({ index, evidence }) => ({
        index,
        evidence: encodeEvidence({ ...evidence, envelopes: withFirst(evidence.envelopes, first) }),
      })),
    };
  }
  const outputHash = (output: JobResult): Uint8Array =>
    output.kind === 'reshare' ? epochIdOf(decode(preparedCodec, output.prepared).record) : new Uint8Array(32);
  const session: Session<JobResult> = new Session({
    ...common(job, spec),
    judge: (evidence, about, hellos) => judge(evidence, about, hellos, record),
    rng,
    body: bound(body(), mix),
    outputHash,
  });
  return {
    session,
    wipe: () => {
      wipeRng();
      wipe(job.identitySeed, job.seed);
      wipeHeld(job);
    },
  };
}

function presignJob(job: PresignJob, rngFor: RngFor): RunningJob {
  const spec = decodeSpec(job.spec);
  const record = decode(epochCodec, job.record);
  const rng = rngFor('presign', specHash(spec));
  const self = partyIndex(job.self);
  function* body(): Protocol<JobResult> {
    const party = yield* setup(spec, self, rng);
    const made = yield* presign(party, { record, share: job.share, batch: spec.batch });
    return {
      kind: 'presign',
      sid: made.sid,
      view: made.view,
      ok: made.ok,
      eids: [...session.end.eids],
      presignatures: made.presignatures.map(({ presigId, instance, R, phi, u, v }) => ({
        instance,
        presigId,
        R: R.toBytes(),
        phi,
        u,
        v,
      })),
    };
  }
  const outputHash = (output: JobResult): Uint8Array =>
    output.kind === 'presign' ? output.ok : new Uint8Array(32);
  // The body runs after the session has been made: it may read where the session stands.
  const session: Session<JobResult> = new Session({
    ...common(job, spec),
    judge: (evidence, about, hellos) => judge(evidence, about, hellos, record),
    rng,
    body: body(),
    outputHash,
  });
  return {
    session,
    wipe: () => {
      wipe(job.identitySeed, job.share);
    },
  };
}

function signJob(job: SignJob, rngFor: RngFor): RunningJob {
  const spec = decodeSpec(job.spec);
  const record = decode(epochCodec, job.record);
  const inputs = signInputs(job, spec, record);
  const sid = sessionOf(inputs);
  const prev: PartyMap<Uint8Array> = new Map(job.eids.map(([index, eid]) => [partyIndex(index), eid]));
  const rng = rngFor('sign', sid);
  const self: PartyIndex = partyIndex(job.self);
  function* body(): Protocol<JobResult> {
    const signature = yield* sign({ sid, self, parties: partiesOf(spec), rng }, inputs);
    return { kind: 'sign', sid, signature: encode(signatureCodec, signature) };
  }
  const outputHash = (output: JobResult): Uint8Array =>
    output.kind === 'sign' ? signatureHash(decode(signatureCodec, output.signature)) : new Uint8Array(32);
  const session = new Session({
    ...common(job, spec),
    rng,
    body: body(),
    outputHash,
    follows: { sid, view: job.view, prev },
  });
  const { phi, u, v } = job.presignature;
  return {
    session,
    wipe: () => {
      wipe(job.identitySeed, phi, u, v);
    },
  };
}

const signInputs = (job: SignJob, spec: Spec, record: EpochRecord): SignInputs => ({
  ...noDerivation,
  presignature: { ...job.presignature, R: Point.fromBytes(job.presignature.R) },
  keyId: record.keyId,
  epochId: epochIdOf(record),
  publicKey: publicKeyOf(record),
  purpose: job.purpose,
  requestId: job.requestId,
  digest: job.digest,
  quorum: partiesOf(spec),
});
