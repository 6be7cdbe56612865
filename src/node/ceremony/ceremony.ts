import type { PartyIndex } from '../../crypto/brand.ts';
import type { Plan } from '../../chain/definition-file.ts';
import { concat, equalBytes } from '../../crypto/bytes.ts';
import { decode, encode } from '../../crypto/codec.ts';
import { InputError, OperationError } from '../../crypto/errors.ts';
import {
  type Definition,
  acceptanceOf,
  definitionHash,
  seatsOf,
} from '../../protocols/ceremony/definition.ts';
import { type Spec, decodeSpec, partiesOf, specCodec, specHash } from '../../protocols/kernel/spec.ts';
import type { CeremonyState, CeremonyView } from '../api.ts';
import type { PeerStatus } from '../cluster/peer.ts';
import { printable } from '../control.ts';
import type { Ending } from '../sessions/messages.ts';
import type { Finished } from '../sessions/sessions.ts';
import { isOrdinary, supervise } from '../supervise.ts';
import type { Wal } from '../wal.ts';
import { isSpecOf, newSpec } from './attempt.ts';
import type { Course, Stage } from './course.ts';
import type { CeremonyDeps, FoundCeremony, FoundSession } from './deps.ts';
import type { EventFields } from './events.ts';
import { become, isOver, mayBecome } from './machine.ts';
import { type Acceptance, type CeremonyMessage, type Execute, ceremonyMessageCodec } from './messages.ts';
import { blameText, keepEvidence, tellFailure } from './papers.ts';
import { requirePassed } from './preflight.ts';
import { removeLog } from './resume.ts';
import { runSession } from './session-run.ts';
import { Signatures } from './signatures.ts';
import { viewOf } from './view.ts';

/**
 * One ceremony on one node: who has signed, who is there, one attempt, its end. What it makes, and how that
 * takes effect, is its course. [product, 5]
 */
export class Ceremony {
  readonly #deps: CeremonyDeps;
  readonly #self: PartyIndex;
  readonly #signatures: Signatures;
  readonly #stage: Stage;
  readonly #course: Course;
  #state: CeremonyState;
  #attempt: number;
  #isWhenReady = false;
  #isStopped = false;
  #failure: string | undefined;
  #spec: Spec | undefined;
  /** Of a session that has ended. */
  #finishedWal: Wal | undefined;
  #cancelDeadline: () => void;

  constructor(plan: Plan, deps: CeremonyDeps, found?: FoundCeremony) {
    const { definition } = plan;
    const own = seatsOf(definition).find(({ identityPk }) => equalBytes(identityPk, deps.identity.publicKey));
    if (own === undefined)
      throw new InputError('not-a-member', 'definition', 'this node has no seat in the committee');
    this.#deps = deps;
    this.#self = own.index;
    this.#signatures = new Signatures(plan, deps.disk, deps.folder);
    this.#stage = {
      self: own.index,
      signed: () => this.#signatures.signed,
      attempt: () => this.#attempt,
      spec: () => this.#spec,
      state: () => this.#state,
      tell: (type, fields, state) => this.#tell(type, fields, state),
      last: (type, fields) => this.#deps.events.last(this.#attempt, type, fields),
      end: (state, reason, what) => this.#end(state, reason, what),
      broke: (error) => this.#broke(error),
      guard: (step) => this.#guard(step),
      send: (message) => this.#send(message),
      nameOf: this.#nameOf,
    };
    this.#course = deps.courseOf(this.#stage);
    this.#attempt = found?.attempt ?? 0;
    this.#state = found?.state ?? 'proposed';
    this.#failure = found?.failure;
    if (found === undefined) this.#tell('proposed', { name: definition.name, required: definition.required });
    this.#cancelDeadline = this.#waitForAttempt();
  }

  #waitForAttempt(): () => void {
    if (this.#state !== 'proposed' && this.#state !== 'accepted') return () => undefined;
    const { timing, proposer } = this.definition;
    const leftMs = Math.max(Number(timing.executeByMs) - this.#deps.clock.nowMs(), 0);
    return this.#deps.clock.after(leftMs, () => {
      const awaited = this.#signatures.unsigned.join(', ') || this.#nameOf(proposer);
      this.#end('timed-out', 'peer-timeout', `not executed in time; awaited ${awaited}`);
    });
  }

  /**
   * Goes on with the session of before a restart. Before there are links, so that no message comes too early.
   */
  resume(session: FoundSession): void {
    this.#spec = decodeSpec(session.spec);
    this.#tell('resumed', { round: 'from the log of this node' });
    supervise(this.#run(session), (error) => this.#broke(error));
  }

  /**
   * The node stops. What has not begun ends for all; a session may go on after the next start, and a key
   * stays. Returns if the others were told.
   */
  stop(): boolean {
    const before = this.#state;
    this.#isStopped = true;
    const isUnderWay = before === 'executing' || before === 'prepared';
    if (!isUnderWay) this.#end('aborted', 'node-stopped', 'this node was stopped');
    this.#cancelDeadline();
    this.#course.stop();
    return this.#state !== before;
  }

  /** The definition's hash, 32 bytes. */
  get id(): Uint8Array {
    return definitionHash(this.definition);
  }

  /** What is planned. */
  get definition(): Definition {
    return this.#signatures.definition;
  }

  /** Where it is. */
  get state(): CeremonyState {
    return this.#state;
  }

  /** As the operator sees it. */
  get view(): CeremonyView {
    return viewOf(this.#signatures.signed, {
      state: this.#state,
      attempt: this.#attempt,
      folder: this.#deps.folder,
      made: this.#course.made,
      lock: this.#state === 'complete' ? this.#course.lock : undefined,
      self: this.#self,
      progress: this.#course.progress,
      failure: this.#failure,
    });
  }

  /** Pre-flight, then our signature; once. @throws InputError preflight-failed | wrong-state */
  accept(): void {
    const { identity, clock } = this.#deps;
    const hasSigned = this.#signatures.of(identity.publicKey) !== undefined;
    if (hasSigned && this.#state !== 'proposed' && !isOver(this.#state)) return;
    this.#require(['proposed'], 'accept');
    this.#preflight();
    const signature = identity.sign('definition', acceptanceOf(this.definition, identity.publicKey));
    this.#signatures.add({ identityPk: identity.publicKey, signature, signedAtMs: BigInt(clock.nowMs()) });
    this.#tell('accepted', { peer: this.#nameOf(this.#self) }, 'accepted');
    this.#greet();
    this.#continue();
  }

  /** Says no. */
  reject(why: string): void {
    this.#require(['proposed', 'accepted', 'gathering'], 'reject');
    this.#send({ kind: 'farewell', reason: 'rejected-by-peer', detail: printable(why) });
    this.#end('rejected', 'rejected-by-peer', `this node rejects it: ${why}`);
  }

  /** Starts the attempt, now or when everybody has signed and is connected. Only the proposer does. */
  execute(whenReady: boolean): void {
    const { proposer } = this.definition;
    if (proposer !== this.#self)
      throw new InputError('not-the-proposer', 'ceremony', `${this.#nameOf(proposer)} executes it`);
    this.#require(['accepted', 'gathering'], 'execute');
    const missing = this.#missing();
    if (!whenReady && missing.length > 0)
      throw new OperationError('not-ready', 'retry', `not everybody is ready: ${missing.join('; ')}`);
    this.#preflight();
    this.#isWhenReady = true;
    this.#continue();
  }

  /** Ends it on all nodes. Once the certificate exists there is no way back. */
  abort(): void {
    this.#require(['proposed', 'accepted', 'gathering', 'executing', 'prepared'], 'abort');
    this.#end('aborted', 'operator-abort', 'aborted by the operator of this node');
  }

  /** A link came up or went down. */
  peerChanged(peer: PeerStatus): void {
    // A member that was started anew may lack our last words, also when nothing is missing here.
    if (this.#state === 'complete' && peer.state === 'connected') this.#greet();
    if (isOver(this.#state)) return;
    const lastSeen = peer.lastSeen === undefined ? undefined : String(peer.lastSeen);
    const event = peer.state === 'connecting' ? 'lost' : peer.state;
    this.#guard(() => {
      this.#tell('peer', { peer: peer.name, event, lastSeen, tries: peer.tries, reason: peer.reason });
      if (event === 'connected') this.#greet();
      this.#continue();
    });
  }

  /** Takes a message of the ceremony channel. What is wrong with it ends nothing here. */
  receive(from: PartyIndex, bytes: Uint8Array): void {
    this.#guard(() => {
      try {
        if (!equalBytes(bytes.subarray(0, 32), this.id)) return; // late words of another ceremony
        this.#hear(from, decode(ceremonyMessageCodec, bytes.slice(32), 'message'));
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        const { code, message } = error;
        this.#deps.log.warn('ceremony message refused', { peer: from, reason: code, detail: message });
      }
    });
  }

  /** What this node itself cannot do, above all write to its disk, ends the ceremony and not the node. */
  #guard(step: () => void): void {
    try {
      step();
    } catch (error) {
      if (!isOrdinary(error)) throw error;
      this.#broke(error);
    }
  }

  #broke({ code, message }: InputError | OperationError): void {
    this.#deps.log.error('ceremony broken', { reason: code, detail: message });
    this.#end(mayBecome(this.#state, 'failed') ? 'failed' : 'aborted', code, message);
  }

  #hear(from: PartyIndex, message: CeremonyMessage): void {
    switch (message.kind) {
      case 'acceptance':
        return this.#hearAcceptance(from, message);
      case 'execute':
        return this.#hearExecute(from, message);
      case 'proof':
        return this.#course.hearProof(from, message);
      case 'lock-signature':
        return this.#course.hearLockSignature(from, message);
      case 'proposal':
        return; // it has been taken up
      case 'farewell':
        if (mayBecome(this.#state, 'aborted') && this.#signatures.withdraws(from, this.#spec))
          this.#end('aborted', message.reason, `${this.#nameOf(from)} ended it: ${message.detail}`);
    }
  }

  #hearAcceptance(from: PartyIndex, acceptance: Acceptance): void {
    if (isOver(this.#state)) return;
    const seat = this.#signatures.hear(from, acceptance);
    if (seat === undefined) return;
    this.#tell('accepted', { peer: seat.name });
    this.#continue();
  }

  /** The proposer has everybody's signature: now so have we, and the session begins. */
  #hearExecute(from: PartyIndex, { attempt, acceptances, spec }: Execute): void {
    if (this.#spec !== undefined && equalBytes(encode(specCodec, this.#spec), spec)) return; // said again
    if (from !== this.definition.proposer || attempt !== this.#attempt + 1)
      throw new InputError('not-the-proposer', 'execute', `party ${from} may not start attempt ${attempt}`);
    for (const one of acceptances) if (one.index !== this.#self) this.#hearAcceptance(one.index, one);
    if (this.#state !== 'accepted' && this.#state !== 'gathering')
      throw new InputError('not-accepted', 'execute', `this ceremony is ${this.#state} here`);
    if (!this.#signatures.isComplete || !isSpecOf(this.#signatures.signed, attempt, spec))
      throw new InputError('definition-mismatch', 'execute', 'not the session that everybody has signed');
    // Who leaves need not be there; without it the others go on, and it hears of the certificate.
    if (!partiesOf(decodeSpec(spec)).includes(this.#self)) return;
    this.#begin(attempt, this.#deps.logOf(this.#self, spec));
  }

  /** Goes on if it can: the proposer starts when nothing is missing. */
  #continue(): void {
    if (this.#state === 'accepted' && this.#isWhenReady) this.#state = become(this.#state, 'gathering');
    if (!['gathering', 'accepted'].includes(this.#state)) return;
    const missing = this.#missing();
    const names = this.definition.committee.map(({ name }) => name);
    const have = names.filter((name) => !missing.some((text) => text.startsWith(`${name} `)));
    this.#tell('gathering', { have, awaiting: missing });
    if (this.#state !== 'gathering' || missing.length > 0) return;
    this.#preflight();
    const attempt = this.#attempt + 1;
    const takingPart = this.#signatures.present(this.#self, this.#deps.peers());
    const spec = newSpec(this.#signatures.signed, attempt, takingPart, this.#deps.rng);
    const session = this.#deps.logOf(this.#self, spec);
    this.#tellExecute(attempt, spec);
    this.#begin(attempt, session);
  }

  #begin(attempt: number, session: FoundSession): void {
    this.#attempt = attempt;
    if (this.#state === 'accepted') this.#state = become(this.#state, 'gathering');
    this.#state = become(this.#state, 'executing');
    this.#cancelDeadline();
    this.#spec = decodeSpec(session.spec);
    supervise(this.#run(session), (error) => this.#broke(error));
  }

  async #run(session: FoundSession): Promise<void> {
    const finished = await runSession(session, this.#course, this.#stage, this.#deps);
    if (await this.#conclude(finished)) this.#finishedWal = session.wal;
    this.#shredLog();
  }

  /** The log of a session whose outcome is durable is as secret as a share, and of no use. */
  #shredLog(): void {
    if (this.#finishedWal === undefined || !this.#course.isSettled) return;
    removeLog(this.#finishedWal, this.#deps.log);
    this.#finishedWal = undefined;
  }

  async #conclude({ ending, awaited, transcript }: Finished): Promise<boolean> {
    const code = ending.kind === 'aborted' ? ending.code : undefined;
    // Nothing is given up: the others may hold a certificate, and somebody has to find out what this was.
    if (code === 'replay-differs') this.#deps.halt(code);
    if (code === 'replay-differs' || code === 'node-stopped') return false;
    this.#course.took(ending);
    if (ending.kind === 'aborted' && !isOver(this.#state)) this.#fail(ending, awaited);
    const all = await transcript;
    if (this.#isStopped) return false; // stopped before the last words of the others had come
    this.#course.concluded(this.#deps.keepTranscript(ending, all));
    return true;
  }

  #fail(ending: Extract<Ending, { kind: 'aborted' }>, awaited: readonly number[]): void {
    const { code, grade, culprits, evidence } = ending;
    if (code === 'timed-out') {
      this.#end('timed-out', 'peer-timeout', `no message from ${this.#names(awaited).join(', ')} in time`);
      return;
    }
    const about = { spec: this.#spec, record: this.#signatures.signed.previous?.record };
    const isProven = keepEvidence(this.#deps, about, code, evidence);
    const accused = this.#names(culprits);
    this.#tell('blame', { reason: code, accused, class: grade });
    this.#end(grade === 'D' ? 'aborted' : 'failed', code, blameText(code, accused, isProven), accused);
  }

  /** Ends the ceremony on this node, and tells the others unless they know. */
  #end(
    state: 'aborted' | 'rejected' | 'timed-out' | 'failed',
    reason: string,
    what: string,
    accused: readonly string[] = [],
  ): void {
    if (!mayBecome(this.#state, state)) return;
    const before = this.#state;
    this.#cancelDeadline();
    const isKept = !this.#course.giveUp();
    this.#state = become(before, state);
    const failure = { state, before, reason, what: printable(what), accused, isKept };
    this.#failure = tellFailure(this.#deps.events, this.#attempt, failure);
    const { sessions } = this.#deps;
    if (this.#spec !== undefined && (before === 'executing' || before === 'prepared'))
      sessions().abort(specHash(this.#spec), 'ceremony-ended');
    if (state !== 'rejected') this.#send({ kind: 'farewell', reason, detail: printable(what) });
    this.#shredLog();
  }

  /** Tells the others what they may not know of us: after a new link, and after we have signed. */
  #greet(): void {
    const own = this.#signatures.of(this.#deps.identity.publicKey);
    if (own !== undefined && this.#state !== 'proposed')
      this.#send({ kind: 'acceptance', signature: own.signature, signedAtMs: own.signedAtMs });
    for (const message of this.#course.greetings) this.#send(message);
    if (this.#state !== 'executing' || this.definition.proposer !== this.#self) return;
    // The process that said it first may have ended before everybody had it.
    if (this.#spec !== undefined) this.#tellExecute(this.#attempt, encode(specCodec, this.#spec));
  }

  #tellExecute(attempt: number, spec: Uint8Array): void {
    this.#send({ kind: 'execute', attempt, acceptances: this.#signatures.acceptances, spec });
  }

  #preflight(): void {
    const items = this.#deps.preflight(this.#signatures.signed);
    for (const { item, status, detail } of items) this.#tell('preflight', { item, status, detail });
    requirePassed(items);
  }

  readonly #missing = (): readonly string[] => this.#signatures.missing(this.#self, this.#deps.peers());
  #require(states: readonly CeremonyState[], verb: string): void {
    if (!states.includes(this.#state))
      throw new InputError('wrong-state', 'ceremony', `cannot ${verb}: the ceremony is ${this.#state}`);
  }

  readonly #names = (indices: readonly number[]): readonly string[] => indices.map((j) => this.#nameOf(j));

  readonly #nameOf = (index: number): string => this.#signatures.seat(index)?.name ?? `party ${index}`;

  #send(message: CeremonyMessage): void {
    this.#deps.broadcast(concat(this.id, encode(ceremonyMessageCodec, message)));
  }

  /** Writes an event, and takes the step of which it tells; not the one without the other. */
  #tell(type: string, fields: EventFields, state?: CeremonyState): void {
    const next = state === undefined ? this.#state : become(this.#state, state);
    this.#deps.events.emit(this.#attempt, type, fields, () => {
      this.#state = next;
    });
    if (state !== undefined) this.#shredLog();
  }
}
