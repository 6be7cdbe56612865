import { writeLock } from '../../chain/lock-file.ts';
import {
  type KeyProof,
  type Lock,
  isProofOf,
  isProvenByKey,
  lockHash,
  testRequestOf,
  testWindows,
} from '../../chain/lock.ts';
import type { PartyIndex } from '../../crypto/brand.ts';
import { to0x } from '../../crypto/bytes.ts';
import { decode } from '../../crypto/codec.ts';
import { signatureCodec } from '../../crypto/ecdsa.ts';
import { verifyFor } from '../../crypto/ed25519.ts';
import { InputError, assert } from '../../crypto/errors.ts';
import type { Definition, Seat } from '../../protocols/ceremony/definition.ts';
import type { Clock, Disk } from '../../system/ports.ts';
import type { Identity } from '../identity.ts';
import type { KeyRuntime } from '../key-runtime.ts';
import { supervise } from '../supervise.ts';
import { type Made, completeSignatures } from './attempt.ts';
import type { EventFields } from './events.ts';
import type { CeremonyMessage } from './messages.ts';

/** What the last part of a ceremony works with. */
export interface CheckingDeps {
  readonly definition: Definition;
  readonly self: PartyIndex;
  readonly identity: Identity;
  readonly clock: Clock;
  readonly disk: Disk;
  readonly folder: string;
  readonly send: (message: CeremonyMessage) => void;
  readonly tell: (type: string, fields: EventFields) => void;
  /** The lock is complete and on disk. */
  readonly done: (lock: Lock) => void;
  readonly fail: (state: 'failed' | 'timed-out', reason: string, what: string) => void;
  /** Runs a step that begins here and not with a caller: what the disk refuses in it ends the ceremony. */
  readonly guard: (step: () => void) => void;
}

/** How many round timeouts it may take: the steps are small, but the first presignatures are made cold. */
const TIMEOUTS = 6;

/**
 * The certificate is there and the key exists. Before it counts, it signs by quorums that hold every member,
 * and every member countersigns the result. What arrives before our own certificate waits here.
 */
export class Checking {
  readonly #deps: CheckingDeps;
  readonly #proofs = new Map<number, KeyProof>();
  /** Proofs that came before our certificate, the last of each member for each window. */
  readonly #early = new Map<string, { readonly from: PartyIndex; readonly proof: KeyProof }>();
  readonly #signatures = new Map<PartyIndex, Uint8Array>();
  #made: Made | undefined;
  #lock: Lock | undefined;
  #isOver = false;
  #cancelDeadline: () => void = () => undefined;

  constructor(deps: CheckingDeps) {
    this.#deps = deps;
  }

  /** The lock, as soon as it is assembled; complete only after `done`. */
  get lock(): Lock | undefined {
    return this.#lock;
  }

  /** What a member that has come back needs of us: the test signatures, and our countersignature. */
  get greetings(): readonly CeremonyMessage[] {
    const proofs = [...this.#proofs.values()].map(({ window, signature }): CeremonyMessage => ({
      kind: 'proof',
      window,
      signature,
    }));
    const signature = this.#signatures.get(this.#deps.self);
    if (this.#lock === undefined || signature === undefined) return proofs;
    return [...proofs, { kind: 'lock-signature', lockHash: lockHash(this.#lock), signature }];
  }

  /** Nothing is waited for any more. */
  stop(): void {
    this.#isOver = true;
    this.#cancelDeadline();
  }

  /** Begins with our own certificate: the first member of each window asks for its test signature. */
  begin(made: Made, runtime: KeyRuntime): void {
    if (this.#isOver) return;
    this.#made = made;
    const { clock, definition, self, guard } = this.#deps;
    const limitMs = TIMEOUTS * definition.timing.roundTimeoutMs;
    this.#cancelDeadline = clock.after(limitMs, () => {
      const what = `checking took longer than ${limitMs} ms; awaited ${this.#awaited()}`;
      this.#end('timed-out', 'peer-timeout', what);
    });
    for (const [window, signers] of this.#windows().entries()) {
      if (signers[0] !== self) continue;
      const sign = this.#testSign(runtime, made, { window, signers }, limitMs);
      supervise(sign, ({ message }) => {
        // Who was away may ask for what the others have long made, and have told it meanwhile.
        if (this.#proofs.has(window)) return;
        this.#end('failed', 'test-signature-failed', `test signature by {${signers.join()}}: ${message}`);
      });
    }
    for (const { from, proof } of this.#early.values())
      if (isProofOf(made, proof)) guard(() => this.hearProof(from, proof.window, proof.signature));
    this.#early.clear();
  }

  /**
   * A test signature of a window's quorum. It counts by what it proves, whoever brings it; the first one
   * counts.
   * @throws InputError bad-signature for one that proves nothing
   */
  hearProof(from: PartyIndex, window: number, signature: KeyProof['signature']): void {
    const signers = this.#windows()[window];
    if (signers === undefined || this.#isOver || this.#proofs.has(window)) return;
    const proof: KeyProof = { window, signers, signature };
    if (this.#made === undefined) {
      this.#early.set(`${from} ${window}`, { from, proof });
      return;
    }
    if (!isProofOf(this.#made, proof))
      throw new InputError('bad-signature', 'proof', `party ${from} brings no signature of the new key`);
    this.#proofs.set(window, proof);
    this.#deps.tell('test-signature', { window, signers: this.#names(signers) });
    this.#assemble();
  }

  /** A member's countersignature. @throws InputError bad-signature */
  hearSignature(from: PartyIndex, hash: Uint8Array, signature: Uint8Array): void {
    if (this.#isOver) return;
    const seat = this.#seat(from);
    if (seat === undefined || !verifyFor('lock', seat.identityPk, hash, signature))
      throw new InputError('bad-signature', 'lock', `party ${from} has not signed that lock`);
    this.#signatures.set(from, signature);
    this.#completeIfAll();
  }

  async #testSign(
    runtime: KeyRuntime,
    { record, certificate }: Made,
    { window, signers }: Omit<KeyProof, 'signature'>,
    deadlineMs: number,
  ): Promise<void> {
    const request = testRequestOf(record, certificate.hash, window);
    const { signature } = await runtime.sign(request, { signers, deadlineMs });
    const made = decode(signatureCodec, signature);
    // After a restart the others may hold one that this node made before, and have told it meanwhile.
    if (this.#proofs.has(window)) return;
    this.#deps.send({ kind: 'proof', window, signature: made });
    this.#deps.guard(() => this.hearProof(this.#deps.self, window, made));
  }

  /** With our certificate and all proofs the lock is what it is; we sign it. */
  #assemble(): void {
    if (this.#made === undefined || this.#lock !== undefined || this.#proofs.size < this.#windows().length)
      return;
    const proofs = [...this.#proofs.values()].sort((a, b) => a.window - b.window);
    const lock: Lock = { ...this.#made, proofs, signatures: [] };
    assert(isProvenByKey(lock), 'each proof has been checked, and there is one for every window');
    this.#lock = lock;
    const hash = lockHash(lock);
    const signature = this.#deps.identity.sign('lock', hash);
    this.#signatures.set(this.#deps.self, signature);
    this.#deps.send({ kind: 'lock-signature', lockHash: hash, signature });
    this.#completeIfAll();
  }

  #completeIfAll(): void {
    const lock = this.#lock;
    if (lock === undefined || this.#isOver) return;
    const { definition, disk, folder, tell } = this.#deps;
    const hash = lockHash(lock);
    const good = this.#countersigned(lock);
    tell('countersigned', {
      have: this.#names([...good.keys()]),
      awaiting: definition.committee.filter(({ index }) => !good.has(index)).map(({ name }) => name),
    });
    const signatures = completeSignatures(definition, good);
    if (signatures === undefined) return;
    this.#lock = { ...lock, signatures };
    disk.create(`${folder}/lock.json`, writeLock(this.#lock));
    this.stop();
    tell('written', { files: [`${folder}/lock.json`, `${folder}/transcript.jsonl`], lockHash: to0x(hash) });
    this.#deps.done(this.#lock);
  }

  /** Who has signed this lock, and not another. */
  #countersigned(lock: Lock): ReadonlyMap<PartyIndex, Uint8Array> {
    const hash = lockHash(lock);
    const isGood = ([j, signature]: [PartyIndex, Uint8Array]): boolean => {
      const seat = this.#seat(j);
      return seat !== undefined && verifyFor('lock', seat.identityPk, hash, signature);
    };
    return new Map([...this.#signatures].filter(isGood));
  }

  #end(state: 'failed' | 'timed-out', reason: string, what: string): void {
    if (this.#isOver) return;
    this.stop();
    this.#deps.fail(state, reason, what);
  }

  #awaited(): string {
    const { committee } = this.#deps.definition;
    if (this.#lock === undefined) {
      const missing = this.#windows().filter((_, w) => !this.#proofs.has(w));
      const texts = missing.map((signers) => `{${this.#names(signers).join(', ')}}`);
      return `the test signatures of ${texts.join(', ')}`;
    }
    const good = this.#countersigned(this.#lock);
    const missing = committee.filter(({ index }) => !good.has(index)).map(({ name }) => name);
    return `the countersignature of ${missing.join(', ')}`;
  }

  #windows(): readonly (readonly PartyIndex[])[] {
    const { committee, required } = this.#deps.definition;
    return testWindows(
      committee.map(({ index }) => index),
      required,
    );
  }

  #seat(j: PartyIndex): Seat | undefined {
    return this.#deps.definition.committee.find(({ index }) => index === j);
  }

  #names(indices: readonly PartyIndex[]): readonly string[] {
    return indices.map((j) => this.#seat(j)?.name ?? `party ${j}`);
  }
}
