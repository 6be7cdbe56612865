import { type PartyIndex, sessionId } from '../crypto/brand.ts';
import { equalBytes, toHex } from '../crypto/bytes.ts';
import { encode } from '../crypto/codec.ts';
import { InputError } from '../crypto/errors.ts';
import { Point, type Rng } from '../crypto/secp256k1.ts';
import { epochCodec, isQuorumOf } from '../protocols/epoch.ts';
import { protos } from '../protocols/kernel/envelope.ts';
import { type Spec, decodeSpec, partiesOf, specCodec, specHash } from '../protocols/kernel/spec.ts';
import { maxBatch, suite } from '../protocols/params.ts';
import type { Clock, Log } from '../system/ports.ts';
import type { SigningMessage } from './control.ts';
import type { KeyContext } from './key-context.ts';
import { PooledPresignature, type PresignPool } from './presign-pool.ts';
import type { Ending, PlainTranscript } from './sessions/messages.ts';
import type { Finished, HostPort, Sessions } from './sessions/sessions.ts';

/** Presign sessions that may run on one node at a time. */
const MAX_RUNNING = 4;
/** A proposal is good for this long. */
const PROPOSAL_MS = 60_000;
/** Positions are counted for each coordinator apart: its index stands above this many bits. */
const COUNTER_BITS = 48n;

/** What presigning works with. */
export interface PresigningDeps {
  readonly identitySeed: Uint8Array;
  readonly sessions: Sessions;
  readonly host: HostPort;
  readonly pool: PresignPool;
  readonly clock: Clock;
  readonly log: Log;
  readonly rng: Rng;
  readonly roundTimeoutMs: number;
  readonly send: (to: PartyIndex, message: SigningMessage) => void;
  /** Keeps the public transcript of a finished session. */
  readonly record: (sid: Uint8Array, transcript: PlainTranscript, ending: Ending) => void;
  /** A session has failed; proof is in its ending, where there is any. */
  readonly failed: (session: Uint8Array, ending: Ending) => void;
}

/** Where a presign session ended; its online sessions go on from here. */
export interface PresignOrigin {
  readonly view: Uint8Array;
  readonly eids: readonly (readonly [index: number, eid: Uint8Array])[];
  readonly transcript: Promise<PlainTranscript>;
}

/** Makes presignatures with others, for one key in one epoch. Which quorum, and how many, is asked from outside. */
export class Presigning {
  readonly #key: KeyContext;
  readonly #deps: PresigningDeps;
  readonly #origins = new Map<string, PresignOrigin>();
  readonly #running = new Map<string, Promise<Finished>>();
  #lastCounter = 0n;

  constructor(key: KeyContext, deps: PresigningDeps) {
    this.#key = key;
    this.#deps = deps;
  }

  /** Where the session of a presignature ended; `undefined` once all of its presignatures are gone. */
  origin(sid: Uint8Array): PresignOrigin | undefined {
    return this.#origins.get(toHex(sid));
  }

  /** Proposes a session to a quorum that holds this node, and runs our part. */
  async propose(quorum: readonly PartyIndex[], batch: number): Promise<Finished> {
    const spec = this.#specFor(quorum, batch);
    const bytes = encode(specCodec, spec);
    this.#join(spec);
    for (const member of quorum)
      if (member !== this.#key.self) this.#deps.send(member, { kind: 'presign', spec: bytes });
    return this.#run(spec, bytes);
  }

  /** Takes a proposal of a peer. What is not legal is refused (P1), never blamed. */
  accept(from: PartyIndex, bytes: Uint8Array): void {
    let spec: Spec;
    try {
      spec = decodeSpec(bytes);
      this.#checkSpec(from, spec);
      this.#join(spec);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.#deps.log.warn('presign proposal refused', {
        peer: from,
        reason: error.code,
        detail: error.message,
      });
      return;
    }
    void this.#run(spec, bytes);
  }

  /** Resolves when no session of this quorum runs any more. */
  async settled(quorum: readonly PartyIndex[]): Promise<void> {
    await this.#running.get(String(quorum));
  }

  #specFor(quorum: readonly PartyIndex[], batch: number): Spec {
    const { record, keyId, epochId, purpose, self } = this.#key;
    const now = BigInt(this.#deps.clock.nowMs());
    this.#lastCounter = now > this.#lastCounter ? now : this.#lastCounter + 1n;
    return {
      version: 1,
      suite: suite.name,
      proto: protos.presign,
      keyId,
      epochId,
      participants: record.members.filter(({ index }) => quorum.includes(index)),
      threshold: record.threshold,
      batch,
      purpose,
      context: new Uint8Array(32),
      position: (BigInt(self) << COUNTER_BITS) | this.#lastCounter,
      coordinator: self,
      coordinatorNonce: this.#deps.rng(32),
      notAfterMs: now + BigInt(PROPOSAL_MS),
      roundTimeoutMs: this.#deps.roundTimeoutMs,
    };
  }

  /** P1, and rule 1 of 4.3: what a session must be before we say a word in it. */
  #checkSpec(from: PartyIndex, spec: Spec): void {
    const { record, keyId, epochId, purpose, self } = this.#key;
    const quorum = partiesOf(spec);
    const members = record.members.filter(({ index }) => quorum.includes(index));
    const now = BigInt(this.#deps.clock.nowMs());
    const rules: readonly (readonly [code: string, holds: boolean])[] = [
      ['suite-mismatch', spec.version === 1 && spec.suite === suite.name && spec.proto === protos.presign],
      ['key-unknown', equalBytes(spec.keyId, keyId)],
      ['stale-epoch', equalBytes(spec.epochId, epochId)],
      [
        'bad-signer-set',
        isQuorumOf(record, quorum) && quorum.includes(self) && spec.threshold === record.threshold,
      ],
      [
        'bad-signer-set',
        spec.participants.every((p, i) =>
          equalBytes(p.identityPk, members[i]?.identityPk ?? p.identityPk.slice(1)),
        ),
      ],
      ['bad-signer-set', spec.coordinator === from && spec.position >> COUNTER_BITS === BigInt(from)],
      ['batch-illegal', spec.batch >= 1 && spec.batch <= maxBatch && spec.purpose === purpose],
      ['request-expired', spec.notAfterMs >= now && spec.notAfterMs <= now + 10n * BigInt(PROPOSAL_MS)],
      ['session-limit', this.#running.size < MAX_RUNNING],
    ];
    for (const [code, holds] of rules)
      if (!holds) throw new InputError(code, 'spec', `presign proposal of party ${from}: ${code}`);
  }

  #join(spec: Spec): void {
    const answer = this.#key.joined.join({
      specHash: specHash(spec),
      proto: spec.proto,
      position: spec.position,
    });
    if (answer !== 'joined') throw new InputError(answer, 'spec', `the session cannot be joined: ${answer}`);
  }

  async #run(spec: Spec, bytes: Uint8Array): Promise<Finished> {
    const { record, secret, self } = this.#key;
    const quorum = partiesOf(spec);
    const job = secret.use((plain) => ({
      kind: 'presign' as const,
      spec: bytes,
      self,
      identitySeed: this.#deps.identitySeed.slice(),
      record: encode(epochCodec, record),
      share: plain.slice(0, 32),
    }));
    const running = this.#deps.sessions.start(specHash(spec), job, this.#deps.host, {
      others: quorum.filter((j) => j !== self),
      roundTimeoutMs: spec.roundTimeoutMs,
    });
    this.#running.set(String(quorum), running);
    const finished = await running;
    if (this.#running.get(String(quorum)) === running) this.#running.delete(String(quorum));
    if (finished.ending.kind === 'aborted') this.#deps.failed(specHash(spec), finished.ending);
    this.#keep(quorum, finished);
    return finished;
  }

  #keep(quorum: readonly PartyIndex[], { ending, transcript, awaited }: Finished): void {
    if (ending.kind === 'aborted') {
      this.#deps.log.warn('presign session ended', {
        reason: ending.code,
        check: ending.check,
        grade: ending.grade,
        culprits: ending.culprits.map(String),
        awaited: awaited.map(String),
      });
      return;
    }
    const { result } = ending;
    if (result.kind !== 'presign') return;
    const { keyId, epochId } = this.#key;
    const sid = sessionId(result.sid);
    const pooled = result.presignatures.map(
      ({ presigId, instance, R, phi, u, v }) =>
        new PooledPresignature(
          {
            presigId,
            sid,
            position: instance,
            keyId,
            epochId,
            quorum,
            R: Point.fromBytes(R),
            view: result.view,
          },
          { phi, u, v },
        ),
    );
    this.#deps.pool.add(pooled);
    this.#origins.set(toHex(sid), { view: result.view, eids: result.eids, transcript });
    this.#deps.log.info('presignatures made', { quorum: quorum.map(String), count: pooled.length });
    void transcript.then((whole) => {
      this.#deps.record(sid, whole, ending);
    });
  }
}
