import { compareBytes, equalBytes, to0x } from '../crypto/bytes.ts';
import { InputError, assert } from '../crypto/errors.ts';
import { taggedHash } from '../crypto/hash.ts';
import { tags } from '../crypto/tags.ts';
import type { Disk } from '../system/ports.ts';
import { AppendLog, type AppendLogOptions, readLog } from './append-log.ts';
import { type GuardEntry, MAX_ENTRY_BYTES, decodeEntry } from './guard-record.ts';

/** Which register. */
export interface GuardPlace {
  /** Path of the log in the data folder. */
  readonly path: string;
  /** 32 bytes: the key whose slots these are. */
  readonly keyId: Uint8Array;
}

/** How far a register reached when it was last noted. */
export interface NotedGuard {
  readonly seq: number;
  /** Chain hash, 32 bytes. */
  readonly head: Uint8Array;
}

/** What a log of this kind is called. */
export const GUARD_LOG_KIND = 'sign-guard';

const logOptions = (path: string): AppendLogOptions => ({
  path,
  kind: GUARD_LOG_KIND,
  maxBodyBytes: MAX_ENTRY_BYTES,
});

/** The chain hash over the bodies of a register, 32 bytes. */
export const guardHeadOf = (
  bodies: readonly Uint8Array[],
  before: Uint8Array = new Uint8Array(32),
): Uint8Array => bodies.reduce<Uint8Array>((chain, body) => taggedHash(tags.guardChain, chain, body), before);

/** Opens the log of a register. @throws InputError safety-state-damaged, with the repair command */
export function openGuardLog(
  { path, keyId }: GuardPlace,
  disk: Disk,
): { readonly log: AppendLog; readonly bodies: readonly Uint8Array[] } {
  assert(keyId.length === 32, 'a key id has 32 bytes');
  try {
    return AppendLog.open(disk, logOptions(path));
  } catch (error) {
    if (error instanceof InputError && error.code === 'safety-state-damaged')
      throw damaged(path, error.message, error);
    throw error;
  }
}

/** The entries of a register, in order. @throws InputError safety-state-missing | safety-state-damaged */
export function readEntries(place: GuardPlace, bodies: readonly Uint8Array[]): readonly GuardEntry[] {
  if (bodies.length === 0) throw missing(place.path);
  return bodies.map((body, i) => readEntry(body, i, place));
}

/** What is sound of a register, and what is wrong with the rest. Nothing is changed. */
export interface GuardSalvage {
  readonly bodies: readonly Uint8Array[];
  readonly entries: readonly GuardEntry[];
  /** One sentence that names the place; `undefined` for a register that is whole. */
  readonly damage: string | undefined;
}

/** Reads as much of a register as is sound. @throws InputError safety-state-missing where there is no file */
export function salvageGuard(place: GuardPlace, disk: Pick<Disk, 'read'>): GuardSalvage {
  if ((disk.read(place.path) ?? new Uint8Array(0)).length === 0) throw missing(place.path);
  const { bodies, damage } = readLog(disk, logOptions(place.path));
  const entries: GuardEntry[] = [];
  for (const [i, body] of bodies.entries()) {
    try {
      entries.push(readEntry(body, i, place));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return { bodies: bodies.slice(0, i), entries, damage: error.message };
    }
  }
  const isEmpty = bodies.length === 0 ? `${place.path} holds no whole record` : undefined;
  return { bodies, entries, damage: damage?.message ?? isEmpty };
}

/**
 * Whether a register contains what the manifest noted of it. An older copy lacks records; a copy that went on
 * by itself has others. Both would sign again what was signed.
 */
export function containsNoted(bodies: readonly Uint8Array[], { seq, head }: NotedGuard): boolean {
  return bodies.length >= seq && equalBytes(guardHeadOf(bodies.slice(0, seq)), head);
}

/**
 * Stops a start on a register that is older than the manifest, or another. @throws InputError
 * rollback-detected
 */
export function checkNoted(path: string, bodies: readonly Uint8Array[], noted: NotedGuard): void {
  if (containsNoted(bodies, noted)) return;
  throw new InputError(
    'rollback-detected',
    path,
    `${path} has ${bodies.length} records, which do not contain the ${noted.seq} that the manifest knew: ` +
      'it was restored from an older copy; put the newest one back, or keep this one with ' +
      '"conclave guard repair", which starts the node in quarantine',
  );
}

function readEntry(body: Uint8Array, i: number, { path, keyId }: GuardPlace): GuardEntry {
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

const missing = (path: string): InputError =>
  new InputError(
    'safety-state-missing',
    path,
    `${path} is missing although a share exists, and this node does not know what it has signed: put your ` +
      'own newest copy back, or run "conclave guard import FILE" or "conclave guard init --from-l1 ' +
      '--from-peers", which start the node in quarantine; the others sign without it',
  );

const damaged = (path: string, what: string, cause?: unknown): InputError =>
  new InputError(
    'safety-state-damaged',
    path,
    `${what}; put your own newest copy in its place, or run "conclave guard repair", which keeps this file ` +
      'and starts the node in quarantine',
    { cause },
  );
