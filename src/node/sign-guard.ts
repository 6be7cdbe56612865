import { InputError, OperationError, assert } from '../crypto/errors.ts';
import { equalBytes, to0x } from '../crypto/bytes.ts';
import type { Disk, Log } from '../system/ports.ts';
import type { AppendLog } from './append-log.ts';
import {
  type GuardPlace,
  type NotedGuard,
  checkNoted,
  guardHeadOf,
  openGuardLog,
  readEntries,
} from './guard-log.ts';
import {
  type GuardEntry,
  type GuardMark,
  type GuardRecord,
  type Slot,
  encodeEntry,
  laneKey,
  noteText,
  slotKey,
  sortedSlots,
} from './guard-record.ts';
import {
  type GuardClaim,
  type GuardLimits,
  GuardRegister,
  type GuardVerdict,
  decide,
} from './guard-rules.ts';

/** Which register, and with what bounds. */
export interface SignGuardOptions extends GuardPlace {
  readonly limits: GuardLimits;
}

/** What the guard needs of the world. */
export interface SignGuardPorts {
  readonly disk: Disk;
  readonly log: Log;
}

/** A bound of a lane to be raised. */
export interface RaiseMark extends Pick<Slot, 'lane' | 'scope'> {
  readonly low?: bigint;
  /** `null` takes the planned stop away. */
  readonly high?: bigint | null;
}

/**
 * What was signed for which slot: a write-once register. Every online share asks it, and when it answers
 * `new` or `fee-replacement` the record is on disk already. [security, 3.3; product, 8]
 */
export class SignGuard {
  readonly #log: AppendLog;
  readonly #options: SignGuardOptions;
  readonly #ports: SignGuardPorts;
  readonly #register = new GuardRegister();
  #head: Uint8Array = new Uint8Array(32);
  /** Why it signs nothing. */
  #quarantine: string | undefined;
  /** What was answered last, by lane. */
  readonly #answers = new Map<string, string>();

  private constructor(log: AppendLog, options: SignGuardOptions, ports: SignGuardPorts) {
    this.#log = log;
    this.#options = options;
    this.#ports = ports;
  }

  /**
   * Starts the register of a key, before its share is written. `origin` tells why: `keygen` for a key that
   * nobody has used. With any other the register begins in quarantine, because it does not know what was
   * signed. @throws OperationError would-overwrite if there is one
   */
  static create(options: SignGuardOptions, origin: string, ports: SignGuardPorts): SignGuard {
    const { log, bodies } = openGuardLog(options, ports.disk);
    if (bodies.length > 0)
      throw new OperationError('would-overwrite', 'fatal', `${options.path} holds ${bodies.length} records`);
    const guard = new SignGuard(log, options, ports);
    const entry: GuardEntry = { kind: 'opened', keyId: options.keyId, origin };
    const body = encodeEntry(entry);
    log.append(body);
    guard.#take(entry, body);
    return guard;
  }

  /**
   * Opens the register of a key that has a share. Nothing recreates it silently: without it this node does
   * not know what it has signed. `noted` is what the manifest remembers of it. @throws InputError
   * safety-state-missing | safety-state-damaged, with the repair command; rollback-detected when it is older
   * than `noted`
   */
  static open(options: SignGuardOptions, ports: SignGuardPorts, noted?: NotedGuard): SignGuard {
    const { log, bodies } = openGuardLog(options, ports.disk);
    const entries = readEntries(options, bodies);
    if (noted !== undefined) checkNoted(options.path, bodies, noted);
    const guard = new SignGuard(log, options, ports);
    entries.forEach((entry, i) => {
      guard.#take(entry, bodies[i] ?? new Uint8Array(0));
    });
    return guard;
  }

  /** Records so far; a peer and the manifest remember it, so that an older copy is recognised. */
  get seq(): number {
    return this.#log.count;
  }

  /** Chain hash over all records, 32 bytes. */
  get head(): Uint8Array {
    return this.#head.slice();
  }

  /** Why this node only answers questions and signs nothing; `undefined` while it may sign. */
  get quarantineReason(): string | undefined {
    return this.#quarantine;
  }

  /** Whether this node may only answer questions, not sign. */
  get isQuarantined(): boolean {
    return this.#quarantine !== undefined;
  }

  /**
   * Stops signing until `release`, also after a restart: this node may have forgotten what it signed.
   * @throws OperationError guard-unavailable if the disk refuses; nothing is signed in that case either
   */
  quarantine(why: string): void {
    if (this.#quarantine === why) return;
    this.#quarantine = why;
    this.#appendOrThrow({ kind: 'quarantined', why: noteText(why) });
  }

  /**
   * Ends the quarantine, when what may have been forgotten is learned; `note` says from whom.
   * @throws OperationError guard-unavailable if the disk refuses
   */
  release(note: string): void {
    if (!this.isQuarantined) return;
    this.#appendOrThrow({ kind: 'released', note: noteText(note) });
  }

  /**
   * Decides whether a share for this claim may leave. Synchronous from the first look to the fsync, so that
   * two requests cannot both find a slot free. @throws OperationError fsync-failed, after which the node
   * stops
   */
  check(claim: GuardClaim): GuardVerdict {
    if (this.#quarantine !== undefined)
      return {
        kind: 'refused',
        reason: 'quarantine',
        detail: `this node signs nothing: ${this.#quarantine}`,
      };
    const sorted = { ...claim, slots: sortedSlots(claim.slots) };
    const verdict = decide(this.#register, sorted, this.#options.limits);
    const answer = verdict.kind === 'refused' ? verdict.reason : verdict.kind;
    for (const slot of sorted.slots) this.#answers.set(laneKey(slot), answer);
    if (verdict.kind === 'refused' && verdict.reason === 'guard-conflict')
      this.#ports.log.error('guard conflict', { path: this.#options.path, detail: verdict.detail });
    if (verdict.kind === 'refused' || verdict.kind === 'repeat') return verdict;
    const feeStep = verdict.kind === 'fee-replacement' ? verdict.feeStep : 0;
    // The point of no return: from here on this content holds its slots, whether a share leaves or not.
    return this.#append({ kind: 'share', record: recordOf(sorted, feeStep) }) ?? verdict;
  }

  /**
   * Moves a bound. A low mark never falls. @throws InputError below-watermark for a low mark that would fall
   * or a high one that is not above it; OperationError guard-unavailable if the disk refuses
   */
  raise(change: RaiseMark): void {
    const before = this.#register.markOf(change);
    const low = change.low ?? before.low;
    const high = change.high === undefined ? before.high : (change.high ?? undefined);
    if (low !== undefined && before.low !== undefined && low < before.low)
      throw new InputError('below-watermark', 'low', `low mark ${before.low} does not fall to ${low}`);
    if (low !== undefined && high !== undefined && high <= low)
      throw new InputError(
        'below-watermark',
        'high',
        `planned stop ${high} is not above the low mark ${low}`,
      );
    if (low === before.low && high === before.high) return;
    const mark: GuardMark = { lane: change.lane, scope: change.scope, low, high };
    this.#appendOrThrow({ kind: 'mark', mark });
  }

  /**
   * Takes in what another copy of this key's register knows: the union of the records, the higher of the low
   * marks. Nothing is taken if the two hold different contents for a slot: that is evidence of a double
   * signature. @throws InputError guard-conflict; OperationError guard-unavailable
   */
  merge(records: readonly GuardRecord[], marks: readonly GuardMark[]): void {
    this.#refuseConflicts(records);
    for (const record of records) {
      const known = record.slots.flatMap((slot) => this.#register.stepsAt(slot));
      if (known.some((mine) => equalBytes(mine.digest, record.digest))) continue;
      this.#appendOrThrow({ kind: 'share', record });
    }
    for (const mark of marks) {
      const mine = this.#register.markOf(mark).low;
      if (mark.low !== undefined && (mine === undefined || mark.low > mine))
        this.raise({ lane: mark.lane, scope: mark.scope, low: mark.low });
    }
  }

  /** How far each lane has come, for people: one row a lane, the highest number of its scopes. */
  lanes(): readonly { readonly lane: string; readonly highestRecorded: string }[] {
    const highest = new Map<string, bigint>();
    for (const row of this.#register.lanes)
      if (row.highest >= (highest.get(row.lane) ?? 0n)) highest.set(row.lane, row.highest);
    return [...highest].map(([lane, number]) => ({ lane, highestRecorded: number.toString() }));
  }

  /** All that was recorded, oldest first. */
  get records(): readonly GuardRecord[] {
    return this.#register.records;
  }

  /**
   * The place, from 1, of the row under which a content is signed: for what is asked for again, the one that
   * it has. @throws Bug where no row holds it
   */
  placeOf({ slots, digest }: Pick<GuardClaim, 'slots' | 'digest'>): number {
    const row = slots.flatMap((slot) => this.recordsAt(slot)).find((one) => equalBytes(one.digest, digest));
    assert(row !== undefined, 'what is signed has a row in the guard');
    return this.records.lastIndexOf(row) + 1;
  }

  /** All bounds that were set, for people. */
  get marks(): readonly GuardMark[] {
    return this.#register.marks;
  }

  /** The bounds of a lane, and the highest number recorded in it: what policy takes as the next number. */
  laneState(lane: Pick<Slot, 'lane' | 'scope'>): GuardMark & { readonly highest: bigint | undefined } {
    return { ...this.#register.markOf(lane), highest: this.#register.highestOf(lane) };
  }

  /**
   * What a copy of this register must know at least, one row a lane and scope: nothing up to the highest
   * number recorded is signed again. Contents and fees are not in it. [product, 8.6]
   */
  watermarks(): readonly GuardMark[] {
    const lanes = [...this.#register.lanes, ...this.#register.marks];
    const byName = new Map(lanes.map((lane) => [laneKey(lane), lane]));
    return [...byName.values()].map((lane) => {
      const { lane: name, scope, low, high, highest } = this.laneState(lane);
      const isHigher = highest !== undefined && (low === undefined || highest > low);
      return { lane: name, scope, low: isHigher ? highest : low, high };
    });
  }

  /** What the last request for a lane was told since the start: a verdict, or the code of a refusal. */
  lastAnswer(lane: Pick<Slot, 'lane' | 'scope'>): string | undefined {
    return this.#answers.get(laneKey(lane));
  }

  /** The records that hold a slot, oldest first. */
  recordsAt(slot: Slot): readonly GuardRecord[] {
    return this.#register.stepsAt(slot);
  }

  /** Whether each of these slots has a row of this content, 32 bytes. */
  holds(slots: readonly Slot[], contentHash: Uint8Array): boolean {
    return slots.every((slot) =>
      this.recordsAt(slot).some((step) => equalBytes(step.contentHash, contentHash)),
    );
  }

  #refuseConflicts(records: readonly GuardRecord[]): void {
    const contents = new Map<string, Uint8Array>();
    for (const record of records)
      for (const slot of record.slots) {
        const known = contents.get(slotKey(slot)) ?? this.#register.stepsAt(slot)[0]?.contentHash;
        if (known !== undefined && !equalBytes(known, record.contentHash))
          throw conflict(slot, known, record);
        contents.set(slotKey(slot), record.contentHash);
      }
  }

  #appendOrThrow(entry: GuardEntry): void {
    const failed = this.#append(entry);
    if (failed !== undefined) throw new OperationError('guard-unavailable', 'reset', failed.detail);
  }

  #append(entry: GuardEntry): Extract<GuardVerdict, { kind: 'refused' }> | undefined {
    const body = encodeEntry(entry);
    try {
      this.#log.append(body);
    } catch (error) {
      if (!(error instanceof OperationError) || error.level === 'fatal') throw error;
      this.#ports.log.error('guard not writable', { path: this.#options.path, reason: error.code });
      return { kind: 'refused', reason: 'guard-unavailable', detail: error.message };
    }
    this.#take(entry, body);
    return undefined;
  }

  #take(entry: GuardEntry, body: Uint8Array): void {
    this.#head = guardHeadOf([body], this.#head);
    switch (entry.kind) {
      case 'opened':
        if (entry.origin !== 'keygen') this.#quarantine = entry.origin;
        break;
      case 'quarantined':
        this.#quarantine = entry.why;
        break;
      case 'released':
        this.#quarantine = undefined;
        break;
      case 'share':
      case 'mark':
        this.#register.apply(entry);
    }
  }
}

function recordOf(claim: GuardClaim, feeStep: number): GuardRecord {
  const { feeCaps: _caps, reachedOnL1: _l1, isVoidOnL1: _void, ...rest } = claim;
  return { ...rest, feeStep };
}

const conflict = (slot: Slot, known: Uint8Array, other: GuardRecord): InputError =>
  new InputError(
    'guard-conflict',
    `${slot.lane} ${slot.number}`,
    `two contents hold ${slot.lane} ${slot.number}: ${to0x(known)} and ${to0x(other.contentHash)}`,
  );
