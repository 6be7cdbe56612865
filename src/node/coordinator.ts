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
import type { Presigning, Told } from './presigning.ts';
import { chooseQuorumWith } from './quorum.ts';
import type { Ending } from './sessions/messages.ts';
import type { Mine, Outcome, Signing } from './signing.ts';
import { supervise } from './supervise.ts';

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
  /** 32 bytes: which presignature it took. */
  readonly presigId: Uint8Array;
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

/** One request on its way. */
interface Course {
  readonly request: SignRequest;
  readonly requestId: Uint8Array;
  readonly demand: Demand;
}
interface Attempt {
  readonly attempt: number;
  readonly quorum: readonly PartyIndex[];
}
/** What came of an attempt. */
type Result =
  | { readonly kind: 'signed'; readonly signed: Signed }
  | { readonly kind: 'failed'; readonly why: string; readonly unwilling: readonly PartyIndex[] };

/**
 * Leads a request to its signature: which members, which presignature, which attempt. It decides no content.
 */
export class Coordinator {
  readonly #key: KeyContext;
  readonly #deps: CoordinatorDeps;
  readonly #refusals = new Map<string, (from: PartyIndex, refusal: Refusal) => void>();
  /** Requests on their way here: a second asker waits for the same signature. */
  readonly #inFlight = new Map<string, { readonly signers: string; readonly signed: Promise<Signed> }>();

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
   * quorum-unavailable | signing-failed | deadline, naming the members; request-in-progress when the same
   * request is being signed by other signers than those asked for
   */
  async sign(request: SignRequest, demand: Demand): Promise<Signed> {
    const requestId = idOf(request);
    const name = toHex(requestId);
    const signers = String(demand.signers ?? 'any');
    const known = this.#inFlight.get(name);
    if (known?.signers === signers) return known.signed;
    if (known !== undefined)
      throw new OperationError('request-in-progress', 'retry', 'this request is being signed by others');
    const signed = this.#inTime({ request, requestId, demand });
    this.#inFlight.set(name, { signers, signed });
    try {
      return await signed;
    } finally {
      this.#inFlight.delete(name);
    }
  }

  /**
   * All attempts together have one deadline. What is then on its way is stopped; the guard's record stays.
   */
  async #inTime(course: Course): Promise<Signed> {
    const { clock, signing, log } = this.#deps;
    const { requestId, demand } = course;
    const progress = { attempt: 0, last: 'no attempt was made' };
    let cancel = (): void => undefined;
    const deadline = new Promise<never>((_, reject) => {
      cancel = clock.after(demand.deadlineMs, () => {
        const { attempt, last } = progress;
        progress.attempt = MAX_ATTEMPTS; // no other is begun
        reject(new OperationError('deadline', 'retry', `no signature in ${demand.deadlineMs} ms: ${last}`));
        signing.stop(requestId, attempt, 'deadline');
      });
    });
    const attempts = this.#attempts(course, progress);
    supervise(attempts, ({ code }) => {
      log.debug('request not signed', { requestId: to0x(requestId), reason: code });
    });
    try {
      return await Promise.race([attempts, deadline]);
    } finally {
      cancel();
    }
  }

  async #attempts(course: Course, progress: { attempt: number; last: string }): Promise<Signed> {
    const { requestId, demand } = course;
    const failed: (readonly PartyIndex[])[] = [];
    const unwilling = new Set<PartyIndex>();
    while (progress.attempt < MAX_ATTEMPTS) {
      progress.attempt += 1;
      const { attempt, last } = progress;
      const quorum = demand.signers ?? this.#choose(requestId, failed, unwilling, last);
      if (!isQuorumOf(this.#key.record, quorum) || !quorum.includes(this.#key.self)) {
        const what = `${quorum.join()} is no quorum with this node in it`;
        throw new InputError('bad-signer-set', 'signers', what);
      }
      const names = this.#names(quorum);
      demand.onProgress?.(this.#progress(attempt > 1 ? 'retry' : 'quorum', { attempt, quorum }, names));
      const result = await this.#attempt(course, { attempt, quorum });
      if (result.kind === 'signed') return result.signed;
      failed.push(quorum);
      for (const member of result.unwilling) unwilling.add(member);
      progress.last = result.why;
      this.#deps.log.warn('attempt failed', { requestId: to0x(requestId), attempt, why: result.why });
      if (demand.signers !== undefined) break;
    }
    throw new OperationError('signing-failed', 'retry', `no quorum has signed: ${progress.last}`);
  }

  #choose(
    requestId: Uint8Array,
    failed: readonly (readonly PartyIndex[])[],
    unwilling: ReadonlySet<PartyIndex>,
    last: string,
  ): readonly PartyIndex[] {
    const { record, suspicion, self } = this.#key;
    const usable = this.#deps.connected().filter((j) => !unwilling.has(j) && !this.#deps.excluded.has(j));
    const tried = [...failed];
    const equals: (readonly PartyIndex[])[] = [];
    const scoreOf = (quorum: readonly PartyIndex[]): number =>
      quorum.reduce((sum, j) => sum + suspicion.of(j), 0);
    while (tried.length < failed.length + MAX_CONSIDERED) {
      const quorum = chooseQuorumWith(self, {
        requestId,
        suspicionOf: (j) => suspicion.of(j),
        candidates: usable,
        threshold: record.threshold,
        failed: tried,
      });
      const [best] = equals;
      if (quorum === undefined || (best !== undefined && scoreOf(quorum) > scoreOf(best))) break;
      tried.push(quorum);
      equals.push(quorum);
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

  async #attempt(course: Course, attempt: Attempt): Promise<Result> {
    const { clock, signing } = this.#deps;
    const { request, requestId, demand } = course;
    const t0 = clock.monotonicMs();
    const approved = await signing.approve(request, attempt.quorum);
    if (approved.kind === 'declined') throw new InputError(approved.reason, 'request', approved.detail);
    demand.onProgress?.(this.#progress('approved', attempt, 'this node approves the request'));
    const t1 = clock.monotonicMs();
    const ready = this.#deps.pool.propose(this.#key.keyId, attempt.quorum, this.#key.self);
    const info = ready ?? (await this.#makePresignature(attempt, demand));
    if ('kind' in info) return info;
    const t2 = clock.monotonicMs();
    demand.onProgress?.(this.#progress('online', attempt, 'online signing'));
    const { outcome, refusals } = await this.#online(course, attempt, { approved, presigId: info.presigId });
    if (outcome.kind === 'declined') throw new InputError(outcome.reason, 'request', outcome.detail);
    const { ending, awaited } = outcome.finished;
    if (ending.kind === 'done' && ending.result.kind === 'sign') {
      const phasesMs = { approve: t1 - t0, presign: t2 - t1, online: clock.monotonicMs() - t2 };
      const { signature } = ending.result;
      const { presigId } = info;
      const signed = { requestId, presigId, signature, signers: attempt.quorum, attempt: attempt.attempt };
      return { kind: 'signed', signed: { ...signed, phasesMs, isWarm: ready !== undefined } };
    }
    if (refusals.length > 0) return { kind: 'failed', ...this.#told(refusals) };
    return { kind: 'failed', why: this.#describe(ending, awaited), unwilling: this.#members(awaited) };
  }

  /**
   * The cold way: a small session for this quorum, just large enough that one of its results is ours to
   * propose.
   */
  async #makePresignature(
    attempt: Attempt,
    demand: Demand,
  ): Promise<PresigInfo | Extract<Result, { kind: 'failed' }>> {
    const { pool, presigning } = this.#deps;
    demand.onProgress?.(this.#progress('presign', attempt, 'no presignature is ready: making some'));
    const batch = 4 * Math.ceil(attempt.quorum.length / 4);
    const { ending, awaited, refusals } = await presigning.propose(attempt.quorum, batch);
    if (ending.kind === 'aborted') {
      if (refusals.length > 0) return { kind: 'failed', ...this.#told(refusals) };
      const why = `presigning: ${this.#describe(ending, awaited)}`;
      return { kind: 'failed', why, unwilling: this.#members([...awaited, ...ending.culprits]) };
    }
    const info = pool.propose(this.#key.keyId, attempt.quorum, this.#key.self);
    return info ?? { kind: 'failed', why: 'presigning left nothing for this node', unwilling: [] };
  }

  async #online(
    { request, requestId }: Course,
    { attempt, quorum }: Attempt,
    { approved, presigId }: Pick<Mine, 'approved'> & { readonly presigId: Uint8Array },
  ): Promise<{ readonly outcome: Outcome; readonly refusals: readonly Told[] }> {
    const refusals: Told[] = [];
    const subject = `${toHex(requestId)} ${attempt}`;
    this.#refusals.set(subject, (from, { reason, detail }) => {
      if (!quorum.includes(from)) return;
      refusals.push({ from, reason, detail });
      this.#deps.signing.stop(requestId, attempt, 'refused-by-peer');
    });
    const agreed = (): void => {
      const bytes = encodeRequest(request);
      for (const member of quorum)
        if (member !== this.#key.self)
          this.#deps.send(member, { kind: 'sign', request: bytes, attempt, quorum, presigId });
    };
    try {
      const proposed = { request, requestId, attempt, quorum, presigId };
      const outcome = await this.#deps.signing.take(this.#key.self, proposed, { approved, agreed });
      return { outcome, refusals };
    } finally {
      this.#refusals.delete(subject);
    }
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
