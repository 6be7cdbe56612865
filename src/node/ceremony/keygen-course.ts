import { type Lock, lockHash } from '../../chain/lock.ts';
import type { PartyIndex } from '../../crypto/brand.ts';
import { to0x } from '../../crypto/bytes.ts';
import type { Secret } from '../../crypto/secret.ts';
import { OperationError } from '../../crypto/errors.ts';
import { addressOf } from '../../ethereum/address.ts';
import { publicKeyOf } from '../../protocols/epoch.ts';
import type { KeyRuntime } from '../key-runtime.ts';
import { type Ending, type ResumableJob, wipeEnding } from '../sessions/messages.ts';
import { type Made, madeOf } from './attempt.ts';
import { Checking } from './checking.ts';
import type { Course, Stage } from './course.ts';
import type { CeremonyDeps } from './deps.ts';
import { isOver } from './machine.ts';
import type { CeremonyMessage, LockSignature, WindowProof } from './messages.ts';
import { keepReceipt } from './papers.ts';
import { Pending } from './pending.ts';

/** A new key: with its certificate it exists, with its lock it is in service. */
export class KeygenCourse implements Course {
  readonly rounds = 5;
  readonly progress = undefined;
  readonly #deps: CeremonyDeps;
  readonly #stage: Stage;
  readonly #pending: Pending;
  readonly #checking: Checking;
  #made: Made | undefined;
  #runtime: KeyRuntime | undefined;

  constructor(stage: Stage, deps: CeremonyDeps) {
    this.#deps = deps;
    this.#stage = stage;
    this.#pending = new Pending(deps);
    const { identity, clock, disk, folder } = deps;
    this.#checking = new Checking({
      ...{ definition: stage.signed().definition, self: stage.self, identity, clock, disk, folder },
      send: stage.send,
      tell: stage.tell,
      done: (lock) => this.#completed(lock),
      fail: stage.end,
      guard: stage.guard,
    });
  }

  get made(): Made | undefined {
    return this.#made;
  }

  get lock(): Lock | undefined {
    return this.#checking.lock;
  }

  get greetings(): readonly CeremonyMessage[] {
    return this.#checking.greetings;
  }

  /** Until there is a lock the session can bring certificate and share again after a restart. */
  get isSettled(): boolean {
    return isOver(this.#stage.state());
  }

  readonly jobOf = (spec: Uint8Array, seed: Secret): ResumableJob => {
    const identitySeed = this.#deps.identity.lend((seed) => seed.slice());
    return {
      kind: 'keygen',
      spec,
      self: this.#stage.self,
      identitySeed,
      seed: seed.use((bytes) => bytes.slice()),
    };
  };

  /** The share is durable as pending before our confirmation leaves. */
  readonly keep = (bytes: Uint8Array): void => {
    const record = this.#pending.keep(bytes, this.#stage.signed());
    this.#stage.tell('prepared', { address: addressOf(publicKeyOf(record)) }, 'prepared');
  };

  /** With the certificate the key exists: the share is active before anything else happens. */
  readonly took = (ending: Ending): void => {
    wipeEnding(ending); // the share is on disk
    const { signed, attempt, state, tell } = this.#stage;
    if (ending.kind === 'aborted' || ending.result.kind !== 'keygen' || isOver(state())) return;
    const made = madeOf(signed(), attempt(), ending.root, ending.result);
    const address = addressOf(publicKeyOf(made.record));
    tell('certificate', { address, transcriptRoot: to0x(made.root) });
    this.#runtime = this.#deps.beginChecking(made);
    this.#pending.settle();
    this.#made = made;
    tell('check', { item: 'own share against public share', status: 'pass' }, 'checking');
  };

  readonly concluded = (isKept: boolean): void => {
    if (this.#runtime === undefined || this.#made === undefined) return;
    if (!isKept) throw new OperationError('write-failed', 'retry', 'the transcript could not be written');
    this.#checking.begin(this.#made, this.#runtime);
  };

  readonly hearProof = (from: PartyIndex, { window, signature }: WindowProof): void => {
    this.#checking.hearProof(from, window, signature);
  };

  readonly hearLockSignature = (from: PartyIndex, one: LockSignature): void => {
    this.#checking.hearSignature(from, one.lockHash, one.signature);
  };

  readonly giveUp = (): boolean => {
    this.#checking.stop();
    return this.#pending.drop();
  };

  readonly stop = (): void => {
    this.#checking.stop();
  };

  #completed(lock: Lock): void {
    const { tell, last, self } = this.#stage;
    this.#deps.enterService(lock);
    keepReceipt(this.#deps, lock, self);
    const address = addressOf(publicKeyOf(lock.record));
    const result = { ok: true, address, lockHash: to0x(lockHash(lock)), transcriptRoot: to0x(lock.root) };
    tell('complete', result, 'complete');
    last('result', result);
  }
}
