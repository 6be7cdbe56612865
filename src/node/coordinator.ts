import { type SignRequest, encodeRequest, requestId as idOf } from '../chain/duty.ts';
import type { PartyIndex } from '../crypto/brand.ts';
import { to0x, toHex } from '../crypto/bytes.ts';
import { InputError, OperationError } from '../crypto/errors.ts';
import { isQuorumOf } from '../protocols/epoch.ts';
import type { Clock, Log } from '../system/ports.ts';
import type { SignProgress } from './api.ts';
import type { Refusal, SigningMessage } from './control.ts';
import type { KeyContext } from './key-context.ts';
import type { PresigInfo, PresignPool } from './presign-pool.ts';
import type { Presigning } from './presigning.ts';
import { chooseQuorum } from './quorum.ts';
import type { Ending } from './sessions/messages.ts';
import type { Outcome, Signing } from './signing.ts';

/** What a coordinator works with. */
export interface CoordinatorDeps {
  readonly signing: Signing;
  readonly presigning: Presigning;
  readonly pool: PresignPool;
  readonly clock: Clock;
  readonly log: Log;
  readonly send: (to: PartyIndex, message: SigningMessage) => void;
  /** Members with a link, this node included, ascending. */
  readonly connected: () => readonly PartyIndex[];
  readonly nameOf: (index: PartyIndex) => string;
  /** Members that evidence has excluded. */
  readonly excluded: ReadonlySet<PartyIndex>;
}

/** How one request is to be signed. */
export interface Demand {
  readonly signers?: readonly PartyIndex[] | undefined;
  readonly deadlineMs: number;
  readonly onProgress?: ((event: SignProgress) => void) | undefined;
}

/** A signature, and how it came about. */
export interface Signed {
  readonly requestId: Uint8Array;
  /** r ‖ s ‖ yParity, 65 bytes. */
  readonly signature: Uint8Array;
  readonly signers: readonly PartyIndex[];
  readonly attempt: number;
  readonly isWarm: boolean;
  readonly phasesMs: { readonly approve: number; readonly presign: number; readonly online: number };
}

/** Attempts for one request, each with another quorum. */
export const MAX_ATTEMPTS = 6;

/** Quorums that are looked at for a presignature that is ready. */
const MAX_CONSIDERED = 32;

interface Attempt {
  readonly attempt: number;
  readonly quorum: readonly PartyIndex[];
}

/** Leads a request to its signature: which members, which presignature, which attempt. It decides no content. */
export class Coordinator {
  readonly #key: KeyContext;
  readonly #deps: CoordinatorDeps;
  readonly #refusals = new Map<string, (from: PartyIndex, refusal: Refusal) => void>();

  constructor(key: KeyContext, deps: CoordinatorDeps) {
    this.#key = key;
    this.#deps = deps;
  }

  /** A member has said no to a proposal of ours. */
  refused(from: PartyIndex, refusal: Refusal): void {
    this.#refusals.get(`${toHex(refusal.subject)} ${refusal.attempt}`)?.(from, refusal);
  }

  /**
   * Signs. @throws InputError with the policy's or guard's code when this node itself refuses; OperationError
   * quorum-unavailable | signing-failed | deadline, naming the members
   */
  async sign(request: SignRequest, demand: Demand): Promise<Signed> {
    const started = this.#deps.clock.monotonicMs();
    const requestId = idOf(request);
    const failed: (readonly PartyIndex[])[] = [];
    const unwilling = new Set<PartyIndex>();
    let last = 'no attempt was made';
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      const left = demand.deadlineMs - (this.#deps.clock.monotonicMs() - started);
      if (left <= 0)
        throw new OperationError('deadline', 'retry', `no signature in ${demand.deadlineMs} ms: ${last}`);
      const quorum = demand.signers ?? this.#choose(requestId, failed, unwilling, last);
      if (!isQuorumOf(this.#key.record, quorum) || !quorum.includes(this.#key.self))
        throw new InputError(
          'bad-signer-set',
          'signers',
          `${quorum.join()} is no quorum with this node in it`,
        );
      demand.onProgress?.(
        this.#progress(attempt > 1 ? 'retry' : 'quorum', { attempt, quorum }, this.#names(quorum)),
      );
      const result = await this.#attempt(request, requestId, { attempt, quorum }, demand);
      if (result.kind === 'signed') return result.signed;
      failed.push(quorum);
      for (const member of result.unwilling) unwilling.add(member);
      last = result.why;
      this.#deps.log.warn('attempt failed', { requestId: to0x(requestId), attempt, why: last });
      if (demand.signers !== undefined) break;
    }
    throw new OperationError('signing-failed', 'retry', `no quorum has signed: ${last}`);
  }

  #choose(
    requestId: Uint8Array,
    failed: readonly (readonly PartyIndex[])[],
    unwilling: ReadonlySet<PartyIndex>,
    last: string,
  ): readonly PartyIndex[] {
    const { record, suspicion, self } = this.#key;
    const usable = this.#deps.connected().filter((j) => !unwilling.has(j) && !this.#deps.excluded.has(j));
    const common = { requestId, suspicionOf: (j: PartyIndex) => suspicion.of(j), candidates: usable };
    const tried = [...failed];
    const equals: (readonly PartyIndex[])[] = [];
    const scoreOf = (quorum: readonly PartyIndex[]): number =>
      quorum.reduce((sum, j) => sum + suspicion.of(j), 0);
    while (tried.length < failed.length + MAX_CONSIDERED) {
      const quorum = chooseQuorum({ ...common, threshold: record.threshold, failed: tried });
      if (quorum === undefined) break;
      tried.push(quorum);
      const [best] = equals;
      if (best !== undefined && scoreOf(quorum) > scoreOf(best)) break;
      if (quorum.includes(self)) equals.push(quorum);
    }
    // Among equals one that is ready now: the lot decides between the rest.
    const isReady = (quorum: readonly PartyIndex[]): boolean =>
      this.#deps.pool.propose(this.#key.keyId, quorum, self) !== undefined;
    const chosen = equals.find(isReady) ?? equals[0];
    if (chosen === undefined) throw this.#unavailable(usable, last);
    return chosen;
  }

  #unavailable(usable: readonly PartyIndex[], last: string): OperationError {
    const { record } = this.#key;
    const missing = record.members.map(({ index }) => index).filter((j) => !usable.includes(j));
    const names = missing.map((j) => this.#deps.nameOf(j)).join(', ');
    const what = `${usable.length} of ${record.threshold} signers required are available`;
    return new OperationError(
      'quorum-unavailable',
      'retry',
      `${what}; not available: ${names || 'none'} (${last})`,
    );
  }

  async #attempt(
    request: SignRequest,
    requestId: Uint8Array,
    attempt: Attempt,
    demand: Demand,
  ): Promise<
    | { readonly kind: 'signed'; readonly signed: Signed }
    | { readonly kind: 'failed'; readonly why: string; readonly unwilling: readonly PartyIndex[] }
  > {
    const { clock, signing } = this.#deps;
    const t0 = clock.monotonicMs();
    const approved = await signing.approve(request, attempt.quorum);
    if (approved.kind === 'declined') throw new InputError(approved.reason, 'request', approved.detail);
    demand.onProgress?.(this.#progress('approved', attempt, 'this node approves the request'));
    const t1 = clock.monotonicMs();
    const ready = this.#deps.pool.propose(this.#key.keyId, attempt.quorum, this.#key.self);
    const info = ready ?? (await this.#makePresignature(attempt, demand));
    if (typeof info === 'string') return { kind: 'failed', why: info, unwilling: [] };
    const t2 = clock.monotonicMs();
    demand.onProgress?.(this.#progress('online', attempt, 'online signing'));
    const { outcome, refusals } = await this.#online(request, requestId, attempt, info);
    if (outcome.kind === 'declined') throw new InputError(outcome.reason, 'request', outcome.detail);
    const { ending, awaited } = outcome.finished;
    if (ending.kind === 'done' && ending.result.kind === 'sign') {
      const phasesMs = { approve: t1 - t0, presign: t2 - t1, online: clock.monotonicMs() - t2 };
      const { signature } = ending.result;
      const signed = { requestId, signature, signers: attempt.quorum, attempt: attempt.attempt, phasesMs };
      return { kind: 'signed', signed: { ...signed, isWarm: ready !== undefined } };
    }
    this.#learn(ending, info);
    if (refusals.length > 0) return { kind: 'failed', ...this.#told(refusals) };
    return { kind: 'failed', why: this.#describe(ending, awaited), unwilling: this.#members(awaited) };
  }

  /** The cold way: a small session for this quorum, just large enough that one of its results is ours to propose. */
  async #makePresignature(attempt: Attempt, demand: Demand): Promise<PresigInfo | string> {
    const { pool, presigning } = this.#deps;
    demand.onProgress?.(this.#progress('presign', attempt, 'no presignature is ready: making some'));
    const batch = 4 * Math.ceil(attempt.quorum.length / 4);
    const { ending, awaited } = await presigning.propose(attempt.quorum, batch);
    if (ending.kind === 'aborted') return `presigning: ${this.#describe(ending, awaited)}`;
    return (
      pool.propose(this.#key.keyId, attempt.quorum, this.#key.self) ?? 'presigning left nothing for this node'
    );
  }

  async #online(
    request: SignRequest,
    requestId: Uint8Array,
    { attempt, quorum }: Attempt,
    { presigId }: PresigInfo,
  ): Promise<{ readonly outcome: Outcome; readonly refusals: readonly Told[] }> {
    const refusals: Told[] = [];
    const subject = `${toHex(requestId)} ${attempt}`;
    this.#refusals.set(subject, (from, { reason, detail }) => {
      if (quorum.includes(from)) refusals.push({ from, reason, detail });
      this.#deps.signing.stop(requestId, attempt, 'refused-by-peer');
    });
    const bytes = encodeRequest(request);
    for (const member of quorum)
      if (member !== this.#key.self)
        this.#deps.send(member, { kind: 'sign', request: bytes, attempt, quorum, presigId });
    try {
      const outcome = await this.#deps.signing.take(this.#key.self, {
        request,
        requestId,
        attempt,
        quorum,
        presigId,
      });
      return { outcome, refusals };
    } finally {
      this.#refusals.delete(subject);
    }
  }

  /** An invalid signature blames nobody: it is counted, and what may be spoilt in the same way is dropped. */
  #learn(ending: Ending, { presigId, quorum, sid }: PresigInfo): void {
    if (ending.kind !== 'aborted' || ending.grade !== 'C') return;
    this.#key.suspicion.record({ presigId, quorum });
    this.#deps.pool.dropSession(sid);
  }

  #describe(ending: Ending, awaited: readonly number[]): string {
    if (ending.kind === 'done') return 'the session ended without a signature';
    const names = (indices: readonly number[]): string => this.#names(this.#members(indices));
    const who = ending.culprits.length > 0 ? `, by ${names(ending.culprits)}` : '';
    const waited = awaited.length > 0 ? `, awaited ${names(awaited)}` : '';
    return `${ending.code}${who}${waited}`;
  }

  #members(indices: readonly number[]): readonly PartyIndex[] {
    return this.#key.record.members.map(({ index }) => index).filter((j) => indices.includes(j));
  }

  #told(refusals: readonly Told[]): { readonly why: string; readonly unwilling: readonly PartyIndex[] } {
    const why = refusals.map(
      ({ from, reason, detail }) => `${this.#deps.nameOf(from)} refused (${reason}: ${detail})`,
    );
    return { why: why.join('; '), unwilling: refusals.map(({ from }) => from) };
  }

  #names(indices: readonly PartyIndex[]): string {
    return indices.map((j) => this.#deps.nameOf(j)).join(', ');
  }

  #progress(type: SignProgress['type'], { attempt, quorum }: Attempt, text: string): SignProgress {
    return { type, attempt, signers: quorum, text };
  }
}

interface Told {
  readonly from: PartyIndex;
  readonly reason: string;
  readonly detail: string;
}
