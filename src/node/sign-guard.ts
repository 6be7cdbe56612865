import { InputError, OperationError, assert } from '../crypto/errors.ts';
import { compareBytes, equalBytes, to0x } from '../crypto/bytes.ts';
import { taggedHash } from '../crypto/hash.ts';
import { tags } from '../crypto/tags.ts';
import type { Disk, Log } from '../system/ports.ts';
import { AppendLog } from './append-log.ts';
import {
  type GuardEntry,
  type GuardMark,
  type GuardRecord,
  MAX_ENTRY_BYTES,
  type Slot,
  decodeEntry,
  encodeEntry,
  laneKey,
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
export interface SignGuardOptions {
  /** Path of the log in the data folder. */
  readonly path: string;
  /** 32 bytes: the key whose slots these are. */
  readonly keyId: Uint8Array;
  readonly limits: GuardLimits;
}

/** What the guard needs of the world. */
export interface SignGuardPorts {
  readonly disk: Disk;
  readonly log: Log;
}

/** How far a register reached when it was last noted. */
export interface NotedGuard {
  readonly seq: number;
  /** Chain hash, 32 bytes. */
  readonly head: Uint8Array;
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
  #quarantined = false;

  private constructor(log: AppendLog, options: SignGuardOptions, ports: SignGuardPorts) {
    this.#log = log;
    this.#options = options;
    this.#ports = ports;
  }

  /**
   * Starts the register of a new key, before its share is written; `origin` tells why: `keygen`, `relearned`.
   * @throws OperationError would-overwrite if there is one
   */
  static create(options: SignGuardOptions, origin: string, ports: SignGuardPorts): SignGuard {
    const { log, bodies } = openLog(options, ports.disk);
    if (bodies.length > 0)
      throw new OperationError('would-overwrite', 'fatal', `${options.path} holds ${bodies.length} records`);
    const guard = new SignGuard(log, options, ports);
    const body = encodeEntry({ kind: 'opened', keyId: options.keyId, origin });
    log.append(body);
    guard.#extend(body);
    return guard;
  }

  /**
   * Opens the register of a key that has a share. Nothing recreates it silently: without it this node does
   * not know what it has signed. `noted` is what the manifest remembers of it. @throws InputError
   * safety-state-missing | safety-state-damaged, with the repair command; rollback-detected when it is older
   * than `noted`
   */
  static open(options: SignGuardOptions, ports: SignGuardPorts, noted?: NotedGuard): SignGuard {
    const { log, bodies } = openLog(options, ports.disk);
    if (bodies.length === 0) throw missing(options.path);
    if (noted !== undefined) checkNoted(options.path, bodies, noted);
    const guard = new SignGuard(log, options, ports);
    bodies.forEach((body, i) => {
      guard.#register.apply(readEntry(body, i, options));
      guard.#extend(body);
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

  /** Whether this node may only answer questions, not sign. */
  get isQuarantined(): boolean {
    return this.#quarantined;
  }

  /** Stops signing until `release`: this node may have forgotten what it signed. */
  quarantine(): void {
    this.#quarantined = true;
  }

  /** Ends the quarantine; an operator decides it after re-learning. */
  release(): void {
    this.#quarantined = false;
  }

  /**
   * Decides whether a share for this claim may leave. Synchronous from the first look to the fsync, so that
   * two requests cannot both find a slot free. @throws OperationError fsync-failed, after which the node
   * stops
   */
  check(claim: GuardClaim): GuardVerdict {
    if (this.#quarantined)
      return { kind: 'refused', reason: 'quarantine', detail: 'this node re-learns what it has signed' };
    const sorted = { ...claim, slots: sortedSlots(claim.slots) };
    const verdict = decide(this.#register, sorted, this.#options.limits);
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
    const failed = this.#append({ kind: 'mark', mark });
    if (failed !== undefined) throw new OperationError('guard-unavailable', 'reset', failed.detail);
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
      const failed = this.#append({ kind: 'share', record });
      if (failed !== undefined) throw new OperationError('guard-unavailable', 'reset', failed.detail);
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

  /** All bounds that were set, for people. */
  get marks(): readonly GuardMark[] {
    return this.#register.marks;
  }

  /** The bounds of a lane, and the highest number recorded in it: what policy takes as the next number. */
  laneState(lane: Pick<Slot, 'lane' | 'scope'>): GuardMark & { readonly highest: bigint | undefined } {
    return { ...this.#register.markOf(lane), highest: this.#register.highestOf(lane) };
  }

  /**
   * What a copy of this register must know at least, one row a lane and scope: nothing up to the highest number
   * recorded is signed again. Contents and fees are not in it. [product, 8.6]
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

  /** The records that hold a slot, oldest first. */
  recordsAt(slot: Slot): readonly GuardRecord[] {
    return this.#register.stepsAt(slot);
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

  #append(entry: GuardEntry): Extract<GuardVerdict, { kind: 'refused' }> | undefined {
    const body = encodeEntry(entry);
    try {
      this.#log.append(body);
    } catch (error) {
      if (!(error instanceof OperationError) || error.level === 'fatal') throw error;
      this.#ports.log.error('guard not writable', { path: this.#options.path, reason: error.code });
      return { kind: 'refused', reason: 'guard-unavailable', detail: error.message };
    }
    this.#register.apply(entry);
    this.#extend(body);
    return undefined;
  }

  #extend(body: Uint8Array): void {
    this.#head = taggedHash(tags.guardChain, this.#head, body);
  }
}

function recordOf(claim: GuardClaim, feeStep: number): GuardRecord {
  const { feeCaps: _caps, reachedOnL1: _l1, ...rest } = claim;
  return { ...rest, feeStep };
}

/**
 * An older copy lacks records; a copy that went on by itself has others. Both would sign again what was
 * signed.
 */
function checkNoted(path: string, bodies: readonly Uint8Array[], { seq, head }: NotedGuard): void {
  const then = bodies
    .slice(0, seq)
    .reduce((chain, body) => taggedHash(tags.guardChain, chain, body), new Uint8Array(32));
  if (bodies.length >= seq && equalBytes(then, head)) return;
  throw new InputError(
    'rollback-detected',
    path,
    `${path} has ${bodies.length} records, which do not contain the ${seq} that the manifest knew: ` +
      'it was restored from an older copy; put the newest one back, or leave this node off',
  );
}

function openLog(
  options: SignGuardOptions,
  disk: Disk,
): { readonly log: AppendLog; readonly bodies: readonly Uint8Array[] } {
  assert(options.keyId.length === 32, 'a key id has 32 bytes');
  try {
    return AppendLog.open(disk, {
      path: options.path,
      kind: 'sign-guard',
      maxBodyBytes: MAX_ENTRY_BYTES,
    });
  } catch (error) {
    if (error instanceof InputError && error.code === 'safety-state-damaged')
      throw damaged(options.path, error.message, error);
    throw error;
  }
}

function readEntry(body: Uint8Array, i: number, { path, keyId }: SignGuardOptions): GuardEntry {
  let entry: GuardEntry;
  try {
    entry = decodeEntry(body, `${path}[${i}]`);
  } catch (error) {
    throw damaged(path, `${path}: record ${i} does not decode`, error);
  }
  if ((entry.kind === 'opened') !== (i === 0)) throw damaged(path, `${path}: record ${i} is out of place`);
  if (entry.kind === 'opened' && compareBytes(entry.keyId, keyId) !== 0)
    throw damaged(path, `${path} is the register of key ${to0x(entry.keyId)}`);
  return entry;
}

const conflict = (slot: Slot, known: Uint8Array, other: GuardRecord): InputError =>
  new InputError(
    'guard-conflict',
    `${slot.lane} ${slot.number}`,
    `two contents hold ${slot.lane} ${slot.number}: ${to0x(known)} and ${to0x(other.contentHash)}`,
  );

const missing = (path: string): InputError =>
  new InputError(
    'safety-state-missing',
    path,
    `${path} is missing although a share exists: put your own newest copy back; without it this ` +
      'node does not know what it has signed: leave it off, the others sign without it',
  );

const damaged = (path: string, what: string, cause?: unknown): InputError =>
  new InputError(
    'safety-state-damaged',
    path,
    `${what}; keep it, and put your own newest copy in its place`,
    {
      cause,
    },
  );
