import {
  type KeyProof,
  type Lock,
  isProvenByKey,
  lockHash,
  testRequestOf,
  testWindows,
} from '../../chain/lock.ts';
import { writeLock } from '../../chain/lock-file.ts';
import { type Outcome, writeTranscript } from '../../audit/transcript-file.ts';
import type { PartyIndex } from '../../crypto/brand.ts';
import { equalBytes, to0x, toHex, wipe } from '../../crypto/bytes.ts';
import { decode, encode } from '../../crypto/codec.ts';
import { signatureCodec } from '../../crypto/ecdsa.ts';
import { verifyFor } from '../../crypto/ed25519.ts';
import { InputError, OperationError, assert } from '../../crypto/errors.ts';
import type { Rng } from '../../crypto/secp256k1.ts';
import { addressOf } from '../../ethereum/address.ts';
import {
  type Definition,
  type DefinitionSignature,
  type SignedDefinition,
  acceptanceHash,
  definitionHash,
  isAcceptance,
  isFullySigned,
  withSignature,
} from '../../protocols/ceremony/definition.ts';
import { writeDefinition } from '../../protocols/ceremony/definition-file.ts';
import { type EpochRecord, publicKeyOf } from '../../protocols/epoch.ts';
import { decodeSpec, specHash } from '../../protocols/kernel/spec.ts';
import { type PendingShare, pendingShareCodec } from '../../protocols/keygen/messages.ts';
import type { Clock, Disk, Log } from '../../system/ports.ts';
import type { CeremonyState, CeremonyView } from '../api.ts';
import type { PeerStatus } from '../cluster/peer.ts';
import type { Identity } from '../identity.ts';
import type { KeyRuntime } from '../key-runtime.ts';
import type { Ending, PlainTranscript } from '../sessions/messages.ts';
import type { HostPort, Sessions } from '../sessions/sessions.ts';
import { type Made, completeSignatures, isSpecOf, madeOf, newSpec } from './attempt.ts';
import type { EventFields, EventLog } from './events.ts';
import { become, isOver, mayBecome, onDisk } from './machine.ts';
import { type CeremonyMessage, type Execute, ceremonyMessageCodec } from './messages.ts';

/** What a ceremony works with. */
export interface CeremonyDeps {
  readonly identity: Identity;
  readonly sessions: () => Sessions;
  readonly host: HostPort;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly log: Log;
  readonly rng: Rng;
  readonly events: EventLog;
  /** The ceremony's folder in the data folder. */
  readonly folder: string;
  readonly peers: () => readonly PeerStatus[];
  readonly broadcast: (message: Uint8Array) => void;
  /** What speaks against taking part, each with its verdict; run before we sign and before we execute. */
  readonly preflight: (signed: SignedDefinition) => readonly PreflightItem[];
  /** Guard, then sealed pending share; durable when it returns. */
  readonly keepPending: (pending: PendingShare, signed: SignedDefinition) => void;
  /** Gives up a pending share. */
  readonly dropPending: (record: EpochRecord) => void;
  /** Makes the new epoch the active one, for its own test messages only until the lock is complete. */
  readonly beginChecking: (made: Made) => KeyRuntime;
  /** The lock is on disk: the key goes into service. */
  readonly enterService: (lock: Lock) => void;
}

/** One item of the pre-flight. */
export interface PreflightItem {
  readonly item: string;
  readonly status: 'pass' | 'warn' | 'fail';
  readonly detail: string;
}

/** How long the steps after the certificate may take: they are small, but presigning is cold. */
const CHECKING_TIMEOUTS = 6;

/** One ceremony on one node. [product, 5] */
export class Ceremony {
  readonly #deps: CeremonyDeps;
  readonly #self: PartyIndex;
  #signed: SignedDefinition;
  #state: CeremonyState = 'proposed';
  #attempt = 0;
  #isWhenReady = false;
  #failure: string | undefined;
  #pending: EpochRecord | undefined;
  #made: Made | undefined;
  #session: Uint8Array | undefined;
  readonly #proofs = new Map<number, KeyProof>();
  readonly #lockSignatures = new Map<PartyIndex, Uint8Array>();
  /** Countersignatures that came before we had assembled the lock ourselves. */
  #lock: Lock | undefined;
  #cancelDeadline: () => void = () => undefined;

  constructor(signed: SignedDefinition, deps: CeremonyDeps) {
    this.#deps = deps;
    this.#signed = signed;
    const own = signed.definition.committee.find(({ identityPk }) =>
      equalBytes(identityPk, deps.identity.publicKey),
    );
    if (own === undefined)
      throw new InputError(
        'not-a-member',
        'definition',
        'this node has no seat in the committee of the definition',
      );
    this.#self = own.index;
    this.#keepDefinition();
    this.#tell('proposed', { name: signed.definition.name, required: signed.definition.required });
    const until = Number(signed.definition.timing.executeByMs) - deps.clock.nowMs();
    this.#cancelDeadline = deps.clock.after(Math.max(until, 0), () => {
      this.#end(
        'timed-out',
        'peer-timeout',
        `not executed in time; awaited ${this.#unsigned().join(', ') || 'the proposer'}`,
      );
    });
  }

  /** The definition's hash, 32 bytes. */
  get id(): Uint8Array {
    return definitionHash(this.#signed.definition);
  }

  /** What is planned. */
  get definition(): Definition {
    return this.#signed.definition;
  }

  /** Where it is. */
  get state(): CeremonyState {
    return this.#state;
  }

  /** As the operator sees it. */
  get view(): CeremonyView {
    const { definition } = this.#signed;
    const lock = this.#lock;
    return {
      id: to0x(this.id),
      name: definition.name,
      state: this.#state,
      attempt: this.#attempt,
      required: definition.required,
      members: definition.committee.map(({ index, name, identityPk }) => ({
        index,
        name,
        hasSigned: this.#hasSigned(identityPk),
      })),
      folder: this.#deps.folder,
      address: this.#made && addressOf(publicKeyOf(this.#made.record)),
      lockHash: this.#state === 'complete' && lock !== undefined ? to0x(lockHash(lock)) : undefined,
      transcriptRoot: this.#made && to0x(this.#made.root),
      failure: this.#failure,
    };
  }

  /** Runs the pre-flight and signs. @throws InputError preflight-failed; already signed is no error */
  accept(): void {
    if (this.#hasSigned(this.#deps.identity.publicKey)) return;
    this.#require(['proposed'], 'accept');
    this.#preflight();
    const { identity, clock } = this.#deps;
    const signature = identity.sign('definition', acceptanceHash(this.id, identity.publicKey));
    this.#addSignature({ identityPk: identity.publicKey, signature, signedAtMs: BigInt(clock.nowMs()) });
    this.#state = become(this.#state, 'accepted');
    this.#tell('accepted', { peer: this.#nameOf(this.#self) });
    this.greet();
    this.#continue();
  }

  /** Tells the others what they may not know of us: after a new link, and after we have signed. */
  greet(): void {
    const own = this.#signed.signatures.find(({ identityPk }) =>
      equalBytes(identityPk, this.#deps.identity.publicKey),
    );
    if (own !== undefined && !isOver(this.#state))
      this.#send({ kind: 'acceptance', signature: own.signature, signedAtMs: own.signedAtMs });
    const signature = this.#lockSignatures.get(this.#self);
    if (this.#lock !== undefined && signature !== undefined)
      this.#send({ kind: 'lock-signature', lockHash: lockHash(this.#lock), signature });
  }

  /** Says no. */
  reject(why: string): void {
    this.#require(['proposed', 'accepted', 'gathering'], 'reject');
    this.#send({ kind: 'farewell', reason: 'rejected-by-peer', detail: why });
    this.#end('rejected', 'rejected-by-peer', `this node rejects it: ${why}`);
  }

  /** Starts an attempt, now or when everybody has signed and is connected. Only the proposer does. */
  execute(whenReady: boolean): void {
    if (this.#signed.definition.proposer !== this.#self)
      throw new InputError(
        'not-the-proposer',
        'ceremony',
        `${this.#nameOf(this.#signed.definition.proposer)} proposed this ceremony and executes it`,
      );
    this.#require(['accepted', 'gathering'], 'execute');
    this.#isWhenReady = true;
    const missing = this.#missing();
    if (!whenReady && missing.length > 0) {
      this.#isWhenReady = false;
      throw new OperationError('not-ready', 'retry', `not everybody is ready: ${missing.join('; ')}`);
    }
    this.#continue();
  }

  /** Ends it on all nodes. Once the certificate exists there is no way back. */
  abort(): void {
    this.#require(['proposed', 'accepted', 'gathering', 'executing', 'prepared'], 'abort');
    this.#send({ kind: 'farewell', reason: 'operator-abort', detail: 'an operator has aborted' });
    this.#end('aborted', 'operator-abort', 'aborted by the operator of this node');
  }

  /** A link came up or went down. */
  peerChanged(peer: PeerStatus): void {
    if (isOver(this.#state)) return;
    const lastSeen = peer.lastSeen === undefined ? undefined : String(peer.lastSeen);
    const event = peer.state === 'connected' ? 'connected' : peer.state === 'refused' ? 'refused' : 'lost';
    this.#tell('peer', { peer: peer.name, event, lastSeen, tries: peer.tries, reason: peer.reason });
    if (event === 'connected') this.greet();
    this.#continue();
  }

  /** Takes a message of the ceremony channel. */
  receive(from: PartyIndex, bytes: Uint8Array): void {
    try {
      this.#hear(from, decode(ceremonyMessageCodec, bytes, 'message'));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.#deps.log.warn('ceremony message refused', {
        peer: from,
        reason: error.code,
        detail: error.message,
      });
    }
  }

  #hear(from: PartyIndex, message: CeremonyMessage): void {
    switch (message.kind) {
      case 'acceptance':
        this.#hearAcceptance(from, message);
        break;
      case 'execute':
        this.#hearExecute(from, message);
        break;
      case 'proof':
        this.#hearProof(message.window, {
          window: message.window,
          signers: [],
          signature: message.signature,
        });
        break;
      case 'lock-signature':
        this.#hearLockSignature(from, message.lockHash, message.signature);
        break;
      case 'farewell':
        if (mayBecome(this.#state, 'aborted'))
          this.#end('aborted', message.reason, `${this.#nameOf(from)} ended it: ${message.detail}`);
        break;
    }
  }

  #hearAcceptance(
    from: PartyIndex,
    { signature, signedAtMs }: { signature: Uint8Array; signedAtMs: bigint },
  ): void {
    const seat = this.#signed.definition.committee.find(({ index }) => index === from);
    if (seat === undefined || this.#hasSigned(seat.identityPk) || isOver(this.#state)) return;
    const one = { identityPk: seat.identityPk, signature, signedAtMs };
    if (!isAcceptance(this.#signed.definition, one))
      throw new InputError('bad-signature', 'acceptance', `${seat.name} has not signed this definition`);
    this.#addSignature(one);
    this.#tell('accepted', { peer: seat.name });
    this.#continue();
  }

  /** The proposer has everybody's signature: now so have we, and the session begins. */
  #hearExecute(from: PartyIndex, { attempt, acceptances, spec }: Execute): void {
    const { definition } = this.#signed;
    if (from !== definition.proposer || attempt !== this.#attempt + 1)
      throw new InputError('not-the-proposer', 'execute', `party ${from} may not start attempt ${attempt}`);
    for (const one of acceptances) {
      const seat = definition.committee.find(({ index }) => index === one.index);
      if (seat !== undefined && !this.#hasSigned(seat.identityPk) && seat.index !== this.#self)
        this.#hearAcceptance(seat.index, one);
    }
    if (this.#state !== 'accepted' && this.#state !== 'gathering')
      throw new InputError('not-accepted', 'execute', `this ceremony is ${this.#state} here`);
    if (!isFullySigned(this.#signed) || !isSpecOf(definition, attempt, spec))
      throw new InputError('definition-mismatch', 'execute', 'not the session that everybody has signed');
    void this.#run(attempt, spec);
  }

  /** Goes on if it can: the proposer starts when nothing is missing. */
  #continue(): void {
    if (this.#state === 'accepted' && this.#isWhenReady) this.#state = become(this.#state, 'gathering');
    if (this.#state !== 'gathering' && this.#state !== 'accepted') return;
    const missing = this.#missing();
    this.#tell('gathering', {
      have: this.#signed.definition.committee
        .map(({ name }) => name)
        .filter((name) => !missing.some((m) => m.startsWith(`${name} `))),
      awaiting: missing,
    });
    if (this.#state !== 'gathering' || missing.length > 0) return;
    this.#preflight();
    const attempt = this.#attempt + 1;
    const spec = newSpec(this.#signed.definition, attempt, this.#deps.rng);
    const acceptances = this.#signed.definition.committee.flatMap(({ index, identityPk }) =>
      this.#signed.signatures
        .filter((one) => equalBytes(one.identityPk, identityPk))
        .map(({ signature, signedAtMs }) => ({ index, signature, signedAtMs })),
    );
    this.#send({ kind: 'execute', attempt, acceptances, spec });
    void this.#run(attempt, spec);
  }

  /** What an attempt still waits for, a text for each member. */
  #missing(): readonly string[] {
    const peers = new Map(this.#deps.peers().map((peer) => [peer.index, peer]));
    return this.#signed.definition.committee.flatMap(({ index, name, identityPk }) => {
      if (!this.#hasSigned(identityPk)) return [`${name} has not signed`];
      const peer = peers.get(index);
      if (index === this.#self || peer?.state === 'connected') return [];
      return [`${name} is not connected (${peer?.reason ?? 'no link yet'}, ${peer?.tries ?? 0} tries)`];
    });
  }

  async #run(attempt: number, spec: Uint8Array): Promise<void> {
    this.#attempt = attempt;
    if (this.#state === 'accepted') this.#state = become(this.#state, 'gathering');
    this.#state = become(this.#state, 'executing');
    this.#cancelDeadline();
    const { identity, sessions, host } = this.#deps;
    const name = specHash(decodeSpec(spec));
    this.#session = name;
    const { roundTimeoutMs } = this.#signed.definition.timing;
    let pending: EpochRecord | undefined;
    const { ending, awaited, transcript } = await sessions().start(
      name,
      { kind: 'keygen', spec, self: this.#self, identitySeed: identity.lend((seed) => seed.slice()) },
      host,
      {
        others: this.#signed.definition.committee.map(({ index }) => index).filter((j) => j !== this.#self),
        roundTimeoutMs,
        onProgress: (round, label, awaiting) => {
          const deadline = String(this.#deps.clock.nowMs() + roundTimeoutMs);
          this.#tell('round', { round: round + 1, of: 5, label, awaiting: this.#names(awaiting), deadline });
        },
        persist: (bytes) => {
          const share = decode(pendingShareCodec, bytes.slice());
          pending = share.record;
          this.#deps.keepPending(share, this.#signed);
          wipe(share.share, share.chainCode);
          this.#pending = share.record;
          if (mayBecome(this.#state, 'prepared')) this.#state = become(this.#state, 'prepared');
          this.#tell('prepared', { address: addressOf(publicKeyOf(share.record)) });
        },
      },
    );
    this.#pending = pending;
    const whole = await transcript;
    this.#keepTranscript(ending, whole);
    if (isOver(this.#state)) return;
    if (ending.kind === 'done' && ending.result.kind === 'keygen') {
      ending.result.share.fill(0);
      ending.result.chainCode.fill(0);
      this.#check(madeOf(this.#signed, attempt, ending.root, ending.result));
    } else if (ending.kind === 'aborted') this.#fail(ending, awaited);
  }

  /** The certificate is here: the key exists. It must show that it signs before it counts. */
  #check(made: Made): void {
    this.#made = made;
    this.#state = become(this.#state, 'checking');
    this.#tell('certificate', {
      address: addressOf(publicKeyOf(made.record)),
      transcriptRoot: to0x(made.root),
    });
    const runtime = this.#deps.beginChecking(made);
    this.#pending = undefined;
    const limitMs = CHECKING_TIMEOUTS * this.#signed.definition.timing.roundTimeoutMs;
    this.#cancelDeadline = this.#deps.clock.after(limitMs, () => {
      this.#end(
        'timed-out',
        'test-signature-failed',
        `checking took longer than ${limitMs} ms; awaited ${this.#awaitedInChecking()}`,
      );
    });
    for (const [window, signers] of this.#windows().entries())
      if (signers[0] === this.#self) void this.#testSign(runtime, made, window, signers, limitMs);
    for (const [window, proof] of [...this.#proofs]) this.#hearProof(window, proof);
  }

  #windows(): readonly (readonly PartyIndex[])[] {
    const { committee, required } = this.#signed.definition;
    return testWindows(
      committee.map(({ index }) => index),
      required,
    );
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
      const signed = await runtime.sign(request, { signers, deadlineMs });
      const signature = decode(signatureCodec, signed.signature);
      this.#send({ kind: 'proof', window, signature });
      this.#hearProof(window, { window, signers, signature });
    } catch (error) {
      if (!(error instanceof InputError || error instanceof OperationError)) throw error;
      this.#end('failed', 'test-signature-failed', `test signature by {${signers.join()}}: ${error.message}`);
    }
  }

  /** A proof counts by what it proves, whoever brings it; before our own certificate it waits. */
  #hearProof(window: number, { signature }: KeyProof): void {
    const signers = this.#windows()[window];
    if (signers === undefined || isOver(this.#state)) return;
    const proof: KeyProof = { window, signers, signature };
    const known = this.#proofs.get(window);
    if (this.#made === undefined || known === undefined) this.#proofs.set(window, proof);
    if (this.#made === undefined) return;
    const proofs = [...this.#proofs.values()].sort((a, b) => a.window - b.window);
    this.#tell('test-signature', { window, signers: this.#names(signers) });
    if (this.#lock !== undefined || proofs.length < this.#windows().length) return;
    const lock: Lock = { ...this.#made, proofs, signatures: [] };
    if (!isProvenByKey(lock)) {
      this.#end('failed', 'test-signature-failed', 'a test signature is not one of the new key');
      return;
    }
    this.#countersign(lock);
  }

  #countersign(lock: Lock): void {
    this.#lock = lock;
    const hash = lockHash(lock);
    const signature = this.#deps.identity.sign('lock', hash);
    this.#lockSignatures.set(this.#self, signature);
    this.#send({ kind: 'lock-signature', lockHash: hash, signature });
    this.#completeIfAll();
  }

  #hearLockSignature(from: PartyIndex, hash: Uint8Array, signature: Uint8Array): void {
    const seat = this.#signed.definition.committee.find(({ index }) => index === from);
    if (seat === undefined || !verifyFor('lock', seat.identityPk, hash, signature))
      throw new InputError('bad-signature', 'lock', `party ${from} has not signed that lock`);
    this.#lockSignatures.set(from, signature);
    this.#completeIfAll();
  }

  #completeIfAll(): void {
    const lock = this.#lock;
    if (lock === undefined || this.#state !== 'checking') return;
    const hash = lockHash(lock);
    const { definition } = this.#signed;
    const good = new Map(
      [...this.#lockSignatures].filter(([j, signature]) => {
        const seat = definition.committee.find(({ index }) => index === j);
        return seat !== undefined && verifyFor('lock', seat.identityPk, hash, signature);
      }),
    );
    this.#tell('countersigned', {
      have: this.#names([...good.keys()]),
      awaiting: definition.committee.filter(({ index }) => !good.has(index)).map(({ name }) => name),
    });
    const signatures = completeSignatures(definition, good);
    if (signatures === undefined) return;
    this.#cancelDeadline();
    this.#lock = { ...lock, signatures };
    this.#deps.disk.create(`${this.#deps.folder}/lock.json`, writeLock(this.#lock));
    this.#tell('written', {
      files: [`${this.#deps.folder}/lock.json`, `${this.#deps.folder}/transcript.jsonl`],
    });
    this.#deps.enterService(this.#lock);
    this.#state = become(this.#state, 'complete');
    const address = addressOf(publicKeyOf(lock.record));
    this.#tell('complete', { address, lockHash: to0x(hash), transcriptRoot: to0x(lock.root) });
    this.#tell('result', { ok: true, address, lockHash: to0x(hash), transcriptRoot: to0x(lock.root) });
  }

  #awaitedInChecking(): string {
    if (this.#lock === undefined) return 'test signatures';
    const missing = this.#signed.definition.committee.filter(({ index }) => !this.#lockSignatures.has(index));
    return `the countersignature of ${missing.map(({ name }) => name).join(', ')}`;
  }

  #fail(ending: Extract<Ending, { kind: 'aborted' }>, awaited: readonly number[]): void {
    const who = this.#names(ending.culprits).join(', ');
    if (ending.code === 'timed-out') {
      this.#end('timed-out', 'peer-timeout', `no message from ${this.#names(awaited).join(', ')} in time`);
      return;
    }
    if (ending.evidence !== undefined) this.#keepEvidence(ending);
    const what =
      who === ''
        ? ending.code
        : `${ending.code} by ${who}${ending.evidence === undefined ? '' : ' (evidence written)'}`;
    this.#tell('blame', { reason: ending.code, accused: this.#names(ending.culprits), class: ending.grade });
    this.#end(ending.grade === 'D' ? 'aborted' : 'failed', ending.code, what, this.#names(ending.culprits));
  }

  /** Ends the ceremony on this node: one line that says what happened, what is on disk, and what to do. [5.8] */
  #end(
    state: 'aborted' | 'rejected' | 'timed-out' | 'failed',
    reason: string,
    what: string,
    accused: readonly string[] = [],
  ): void {
    if (!mayBecome(this.#state, state)) return;
    const before = this.#state;
    this.#cancelDeadline();
    if (this.#session !== undefined && (before === 'executing' || before === 'prepared'))
      this.#deps.sessions().abort(this.#session, 'ceremony-ended');
    if (this.#pending !== undefined && before !== 'checking') this.#deps.dropPending(this.#pending);
    this.#pending = undefined;
    this.#state = become(before, state);
    const who = accused.length > 0 ? ` without ${accused.join(', ')}` : '';
    const next = `Next: propose again${who}.`;
    this.#failure = `✖ ${state} in ${before}: ${what}. ${onDisk(before)}. ${next} [${reason}]`;
    this.#tell('aborted', { reason, accused, onDisk: onDisk(before), next, text: this.#failure });
    this.#tell('result', { ok: false, reason, state, text: this.#failure });
    if (state !== 'rejected')
      this.#send({ kind: 'farewell', reason: 'peer-aborted', detail: printable(what) });
  }

  #keepTranscript(ending: Ending, transcript: PlainTranscript): void {
    const outcome: Outcome = ending.kind === 'done' ? 'done' : 'aborted';
    const root = ending.kind === 'done' ? ending.root : undefined;
    this.#deps.disk.create(
      `${this.#deps.folder}/transcript.jsonl`,
      writeTranscript(transcript, { outcome, root }),
    );
  }

  #keepEvidence({ code, evidence }: Extract<Ending, { kind: 'aborted' }>): void {
    assert(evidence !== undefined, 'no evidence to keep');
    const session = toHex(this.#session ?? new Uint8Array(0)).slice(0, 8);
    const line = `{"kind":"conclave-evidence","version":1,"reason":"${code}","evidence":"${to0x(evidence)}"}\n`;
    const bytes = Uint8Array.from(line, (c) => c.charCodeAt(0));
    this.#deps.disk.create(`${this.#deps.folder}/evidence/${session}-${code}.json`, bytes);
  }

  #preflight(): void {
    const items = this.#deps.preflight(this.#signed);
    for (const { item, status, detail } of items) this.#tell('preflight', { item, status, detail });
    const failed = items.filter(({ status }) => status === 'fail');
    if (failed.length > 0)
      throw new InputError(
        'preflight-failed',
        'ceremony',
        failed.map(({ item, detail }) => `${item}: ${detail}`).join('; '),
      );
  }

  #require(states: readonly CeremonyState[], verb: string): void {
    if (!states.includes(this.#state))
      throw new InputError('wrong-state', 'ceremony', `cannot ${verb}: the ceremony is ${this.#state}`);
  }

  #addSignature(one: DefinitionSignature): void {
    this.#signed = withSignature(this.#signed, one);
    this.#keepDefinition();
  }

  #keepDefinition(): void {
    this.#deps.disk.replace(`${this.#deps.folder}/definition.json`, writeDefinition(this.#signed));
  }

  #hasSigned(identityPk: Uint8Array): boolean {
    return this.#signed.signatures.some((one) => equalBytes(one.identityPk, identityPk));
  }

  #unsigned(): readonly string[] {
    return this.#signed.definition.committee
      .filter((seat) => !this.#hasSigned(seat.identityPk))
      .map(({ name }) => name);
  }

  #names(indices: readonly number[]): readonly string[] {
    return indices.map((index) => this.#nameOf(index));
  }

  #nameOf(index: number): string {
    return this.#signed.definition.committee.find((seat) => seat.index === index)?.name ?? `party ${index}`;
  }

  #send(message: CeremonyMessage): void {
    this.#deps.broadcast(encode(ceremonyMessageCodec, message));
  }

  #tell(type: string, fields: EventFields): void {
    this.#deps.events.emit(this.#attempt, type, fields);
  }
}

const printable = (text: string): string => text.replaceAll(/[^ -~]/g, '?').slice(0, 512);
