import { type SignRequest, requestId } from '../chain/duty.ts';
import type { RequestTools } from '../chain/request-checks.ts';
import type { PartyIndex } from '../crypto/brand.ts';
import { equalBytes } from '../crypto/bytes.ts';
import { decode } from '../crypto/codec.ts';
import { InputError } from '../crypto/errors.ts';
import type { Rng } from '../crypto/secp256k1.ts';
import type { Spec } from '../protocols/kernel/spec.ts';
import type { Clock, Log } from '../system/ports.ts';
import { Blame, type BlameDeps } from './blame/blame.ts';
import type { Silence } from './blame/demands.ts';
import type { Exclusion } from './blame/exclusions.ts';
import type { BlameMessage } from './blame/messages.ts';
import { type SigningMessage, signingMessageCodec } from './control.ts';
import { Coordinator, type Demand, type Signed } from './coordinator.ts';
import type { KeyContext } from './key-context.ts';
import { type Learned, MarkLearning, ownMarks } from './mark-learning.ts';
import type { L1View, Policy } from './policy/verdict.ts';
import { PresignPool } from './presign-pool.ts';
import { type PresignEnded, Presigning } from './presigning.ts';
import { chooseQuorumWith } from './quorum.ts';
import type { PlainTranscript } from './sessions/messages.ts';
import type { Finished, HostPort, Sessions } from './sessions/sessions.ts';
import { type SignedRecord, Signing } from './signing.ts';
import { isOrdinary, supervise } from './supervise.ts';

/** How many presignatures are kept, and when more are made. */
export interface PresignLevels {
  /** READY presignatures for the preferred quorum, 0 to make none ahead. */
  readonly target: number;
  /** Below this many, of which this node counts its own share 1/t, more are made. */
  readonly lowWater: number;
  readonly ttlMs: number;
}

/** What was done to a member, or by one. */
export type Blamed =
  | { readonly kind: 'excluded' | 'readmitted'; readonly exclusion: Exclusion }
  | { readonly kind: 'unresponsive'; readonly silence: Silence };

/** What a key works with on this node. */
export interface KeyRuntimeDeps {
  readonly identitySeed: Uint8Array;
  readonly sessions: Sessions;
  readonly signHost: HostPort;
  readonly presignHost: HostPort;
  readonly policy: Policy;
  readonly tools: RequestTools;
  readonly l1View: () => L1View | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly rng: Rng;
  readonly bootCounter: bigint;
  readonly levels: PresignLevels;
  readonly roundTimeoutMs: number;
  readonly send: (to: PartyIndex, message: SigningMessage) => void;
  readonly connected: () => readonly PartyIndex[];
  /** Who has left with the epoch before, and has a link; nobody if left out. */
  readonly formers?: (() => readonly PartyIndex[]) | undefined;
  readonly nameOf: (index: PartyIndex) => string;
  readonly recordPresign: (end: PresignEnded) => void;
  readonly recordSign: (signed: SignedRecord, presign: Promise<PlainTranscript>) => void;
  /** This node will not sign a request: of a member, or, from 0, of a client of its own. */
  readonly refused?: ((requestId: Uint8Array, from: number, reason: string) => void) | undefined;
  readonly sendBlame: (to: PartyIndex, message: BlameMessage) => void;
  /** Where evidence is kept. */
  readonly evidence: Pick<BlameDeps, 'keep' | 'find'>;
  /** What proof, silence and operators have done to members, for the log. */
  readonly blamed?: ((what: Blamed) => void) | undefined;
  /** How long a request waits for links in all, in milliseconds. */
  readonly patienceMs: number;
  /** A quarantine has ended: what was learned is in the guard. */
  readonly released?: (() => void) | undefined;
}

/**
 * Why the register of a member that joined by reshare is in quarantine: it was not there before, and has
 * forgotten nothing.
 */
export const JOINED = 'reshare';
/** Most presignatures of one background session: more would hold the workers of all members too long. */
const MAX_REFILL = 64;
/** Pause before the next try when a background session has failed. */
const REFILL_RETRY_MS = 10_000;

/** One key in service: its pool, its part in others' requests, and the way to a signature for our own. */
export class KeyRuntime {
  readonly key: KeyContext;
  readonly pool: PresignPool;
  /** What others say about how far they have signed; asked for while this node is in quarantine. */
  readonly learning: MarkLearning;
  /** What proof and silence do. */
  readonly blame: Blame;
  readonly #deps: KeyRuntimeDeps;
  readonly #presigning: Presigning;
  readonly #signing: Signing;
  readonly #coordinator: Coordinator;
  #isRefilling = false;
  #isStopped = false;
  #cancelRetry: () => void = () => undefined;

  constructor(key: KeyContext, deps: KeyRuntimeDeps) {
    this.key = key;
    this.#deps = deps;
    const { clock, log } = deps;
    const excluded = key.exclusions.members;
    this.blame = new Blame(key, {
      ...deps,
      send: deps.sendBlame,
      ...deps.evidence,
      excluded: (exclusion) => {
        this.pool.dropMember(key.keyId, exclusion.member);
        this.#presigning.exclude(exclusion.member);
        deps.blamed?.({ kind: 'excluded', exclusion });
      },
      unresponsive: (silence) => deps.blamed?.({ kind: 'unresponsive', silence }),
    });
    const ended = (spec: Spec, finished: Finished): void => {
      supervise(this.blame.ended(spec, finished), ({ code, message }) => {
        log.error('blame not dealt with', { reason: code, detail: message });
      });
    };
    this.pool = new PresignPool({ ttlMs: deps.levels.ttlMs, maxPerQuorum: 256 }, { clock, log });
    this.#presigning = new Presigning(key, {
      ...deps,
      pool: this.pool,
      host: deps.presignHost,
      roundTimeoutMs: Math.max(deps.roundTimeoutMs, 10_000),
      record: deps.recordPresign,
      excluded,
      ended,
    });
    this.#signing = new Signing(key, {
      ...deps,
      pool: this.pool,
      presigning: this.#presigning,
      host: deps.signHost,
      record: deps.recordSign,
      excluded,
      ended,
    });
    this.#coordinator = new Coordinator(key, {
      ...deps,
      pool: this.pool,
      presigning: this.#presigning,
      signing: this.#signing,
      excluded,
    });
    this.learning = new MarkLearning(key, deps);
    if (key.needsMarks && !key.guard.isQuarantined) key.guard.quarantine(JOINED);
    if (key.guard.isQuarantined) this.#beginLearning();
  }

  /**
   * Stops signing, also over restarts, until what may have been forgotten is learned and an operator releases
   * the node. @throws OperationError guard-unavailable; nothing is signed in that case either
   */
  quarantine(why: string): void {
    this.key.guard.quarantine(why);
    this.#deps.log.error('quarantined', { reason: why });
    this.pool.dropAll();
    this.#beginLearning();
  }

  /**
   * Raises the marks of the guard to what was learned, and signs again. The caller has seen that enough was
   * learned. @throws OperationError guard-unavailable
   */
  release(by: string): Learned {
    const learned = this.learning.apply();
    this.key.guard.release(`${by}; marks of ${learned.from.join(', ')}${learned.isL1Seen ? ', l1' : ''}`);
    this.learning.stop();
    this.#deps.log.info('released', { by, from: learned.from, l1: learned.isL1Seen });
    this.#deps.released?.();
    this.refill();
    return learned;
  }

  /** Who joined has forgotten nothing, so no operator is asked: what the others signed is enough. */
  #beginLearning(): void {
    this.learning.begin(() => {
      const { quarantineReason } = this.key.guard;
      if (quarantineReason === JOINED && this.learning.isEnough) this.release('joined');
    });
  }

  /** Takes a message of the signing channel. Junk of an authenticated peer is dropped and logged. */
  receive(from: PartyIndex, bytes: Uint8Array): void {
    const message = this.#decoded(from, bytes);
    switch (message?.kind) {
      case undefined:
        break;
      case 'presign':
        this.#presigning.accept(from, message.spec);
        break;
      case 'sign':
        supervise(this.#signing.accept(from, message), ({ code, message: detail }) => {
          this.#deps.log.error('proposal not dealt with', { peer: from, reason: code, detail });
        });
        break;
      case 'refusal':
        this.#coordinator.refused(from, message);
        this.#presigning.refused(from, message);
        break;
      case 'marks-wanted':
        this.#tellMarks(from, message.keyId);
        break;
      case 'marks':
        this.learning.hear(from, message);
        break;
    }
  }

  /**
   * Takes a message of who is no member of this epoch: one that joins or has left. How far was signed it may
   * ask,
   * also of a node that has left itself, and tell; all else is for members. [security, 3.5 rule 3]
   */
  receiveFromOutside(from: PartyIndex, bytes: Uint8Array): void {
    const message = this.#decoded(from, bytes);
    if (message?.kind === 'marks-wanted') this.#tellMarks(from, message.keyId);
    else if (message?.kind === 'marks') this.learning.hear(from, message);
    else if (message !== undefined)
      this.#deps.log.debug('message of no member of the epoch dropped', { peer: this.#deps.nameOf(from) });
  }

  #decoded(from: PartyIndex, bytes: Uint8Array): SigningMessage | undefined {
    try {
      return decode(signingMessageCodec, bytes, 'message');
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.#deps.log.warn('message refused', { peer: from, reason: error.code, detail: error.message });
      return undefined;
    }
  }

  #tellMarks(to: PartyIndex, keyId: Uint8Array): void {
    const message = equalBytes(keyId, this.key.keyId) ? ownMarks(this.key, this.#deps.log) : undefined;
    if (message !== undefined) this.#deps.send(to, message);
  }

  /** Signs one request, as its coordinator. @throws InputError quarantine, and as `Coordinator.sign` */
  async sign(request: SignRequest, demand: Demand): Promise<Signed> {
    try {
      const { quarantineReason } = this.key.guard;
      if (quarantineReason !== undefined)
        throw new InputError('quarantine', 'guard', `this node signs nothing (${quarantineReason})`);
      const signed = await this.#coordinator.sign(request, demand);
      this.refill(signed.signers);
      return signed;
    } catch (error) {
      if (error instanceof InputError) this.#deps.refused?.(requestId(request), 0, error.code);
      throw error;
    }
  }

  /**
   * Makes presignatures ahead for a quorum, in the background, when few are left that this node may propose.
   */
  refill(quorum: readonly PartyIndex[] | undefined = this.#preferred()): void {
    const { levels, clock, log } = this.#deps;
    const { keyId, state, self } = this.key;
    if (quorum === undefined || this.#isRefilling || this.#isStopped || state !== 'active') return;
    if (this.key.gate.isFrozen) return;
    if (this.key.guard.isQuarantined) return;
    const share = Math.ceil(levels.lowWater / quorum.length);
    if (levels.target === 0 || this.pool.level(keyId, quorum, self) >= share) return;
    this.#isRefilling = true;
    const batch = Math.min(MAX_REFILL, 4 * Math.ceil(levels.target / 4));
    const retryLater = (): void => {
      this.#isRefilling = false;
      if (this.#isStopped) return;
      this.#cancelRetry = clock.after(REFILL_RETRY_MS, () => {
        this.refill();
      });
    };
    this.#presigning.propose(quorum, batch).then(
      ({ ending }) => {
        this.#isRefilling = false;
        if (ending.kind === 'aborted') retryLater();
      },
      (error: unknown) => {
        if (!isOrdinary(error)) throw error;
        log.warn('refill refused', { reason: error.code, detail: error.message });
        retryLater();
      },
    );
  }

  /** A link has come: requests that wait for it go on, and what is missing is made. */
  linksChanged(peer: PartyIndex): void {
    this.blame.linked(peer);
    this.#coordinator.linksChanged();
    this.learning.linksChanged();
    this.refill();
  }

  /** A member was started anew: its halves of our presignatures are gone, so ours are of no use. */
  peerRestarted(member: PartyIndex): void {
    this.pool.dropMember(this.key.keyId, member);
    this.#coordinator.restarted(member);
  }

  /**
   * Takes an excluded member back, by the word of an operator. @throws InputError not-excluded
   */
  readmit(member: PartyIndex): Exclusion {
    const exclusion = this.key.exclusions.readmit(member, BigInt(this.#deps.clock.nowMs()));
    this.#deps.log.info('member readmitted', { peer: this.#deps.nameOf(member), reason: exclusion.code });
    this.#deps.blamed?.({ kind: 'readmitted', exclusion });
    this.refill();
    return exclusion;
  }

  /** READY presignatures by quorum. */
  levels(): readonly { readonly signers: readonly number[]; readonly ready: number }[] {
    return this.pool.levels(this.key.keyId);
  }

  /** How far each lane of the guard has come. */
  lanes(): readonly { readonly lane: string; readonly highestRecorded: string }[] {
    return this.key.guard.lanes();
  }

  /** This node has committed to the next epoch: what is not consumed will not be. [protocol, 12.5 rule 1] */
  freeze(): void {
    this.pool.dropAll();
  }

  /** Wipes all presignatures; nothing is made ahead any more. */
  stop(): void {
    this.#isStopped = true;
    this.#cancelRetry();
    this.#presigning.stop();
    this.learning.stop();
    this.blame.stop();
    this.pool.dropAll();
  }

  /** The quorum that this node would choose while nothing speaks against anybody. */
  #preferred(): readonly PartyIndex[] | undefined {
    const { record, self, suspicion, keyId } = this.key;
    return chooseQuorumWith(self, {
      requestId: keyId,
      threshold: record.threshold,
      candidates: this.#deps.connected().filter((j) => !this.key.exclusions.members.has(j)),
      suspicionOf: (j) => suspicion.of(j),
      failed: [],
    });
  }
}
