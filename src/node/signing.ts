import type { SignRequest } from '../chain/duty.ts';
import { contentHashOf, decodeRequest, requestId as idOf, slotsOf } from '../chain/duty.ts';
import { type RequestTools, inspectRequest } from '../chain/request-checks.ts';
import type { PartyIndex } from '../crypto/brand.ts';
import { equalBytes, to0x, toHex } from '../crypto/bytes.ts';
import { encode } from '../crypto/codec.ts';
import { InputError } from '../crypto/errors.ts';
import type { Rng } from '../crypto/secp256k1.ts';
import { epochCodec, isQuorumOf, publicKeyOf } from '../protocols/epoch.ts';
import { protos } from '../protocols/kernel/envelope.ts';
import { type Spec, specCodec } from '../protocols/kernel/spec.ts';
import { suite } from '../protocols/params.ts';
import { type Task, noDerivation, sessionOf, tuple0 } from '../protocols/sign/tuple.ts';
import type { Clock, Log } from '../system/ports.ts';
import { type SignProposal, type SigningMessage, printable } from './control.ts';
import type { Lane } from './guard-record.ts';
import type { KeyContext } from './key-context.ts';
import { decidePolicy } from './policy/policy.ts';
import type { Approved, L1View, Policy } from './policy/verdict.ts';
import { type PooledPresignature, type PresigInfo, type PresignPool, proposerOf } from './presign-pool.ts';
import type { PresignOrigin, Presigning } from './presigning.ts';
import { type Ending, type PlainTranscript, type SignJob, wipeJob } from './sessions/messages.ts';
import type { Finished, HostPort, Sessions } from './sessions/sessions.ts';

/** What signing works with. */
export interface SigningDeps {
  readonly identitySeed: Uint8Array;
  readonly sessions: Sessions;
  /** Where online sessions run: this thread, because a hop to another costs more than the work. */
  readonly host: HostPort;
  readonly pool: PresignPool;
  readonly presigning: Presigning;
  readonly policy: Policy;
  readonly tools: RequestTools;
  /** What this node sees on L1, where it has an endpoint. */
  readonly l1View: () => L1View | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly rng: Rng;
  readonly bootCounter: bigint;
  readonly roundTimeoutMs: number;
  readonly send: (to: PartyIndex, message: SigningMessage) => void;
  /** Members that evidence has excluded: nothing is signed with them. */
  readonly excluded: ReadonlySet<PartyIndex>;
  readonly record: (signed: SignedRecord, presign: Promise<PlainTranscript>) => void;
  /** A proposal of a peer was refused. */
  readonly refused?: ((requestId: Uint8Array, from: PartyIndex, reason: string) => void) | undefined;
  /** A session has ended; proof is in its ending, where there is any. */
  readonly ended: (spec: Spec, finished: Finished) => void;
}

/** Everything public of one online session, for the records. */
export interface SignedRecord {
  readonly request: SignRequest;
  readonly requestId: Uint8Array;
  readonly attempt: number;
  readonly info: PresigInfo;
  readonly ending: Ending;
  readonly transcript: Promise<PlainTranscript>;
  /** The session and what it signs, 32 bytes each. */
  readonly sid: Uint8Array;
  readonly digest: Uint8Array;
  /** The place of its row in the guard, from 1: what is asked for again has the row that it had. */
  readonly guardCount: number;
}

/** One proposal, taken apart. */
export interface Proposed {
  readonly request: SignRequest;
  readonly requestId: Uint8Array;
  readonly attempt: number;
  readonly quorum: readonly PartyIndex[];
  readonly presigId: Uint8Array;
}

/** What a coordinator brings along when it takes its own proposal. */
export interface Mine {
  readonly approved: Approved;
  /** The guard has recorded it and the presignature is taken: now others may be asked. */
  readonly agreed: () => void;
}

/** A no, with the code that the asker is told. */
export interface Declined {
  readonly kind: 'declined';
  readonly reason: string;
  readonly detail: string;
}

/** What came of taking part. */
export type Outcome = Declined | { readonly kind: 'ran'; readonly finished: Finished };

const decline = (reason: string, detail: string): Declined => ({ kind: 'declined', reason, detail });

/** Proposals of one peer that are looked at or run at a time: it cannot keep this node busy alone. */
const MAX_A_PEER = 16;

/** How long a member waits for a presign session of the same quorum that is just ending. */
const SETTLE_MS = 2_000;

/**
 * One member's part of online signing: it decides for itself about the typed request, asks its guard, and
 * only then takes the presignature. Proposing goes the same way. [protocol, 9.1; product, 8.2]
 */
export class Signing {
  readonly #key: KeyContext;
  readonly #deps: SigningDeps;
  /** Running online sessions, by request and attempt. */
  readonly #sids = new Map<string, Uint8Array>();
  /** How many proposals of each peer are being dealt with. */
  readonly #busy = new Map<PartyIndex, number>();

  constructor(key: KeyContext, deps: SigningDeps) {
    this.#key = key;
    this.#deps = deps;
  }

  /** Takes a proposal of a peer; a refusal is answered, so that nobody waits for a deadline. */
  async accept(from: PartyIndex, proposal: SignProposal): Promise<void> {
    let proposed: Proposed;
    try {
      const request = decodeRequest(proposal.request);
      const { attempt, quorum, presigId } = proposal;
      proposed = { request, requestId: idOf(request), attempt, quorum, presigId };
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.#deps.log.warn('sign proposal refused', { peer: from, reason: error.code, detail: error.message });
      return;
    }
    const outcome = await this.#takeTurn(from, proposed);
    if (outcome.kind === 'ran') return;
    const { reason, detail } = outcome;
    this.#deps.refused?.(proposed.requestId, from, reason);
    this.#deps.log.warn('sign request refused', {
      peer: from,
      requestId: to0x(proposed.requestId),
      reason,
      detail,
    });
    this.#deps.send(from, {
      kind: 'refusal',
      subject: proposed.requestId,
      attempt: proposed.attempt,
      reason,
      detail: printable(detail),
    });
  }

  /**
   * S1: what this node itself finds and its policy says. @returns the approval, or the first failing check
   */
  async approve(request: SignRequest, signers: readonly PartyIndex[]): Promise<Approved | Declined> {
    const { problems, verdict: own } = await inspectRequest(request, this.#deps.tools);
    const { record, address, purpose, state, self, certHash, keyId } = this.#key;
    const l1 = this.#deps.l1View();
    const verdict = decidePolicy(this.#deps.policy, {
      request,
      signers,
      problems,
      verdict: own,
      key: equalBytes(request.keyId, keyId) ? { record, address, purpose, state, self, certHash } : undefined,
      ...(l1 === undefined ? {} : { l1 }),
      isHeld: this.#key.guard.holds(slotsOf(request), contentHashOf(request)),
      lowMarkOf: (lane) => this.#key.guard.laneState(lane).low,
    });
    return verdict.kind === 'approved' ? verdict : decline(verdict.reason, verdict.detail);
  }

  /**
   * Decides, records, signs. `from` is who proposes, ourselves included: then `mine` carries the approval
   * that we have, and is called as soon as the guard has agreed: nobody is asked for what this node itself
   * refuses.
   */
  async take(from: PartyIndex, proposed: Proposed, mine?: Mine): Promise<Outcome> {
    const { request, requestId, attempt, quorum, presigId } = proposed;
    const approved = mine?.approved ?? (await this.approve(request, quorum));
    if (approved.kind === 'declined') return approved;
    const info = await this.#presignature(from, quorum, presigId);
    if (!('sid' in info)) return info;
    const origin = this.#deps.presigning.origin(info.sid);
    if (origin === undefined) return decline('presignature-unknown', 'its session is gone');
    if (!this.#deps.sessions.hasRoom(this.#deps.host))
      return decline('session-limit', 'too many online sessions run here');
    const task = this.#taskOf(requestId, approved.digest, info);
    const taken = this.#takeOnce(request, task, approved);
    if (taken.kind === 'declined') return taken;
    const guardCount = this.#key.guard.placeOf(approved);
    mine?.agreed();
    const finished = await this.#run(task, info, taken.presignature, { origin, attempt });
    const { ending, transcript } = finished;
    const about = { sid: sessionOf(task), digest: approved.digest, guardCount };
    this.#deps.record({ request, requestId, attempt, info, ending, transcript, ...about }, origin.transcript);
    if (ending.kind === 'aborted') this.#learn(ending, info);
    this.#deps.ended(this.#specFor(task), finished);
    return { kind: 'ran', finished };
  }

  /** Ends the running session of an attempt: a member has refused, and it cannot succeed. */
  stop(requestId: Uint8Array, attempt: number, code: string): void {
    const sid = this.#sids.get(`${toHex(requestId)} ${attempt}`);
    if (sid !== undefined) this.#deps.sessions.abort(sid, code);
  }

  async #takeTurn(from: PartyIndex, proposed: Proposed): Promise<Outcome> {
    const before = this.#busy.get(from) ?? 0;
    if (before >= MAX_A_PEER) return decline('session-limit', `${before} proposals of this peer run here`);
    this.#busy.set(from, before + 1);
    try {
      return await this.take(from, proposed);
    } finally {
      this.#busy.set(from, (this.#busy.get(from) ?? 1) - 1);
    }
  }

  /**
   * S5, then the presignature: synchronous from the first look at the guard to the end. [protocol, 9.1 and
   * 9.4]
   */
  #takeOnce(
    request: SignRequest,
    task: Task,
    approved: Approved,
  ): Declined | { readonly kind: 'taken'; readonly presignature: PooledPresignature } {
    // In the same turn as all that follows: between COMMIT and a consumed presignature nothing comes.
    if (this.#key.gate.isFrozen) return decline('ceremony-in-progress', 'this node has left this epoch');
    const { presigId } = task.presignature;
    const tau0 = tuple0(task);
    const verdict = this.#key.guard.check({
      slots: approved.slots,
      kind: request.kind,
      contentHash: approved.contentHash,
      digest: approved.digest,
      fees: approved.fees,
      feeCaps: approved.feeCaps,
      requestHash: task.requestId,
      presigId,
      tau0,
      posRef: new Uint8Array(0),
      boot: this.#deps.bootCounter,
      epoch: this.#key.record.epochNo,
      reachedOnL1: (lane) => reachedIn(this.#deps.l1View(), lane),
      isVoidOnL1: (nonce, batch) => isVoidIn(this.#deps.l1View(), nonce, batch),
    });
    if (verdict.kind === 'refused') return decline(verdict.reason, verdict.detail);
    // The guard's record is on disk. From here on the presignature is used, whatever becomes of it.
    const taken = this.#deps.pool.take(presigId, tau0);
    if (taken.kind === 'refused') return decline(taken.reason, 'the pool does not give it');
    if (taken.kind === 'already-consumed')
      return decline('presignature-unknown', 'this request has taken it before');
    return taken;
  }

  /**
   * An invalid signature blames nobody: all who were there are counted, and what may be spoilt alike is
   * dropped.
   */
  #learn(ending: Ending, { presigId, quorum, sid }: PresigInfo): void {
    if (ending.kind === 'aborted' && ending.grade === 'C') {
      this.#key.suspicion.record({ presigId, quorum });
      this.#deps.pool.dropSession(sid);
    }
  }

  /** S3: the presignature is ready here, of this quorum and epoch, and the proposer's to propose. */
  async #presignature(
    from: PartyIndex,
    quorum: readonly PartyIndex[],
    presigId: Uint8Array,
  ): Promise<PresigInfo | Declined> {
    const { record, epochId, self } = this.#key;
    if (!isQuorumOf(record, quorum) || !quorum.includes(self))
      return decline('bad-signer-set', `${quorum.join()} is no quorum with this node`);
    if (quorum.some((j) => this.#deps.excluded.has(j)))
      return decline('party-excluded', 'evidence has excluded a member of the quorum');
    let info = this.#deps.pool.peek(presigId);
    if (info === undefined) {
      await this.#settled(quorum);
      info = this.#deps.pool.peek(presigId);
    }
    if (info === undefined)
      return decline('presignature-unknown', `${toHex(presigId).slice(0, 8)} is not ready here`);
    if (String(info.quorum) !== String(quorum) || !equalBytes(info.epochId, epochId))
      return decline('presignature-unknown', 'it belongs to another quorum or epoch');
    if (proposerOf(info) !== from) return decline('presignature-unknown', `party ${from} may not propose it`);
    return info;
  }

  /** A peer may be a moment ahead of us at the end of the presign session that made it. */
  async #settled(quorum: readonly PartyIndex[]): Promise<void> {
    let cancel = (): void => undefined;
    const deadline = new Promise<void>((resolve) => {
      cancel = this.#deps.clock.after(SETTLE_MS, resolve);
    });
    await Promise.race([this.#deps.presigning.settled(quorum), deadline]);
    cancel();
  }

  #taskOf(requestId: Uint8Array, digest: Uint8Array, info: PresigInfo): Task {
    const { record, keyId, epochId, purpose } = this.#key;
    const { presigId, R, quorum } = info;
    return {
      ...noDerivation,
      keyId,
      epochId,
      publicKey: publicKeyOf(record),
      purpose,
      requestId,
      digest,
      presignature: { presigId, R },
      quorum,
    };
  }

  async #run(
    task: Task,
    info: PresigInfo,
    presignature: PooledPresignature,
    { origin, attempt }: { readonly origin: PresignOrigin; readonly attempt: number },
  ): Promise<Finished> {
    const { self, record } = this.#key;
    const { presigId, position, R } = info;
    const job: SignJob = {
      kind: 'sign',
      spec: encode(specCodec, this.#specFor(task)),
      self,
      identitySeed: this.#deps.identitySeed.slice(),
      record: encode(epochCodec, record),
      presignature: { presigId, instance: position, R: R.toBytes(), ...presignature.release() },
      view: origin.view,
      eids: origin.eids,
      purpose: task.purpose,
      requestId: task.requestId,
      digest: task.digest,
    };
    const name = `${toHex(task.requestId)} ${attempt}`;
    this.#sids.set(name, sessionOf(task));
    try {
      return await this.#deps.sessions.start(sessionOf(task), job, this.#deps.host, {
        others: task.quorum.filter((j) => j !== self),
        roundTimeoutMs: this.#deps.roundTimeoutMs,
      });
    } finally {
      this.#sids.delete(name);
      wipeJob(job); // once more where the session has not begun
    }
  }

  /**
   * An online session has no round 0: its specification only says who takes part, and the same at every
   * member.
   */
  #specFor({ quorum, presignature, requestId, purpose }: Task): Spec {
    const { record, keyId, epochId } = this.#key;
    return {
      version: 1,
      suite: suite.name,
      proto: protos.sign,
      keyId,
      epochId,
      participants: record.members.filter(({ index }) => quorum.includes(index)),
      threshold: record.threshold,
      batch: 0,
      purpose,
      context: requestId,
      position: 0n,
      coordinator: quorum[0] ?? this.#key.self,
      coordinatorNonce: presignature.presigId,
      notAfterMs: 0n,
      roundTimeoutMs: this.#deps.roundTimeoutMs,
    };
  }
}

/** Whether a nonce is final, and the inbox was not moved to a batch by it. */
const isVoidIn = (l1: L1View | undefined, nonce: bigint, batch: bigint): boolean =>
  l1?.finalNonce !== undefined &&
  l1.l2ChainId !== undefined &&
  nonce < l1.finalNonce &&
  batch > l1.lastBatchIndex;

/** How far L1 shows a lane to have come. */
function reachedIn(l1: L1View | undefined, lane: Lane): bigint | undefined {
  if (lane === 'nonce') return l1 && l1.nextNonce - 1n;
  return lane === 'batch' ? l1?.lastBatchIndex : undefined;
}
