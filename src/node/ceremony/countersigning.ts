import { writeLock } from '../../chain/lock-file.ts';
import {
  type KeyProof,
  type Lock,
  isProofOf,
  lockHash,
  testRequestOf,
  testWindows,
} from '../../chain/lock.ts';
import type { PartyIndex } from '../../crypto/brand.ts';
import { equalBytes } from '../../crypto/bytes.ts';
import { decode } from '../../crypto/codec.ts';
import { signatureCodec } from '../../crypto/ecdsa.ts';
import { verifyFor } from '../../crypto/ed25519.ts';
import { InputError } from '../../crypto/errors.ts';
import type { Clock, Disk } from '../../system/ports.ts';
import type { Identity } from '../identity.ts';
import type { KeyRuntime } from '../key-runtime.ts';
import { supervise } from '../supervise.ts';
import type { CeremonyMessage } from './messages.ts';

/** Pause before the second try for a test signature, in milliseconds; it doubles. */
const FIRST_PAUSE_MS = 250;

/** What the countersigning of a lock works with. */
export interface CountersigningDeps {
  readonly self: PartyIndex;
  readonly identity: Identity;
  readonly clock: Clock;
  readonly disk: Disk;
  readonly path: string;
  /** How long a try for a test signature may take, in milliseconds. */
  readonly patienceMs: number;
  readonly send: (message: CeremonyMessage) => void;
  /** A quorum has signed with the new shares. */
  readonly proven: (signers: readonly PartyIndex[]) => void;
  readonly countersigned: (have: readonly PartyIndex[], awaiting: readonly PartyIndex[]) => void;
  /** Every member has signed, and quorums that hold every member. */
  readonly done: (lock: Lock) => void;
  /** Runs a step that no caller waits for. */
  readonly guard: (step: () => void) => void;
}

/**
 * The lock of an epoch that is in service already. All who hold the activation certificate compute the same
 * lock; what the members add, proofs by the new shares and signatures, comes when it comes, over restarts and
 * without a deadline: a member that is away must not hold up the key. The file always holds what is there.
 */
export class Countersigning {
  readonly #deps: CountersigningDeps;
  readonly #hash: Uint8Array;
  readonly #runtime: KeyRuntime | undefined;
  #lock: Lock;
  #isOver = false;
  #tries = 0;
  #cancelRetry: () => void = () => undefined;

  /**
   * Takes up a lock from the disk, or one that has nothing but its certificate. Without a runtime, this node
   * is no member any more: it keeps what comes, so that its files show how the key went on, and adds nothing.
   */
  constructor(lock: Lock, runtime: KeyRuntime | undefined, deps: CountersigningDeps) {
    this.#deps = deps;
    this.#lock = lock;
    this.#hash = lockHash(lock);
    this.#runtime = runtime;
  }

  /** The lock with everything that has come for it. */
  get lock(): Lock {
    return this.#lock;
  }

  /** What the others may not know: our signature, and the proofs. */
  get greetings(): readonly CeremonyMessage[] {
    const { proofs, signatures } = this.#lock;
    const own = signatures.find(({ index }) => index === this.#deps.self);
    return [
      ...proofs.map(({ window, signature }) => ({ kind: 'proof', window, signature }) as const),
      ...(own === undefined
        ? []
        : [{ kind: 'lock-signature', lockHash: this.#hash, signature: own.signature } as const]),
    ];
  }

  /**
   * Signs the lock, and asks for the test signatures that are this node's to ask for. What the file holds
   * already has its effect again: the last process may have ended before it had.
   */
  begin(): void {
    const { self, identity, proven, send } = this.#deps;
    if (this.#runtime === undefined) return;
    for (const { signers } of this.#lock.proofs) proven(signers);
    this.#add(this.#lock, self, identity.sign('lock', this.#hash));
    this.#finish();
    for (const message of this.greetings) send(message);
    this.#test();
  }

  /** Nothing is asked for any more. */
  stop(): void {
    this.#isOver = true;
    this.#cancelRetry();
  }

  /** A test signature. @throws InputError bad-signature for one that proves nothing */
  hearProof(from: PartyIndex, window: number, signature: KeyProof['signature']): void {
    const signers = this.#windows[window];
    if (signers === undefined || this.#isOver || this.#hasProof(window)) return;
    const proof: KeyProof = { window, signers, signature };
    if (!isProofOf(this.#lock, proof))
      throw new InputError('bad-signature', 'proof', `party ${from} brings no signature of the new shares`);
    const proofs = [...this.#lock.proofs, proof].sort((a, b) => a.window - b.window);
    this.#keep({ ...this.#lock, proofs });
    this.#deps.proven(signers);
    this.#finish();
  }

  /** A member's countersignature. @throws InputError bad-signature */
  hearSignature(from: PartyIndex, hash: Uint8Array, signature: Uint8Array): void {
    const member = this.#lock.record.members.find(({ index }) => index === from);
    if (member === undefined || this.#isOver || !equalBytes(hash, this.#hash)) return;
    if (!verifyFor('lock', member.identityPk, hash, signature))
      throw new InputError('bad-signature', 'lock', `party ${from} has not signed that lock`);
    this.#add(this.#lock, from, signature);
  }

  #add(lock: Lock, index: PartyIndex, signature: Uint8Array): void {
    if (lock.signatures.some((one) => one.index === index)) return;
    const signatures = [...lock.signatures, { index, signature }].sort((a, b) => a.index - b.index);
    this.#keep({ ...lock, signatures });
    this.#deps.countersigned(
      signatures.map((one) => one.index),
      this.#members.filter((j) => !signatures.some((one) => one.index === j)),
    );
    this.#finish();
  }

  #keep(lock: Lock): void {
    this.#deps.disk.replace(this.#deps.path, writeLock(lock));
    this.#lock = lock;
  }

  #finish(): void {
    const { proofs, signatures } = this.#lock;
    if (proofs.length < this.#windows.length || signatures.length < this.#members.length) return;
    if (this.#isOver) return;
    this.stop();
    this.#deps.done(this.#lock);
  }

  /** The first member of each window asks; again, until there is a proof: somebody may be away for long. */
  #test(): void {
    const { self, clock, patienceMs, guard, send } = this.#deps;
    const runtime = this.#runtime;
    if (runtime === undefined) return;
    const ours = [...this.#windows.entries()].filter(
      ([window, signers]) => signers[0] === self && !this.#hasProof(window),
    );
    if (this.#isOver || ours.length === 0) return;
    const { record, certificate } = this.#lock;
    const tries = ours.map(async ([window, signers]) => {
      const request = testRequestOf(record, certificate.hash, window);
      const { signature } = await runtime.sign(request, { signers, deadlineMs: patienceMs });
      const made = decode(signatureCodec, signature);
      send({ kind: 'proof', window, signature: made });
      guard(() => this.hearProof(self, window, made));
    });
    for (const one of tries) supervise(one, () => undefined); // asked again below
    this.#tries += 1;
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** this.#tries, patienceMs);
    void Promise.allSettled(tries).then(() => {
      this.#cancelRetry = clock.after(pauseMs, () => this.#test());
    });
  }

  #hasProof(window: number): boolean {
    return this.#lock.proofs.some((proof) => proof.window === window);
  }

  get #members(): readonly PartyIndex[] {
    return this.#lock.record.members.map(({ index }) => index);
  }

  get #windows(): readonly (readonly PartyIndex[])[] {
    return testWindows(this.#members, this.#lock.record.threshold);
  }
}
