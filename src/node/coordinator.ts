import { type SignRequest, encodeRequest, requestId as idOf } from '../chain/duty.ts';
import type { PartyIndex } from '../crypto/brand.ts';
import { to0x, toHex } from '../crypto/bytes.ts';
import { InputError, OperationError } from '../crypto/errors.ts';
import { isQuorumOf } from '../protocols/epoch.ts';
import type { Clock, Log } from '../system/ports.ts';
import type { SignProgress } from './api.ts';
import { type Blockage, Candidates } from './candidates.ts';
import type { Refusal, SigningMessage } from './control.ts';
import type { KeyContext } from './key-context.ts';
import type { PresigInfo, PresignPool } from './presign-pool.ts';
import type { Presigning, Told } from './presigning.ts';
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
  /** How long a request waits for links in all: right after a start there are none yet. */
  readonly patienceMs: number;
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
/** Further attempts after failures that pass by themselves. */
export const MAX_PASSING = 16;
/** Pause before those who were busy are asked again, in milliseconds. */
const BUSY_PAUSE_MS = 500;

/**
 * A member that says so may be ready in a moment, or this node is about to learn of the same change of
 * epochs. Whoever was not asked for some numbers sees on L1 that they were used, at its next look.
 */
const passingRefusals: ReadonlySet<string> = new Set([
  'gap-too-large',
  'session-limit',
  'presignature-unknown',
  'ceremony-in-progress',
]);
/** Somebody else gave up, or was started anew: a new session is another matter. */
const passingEndings: ReadonlySet<string> = new Set(['peer-restarted', 'peer-aborted']);

/** One request on its way. */
interface Course {
  readonly request: SignRequest;
  readonly requestId: Uint8Array;
  readonly demand: Demand;
  readonly candidates: Candidates;
  /** How many attempts were made, how many of them do not count, and what the last one ended with. */
  readonly progress: { attempt: number; passing: number; last: string; isOver: boolean };
  /** How much of the patience is left, in milliseconds. */
  patienceMs: number;
}
interface Attempt {
  readonly attempt: number;
  readonly quorum: readonly PartyIndex[];
}
/** What came of an attempt. */
type Result = { readonly kind: 'signed'; readonly signed: Signed } | Failed;
interface Failed extends Blockage {
  readonly kind: 'failed';
  readonly why: string;
}

/**
 * Leads a request to its signature: which members, which presignature, which attempt. It decides no content.
 */
export class Coordinator {
  readonly #key: KeyContext;
  readonly #deps: CoordinatorDeps;
  readonly #refusals = new Map<string, (from: PartyIndex, refusal: Refusal) => void>();
  /** Requests on their way here: a second asker waits for the same signature. */
  readonly #inFlight = new Map<string, { readonly signers: string; readonly signed: Promise<Signed> }>();
  /** Presignatures that a request is about to take: another one must not reach for them meanwhile. */
  readonly #promised = new Set<string>();
  /** Requests that wait for a link, or for the end of a pause. */
  readonly #waiting = new Set<() => void>();
  /** How often each member was seen to have been started anew. */
  readonly #restarts = new Map<PartyIndex, number>();

  constructor(key: KeyContext, deps: CoordinatorDeps) {
    this.#key = key;
    this.#deps = deps;
  }

  /** A member has said no to a proposal of ours. */
  refused(from: PartyIndex, refusal: Refusal): void {
    this.#refusals.get(`${toHex(refusal.subject)} ${refusal.attempt}`)?.(from, refusal);
  }

  /** A link has come: requests that wait for one look again. */
  linksChanged(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  /** A member was started anew: what failed for want of its former process says nothing about it. */
  restarted(member: PartyIndex): void {
    this.#restarts.set(member, this.#restartsOf(member) + 1);
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
    const signed = this.#inTime(this.#courseOf(request, requestId, demand));
    this.#inFlight.set(name, { signers, signed });
    try {
      return await signed;
    } finally {
      this.#inFlight.delete(name);
    }
  }

  #courseOf(request: SignRequest, requestId: Uint8Array, demand: Demand): Course {
    const { connected, excluded, patienceMs } = this.#deps;
    const isReady = (quorum: readonly PartyIndex[]): boolean => this.#ready(quorum) !== undefined;
    const candidates = new Candidates(this.#key, requestId, { connected, excluded, isReady });
    const progress = { attempt: 0, passing: 0, last: 'no attempt was made', isOver: false };
    // Half of the time at most: what is missing is to be said by name, and not by a deadline.
    const patience = Math.min(patienceMs, demand.deadlineMs / 2);
    return { request, requestId, demand, candidates, progress, patienceMs: patience };
  }

  /**
   * All attempts together have one deadline. What is then on its way is stopped; the guard's record stays.
   */
  async #inTime(course: Course): Promise<Signed> {
    const { clock, signing, log } = this.#deps;
    const { requestId, demand, progress } = course;
    let cancel = (): void => undefined;
    const deadline = new Promise<never>((_, reject) => {
      cancel = clock.after(demand.deadlineMs, () => {
        const { attempt, last } = progress;
        progress.isOver = true; // no other is begun
        reject(new OperationError('deadline', 'retry', `no signature in ${demand.deadlineMs} ms: ${last}`));
        signing.stop(requestId, attempt, 'deadline');
      });
    });
    const attempts = this.#attempts(course);
    supervise(attempts, ({ code }) => {
      log.debug('request not signed', { requestId: to0x(requestId), reason: code });
    });
    try {
      return await Promise.race([attempts, deadline]);
    } finally {
      cancel();
    }
  }

  async #attempts(course: Course): Promise<Signed> {
    const { requestId, demand, candidates, progress } = course;
    while (progress.attempt - progress.passing < MAX_ATTEMPTS) {
      const quorum = demand.signers ?? (await this.#choose(course));
      if (progress.isOver) break;
      progress.attempt += 1;
      const { attempt } = progress;
      if (!isQuorumOf(this.#key.record, quorum) || !quorum.includes(this.#key.self)) {
        const what = `${quorum.join()} is no quorum with this node in it`;
        throw new InputError('bad-signer-set', 'signers', what);
      }
      const names = this.#names(quorum);
      demand.onProgress?.(this.#progress(attempt > 1 ? 'retry' : 'quorum', { attempt, quorum }, names));
      const result = await this.#attempt(course, { attempt, quorum });
      if (result.kind === 'signed') return result.signed;
      progress.last = result.why;
      this.#deps.log.warn('attempt failed', { requestId: to0x(requestId), attempt, why: result.why });
      const isPassing = result.isPassing && progress.passing < MAX_PASSING;
      if (isPassing) progress.passing += 1;
      candidates.note(quorum, { ...result, isPassing });
      if (demand.signers === undefined) continue;
      if (!isPassing) break;
      await this.#pause(BUSY_PAUSE_MS);
    }
    throw new OperationError('signing-failed', 'retry', `no quorum has signed: ${progress.last}`);
  }

  /** The next quorum. Who is busy is asked again after a pause; links are waited for with patience. */
  async #choose(course: Course): Promise<readonly PartyIndex[]> {
    const { candidates, progress } = course;
    for (;;) {
      const chosen = candidates.choose();
      if (chosen !== undefined || progress.isOver) return chosen ?? [];
      if (candidates.hasResting) {
        await this.#pause(BUSY_PAUSE_MS);
        candidates.wake();
      } else if (candidates.couldBeComplete && course.patienceMs > 0) {
        const beganMs = this.#deps.clock.monotonicMs();
        await this.#linkChange(course.patienceMs);
        course.patienceMs -= this.#deps.clock.monotonicMs() - beganMs;
      } else throw this.#unavailable(candidates.usable, progress.last);
    }
  }

  #pause(durationMs: number): Promise<void> {
    return new Promise((resolve) => void this.#deps.clock.after(durationMs, resolve));
  }

  /** Resolves when a link has changed, or after so long. */
  async #linkChange(atMostMs: number): Promise<void> {
    let cancel = (): void => undefined;
    let wake = (): void => undefined;
    await new Promise<void>((resolve) => {
      wake = resolve;
      this.#waiting.add(resolve);
      cancel = this.#deps.clock.after(atMostMs, resolve);
    });
    cancel();
    this.#waiting.delete(wake);
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
    const before = new Map(this.#restarts);
    const approved = await signing.approve(request, attempt.quorum);
    if (approved.kind === 'declined') throw new InputError(approved.reason, 'request', approved.detail);
    demand.onProgress?.(this.#progress('approved', attempt, 'this node approves the request'));
    const t1 = clock.monotonicMs();
    const ready = this.#promise(attempt.quorum);
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
    if (refusals.length > 0) {
      // What it has lost of a presign session is more than one of its presignatures.
      if (refusals.some(({ reason }) => reason === 'presignature-unknown'))
        this.#deps.pool.dropSession(info.sid);
      return this.#told(refusals);
    }
    return this.#ended(ending, awaited, before);
  }

  #ready(quorum: readonly PartyIndex[]): PresigInfo | undefined {
    const { keyId, self } = this.#key;
    return this.#deps.pool.propose(keyId, quorum, self, (presigId) => this.#promised.has(toHex(presigId)));
  }

  /** In one step: between choosing and taking there are turns in which other requests choose. */
  #promise(quorum: readonly PartyIndex[]): PresigInfo | undefined {
    const info = this.#ready(quorum);
    if (info !== undefined) this.#promised.add(toHex(info.presigId));
    return info;
  }

  /**
   * The cold way: a small session for this quorum, just large enough that one of its results is ours to
   * propose.
   */
  async #makePresignature(attempt: Attempt, demand: Demand): Promise<PresigInfo | Failed> {
    const { presigning } = this.#deps;
    demand.onProgress?.(this.#progress('presign', attempt, 'no presignature is ready: making some'));
    const batch = 4 * Math.ceil(attempt.quorum.length / 4);
    const before = new Map(this.#restarts);
    const { ending, awaited, refusals } = await presigning.propose(attempt.quorum, batch);
    if (ending.kind === 'aborted') {
      if (refusals.length > 0) return this.#told(refusals);
      const failed = this.#ended(ending, [...awaited, ...ending.culprits], before);
      return { ...failed, why: `presigning: ${this.#describe(ending, awaited)}` };
    }
    const info = this.#promise(attempt.quorum);
    const why = 'presigning left nothing for this node';
    return info ?? { kind: 'failed', why, unwilling: [], resting: [], isPassing: false };
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
      this.#promised.delete(toHex(presigId));
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

  #told(refusals: readonly Told[]): Failed {
    const why = refusals.map(
      ({ from, reason, detail }) => `${this.#deps.nameOf(from)} refused (${reason}: ${detail})`,
    );
    const isPassing = ({ reason }: Told): boolean => passingRefusals.has(reason);
    const unwilling = refusals.filter((told) => !isPassing(told)).map(({ from }) => from);
    const resting = refusals.filter(isPassing).map(({ from }) => from);
    return { kind: 'failed', why: why.join('; '), unwilling, resting, isPassing: unwilling.length === 0 };
  }

  /** Who did not answer is not asked again, unless its silence was that of a former process. */
  #ended(ending: Ending, blocked: readonly number[], before: ReadonlyMap<PartyIndex, number>): Failed {
    const why = this.#describe(ending, blocked);
    const members = this.#members(blocked);
    const fresh = members.filter((j) => this.#restartsOf(j) !== (before.get(j) ?? 0));
    const unwilling = members.filter((j) => !fresh.includes(j));
    const isOver = ending.kind === 'aborted' && passingEndings.has(ending.code);
    const isPassing = unwilling.length === 0 && (isOver || fresh.length > 0);
    return { kind: 'failed', why, unwilling, resting: [], isPassing };
  }

  #restartsOf(member: PartyIndex): number {
    return this.#restarts.get(member) ?? 0;
  }

  #names(indices: readonly PartyIndex[]): string {
    return indices.map((j) => this.#deps.nameOf(j)).join(', ');
  }

  #progress(type: SignProgress['type'], { attempt, quorum }: Attempt, text: string): SignProgress {
    return { type, attempt, signers: quorum, text };
  }
}
