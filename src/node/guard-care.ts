import { toHex } from '../crypto/bytes.ts';
import { InputError, OperationError } from '../crypto/errors.ts';
import { addressOf } from '../ethereum/address.ts';
import { type EpochRecord, publicKeyOf } from '../protocols/epoch.ts';
import type { Disk, Log } from '../system/ports.ts';
import { encodeLog } from './append-log.ts';
import { type GuardExport, marksToImport } from './guard-file.ts';
import { GUARD_LOG_KIND, type GuardPlace, containsNoted, salvageGuard } from './guard-log.ts';
import { type GuardEntry, type GuardMark, encodeEntry } from './guard-record.ts';
import type { GuardLimits } from './guard-rules.ts';
import type { ManifestStore } from './manifest.ts';
import { SignGuard } from './sign-guard.ts';

/** What the care of a register works with. The folder must be ours: no node runs in it. */
export interface GuardCareDeps {
  readonly disk: Disk;
  readonly log: Log;
  /** `undefined` where it is lost: it is rebuilt afterwards. */
  readonly manifest: ManifestStore | undefined;
  /** The folder of keys. */
  readonly keys: string;
  /** Of the key, from its lock. */
  readonly record: EpochRecord;
  readonly limits: GuardLimits;
}

/** What a look at a register found. */
export interface GuardCheck {
  readonly path: string;
  readonly entries: number;
  readonly state: 'sound' | 'missing' | 'damaged' | 'rolled-back';
  /** One sentence, where it is not sound. */
  readonly problem: string | undefined;
  /** Why the node would start in quarantine. */
  readonly quarantine: string | undefined;
}

/** What a repair did. */
export interface GuardRepair {
  readonly problem: string;
  /** Entries that were kept. */
  readonly kept: number;
  /** Where the register that was found lies now. */
  readonly attic: string;
}

/** Where the register of a key lies. */
export const guardPlaceOf = (keys: string, record: EpochRecord): GuardPlace => ({
  path: `${keys}/${addressOf(publicKeyOf(record)).toLowerCase()}/guard/000001.log`,
  keyId: record.keyId,
});

/** Looks at a register and changes nothing. */
export function checkGuard({ disk, manifest, keys, record }: GuardCareDeps): GuardCheck {
  const place = guardPlaceOf(keys, record);
  const { path } = place;
  if ((disk.read(path) ?? new Uint8Array(0)).length === 0)
    return { path, entries: 0, state: 'missing', problem: `${path} is missing`, quarantine: undefined };
  const { bodies, entries, damage } = salvageGuard(place, disk);
  const quarantine = quarantineOf(entries);
  const found = { path, entries: entries.length, quarantine };
  if (damage !== undefined) return { ...found, state: 'damaged', problem: damage };
  const noted = manifest?.key(record.keyId);
  if (noted === undefined || containsNoted(bodies, { seq: noted.guardSeq, head: noted.guardHead }))
    return { ...found, state: 'sound', problem: undefined };
  const problem =
    `${path} has ${bodies.length} records, which do not contain the ${noted.guardSeq} that the ` +
    'manifest knew';
  return { ...found, state: 'rolled-back', problem };
}

/**
 * Begins a register anew for a key whose register is lost, with low marks that are known; the node starts in
 * quarantine. @throws OperationError would-overwrite if there is one
 */
export function initGuard(deps: GuardCareDeps, marks: readonly GuardMark[]): void {
  const place = guardPlaceOf(deps.keys, deps.record);
  if ((deps.disk.read(place.path) ?? new Uint8Array(0)).length > 0)
    throw new OperationError(
      'would-overwrite',
      'fatal',
      `${place.path} is there: "conclave guard check" looks at it, "conclave guard repair" mends it`,
    );
  write(deps, [
    { kind: 'opened', keyId: place.keyId, origin: 'relearned' },
    ...marks.map((mark) => ({ kind: 'mark', mark }) as const),
  ]);
}

/**
 * Keeps what is sound of a damaged or older register, and puts the node into quarantine. What was found is
 * kept in the attic first. @throws InputError safety-state-missing; OperationError nothing-to-repair
 */
export function repairGuard(deps: GuardCareDeps, stamp: string): GuardRepair {
  const place = guardPlaceOf(deps.keys, deps.record);
  const { entries } = salvageGuard(place, deps.disk);
  const { problem } = checkGuard(deps);
  if (problem === undefined)
    throw new OperationError(
      'nothing-to-repair',
      'fatal',
      `${place.path} is sound: there is nothing to repair`,
    );
  const attic = `attic/guard-${toHex(place.keyId).slice(0, 16)}-${stamp}.log`;
  deps.disk.create(attic, deps.disk.read(place.path) ?? new Uint8Array(0));
  const known = entries.filter(({ kind }) => kind === 'share' || kind === 'mark');
  write(deps, [{ kind: 'opened', keyId: place.keyId, origin: 'repaired' }, ...known]);
  return { problem, kept: known.length, attic };
}

/**
 * Takes in what an export knows: the union of the records, the higher of the low marks; nothing falls. A
 * register that was missing begins with it, in quarantine. @throws InputError wrong-cluster | guard-conflict,
 * of which the latter is evidence of a double signature, and those of `SignGuard.open`
 */
export function importGuard(deps: GuardCareDeps, file: GuardExport): { readonly isNew: boolean } {
  const { disk, log, keys, record, limits, manifest } = deps;
  const place = guardPlaceOf(keys, record);
  if (toHex(file.keyId) !== toHex(record.keyId))
    throw new InputError('wrong-cluster', 'keyId', `the file is of key ${file.address}, not of this one`);
  const marks = marksToImport(file);
  if ((disk.read(place.path) ?? new Uint8Array(0)).length > 0) {
    const noted = manifest?.key(record.keyId);
    const before = noted && { seq: noted.guardSeq, head: noted.guardHead };
    SignGuard.open({ ...place, limits }, { disk, log }, before).merge(file.records, marks);
    return { isNew: false };
  }
  const scratch = scratchDisk(disk);
  SignGuard.create({ ...place, limits }, 'imported', { disk: scratch.disk, log }).merge(file.records, marks);
  put(deps, scratch.bytes());
  return { isNew: true };
}

/** Opens a sound register, for a change by an operator while no node runs. @throws as `SignGuard.open` */
export function openOffline({ disk, log, keys, record, limits, manifest }: GuardCareDeps): SignGuard {
  const noted = manifest?.key(record.keyId);
  return SignGuard.open(
    { ...guardPlaceOf(keys, record), limits },
    { disk, log },
    noted && { seq: noted.guardSeq, head: noted.guardHead },
  );
}

/** The last word on it. */
function quarantineOf(entries: readonly GuardEntry[]): string | undefined {
  return entries.reduce<string | undefined>((why, entry) => {
    if (entry.kind === 'opened') return entry.origin === 'keygen' ? undefined : entry.origin;
    if (entry.kind === 'quarantined') return entry.why;
    return entry.kind === 'released' ? undefined : why;
  }, undefined);
}

const write = (deps: GuardCareDeps, entries: readonly GuardEntry[]): void => {
  put(deps, encodeLog(GUARD_LOG_KIND, entries.map(encodeEntry)));
};

/** The manifest forgets first: it must never know of records that a register made anew does not have. */
function put({ disk, manifest, keys, record }: GuardCareDeps, bytes: Uint8Array): void {
  const noted = manifest?.key(record.keyId);
  if (noted !== undefined) manifest?.setKey({ ...noted, guardSeq: 0, guardHead: new Uint8Array(32) });
  disk.replace(guardPlaceOf(keys, record).path, bytes);
}

/** A disk that keeps one new file in memory, so that it can be put in place in one piece. */
function scratchDisk(disk: Disk): { readonly disk: Disk; readonly bytes: () => Uint8Array } {
  let bytes = new Uint8Array(0);
  const append = (_path: string, more: Uint8Array): void => {
    const next = new Uint8Array(bytes.length + more.length);
    next.set(bytes);
    next.set(more, bytes.length);
    bytes = next;
  };
  return {
    disk: { ...disk, read: () => bytes.slice(), append, truncate: () => undefined },
    bytes: () => bytes,
  };
}
