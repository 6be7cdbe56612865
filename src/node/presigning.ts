import { type PartyIndex, sessionId } from '../crypto/brand.ts';
import { equalBytes, toHex } from '../crypto/bytes.ts';
import { encode } from '../crypto/codec.ts';
import { InputError, OperationError } from '../crypto/errors.ts';
import { Point, type Rng } from '../crypto/secp256k1.ts';
import { epochCodec, isQuorumOf } from '../protocols/epoch.ts';
import { protos } from '../protocols/kernel/envelope.ts';
import { type Spec, decodeSpec, partiesOf, specCodec, specHash } from '../protocols/kernel/spec.ts';
import { maxBatch, suite } from '../protocols/params.ts';
import type { Clock, Log } from '../system/ports.ts';
import { type Refusal, type SigningMessage, printable } from './control.ts';
import type { KeyContext } from './key-context.ts';
import { PooledPresignature, type PresignPool } from './presign-pool.ts';
import { type Ending, type PlainTranscript, wipeEnding } from './sessions/messages.ts';
import type { Finished, HostPort, Sessions } from './sessions/sessions.ts';
import { isOrdinary, supervise } from './supervise.ts';

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
  /** Keeps the public transcript of a session that has ended, and writes it into the log. */
  readonly record: (end: PresignEnded) => void;
  /** Members that evidence has excluded: nothing is made with them. */
  readonly excluded: ReadonlySet<PartyIndex>;
  /** A session has ended; proof is in its ending, where there is any. */
  readonly ended: (spec: Spec, finished: Finished) => void;
}

/** A session that has ended, however. */
export interface PresignEnded {
  readonly spec: Spec;
  readonly ending: Ending;
  readonly transcript: Promise<PlainTranscript>;
  /** What it made was wiped at once: the epoch is over, or a member of it is excluded. */
  readonly isDiscarded: boolean;
}

/** Where a presign session ended; its online sessions go on from here. */
export interface PresignOrigin {
  readonly view: Uint8Array;
  readonly eids: readonly (readonly [index: number, eid: Uint8Array])[];
  readonly transcript: Promise<PlainTranscript>;
}

/** What came of a proposal of ours: who did not want to take part ended it at once. */
export interface Proposed extends Finished {
  readonly refusals: readonly Told[];
}
/** A no of a member. */
export interface Told {
  readonly from: PartyIndex;
  readonly reason: string;
  readonly detail: string;
}

interface Running {
  /** Hash of its specification, 32 bytes. */
  readonly name: Uint8Array;
  readonly members: readonly PartyIndex[];
  readonly end: Promise<unknown>;
}
interface Kept extends PresignOrigin {
  readonly presigIds: readonly Uint8Array[];
}

/**
 * Makes presignatures with others, for one key in one epoch. Which quorum, and how many, is asked from
 * outside.
 */
export class Presigning {
  readonly #key: KeyContext;
  readonly #deps: PresigningDeps;
  readonly #origins = new Map<string, Kept>();
  /** Sessions that have not ended, by the hash of their specification. */
  readonly #running = new Map<string, Running>();
  /** What members say to our proposals. */
  readonly #told = new Map<string, { readonly quorum: readonly PartyIndex[]; readonly refusals: Told[] }>();
  #isStopped = false;
  #lastCounter = 0n;

  constructor(key: KeyContext, deps: PresigningDeps) {
    this.#key = key;
    this.#deps = deps;
  }

  /** Where the session of a presignature ended; `undefined` once all of its presignatures are gone. */
  origin(sid: Uint8Array): PresignOrigin | undefined {
    return this.#origins.get(toHex(sid));
  }

  /** Proposes a session to a quorum that holds this node, and runs our part. @throws as `Sessions.start` */
  async propose(quorum: readonly PartyIndex[], batch: number): Promise<Proposed> {
    // A request that has outlived its epoch goes on in the next one; the share of this one is wiped.
    if (this.#key.gate.isFrozen || this.#isStopped)
      throw new OperationError('ceremony-in-progress', 'retry', 'this node has left this epoch');
    const spec = this.#specFor(quorum, batch);
    const bytes = encode(specCodec, spec);
    this.#join(spec);
    const subject = toHex(specHash(spec));
    const refusals: Told[] = [];
    this.#told.set(subject, { quorum, refusals });
    for (const member of quorum)
      if (member !== this.#key.self) this.#deps.send(member, { kind: 'presign', spec: bytes });
    try {
      return { ...(await this.#run(spec, bytes)), refusals };
    } finally {
      this.#told.delete(subject);
    }
  }

  /** A member has said no to a session: without it there is nothing to wait for. */
  refused(from: PartyIndex, { subject, reason, detail }: Refusal): void {
    const told = this.#told.get(toHex(subject));
    if (told?.quorum.includes(from) !== true) return;
    told.refusals.push({ from, reason, detail });
    this.#deps.sessions.abort(subject, 'refused-by-peer');
  }

  /** Takes a proposal of a peer. What is not legal is refused (P1), never blamed. */
  accept(from: PartyIndex, bytes: Uint8Array): void {
    let subject: Uint8Array | undefined;
    try {
      const spec = decodeSpec(bytes);
      subject = specHash(spec);
      this.#checkSpec(from, spec);
      this.#join(spec);
      supervise(this.#run(spec, bytes), (error) => {
        this.#refuse(from, subject, error);
      });
    } catch (error) {
      if (!isOrdinary(error)) throw error;
      this.#refuse(from, subject, error);
    }
  }

  /** Ends the sessions of all quorums with a member that proof excludes. [protocol, 10.1; security, P33] */
  exclude(member: PartyIndex): void {
    for (const { name, members } of [...this.#running.values()])
      if (members.includes(member)) this.#deps.sessions.abort(name, 'party-excluded');
  }

  /** Resolves when no session of this quorum runs any more. */
  async settled(quorum: readonly PartyIndex[]): Promise<void> {
    const ends = [...this.#running.values()].filter(({ members }) => String(members) === String(quorum));
    await Promise.allSettled(ends.map(({ end }) => end));
  }

  /** What ends from here on is wiped: the key is not in use any more. */
  stop(): void {
    this.#isStopped = true;
    this.#origins.clear();
  }

  #refuse(from: PartyIndex, subject: Uint8Array | undefined, error: InputError | OperationError): void {
    const { code, message } = error;
    this.#deps.log.warn('presign proposal refused', { peer: from, reason: code, detail: message });
    if (subject === undefined) return;
    const detail = printable(message);
    this.#deps.send(from, { kind: 'refusal', subject, attempt: 0, reason: code, detail });
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
      ['ceremony-in-progress', !this.#key.gate.isFrozen],
      ['party-excluded', !quorum.some((j) => this.#deps.excluded.has(j))],
      ['quarantine', !this.#key.guard.isQuarantined],
      ['session-limit', this.#running.size < MAX_RUNNING && !this.#isStopped],
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
    const name = specHash(spec);
    const end = this.#deps.sessions.start(name, job, this.#deps.host, {
      others: quorum.filter((j) => j !== self),
      roundTimeoutMs: spec.roundTimeoutMs,
    });
    this.#running.set(toHex(name), { name, members: quorum, end });
    try {
      const finished = await end;
      this.#deps.ended(spec, finished);
      const { ending, transcript } = finished;
      const isDiscarded = !this.#keep(quorum, finished);
      this.#deps.record({ spec, ending, transcript, isDiscarded });
      return finished;
    } finally {
      this.#running.delete(toHex(name));
    }
  }

  /** Returns whether something was made that may be used. */
  #keep(quorum: readonly PartyIndex[], { ending, transcript, awaited }: Finished): boolean {
    if (ending.kind === 'aborted') {
      this.#deps.log.warn('presign session ended', {
        reason: ending.code,
        check: ending.check,
        grade: ending.grade,
        culprits: ending.culprits.map(String),
        awaited: awaited.map(String),
      });
      return false;
    }
    const { result } = ending;
    if (result.kind !== 'presign') return false;
    const isOver = this.#isStopped || this.#key.gate.isFrozen;
    if (isOver || quorum.some((j) => this.#deps.excluded.has(j))) {
      wipeEnding(ending);
      return false;
    }
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
    this.#forgetUsed();
    const presigIds = result.presignatures.map(({ presigId }) => presigId);
    this.#origins.set(toHex(sid), { view: result.view, eids: result.eids, transcript, presigIds });
    this.#deps.log.info('presignatures made', { quorum: quorum.map(String), count: pooled.length });
    return true;
  }

  /** A transcript is large: it stays in memory only as long as something of its session can be used. */
  #forgetUsed(): void {
    for (const [sid, { presigIds }] of this.#origins)
      if (presigIds.every((id) => this.#deps.pool.peek(id) === undefined)) this.#origins.delete(sid);
  }
}
