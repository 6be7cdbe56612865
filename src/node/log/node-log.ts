import {
  type CeremonyEvent,
  type LogEntry,
  type LogEvent,
  type RecordRef,
  type VerdictEvent,
  logIdOf,
} from '../../chain/log/entry.ts';
import type { HeadRecord } from '../../chain/log/heads-file.ts';
import { type SplitView, writeSplitView } from '../../chain/log/split-view.ts';
import type { PartyIndex } from '../../crypto/brand.ts';
import { equalBytes, to0x, toHex } from '../../crypto/bytes.ts';
import { attempt, decode } from '../../crypto/codec.ts';
import { assert } from '../../crypto/errors.ts';
import type { Seat } from '../../protocols/ceremony/definition.ts';
import type { Clock, Disk, Log } from '../../system/ports.ts';
import type { LogAlarm, LogStatus } from '../api.ts';
import type { Identity } from '../identity.ts';
import { HeadBook } from './head-book.ts';
import { type LogMessage, encodeLogMessage, logMessageCodec } from './messages.ts';
import { type HeadCadence, OwnHeads } from './own-heads.ts';
import { type Guarded, recoverInterrupted } from './recovery.ts';
import { type Refused, Refusals } from './refusals.ts';
import { type LogSubject, SignatureLog, noSubject } from './signature-log.ts';
import { Witness, type Witnessee } from './witness.ts';
import { isOrdinary } from '../supervise.ts';

/** The links, as the log uses them. */
export interface LogLinks {
  /** Who belongs to the cluster now, this node included. */
  readonly seats: () => readonly Seat[];
  readonly send: (to: PartyIndex, bytes: Uint8Array) => void;
}

/** What the log of a node works with. */
export interface NodeLogDeps {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly log: Log;
  readonly identity: Identity;
  /** Hash of the cluster, 32 bytes. */
  readonly cluster: Uint8Array;
  /** Folder of the logs in the data folder. */
  readonly folder: string;
  readonly cadence: HeadCadence;
  readonly links: LogLinks;
  /** Keeps evidence as a file. */
  readonly keep: (name: string, make: () => Uint8Array) => RecordRef;
}

/** When heads are made, unless the configuration says otherwise. */
export const DEFAULT_CADENCE: HeadCadence = { everyEntries: 64, everyMs: 60_000 };
/** Own heads that are kept: the older ones follow from these. */
const KEPT_HEADS = 1_024;
/** Messages of one peer in one cadence; what is more is dropped. */
const MAX_MESSAGES = 512;
/** Logs of which it is remembered up to where everybody was told. */
const MAX_TOLD = 1_024;
/** Cadences after which an unanswered question is an alarm. */
const PATIENCE = 3;

/** Folder of the log of one cluster. */
export const logFolderOf = (folder: string, cluster: Uint8Array): string =>
  `${folder}/${toHex(cluster).slice(0, 16)}`;

/** The signature log of a node in one cluster, with its heads and those of the others. */
export class NodeLog {
  readonly entries: SignatureLog;
  readonly #deps: NodeLogDeps;
  readonly #own: OwnHeads;
  readonly #witness: Witness;
  readonly #refusals: Refusals;
  /** Members that were convicted of a split view, with the evidence. */
  readonly #splits = new Map<PartyIndex, string>();
  /** Which verdicts stand in the log. */
  readonly #verdicts = new Set<string>();
  /** Of which sessions of ceremonies the log tells. */
  readonly #ceremonies = new Set<string>();
  readonly #messages = new Map<PartyIndex, number>();
  /** What was told to everybody last, by log. */
  readonly #told = new Map<string, number>();
  #epoch: { readonly epochNo: number; readonly certHash: Uint8Array; readonly state: string } | undefined;
  readonly #recovered = new Set<string>();
  /** Members that have told all heads that they know, since the start. */
  readonly #heard = new Set<PartyIndex>();
  /** The log had no entry at the start: it is the first, or all of it was lost. */
  readonly #isBlank: boolean;
  readonly #openedMs: number;
  #isStopped = false;
  #cancel: () => void = () => undefined;

  /** Opens or starts the log of a cluster. @throws InputError log-damaged */
  constructor(deps: NodeLogDeps) {
    this.#deps = deps;
    const { disk, clock, log, identity, cluster } = deps;
    const folder = logFolderOf(deps.folder, cluster);
    const convicted: Uint8Array[] = [];
    this.entries = SignatureLog.open({ folder, owner: identity.publicKey, cluster }, deps, (entry) => {
      this.#remember(entry, convicted);
    });
    this.#isBlank = this.entries.size === 0;
    this.#openedMs = clock.monotonicMs();
    this.#refusals = new Refusals(clock);
    const books = (name: string, keep: number): HeadBook =>
      HeadBook.open(disk, { path: `${folder}/${name}.log`, keep }, log);
    const announce = (record: HeadRecord): void => this.#tellAll(record);
    this.#own = new OwnHeads(deps.cadence, {
      ...{ identity, entries: this.entries, clock, log, announce },
      book: books('heads', KEPT_HEADS),
      mayPublish: () => this.#isHeard(),
    });
    this.#witness = new Witness({
      ...{ identity, cluster, clock, log, book: books('peers', 1) },
      self: () => this.#self().index,
      send: (to, message) => this.#send(to, message),
      convicted: (member, evidence) => this.#convicted(member, evidence),
    });
    for (const logId of convicted) this.#witness.noteConvicted(logId);
  }

  /** From here on heads are made and told. */
  start(): void {
    this.#cancel = this.#deps.clock.after(this.#deps.cadence.everyMs, () => {
      this.#tick();
      this.start();
    });
  }

  /**
   * The last head of this run, if anything is new. The links must still be there for the others to hear of
   * it.
   */
  stop(): void {
    if (this.#isStopped) return;
    this.#cancel();
    this.entries.flush();
    this.#write(() => this.#own.publish());
    this.#isStopped = true;
  }

  /** Writes an entry. What the disk does not take waits. */
  write(event: LogEvent, subject: LogSubject = noSubject): void {
    this.entries.append(event, subject);
    if (!this.#isStopped) this.#write(() => this.#own.appended());
  }

  /** Writes what was proven against a member, once. */
  verdict(event: { readonly kind: 'verdict' } & VerdictEvent, subject: LogSubject = noSubject): void {
    if (this.#verdicts.has(nameOf(event))) return;
    this.#verdicts.add(nameOf(event));
    this.write(event, subject);
  }

  /** Writes how a ceremony ended, once: a session that is taken up behind its end ends again. */
  ceremony(event: { readonly kind: 'ceremony' } & CeremonyEvent, subject: LogSubject = noSubject): void {
    if (this.#ceremonies.has(sessionOf(event))) return;
    this.#ceremonies.add(sessionOf(event));
    this.write(event, subject);
  }

  /**
   * A request that this node did not take part in: one entry for a request, an asker and a reason, within
   * bounds.
   */
  refused(refused: Refused, subject: LogSubject): void {
    if (this.#refusals.admits(refused)) this.write({ kind: 'refused', ...refused }, subject);
    else this.#deps.log.debug('refusal not logged', { from: refused.from, reason: refused.reason });
  }

  /** The epoch in service, once for each; the one before it is retired. */
  epoch(state: 'active' | 'left', { epochNo, certHash }: EpochOf, keyId: Uint8Array): void {
    const before = this.#epoch;
    if (before?.epochNo === epochNo && before.state === state) return;
    const isRetired = before?.state === 'active' && before.epochNo < epochNo;
    if (isRetired) this.#writeEpoch({ ...before, state: 'retired' }, keyId);
    this.#writeEpoch({ epochNo, certHash, state }, keyId);
  }

  /** Gives entries to sessions that a crash interrupted; once for each key, before it is in service. */
  recover(guarded: Guarded): void {
    const name = toHex(guarded.keyId);
    if (this.#recovered.has(name)) return;
    this.#recovered.add(name);
    const count = recoverInterrupted(this.entries, guarded);
    if (count > 0) this.#deps.log.warn('interrupted sessions logged', { count });
  }

  /** A link has come: the member hears of all newest heads, its own among them. */
  linked(peer: PartyIndex): void {
    const member = this.#seatAt(peer);
    if (member === undefined) return;
    const newest = this.#newest();
    for (const record of newest) this.#tell(peer, record);
    this.#send(peer, { kind: 'told', heads: newest.length });
    this.#witness.linked(member);
  }

  /** Takes a message of the channel of logs. Junk of an authenticated peer is dropped. */
  receive(from: PartyIndex, bytes: Uint8Array): void {
    if (this.#isStopped) return;
    const count = (this.#messages.get(from) ?? 0) + 1;
    this.#messages.set(from, count);
    const message =
      count > MAX_MESSAGES ? undefined : attempt(() => decode(logMessageCodec, bytes, 'message'));
    const member = this.#seatAt(from);
    if (message === undefined || member === undefined) {
      this.#deps.log.debug('log message dropped', { peer: from });
      return;
    }
    this.#write(() => this.#hear(member, message));
  }

  /** For people. */
  status(): LogStatus {
    const newest = this.#own.newest;
    const { logId, size, root } = this.entries.headAt(0);
    return {
      logId: to0x(logId),
      size,
      root: to0x(root),
      head: newest && {
        size: newest.signed.head.size,
        atMs: String(newest.signed.head.atMs),
        countersignedBy: newest.countersignatures.map(({ member }) => member),
      },
      waiting: this.entries.waiting,
      refusalsLeftOut: this.#refusals.leftOut,
      alarms: this.#alarms(),
    };
  }

  /** Own heads and the newest of others, for an export. */
  heads(): readonly HeadRecord[] {
    return [...this.#own.all, ...this.#witness.heads];
  }

  #remember({ event }: LogEntry, convicted: Uint8Array[]): void {
    if (event.kind === 'epoch') this.#epoch = event;
    if (event.kind === 'verdict') this.#verdicts.add(nameOf(event));
    if (event.kind === 'ceremony') this.#ceremonies.add(sessionOf(event));
    if (event.kind !== 'verdict' || event.code !== 'split-view') return;
    this.#splits.set(event.culprit, event.evidence.path);
    convicted.push(event.session);
  }

  #writeEpoch(event: EpochOf & { readonly state: 'active' | 'retired' | 'left' }, keyId: Uint8Array): void {
    this.#epoch = event;
    const { epochNo, certHash, state } = event;
    this.write({ kind: 'epoch', epochNo, certHash, state }, { keyId, epochNo });
  }

  #hear(member: Witnessee, message: LogMessage): void {
    switch (message.kind) {
      case 'head':
        this.#hearHead(message);
        break;
      case 'prove': {
        const proof = this.#own.prove(message);
        if (proof !== undefined) this.#send(member.index, { kind: 'proof', ...proof });
        break;
      }
      case 'proof':
        this.#witness.answered(member, message);
        break;
      case 'witness':
        this.#own.witnessed(member, message);
        break;
      case 'told':
        this.#heard.add(member.index);
        break;
    }
  }

  #hearHead(message: Extract<LogMessage, { readonly kind: 'head' }>): void {
    const owner = this.#deps.links.seats().find((seat) => equalBytes(seat.identityPk, message.owner));
    if (owner === undefined) return;
    if (equalBytes(owner.identityPk, this.#deps.identity.publicKey)) this.#own.heardOwn(message.signed);
    else this.#witness.hear(owner, message);
  }

  #tick(): void {
    this.#messages.clear();
    this.entries.flush();
    this.#write(() => this.#own.publish());
    for (const record of this.#newest()) this.#tellAll(record);
  }

  /**
   * Does what writes heads down. A disk that is full ends neither the node nor what it was about to do: own
   * heads are made at the next time; those of others come again with a larger one, or with a new link.
   */
  #write(heads: () => void): void {
    try {
      heads();
    } catch (error) {
      if (!isOrdinary(error)) throw error;
      const { code: reason, message: detail } = error;
      this.#deps.log.error('log head not written', { reason, detail });
    }
  }

  /**
   * Whether this node may sign heads: one that has lost its log, or has an older copy, would sign what
   * contradicts its own heads of before. Whoever holds those tells them with a new link; so one member must
   * have been heard, and most of them where there is no entry from which this node knows that it had a log.
   */
  #isHeard(): boolean {
    const others = this.#deps.links.seats().length - 1;
    const needed = this.#isBlank ? Math.floor(others / 2) + 1 : 1;
    return this.#heard.size >= Math.min(needed, others);
  }

  #newest(): readonly HeadRecord[] {
    const own = this.#own.newest;
    return [...(own === undefined ? [] : [own]), ...this.#witness.heads];
  }

  /** Tells everybody else of a head, once. */
  #tellAll(record: HeadRecord): void {
    const { logId, size } = record.signed.head;
    const name = toHex(logId);
    if (this.#told.get(name) === size) return;
    this.#told.delete(name);
    this.#told.set(name, size);
    const [oldest] = this.#told.keys();
    if (this.#told.size > MAX_TOLD && oldest !== undefined) this.#told.delete(oldest);
    const self = this.#self();
    for (const { index, identityPk } of this.#deps.links.seats())
      if (index !== self.index && !equalBytes(identityPk, record.owner)) this.#tell(index, record);
  }

  #tell(to: PartyIndex, { owner, instance, signed }: HeadRecord): void {
    this.#send(to, { kind: 'head', owner, instance, signed });
  }

  #send(to: PartyIndex, message: LogMessage): void {
    this.#deps.links.send(to, encodeLogMessage(message));
  }

  #convicted({ index }: Witnessee, evidence: SplitView): void {
    const logId = logIdOf(evidence);
    const name = `${toHex(logId).slice(0, 16)}-split-view.json`;
    const record = this.#deps.keep(name, () => writeSplitView(evidence));
    this.#splits.set(index, record.path);
    this.#deps.log.error('split view', { peer: index, reason: 'split-view', evidence: record.path });
    this.verdict({ kind: 'verdict', session: logId, culprit: index, code: 'split-view', evidence: record });
  }

  #alarms(): readonly LogAlarm[] {
    const waitMs = PATIENCE * this.#deps.cadence.everyMs;
    const own: LogAlarm[] = [];
    if (this.#own.isFenced) own.push({ code: 'log-rolled-back' });
    if (this.entries.waiting > 0) own.push({ code: 'log-behind' });
    const isLate = this.#deps.clock.monotonicMs() - this.#openedMs > waitMs;
    if (isLate && this.#own.isBehind && !this.#isHeard()) own.push({ code: 'log-unheard' });
    const ofOthers = this.#deps.links
      .seats()
      .flatMap(({ index, identityPk }): readonly LogAlarm[] => [
        ...(this.#witness.isOwing(identityPk, waitMs) ? [{ code: 'log-unproven', member: index }] : []),
        ...(this.#witness.hasBegunAnew(identityPk) ? [{ code: 'log-begun-anew', member: index }] : []),
      ]);
    const splits = [...this.#splits].map(([member, evidence]) => ({ code: 'split-view', member, evidence }));
    return [...own, ...ofOthers, ...splits];
  }

  #seatAt(index: PartyIndex): Seat | undefined {
    return this.#deps.links.seats().find((seat) => seat.index === index);
  }

  #self(): Seat {
    const own = this.#deps.identity.publicKey;
    const seat = this.#deps.links.seats().find(({ identityPk }) => equalBytes(identityPk, own));
    assert(seat !== undefined, 'this node has a seat');
    return seat;
  }
}

/** What tells verdicts apart. */
const nameOf = ({ session, culprit, code }: VerdictEvent): string => `${toHex(session)} ${culprit} ${code}`;

/** What tells sessions of ceremonies apart. */
const sessionOf = ({ ceremony, sid }: CeremonyEvent): string => `${toHex(ceremony)} ${toHex(sid)}`;

/** An epoch by its number and certificate. */
export interface EpochOf {
  readonly epochNo: number;
  /** Hash of the activation certificate, 32 bytes. */
  readonly certHash: Uint8Array;
}
