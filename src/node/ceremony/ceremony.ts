import { type Lock, lockHash } from '../../chain/lock.ts';
import type { PartyIndex } from '../../crypto/brand.ts';
import { equalBytes, to0x, toHex, wipe } from '../../crypto/bytes.ts';
import { decode, encode } from '../../crypto/codec.ts';
import { InputError, OperationError } from '../../crypto/errors.ts';
import type { Rng } from '../../crypto/secp256k1.ts';
import { addressOf } from '../../ethereum/address.ts';
import {
  type Definition,
  type SignedDefinition,
  acceptanceHash,
  definitionHash,
} from '../../protocols/ceremony/definition.ts';
import { type EpochRecord, publicKeyOf } from '../../protocols/epoch.ts';
import { decodeSpec, specHash } from '../../protocols/kernel/spec.ts';
import { type PendingShare, pendingShareCodec } from '../../protocols/keygen/messages.ts';
import type { Clock, Disk, Log } from '../../system/ports.ts';
import type { CeremonyState, CeremonyView } from '../api.ts';
import type { PeerStatus } from '../cluster/peer.ts';
import type { Identity } from '../identity.ts';
import type { KeyRuntime } from '../key-runtime.ts';
import type { Ending } from '../sessions/messages.ts';
import type { Finished, HostPort, Sessions } from '../sessions/sessions.ts';
import { type Made, isSpecOf, madeOf, newSpec } from './attempt.ts';
import { Checking } from './checking.ts';
import type { EventFields, EventLog } from './events.ts';
import { become, isOver, mayBecome, onDisk } from './machine.ts';
import { type Acceptance, type CeremonyMessage, type Execute, ceremonyMessageCodec } from './messages.ts';
import { evidenceFile, failureLine, nextStep, printable, receiptFile, transcriptFile } from './papers.ts';
import type { PreflightItem } from './preflight.ts';
import { Signatures } from './signatures.ts';

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
  /** What speaks against taking part; run before we sign and before we execute. */
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

/** Rounds of key generation, the setup included, for people. */
const ROUNDS = 5;

/** One ceremony on one node: who has signed, who is there, one attempt, and its end. [product, 5] */
export class Ceremony {
  readonly #deps: CeremonyDeps;
  readonly #self: PartyIndex;
  readonly #signatures: Signatures;
  readonly #checking: Checking;
  #state: CeremonyState = 'proposed';
  #attempt = 0;
  #isWhenReady = false;
  #failure: string | undefined;
  #pending: EpochRecord | undefined;
  #made: Made | undefined;
  #session: Uint8Array | undefined;
  #cancelDeadline: () => void;

  constructor(signed: SignedDefinition, deps: CeremonyDeps) {
    const { definition } = signed;
    const own = definition.committee.find(({ identityPk }) =>
      equalBytes(identityPk, deps.identity.publicKey),
    );
    if (own === undefined)
      throw new InputError('not-a-member', 'definition', 'this node has no seat in the committee');
    this.#deps = deps;
    this.#self = own.index;
    this.#signatures = new Signatures(signed, deps.disk, deps.folder);
    const { identity, clock, disk, folder } = deps;
    this.#checking = new Checking({
      ...{ definition, self: own.index, identity, clock, disk, folder },
      send: (message) => this.#send(message),
      tell: (type, fields) => this.#tell(type, fields),
      done: (lock) => this.#completed(lock),
      fail: (state, what) => this.#end(state, 'test-signature-failed', what),
    });
    this.#tell('proposed', { name: definition.name, required: definition.required });
    const leftMs = Math.max(Number(definition.timing.executeByMs) - clock.nowMs(), 0);
    this.#cancelDeadline = clock.after(leftMs, () => {
      const awaited = this.#signatures.unsigned.join(', ') || 'the proposer';
      this.#end('timed-out', 'peer-timeout', `not executed in time; awaited ${awaited}`);
    });
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
    const { lock } = this.#checking;
    const { name, required, committee } = this.definition;
    return {
      ...{ id: to0x(this.id), name, required, state: this.#state, attempt: this.#attempt },
      members: committee.map((seat) => ({
        index: seat.index,
        name: seat.name,
        hasSigned: this.#signatures.of(seat.identityPk) !== undefined,
      })),
      folder: this.#deps.folder,
      address: this.#made && addressOf(publicKeyOf(this.#made.record)),
      lockHash: this.#state === 'complete' && lock !== undefined ? to0x(lockHash(lock)) : undefined,
      transcriptRoot: this.#made && to0x(this.#made.root),
      failure: this.#failure,
    };
  }

  /** Runs the pre-flight and signs; a second time it does nothing. @throws InputError preflight-failed | wrong-state */
  accept(): void {
    const { identity, clock } = this.#deps;
    if (this.#signatures.of(identity.publicKey) !== undefined && this.#state !== 'proposed') return;
    this.#require(['proposed'], 'accept');
    this.#preflight();
    const signature = identity.sign('definition', acceptanceHash(this.id, identity.publicKey));
    this.#signatures.add({ identityPk: identity.publicKey, signature, signedAtMs: BigInt(clock.nowMs()) });
    this.#state = become(this.#state, 'accepted');
    this.#tell('accepted', { peer: this.#nameOf(this.#self) });
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
      throw new InputError(
        'not-the-proposer',
        'ceremony',
        `${this.#nameOf(proposer)} proposed it and executes it`,
      );
    this.#require(['accepted', 'gathering'], 'execute');
    const missing = this.#missing();
    if (!whenReady && missing.length > 0)
      throw new OperationError('not-ready', 'retry', `not everybody is ready: ${missing.join('; ')}`);
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
    if (isOver(this.#state)) return;
    const lastSeen = peer.lastSeen === undefined ? undefined : String(peer.lastSeen);
    const event = peer.state === 'connecting' ? 'lost' : peer.state;
    this.#tell('peer', { peer: peer.name, event, lastSeen, tries: peer.tries, reason: peer.reason });
    if (event === 'connected') this.#greet();
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
        this.#checking.hearProof(message.window, message.signature);
        break;
      case 'lock-signature':
        this.#checking.hearSignature(from, message.lockHash, message.signature);
        break;
      case 'farewell':
        if (mayBecome(this.#state, 'aborted'))
          this.#end('aborted', message.reason, `${this.#nameOf(from)} ended it: ${message.detail}`);
        break;
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
    if (from !== this.definition.proposer || attempt !== this.#attempt + 1)
      throw new InputError('not-the-proposer', 'execute', `party ${from} may not start attempt ${attempt}`);
    for (const one of acceptances) if (one.index !== this.#self) this.#hearAcceptance(one.index, one);
    if (this.#state !== 'accepted' && this.#state !== 'gathering')
      throw new InputError('not-accepted', 'execute', `this ceremony is ${this.#state} here`);
    if (!this.#signatures.isComplete || !isSpecOf(this.definition, attempt, spec))
      throw new InputError('definition-mismatch', 'execute', 'not the session that everybody has signed');
    void this.#run(attempt, spec);
  }

  /** Goes on if it can: the proposer starts when nothing is missing. */
  #continue(): void {
    if (this.#state === 'accepted' && this.#isWhenReady) this.#state = become(this.#state, 'gathering');
    if (this.#state !== 'gathering' && this.#state !== 'accepted') return;
    const missing = this.#missing();
    const names = this.definition.committee.map(({ name }) => name);
    const have = names.filter((name) => !missing.some((text) => text.startsWith(`${name} `)));
    this.#tell('gathering', { have, awaiting: missing });
    if (this.#state !== 'gathering' || missing.length > 0) return;
    this.#preflight();
    const attempt = this.#attempt + 1;
    const spec = newSpec(this.definition, attempt, this.#deps.rng);
    this.#send({ kind: 'execute', attempt, acceptances: this.#signatures.acceptances, spec });
    void this.#run(attempt, spec);
  }

  async #run(attempt: number, spec: Uint8Array): Promise<void> {
    this.#attempt = attempt;
    if (this.#state === 'accepted') this.#state = become(this.#state, 'gathering');
    this.#state = become(this.#state, 'executing');
    this.#cancelDeadline();
    const { identity, sessions, host, disk, folder } = this.#deps;
    this.#session = specHash(decodeSpec(spec));
    const identitySeed = identity.lend((seed) => seed.slice());
    const job = { kind: 'keygen', spec, self: this.#self, identitySeed } as const;
    const { roundTimeoutMs } = this.definition.timing;
    const finished = await sessions().start(this.#session, job, host, {
      others: this.definition.committee.map(({ index }) => index).filter((j) => j !== this.#self),
      roundTimeoutMs,
      onProgress: (round, label, awaiting) => {
        const deadline = String(this.#deps.clock.nowMs() + roundTimeoutMs);
        const names = this.#names(awaiting);
        this.#tell('round', { round: round + 1, of: ROUNDS, label, awaiting: names, deadline });
      },
      persist: (bytes) => this.#persist(bytes),
    });
    disk.create(`${folder}/transcript.jsonl`, transcriptFile(finished.ending, await finished.transcript));
    if (!isOver(this.#state)) this.#conclude(finished);
  }

  /** The share is durable as pending before our confirmation leaves. */
  #persist(bytes: Uint8Array): void {
    if (isOver(this.#state)) return;
    const pending = decode(pendingShareCodec, bytes.slice());
    this.#deps.keepPending(pending, this.#signatures.signed);
    wipe(pending.share, pending.chainCode);
    this.#pending = pending.record;
    this.#state = become(this.#state, 'prepared');
    this.#tell('prepared', { address: addressOf(publicKeyOf(pending.record)) });
  }

  #conclude({ ending, awaited }: Finished): void {
    if (ending.kind === 'aborted') {
      this.#fail(ending, awaited);
      return;
    }
    if (ending.result.kind !== 'keygen') return;
    wipe(ending.result.share, ending.result.chainCode);
    const made = madeOf(this.#signatures.signed, this.#attempt, ending.root, ending.result);
    this.#made = made;
    this.#state = become(this.#state, 'checking');
    const address = addressOf(publicKeyOf(made.record));
    this.#tell('certificate', { address, transcriptRoot: to0x(made.root) });
    const runtime = this.#deps.beginChecking(made);
    this.#pending = undefined;
    this.#checking.begin(made, runtime);
  }

  #completed(lock: Lock): void {
    const { disk, identity, folder } = this.#deps;
    disk.create(`${folder}/receipt-${identity.name}.json`, receiptFile(this.#deps, lock, this.#self));
    this.#deps.enterService(lock);
    this.#state = become(this.#state, 'complete');
    const address = addressOf(publicKeyOf(lock.record));
    const result = { address, lockHash: to0x(lockHash(lock)), transcriptRoot: to0x(lock.root) };
    this.#tell('complete', result);
    this.#tell('result', { ok: true, ...result });
  }

  #fail(ending: Extract<Ending, { kind: 'aborted' }>, awaited: readonly number[]): void {
    const { code, grade, culprits, evidence } = ending;
    if (code === 'timed-out') {
      this.#end('timed-out', 'peer-timeout', `no message from ${this.#names(awaited).join(', ')} in time`);
      return;
    }
    if (evidence !== undefined) {
      const session = toHex(this.#session ?? this.id).slice(0, 8);
      const path = `${this.#deps.folder}/evidence/${session}-${code}.json`;
      this.#deps.disk.create(path, evidenceFile(code, evidence));
    }
    const accused = this.#names(culprits);
    this.#tell('blame', { reason: code, accused, class: grade });
    const who = accused.length === 0 ? '' : ` by ${accused.join(', ')}`;
    const proof = evidence === undefined ? '' : ' (evidence written)';
    this.#end(grade === 'D' ? 'aborted' : 'failed', code, `${code}${who}${proof}`, accused);
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
    if (this.#session !== undefined && (before === 'executing' || before === 'prepared'))
      this.#deps.sessions().abort(this.#session, 'ceremony-ended');
    if (this.#pending !== undefined) this.#deps.dropPending(this.#pending);
    this.#pending = undefined;
    this.#state = become(before, state);
    const failure = { state, before, reason, what, accused };
    this.#failure = failureLine(failure);
    this.#tell('aborted', {
      reason,
      accused,
      onDisk: onDisk(before),
      next: nextStep(failure),
      text: this.#failure,
    });
    this.#tell('result', { ok: false, reason, state, text: this.#failure });
    if (state !== 'rejected') this.#send({ kind: 'farewell', reason, detail: printable(what) });
  }

  /** Tells the others what they may not know of us: after a new link, and after we have signed. */
  #greet(): void {
    const own = this.#signatures.of(this.#deps.identity.publicKey);
    if (own !== undefined && this.#state !== 'proposed')
      this.#send({ kind: 'acceptance', signature: own.signature, signedAtMs: own.signedAtMs });
    const { ownSignature } = this.#checking;
    if (ownSignature !== undefined) this.#send(ownSignature);
  }

  #preflight(): void {
    const items = this.#deps.preflight(this.#signatures.signed);
    for (const { item, status, detail } of items) this.#tell('preflight', { item, status, detail });
    const failed = items
      .filter(({ status }) => status === 'fail')
      .map(({ item, detail }) => `${item}: ${detail}`);
    if (failed.length > 0) throw new InputError('preflight-failed', 'ceremony', failed.join('; '));
  }

  #missing(): readonly string[] {
    return this.#signatures.missing(this.#self, this.#deps.peers());
  }

  #require(states: readonly CeremonyState[], verb: string): void {
    if (!states.includes(this.#state))
      throw new InputError('wrong-state', 'ceremony', `cannot ${verb}: the ceremony is ${this.#state}`);
  }

  #names(indices: readonly number[]): readonly string[] {
    return indices.map((index) => this.#nameOf(index));
  }

  #nameOf(index: number): string {
    return this.#signatures.seat(index)?.name ?? `party ${index}`;
  }

  #send(message: CeremonyMessage): void {
    this.#deps.broadcast(encode(ceremonyMessageCodec, message));
  }

  #tell(type: string, fields: EventFields): void {
    this.#deps.events.emit(this.#attempt, type, fields);
  }
}
