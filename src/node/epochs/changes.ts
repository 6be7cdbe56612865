import type { Plan } from '../../chain/definition-file.ts';
import type { Lock } from '../../chain/lock.ts';
import type { PartyIndex } from '../../crypto/brand.ts';
import { equalBytes, toHex } from '../../crypto/bytes.ts';
import { decode, encode } from '../../crypto/codec.ts';
import { InputError } from '../../crypto/errors.ts';
import { definitionHash } from '../../protocols/ceremony/definition.ts';
import {
  type ActivationCertificate,
  certHashOf,
  checkActivation,
} from '../../protocols/reshare/activation.ts';
import { shareContextOf } from '../ceremony/attempt.ts';
import type { Stage } from '../ceremony/course.ts';
import type { CeremonyDeps } from '../ceremony/deps.ts';
import { ReshareCourse } from '../ceremony/reshare-course.ts';
import type { KeyCustody } from '../key-custody.ts';
import type { KeyRuntime } from '../key-runtime.ts';
import type { Service } from '../service.ts';
import { isOrdinary } from '../supervise.ts';
import { writeErasure } from './erasure-file.ts';
import type { Unfinished } from './found.ts';
import { type ActivationMessage, activationMessageCodec } from './messages.ts';

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

/**
 * The epoch changes of one node that are not decided, and how the decided one takes effect. Several may wait:
 * an attempt that was acknowledged outlives its ceremony. [protocol, 12.5]
 */
export class EpochChanges {
  readonly #deps: ChangesDeps;
  readonly #courses: ReshareCourse[] = [];

  constructor(deps: ChangesDeps) {
    this.#deps = deps;
  }

  /** What a ceremony that changes the epoch makes. It is kept track of until the epoch has changed. */
  courseOf(stage: Stage, { plan, previous, folder }: Change): ReshareCourse {
    const { identity, disk, clock, log, rng, custody, service } = this.#deps;
    const course: ReshareCourse = new ReshareCourse(stage, {
      ...{ identity, disk, clock, log, rng, folder, previous },
      key: service.key,
      prepare: ({ prepared, share, chainCode }) => {
        this.#checkFree(previous, certHashOf(prepared));
        custody.prepare({ record: prepared.record, share, chainCode }, shareContextOf(plan.definition));
      },
      lockCommit: (certHash) => this.#lockCommit(previous, certHash),
      hasPreparedLater: () =>
        this.#courses.slice(this.#courses.indexOf(course) + 1).some((one) => one.certHash !== undefined),
      tellEpoch: (message) => this.#tellEpoch(message),
      switchTo: (lock) => this.#switchTo(lock, stage.self),
      eraseOld: () => this.#eraseOld(previous, folder),
    });
    this.#courses.push(course);
    return course;
  }

  /**
   * A new attempt begins: this node does not help an older one into being any more, unless the others have
   * gone too far with it; and that is on disk before a word is said.
   * @throws InputError commit-locked when this node has committed to an older one
   */
  begin(course: ReshareCourse): void {
    if (this.#deps.service.key()?.gate.isFrozen === true)
      throw new InputError('commit-locked', 'ceremony', 'this node has committed to another epoch change');
    for (const other of this.#courses) if (other !== course) other.supersede();
  }

  /** Shares of an epoch have made a signature. */
  signedIn(epochNo: number): void {
    for (const course of this.#courses) course.signedIn(epochNo);
  }

  /** A member has come back: it may not know what we know. */
  repeat(): void {
    for (const course of this.#courses) course.repeat();
  }

  /** Takes a message about a certificate. What is wrong with it ends nothing here. */
  receive(from: PartyIndex, bytes: Uint8Array): void {
    try {
      const message = decode(activationMessageCodec, bytes, 'message');
      const certHash =
        message.kind === 'activation' ? certHashOf(message.certificate.prepared) : message.certHash;
      const isKnown = this.#courses.some((course) => course.hear(message, certHash));
      if (!isKnown && message.kind === 'activation') this.#overtaken(message.certificate);
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

  #tellEpoch(message: ActivationMessage): void {
    this.#deps.service.membership()?.tellEpoch(encode(activationMessageCodec, message));
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
    if (isMember) {
      const runtime = service.serve(custody.activate(record, certificate.hash), lock);
      service.changed(lock);
      return runtime;
    }
    custody.leave(record);
    service.left();
    return undefined;
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

  /**
   * A certificate of an attempt in which this node had no part: who leaves need not be there. One that gives
   * us
   * a seat whose share we never had is what happens after a loss: the others go on, and we need a repair.
   */
  #overtaken(certificate: ActivationCertificate): void {
    const { service, custody, identity, log } = this.#deps;
    const lock = service.lock();
    if (lock === undefined || certificate.prepared.record.epochNo <= lock.record.epochNo) return;
    checkActivation(lock.record, certificate);
    const { record } = certificate.prepared;
    const isMember = record.members.some((one) => equalBytes(one.identityPk, identity.publicKey));
    custody.leave(record);
    service.left();
    const definition = definitionHash(lock.definition.definition);
    this.#eraseOrLog(lock, `${this.#deps.folders.ceremonies}/${toHex(definition).slice(0, 8)}`);
    const remedy = isMember ? 'this node has no share of it: propose a repair' : 'this node is not in it';
    log.error('epoch changed', { epoch: record.epochNo, detail: remedy });
  }
}
