import type { Plan } from '../../chain/definition-file.ts';
import { type RecordRef, noRecord } from '../../chain/log/entry.ts';
import type { Lock } from '../../chain/lock.ts';
import type { PartyIndex } from '../../crypto/brand.ts';
import { equalBytes, toHex } from '../../crypto/bytes.ts';
import { decode, encode } from '../../crypto/codec.ts';
import { InputError } from '../../crypto/errors.ts';
import { definitionHash } from '../../protocols/ceremony/definition.ts';
import { type EpochRecord, epochIdOf } from '../../protocols/epoch.ts';
import {
  type ActivationCertificate,
  certHashOf,
  checkActivation,
} from '../../protocols/reshare/activation.ts';
import { shareContextOf } from '../ceremony/attempt.ts';
import type { Stage } from '../ceremony/course.ts';
import type { CeremonyDeps } from '../ceremony/deps.ts';
import { ReshareCourse } from '../ceremony/reshare-course.ts';
import { isOver } from '../ceremony/machine.ts';
import { keepDoubleCommit } from '../ceremony/papers.ts';
import type { KeyCustody } from '../key-custody.ts';
import type { KeyRuntime } from '../key-runtime.ts';
import { recordAt, verdictEvent } from '../log/events.ts';
import type { PendingNote } from '../keystore.ts';
import type { Service } from '../service.ts';
import { isOrdinary } from '../supervise.ts';
import { Certificates } from './certificates.ts';
import { CommitWatch } from './commit-watch.ts';
import { writeErasure } from './erasure-file.ts';
import type { Unfinished } from './found.ts';
import {
  type ActivationMessage,
  type AskMessage,
  type AttemptMessage,
  activationMessageCodec,
} from './messages.ts';

/** What the epoch changes of a node work with. */
export interface ChangesDeps extends Pick<CeremonyDeps, 'identity' | 'disk' | 'clock' | 'log' | 'rng'> {
  /** This node's name. */
  readonly name: string;
  readonly folders: { readonly ceremonies: string };
  readonly custody: KeyCustody;
  readonly service: Service;
}

/** One of them: its plan, the lock from which it starts, and its folder. */
export interface Change {
  readonly plan: Plan;
  readonly previous: Lock;
  readonly folder: string;
}

/** A change that may still take effect, or has made the epoch in service. */
interface Followed extends Change {
  readonly course: ReshareCourse;
  readonly state: Stage['state'];
}

const COPY = 'copy the ceremony folders of any member here, and start this node again';
const SHARE_WITHOUT_PLAN = 'this node holds a share of it, but not the plan that it belongs to';

/**
 * The epoch changes of one node that are not decided, and how the decided one takes effect. Several may wait:
 * an attempt that was acknowledged outlives its ceremony. [protocol, 12.5]
 */
export class EpochChanges {
  readonly #deps: ChangesDeps;
  readonly #watch = new CommitWatch();
  readonly #certificates: Certificates;
  /** Those that may still make an epoch, and the one that made this epoch, in the order of plans. */
  #followed: readonly Followed[] = [];
  /** The last epoch of which this node has heard since it has none itself. */
  #reached: EpochRecord | undefined;
  /** The highest epoch that somebody claims, while the certificates in between are not here. */
  #claimed = 0;
  /** From where this node has asked on, so that an answer that leads nowhere is not asked for again. */
  #asked: EpochRecord | undefined;
  /** The highest epoch of which each member has asked since its link came up. */
  readonly #answered = new Map<PartyIndex, number>();

  constructor(deps: ChangesDeps) {
    this.#deps = deps;
    this.#certificates = new Certificates(deps.disk, deps.folders.ceremonies);
  }

  get #courses(): readonly ReshareCourse[] {
    return this.#followed.map(({ course }) => course);
  }

  /** What a ceremony that changes the epoch makes. It is kept track of until the epoch has changed. */
  courseOf(stage: Stage, change: Change): ReshareCourse {
    const { plan, previous, folder } = change;
    const { identity, disk, clock, log, rng, custody, service } = this.#deps;
    const course: ReshareCourse = new ReshareCourse(stage, {
      ...{ identity, disk, clock, log, rng, folder, previous },
      key: service.key,
      prepare: ({ prepared, share, chainCode }) => {
        this.#checkFree(previous, certHashOf(prepared));
        custody.prepare({ record: prepared.record, share, chainCode }, shareContextOf(plan.definition));
      },
      lockCommit: (certHash) => this.#lockCommit(previous, certHash),
      hasPreparedLater: () => {
        const all = this.#courses;
        return all.slice(all.indexOf(course) + 1).some((one) => one.certHash !== undefined);
      },
      tellEpoch: (message, to) => this.#tellEpoch(message, to),
      switchTo: (lock) => this.#switchTo(lock, stage.self),
      eraseOld: () => this.#eraseOld(previous, folder),
    });
    // What has ended before anything was prepared can come to nothing.
    const isVoid = (one: Followed): boolean => one.course.certHash === undefined && isOver(one.state());
    const { state } = stage;
    this.#followed = [...this.#followed.filter((one) => !isVoid(one)), { ...change, course, state }];
    return course;
  }

  /**
   * A new attempt begins: this node does not help an older one into being any more, unless the others have
   * gone too far with it; and that is on disk before a word is said.
   * @throws InputError commit-locked when this node has committed to an older one
   */
  begin(course: ReshareCourse): void {
    if (this.#deps.service.key()?.gate.isFrozen === true) {
      // Who proposes may not know of it: with what is behind our lock the others complete the earlier one.
      for (const known of this.#courses) known.repeat();
      throw new InputError('commit-locked', 'ceremony', 'this node has committed to another epoch change');
    }
    for (const other of this.#courses) if (other !== course) other.supersede();
  }

  /** The node stops: nothing is asked for any more, also not for the lock of an epoch that is decided. */
  stop(): void {
    for (const course of this.#courses) course.stop();
  }

  /** Shares of an epoch have made a signature. */
  signedIn(epochNo: number): void {
    for (const course of this.#courses) course.signedIn(epochNo);
  }

  /** A member has come back: it may not know what we know, and may ask anew. The others have heard it. */
  linked(peer: PartyIndex): void {
    this.#answered.delete(peer);
    for (const course of this.#courses) course.repeat(peer);
  }

  /** Takes a message about a certificate. What is wrong with it ends nothing here. */
  receive(from: PartyIndex, bytes: Uint8Array): void {
    try {
      const message = decode(activationMessageCodec, bytes, 'message');
      if (message.kind === 'ask') {
        this.#answer(from, message);
        return;
      }
      this.#noteDoubleCommits(message);
      const certHash =
        message.kind === 'activation' ? certHashOf(message.certificate.prepared) : message.certHash;
      const isKnown = this.#courses.some((course) => course.hear(message, certHash));
      if (!isKnown && message.kind === 'activation') this.#overtaken(from, message.certificate);
      if (message.kind === 'activation') this.#askOnward(from);
    } catch (error) {
      if (!isOrdinary(error)) throw error;
      const { code: reason, message: detail } = error;
      this.#deps.log.warn('epoch message refused', { peer: from, reason, detail });
    }
  }

  /** A node that has left before it was stopped: its old share goes, if it has not gone yet. */
  finishLeaving(unfinished: readonly Unfinished[]): void {
    for (const { plan, folder } of unfinished) {
      if (plan.previous === undefined || this.#deps.disk.read(`${folder}/lock.json`) === undefined) continue;
      this.#eraseOrLog(plan.previous, folder);
    }
  }

  /**
   * Who has come back to an older attempt, while a later one was under way, acknowledges nothing in that: so
   * the later one cannot be decided. @throws InputError commit-locked
   */
  #checkFree({ record }: Lock, certHash: Uint8Array): void {
    const { custody, service } = this.#deps;
    if (service.key()?.gate.isFrozen !== true) return;
    const held = custody.commitLock(record);
    if (held === undefined || !equalBytes(held, certHash))
      throw new InputError('commit-locked', 'ceremony', 'this node has committed to another epoch change');
  }

  #tellEpoch(message: ActivationMessage, to?: PartyIndex): void {
    this.#deps.service.membership()?.tellEpoch(encode(activationMessageCodec, message), to);
  }

  /**
   * One certificate for each question: who asks holds it against its own record before it asks on. So it asks
   * upwards, once for each epoch and link; what is more costs a disk access each time.
   */
  #answer(from: PartyIndex, { keyId, epochNo }: AskMessage): void {
    // Then there is none, and it is not looked for.
    if (epochNo >= (this.#deps.custody.newestOf(keyId) ?? 0)) return;
    if (epochNo <= (this.#answered.get(from) ?? -1)) return;
    this.#answered.set(from, epochNo);
    const certificate = this.#certificates.of(keyId, epochNo + 1);
    if (certificate !== undefined) this.#tellEpoch({ kind: 'activation', certificate }, from);
  }

  /** Stops nobody, and says who did it: the proof needs no believer. [protocol, 12.5 rule 5] */
  #noteDoubleCommits(message: AttemptMessage): void {
    const { disk, log } = this.#deps;
    for (const { course, previous } of this.#followed)
      if (course.prepared !== undefined) this.#watch.learn(previous.record, course.prepared);
    for (const proof of this.#watch.hear(message)) {
      const isAbout = ({ previous }: Followed): boolean =>
        equalBytes(epochIdOf(previous.record), epochIdOf(proof.old));
      const folder = this.#followed.find(isAbout)?.folder ?? this.#folderOf(proof.old);
      const evidence = keepDoubleCommit({ disk, folder, log }, proof);
      const { index } = proof.first.commit;
      this.#logVerdict(proof.old, index, evidence === undefined ? noRecord : recordAt(disk, evidence));
      log.error('double commit', {
        ...{ reason: 'double-commit', peer: index, epoch: proof.old.epochNo, evidence },
        detail: `party ${index} has committed to two successors of epoch ${proof.old.epochNo}: remove it`,
      });
    }
  }

  /** No session convicts it: the epoch that it left twice stands in its place. */
  #logVerdict(old: EpochRecord, member: PartyIndex, evidence: RecordRef): void {
    const event = verdictEvent({ session: epochIdOf(old), member, code: 'double-commit' }, evidence);
    const { keyId, epochNo } = old;
    this.#deps.service.membership()?.log.verdict(event, { keyId, epochNo });
  }

  #lockCommit({ record }: Lock, certHash: Uint8Array): boolean {
    const { custody, log, service } = this.#deps;
    try {
      custody.lockCommit(record, certHash);
      service.membership()?.runtime?.freeze();
      return true;
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      log.warn('not committed', { reason: error.code, detail: error.message });
      return false;
    }
  }

  /** The lock is on disk. The manifest is the switch; what follows from it follows again after a crash. */
  #switchTo(lock: Lock, self: PartyIndex): KeyRuntime | undefined {
    const { custody, service } = this.#deps;
    const { record, certificate } = lock;
    const isMember = record.members.some(({ index }) => index === self);
    if (!isMember) {
      custody.leave(record);
      service.left();
      this.#decided(record, certificate.hash);
      return undefined;
    }
    const runtime = service.serve(custody.activate(record, certificate.hash), lock);
    service.changed(lock);
    this.#decided(record, certificate.hash);
    return runtime;
  }

  /**
   * An epoch has come into being. What made it is repeated to who was away; what made those before is in
   * their locks for who asks, and what else would have followed the same epoch never will.
   */
  #decided(record: EpochRecord, certHash: Uint8Array | undefined): void {
    const { epochNo } = record;
    this.#reached = undefined;
    const isBehind = ({ course, previous }: Followed): boolean =>
      previous.record.epochNo < epochNo &&
      (certHash === undefined || course.certHash === undefined || !equalBytes(course.certHash, certHash));
    const over = this.#followed.filter(isBehind);
    this.#followed = this.#followed.filter((one) => !over.includes(one));
    for (const { course } of over) course.overtaken(record);
  }

  #eraseOrLog(old: Lock, folder: string): void {
    try {
      this.#eraseOld(old, folder);
    } catch (error) {
      if (!isOrdinary(error)) throw error;
      const { code: reason, message: detail } = error;
      this.#deps.log.error('old share not erased', { reason, detail });
    }
  }

  #eraseOld({ record }: Lock, folder: string): boolean {
    const { custody, disk, clock, identity, name } = this.#deps;
    if (!record.members.some(({ identityPk }) => equalBytes(identityPk, identity.publicKey))) return false;
    const erased = custody.erase(record);
    const path = `${folder}/erasure-${name}.json`;
    if (disk.read(path) === undefined)
      disk.create(path, writeErasure({ ...erased, timeMs: BigInt(clock.nowMs()) }, identity));
    return true;
  }

  /** The epoch in service here, or the last one of which this node has heard. */
  get #position(): EpochRecord | undefined {
    return this.#deps.service.lock()?.record ?? this.#reached;
  }

  /**
   * A certificate of an attempt in which this node had no part: who leaves need not be there. One that gives
   * us a seat whose share we never had is what happens after a loss: the others go on, and we need a repair.
   */
  #overtaken(from: PartyIndex, certificate: ActivationCertificate): void {
    const { service, custody, log } = this.#deps;
    const [position, { record }] = [this.#position, certificate.prepared];
    if (position === undefined || record.epochNo <= position.epochNo) return;
    if (record.epochNo > position.epochNo + 1) {
      this.#fellBehind(from, position, record);
      return;
    }
    checkActivation(position, certificate);
    this.#watch.learn(position, certificate.prepared);
    const isOurs = (one: PendingNote): boolean =>
      one.epochNo === record.epochNo && equalBytes(one.sid, record.originSid) && one.isOnDisk;
    if (custody.pendingOf(record.keyId).some(isOurs)) {
      log.error('epoch changed', { epoch: record.epochNo, detail: `${SHARE_WITHOUT_PLAN}: ${COPY}` });
      return;
    }
    const lock = service.lock();
    custody.leave(record);
    service.left();
    if (lock !== undefined) this.#eraseOrLog(lock, this.#folderOf(lock.record, lock));
    this.#decided(record, undefined);
    this.#reached = record;
    log.error('epoch changed', { epoch: record.epochNo, detail: this.#remedy(record) });
  }

  #remedy({ members }: EpochRecord): string {
    const own = members.find(({ identityPk }) => equalBytes(identityPk, this.#deps.identity.publicKey));
    return own === undefined
      ? 'this node is not in it: stop it, or let a member add it again: conclave node add INVITATION'
      : 'this node has no share of it: propose a repair on another member: ' +
          `conclave ceremony propose --kind repair --lost ${own.index}`;
  }

  /** More than one epoch has passed: only the certificates in between show that the newest one counts. */
  #fellBehind(from: PartyIndex, position: EpochRecord, { epochNo: newest }: EpochRecord): void {
    const { keyId, epochNo } = position;
    if (newest > this.#claimed) {
      const detail = `asking for the certificates in between; if this node stays behind, ${COPY}`;
      this.#deps.log.warn('epochs missed', { peer: from, epoch: epochNo, newest, detail });
    }
    this.#claimed = Math.max(this.#claimed, newest);
    this.#asked = position;
    this.#tellEpoch({ kind: 'ask', keyId, epochNo }, from);
  }

  /** One certificate further; there may be more. */
  #askOnward(from: PartyIndex): void {
    const position = this.#position;
    if (position === undefined || position.epochNo + 1 > this.#claimed || position === this.#asked) return;
    this.#asked = position;
    this.#tellEpoch({ kind: 'ask', keyId: position.keyId, epochNo: position.epochNo }, from);
  }

  #folderOf({ keyId }: EpochRecord, lock: Lock | undefined = this.#deps.service.lock()): string {
    const name = lock === undefined ? keyId : definitionHash(lock.definition.definition);
    return `${this.#deps.folders.ceremonies}/${toHex(name).slice(0, 8)}`;
  }
}
