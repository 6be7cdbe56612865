import { type Lock, lockHash, lockOfActivation } from '../../chain/lock.ts';
import type { PartyIndex } from '../../crypto/brand.ts';
import { bytesToBigint, equalBytes, to0x, wipe } from '../../crypto/bytes.ts';
import { decode } from '../../crypto/codec.ts';
import { InputError } from '../../crypto/errors.ts';
import type { Secret } from '../../crypto/secret.ts';
import { scalar } from '../../crypto/secp256k1.ts';
import { addressOf } from '../../ethereum/address.ts';
import { type EpochRecord, encodeEpoch, publicKeyOf } from '../../protocols/epoch.ts';
import {
  type Ack,
  type ActivationCertificate,
  type Prepared,
  type PreparedShare,
  ackCodec,
  acknowledge,
  certHashOf,
  preparedCodec,
  preparedShareCodec,
} from '../../protocols/reshare/activation.ts';
import { Activation, type Standing } from '../epochs/activation.ts';
import type { AttemptMessage } from '../epochs/messages.ts';
import { type KeptStanding, STANDING_FILE, writeStanding } from '../epochs/standing-file.ts';
import type { KeyContext } from '../key-context.ts';
import type { KeyRuntime } from '../key-runtime.ts';
import { type Ending, type ResumableJob, wipeEnding } from '../sessions/messages.ts';
import { isOrdinary } from '../supervise.ts';
import type { Made } from './attempt.ts';
import { Countersigning } from './countersigning.ts';
import type { ChangeProgress, Course, Stage } from './course.ts';
import type { CeremonyDeps } from './deps.ts';
import { isOver, mayBecome } from './machine.ts';
import type { CeremonyMessage, LockSignature, WindowProof } from './messages.ts';
import { keepEvidence, keepReceipt, lockOnDisk } from './papers.ts';

/** What a change of epochs works with, beside what every ceremony does. */
export interface ReshareDeps extends Pick<
  CeremonyDeps,
  'identity' | 'disk' | 'clock' | 'log' | 'rng' | 'folder'
> {
  /** The lock of epoch e: the registry. */
  readonly previous: Lock;
  /** Our key in epoch e, with its share; `undefined` for who joins, and who has lost it. */
  readonly key: () => KeyContext | undefined;
  /** The share is durable as pending, the guard is there; also when it was before. */
  readonly prepare: (share: PreparedShare) => void;
  /**
   * Locks epoch e on this certificate, durably, and ends signing in it. False when it is locked on another.
   */
  readonly lockCommit: (certHash: Uint8Array) => boolean;
  /** Whether this node has prepared an attempt that was planned later than this one. */
  readonly hasPreparedLater: () => boolean;
  /** Says something about an attempt to everybody. */
  readonly tellEpoch: (message: AttemptMessage, to?: PartyIndex) => void;
  /** The certificate is held and the lock is on disk: epoch e+1 in, epoch e out. Returns the new runtime. */
  readonly switchTo: (lock: Lock) => KeyRuntime | undefined;
  /**
   * The new shares have signed: the old one is erased, and a statement of that written. Returns false where
   * this node had none.
   */
  readonly eraseOld: () => boolean;
}

/** Whether an epoch has a seat for somebody. */
const seats = ({ members }: EpochRecord, { publicKey }: ReshareDeps['identity']): boolean =>
  members.some(({ identityPk }) => equalBytes(identityPk, publicKey));

/** Words about a lock of one member that are kept until there is a certificate: its signature, and proofs. */
const MAX_EARLY = 8;

/**
 * Another committee, or the same with new shares, for the same key. The session prepares; what it has
 * prepared takes effect by its certificate, also when the ceremony has long been given up. [protocol, 12]
 */
export class ReshareCourse implements Course {
  readonly rounds = 4;
  /** What was prepared is in the file of its standing. */
  readonly isSettled = true;
  readonly #stage: Stage;
  readonly #deps: ReshareDeps;
  #kept: Standing | undefined;
  #isSuperseded = false;
  #activation: Activation | undefined;
  #made: Made | undefined;
  #countersigning: Countersigning | undefined;
  /** What came about the lock before its certificate. */
  readonly #early: { readonly from: PartyIndex; readonly hear: (lock: Countersigning) => void }[] = [];
  #hasErased = false;
  #hasTranscript = false;
  /** Once nothing is missing. */
  #whole: Lock | undefined;

  constructor(stage: Stage, deps: ReshareDeps) {
    this.#stage = stage;
    this.#deps = deps;
  }

  get made(): Made | undefined {
    return this.#made;
  }

  get lock(): Lock | undefined {
    return this.#countersigning?.lock;
  }

  get progress(): ChangeProgress {
    const { acks, commits } = this.#activation?.have ?? { acks: [], commits: [] };
    const signed = this.#countersigning?.lock.signatures.map(({ index }) => index) ?? [];
    const own = this.#made === undefined ? [] : [this.#stage.self];
    return { acks, commits, active: [...new Set([...signed, ...own])].sort((a, b) => a - b) };
  }

  get greetings(): readonly CeremonyMessage[] {
    return this.#countersigning?.greetings ?? [];
  }

  /** H("rs/cert"; …) of what this node has prepared. */
  get certHash(): Uint8Array | undefined {
    return this.#activation?.certHash;
  }

  /** What this node has prepared. */
  get prepared(): Prepared | undefined {
    return this.#activation?.prepared;
  }

  /** The epoch has gone on without this one: it ends, and asks for no signatures of an epoch that is over. */
  readonly overtaken = (record: EpochRecord): void => {
    const { state, guard, end } = this.#stage;
    this.stop();
    if (this.#made !== undefined || isOver(state())) return;
    if (!this.#isMember && !seats(record, this.#deps.identity) && mayBecome(state(), 'left'))
      return guard(() => this.#left(record));
    const how = mayBecome(state(), 'failed') ? 'failed' : 'timed-out';
    guard(() => end(how, 'stale-epoch', 'another attempt has changed the epoch'));
  };

  /** It was to leave, and the others have not waited for it. */
  #left(record: EpochRecord): void {
    const done = { address: addressOf(publicKeyOf(record)), epoch: record.epochNo };
    this.#stage.tell('certificate', done, 'left');
    this.#stage.last('result', { ok: true, ...done, state: 'left' });
  }

  readonly jobOf = (spec: Uint8Array, seed: Secret): ResumableJob => {
    const { identity, previous, key } = this.#deps;
    const common = {
      kind: 'reshare',
      spec,
      self: this.#stage.self,
      identitySeed: identity.lend((seed) => seed.slice()),
      seed: seed.use((bytes) => bytes.slice()),
      record: encodeEpoch(previous.record),
    } as const;
    const held = key()?.secret.use((plain) => ({
      share: plain.slice(0, 32),
      chainCode: plain.slice(32, 64),
    }));
    return { ...common, ...held };
  };

  /**
   * The new share is durable as pending before its acknowledgement leaves; who gets none notes the result.
   */
  readonly keep = (bytes: Uint8Array): void => {
    if (!this.#isMember) {
      this.#prepared(decode(preparedCodec, bytes.slice()), []);
      return;
    }
    const mine = decode(preparedShareCodec, bytes.slice());
    try {
      this.#deps.prepare(mine);
      const share = scalar(bytesToBigint(mine.share));
      const ack = acknowledge(mine.prepared, mine.index, share, this.#deps.rng);
      this.#prepared(mine.prepared, [ack]);
    } finally {
      wipe(mine.share, mine.chainCode);
    }
  };

  /** Takes up an attempt of before a restart. */
  readonly restore = ({ standing, isSuperseded }: KeptStanding): void => {
    this.#kept = standing;
    this.#activation = this.#activationOf(standing);
    if (isSuperseded) this.#activation.supersede();
    this.#isSuperseded = isSuperseded;
  };

  /** The new shares have signed, for whatever reason. */
  readonly signedIn = (epochNo: number): void => {
    if (this.#made?.record.epochNo === epochNo) this.#erase();
  };

  /** Another attempt begins: this node does not commit to this one; durable when it returns. */
  readonly supersede = (): void => {
    if (this.#kept === undefined || this.#isSuperseded || this.#made !== undefined) return;
    this.#isSuperseded = true;
    this.#keepStanding(this.#kept);
    this.#activation?.supersede();
  };

  /** Goes on with an attempt of before a restart, once there are links. */
  readonly resume = (): void => {
    this.#stage.guard(() => this.#activation?.resume());
  };

  readonly took = (ending: Ending): void => {
    wipeEnding(ending);
    if (ending.kind === 'aborted' || ending.result.kind !== 'reshare') return;
    const { acks, removed } = ending.result;
    const { record } = this.#deps.previous;
    for (const { index, evidence } of removed) {
      const accused = [this.#stage.nameOf(index)];
      keepEvidence(this.#deps, { spec: this.#stage.spec(), record }, `removed-${index}`, evidence);
      this.#stage.tell('blame', { reason: 'dealer-removed', accused, class: 'A' });
    }
    const activation = this.#activation;
    if (activation === undefined) return;
    const all = acks.map((bytes) => decode(ackCodec, bytes));
    if (activation.state === 'prepared')
      this.#keepStanding({ prepared: activation.prepared, acks: all, commits: [] }); // the log goes
    for (const ack of all) activation.hearAck(ack);
  };

  readonly concluded = (isKept: boolean): void => {
    this.#hasTranscript = isKept;
    this.#receipt();
  };

  /**
   * Something about an attempt; what is about another one is not for us. @throws InputError if it is false
   */
  readonly hear = (message: AttemptMessage, certHash: Uint8Array): boolean => {
    const activation = this.#activation;
    if (activation === undefined || !equalBytes(activation.certHash, certHash)) return false;
    if (message.kind === 'ack') activation.hearAck(message.ack);
    else if (message.kind === 'commit') activation.hearCommit(message.acks, message.commit);
    else activation.hearCertificate(message.certificate);
    return true;
  };

  /** Says again what we know: to a member that has come back, or to all. */
  readonly repeat = (to?: PartyIndex): void => {
    this.#activation?.repeat(to);
  };

  readonly hearProof = (from: PartyIndex, { window, signature }: WindowProof): void => {
    this.#aboutLock(from, (lock) => lock.hearProof(from, window, signature));
  };

  readonly hearLockSignature = (from: PartyIndex, one: LockSignature): void => {
    this.#aboutLock(from, (lock) => lock.hearSignature(from, one.lockHash, one.signature));
  };

  /** Others may have the certificate before this node: what they say about the lock waits for it. */
  #aboutLock(from: PartyIndex, hear: (lock: Countersigning) => void): void {
    if (this.#countersigning !== undefined) hear(this.#countersigning);
    else if (this.#early.filter((one) => one.from === from).length < MAX_EARLY)
      this.#early.push({ from, hear });
  }

  #hearEarly(lock: Countersigning): void {
    for (const { from, hear } of this.#early.splice(0))
      try {
        hear(lock);
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        this.#deps.log.warn('ceremony message refused', { peer: from, reason: error.code });
      }
  }

  /** What was acknowledged is kept: the others may complete it. Only another certificate makes it void. */
  readonly giveUp = (): boolean => this.#activation === undefined;

  readonly stop = (): void => {
    this.#countersigning?.stop();
  };

  get #isMember(): boolean {
    const { committee } = this.#stage.signed().definition;
    return committee.some(({ index }) => index === this.#stage.self);
  }

  #prepared(prepared: Prepared, acks: readonly Ack[]): void {
    if (this.#activation !== undefined) return; // a resumed session asks again
    const standing: Standing = { prepared, acks, commits: [] };
    this.#keepStanding(standing);
    this.#activation = this.#activationOf(standing);
    const address = addressOf(publicKeyOf(prepared.record));
    this.#stage.tell('prepared', { address, epoch: prepared.record.epochNo }, 'prepared');
  }

  #keepStanding(standing: Standing): void {
    const { disk, folder } = this.#deps;
    const kept = { attempt: this.#stage.attempt(), standing, isSuperseded: this.#isSuperseded };
    disk.replace(`${folder}/${STANDING_FILE}`, writeStanding(kept));
    this.#kept = standing;
  }

  #activationOf(standing: Standing): Activation {
    const { previous, key, identity, lockCommit, tellEpoch, hasPreparedLater } = this.#deps;
    const { nameOf, state, tell } = this.#stage;
    const names = (indices: readonly PartyIndex[]): readonly string[] => indices.map(nameOf);
    const held = key();
    return new Activation(standing, {
      old: previous.record,
      dealer: held?.self,
      keep: (next) => this.#keepStanding(next),
      lock: lockCommit,
      hasPreparedLater,
      sign: (hash) => identity.sign('rs', hash),
      send: tellEpoch,
      acknowledged: (have) => {
        const members = standing.prepared.record.members.map(({ index }) => index);
        tell('acknowledged', {
          have: names(have),
          awaiting: names(members.filter((j) => !have.includes(j))),
        });
      },
      committed: () => {
        if (state() === 'prepared')
          tell('committed', { certHash: to0x(certHashOf(standing.prepared)) }, 'committed');
      },
      activated: (certificate) => this.#activated(certificate),
    });
  }

  /** The lock on disk first: whatever happens then, the next start finds the certificate. */
  #activated(certificate: ActivationCertificate): void {
    const { disk, folder, previous, clock, identity } = this.#deps;
    const { signed, attempt, self, tell, guard, send, nameOf } = this.#stage;
    const { record } = certificate.prepared;
    const made = lockOfActivation(signed(), attempt(), certificate, lockHash(previous));
    const path = `${folder}/lock.json`;
    const lock = lockOnDisk(disk, path, made);
    const runtime = this.#deps.switchTo(lock);
    if (this.#made !== undefined) return; // the disk has refused something behind it, and the word came again
    this.#made = made;
    const address = addressOf(publicKeyOf(record));
    tell('certificate', { address, epoch: record.epochNo }, runtime === undefined ? 'left' : 'checking');
    const common = {
      ...{ self, identity, clock, disk, path, guard, send },
      patienceMs: signed().definition.timing.roundTimeoutMs * 2,
    };
    if (runtime === undefined) {
      const nothing = (): void => undefined;
      const watching = { ...common, proven: nothing, countersigned: nothing, done: nothing };
      this.#countersigning = new Countersigning(lock, undefined, watching);
      this.#hearEarly(this.#countersigning);
      this.#erase();
      this.#stage.last('result', { ok: true, address, epoch: record.epochNo, state: 'left' });
      return;
    }
    const names = (indices: readonly PartyIndex[]): readonly string[] => indices.map(nameOf);
    this.#countersigning = new Countersigning(lock, runtime, {
      ...common,
      proven: (signers) => {
        tell('test-signature', { signers: names(signers) });
        this.#erase();
      },
      countersigned: (have, awaiting) => {
        tell('countersigned', { have: names(have), awaiting: names(awaiting) });
      },
      done: (whole) => this.#completed(whole),
    });
    if (lock.proofs.length > 0) this.#erase(); // proven before a restart
    this.#countersigning.begin();
    this.#hearEarly(this.#countersigning);
  }

  /** Once: with t of them the old shares are the key for ever. [protocol, 12.6] */
  #erase(): void {
    if (this.#hasErased) return;
    const { previous, log } = this.#deps;
    try {
      const hadShare = this.#deps.eraseOld();
      this.#hasErased = true;
      if (hadShare) this.#stage.tell('erased', { epoch: previous.record.epochNo });
    } catch (error) {
      if (!isOrdinary(error)) throw error;
      log.error('old share not erased', { reason: error.code, detail: error.message });
    }
  }

  /** With the whole lock and the transcript; a node that was started anew has it already, or never will. */
  #receipt(): void {
    if (this.#hasTranscript && this.#whole !== undefined)
      keepReceipt(this.#deps, this.#whole, this.#stage.self);
  }

  #completed(lock: Lock): void {
    const { tell, last, state } = this.#stage;
    this.#whole = lock;
    this.#receipt();
    const address = addressOf(publicKeyOf(lock.record));
    const result = { ok: true, address, lockHash: to0x(lockHash(lock)), transcriptRoot: to0x(lock.root) };
    if (!isOver(state())) tell('complete', result, 'complete');
    last('result', result);
  }
}
