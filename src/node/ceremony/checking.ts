import { writeLock } from '../../chain/lock-file.ts';
import {
  type KeyProof,
  type Lock,
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
import { InputError, OperationError } from '../../crypto/errors.ts';
import type { Definition, Seat } from '../../protocols/ceremony/definition.ts';
import type { Clock, Disk } from '../../system/ports.ts';
import type { Identity } from '../identity.ts';
import type { KeyRuntime } from '../key-runtime.ts';
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
  readonly fail: (state: 'failed' | 'timed-out', what: string) => void;
}

/** How many round timeouts it may take: the steps are small, but the first presignatures are made cold. */
const TIMEOUTS = 6;

/**
 * The certificate is there and the key exists. Before it counts, it signs by quorums that hold every member, and
 * every member countersigns the result. What arrives before our own certificate waits here.
 */
export class Checking {
  readonly #deps: CheckingDeps;
  readonly #proofs = new Map<number, KeyProof>();
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

  /** Our countersignature, for a member that has come back. */
  get ownSignature(): CeremonyMessage | undefined {
    const signature = this.#signatures.get(this.#deps.self);
    if (this.#lock === undefined || signature === undefined) return undefined;
    return { kind: 'lock-signature', lockHash: lockHash(this.#lock), signature };
  }

  /** Begins with our own certificate: the first member of each window asks for its test signature. */
  begin(made: Made, runtime: KeyRuntime): void {
    this.#made = made;
    const { clock, definition, self } = this.#deps;
    const limitMs = TIMEOUTS * definition.timing.roundTimeoutMs;
    this.#cancelDeadline = clock.after(limitMs, () => {
      this.#end('timed-out', `checking took longer than ${limitMs} ms; awaited ${this.#awaited()}`);
    });
    for (const [window, signers] of this.#windows().entries())
      if (signers[0] === self) void this.#testSign(runtime, made, window, signers, limitMs);
    this.#assemble();
  }

  /** A test signature of a window's quorum. It counts by what it proves, whoever brings it. */
  hearProof(window: number, signature: KeyProof['signature']): void {
    const signers = this.#windows()[window];
    if (signers === undefined || this.#isOver || this.#lock !== undefined) return;
    this.#proofs.set(window, { window, signers, signature });
    this.#deps.tell('test-signature', { window, signers: this.#names(signers) });
    this.#assemble();
  }

  /** A member's countersignature. @throws InputError bad-signature */
  hearSignature(from: PartyIndex, hash: Uint8Array, signature: Uint8Array): void {
    const seat = this.#seat(from);
    if (seat === undefined || !verifyFor('lock', seat.identityPk, hash, signature))
      throw new InputError('bad-signature', 'lock', `party ${from} has not signed that lock`);
    this.#signatures.set(from, signature);
    this.#completeIfAll();
  }

  async #testSign(
    runtime: KeyRuntime,
    { record, certificate }: Made,
    window: number,
    signers: readonly PartyIndex[],
    deadlineMs: number,
  ): Promise<void> {
    try {
      const request = testRequestOf(record, certificate.hash, window);
      const { signature } = await runtime.sign(request, { signers, deadlineMs });
      const made = decode(signatureCodec, signature);
      this.#deps.send({ kind: 'proof', window, signature: made });
      this.hearProof(window, made);
    } catch (error) {
      if (!(error instanceof InputError || error instanceof OperationError)) throw error;
      this.#end('failed', `test signature by {${signers.join()}}: ${error.message}`);
    }
  }

  /** With our certificate and all proofs the lock is what it is; we sign it. */
  #assemble(): void {
    if (this.#made === undefined || this.#lock !== undefined || this.#proofs.size < this.#windows().length)
      return;
    const proofs = [...this.#proofs.values()].sort((a, b) => a.window - b.window);
    const lock: Lock = { ...this.#made, proofs, signatures: [] };
    if (!isProvenByKey(lock)) {
      this.#end('failed', 'a test signature is not one of the new key');
      return;
    }
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
    const isGood = ([j, signature]: [PartyIndex, Uint8Array]): boolean => {
      const seat = this.#seat(j);
      return seat !== undefined && verifyFor('lock', seat.identityPk, hash, signature);
    };
    const good = new Map([...this.#signatures].filter(isGood));
    tell('countersigned', {
      have: this.#names([...good.keys()]),
      awaiting: definition.committee.filter(({ index }) => !good.has(index)).map(({ name }) => name),
    });
    const signatures = completeSignatures(definition, good);
    if (signatures === undefined) return;
    this.#cancelDeadline();
    this.#isOver = true;
    this.#lock = { ...lock, signatures };
    disk.create(`${folder}/lock.json`, writeLock(this.#lock));
    tell('written', { files: [`${folder}/lock.json`, `${folder}/transcript.jsonl`], lockHash: to0x(hash) });
    this.#deps.done(this.#lock);
  }

  #end(state: 'failed' | 'timed-out', what: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#cancelDeadline();
    this.#deps.fail(state, what);
  }

  #awaited(): string {
    if (this.#lock === undefined) return 'test signatures';
    const missing = this.#deps.definition.committee.filter(({ index }) => !this.#signatures.has(index));
    return `the countersignature of ${missing.map(({ name }) => name).join(', ')}`;
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
