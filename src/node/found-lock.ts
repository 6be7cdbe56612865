import { readDefinition } from '../chain/definition-file.ts';
import { parseLock } from '../chain/lock-file.ts';
import { lockProblems } from '../chain/lock-rules.ts';
import { type Lock, lockHash } from '../chain/lock.ts';
import { equalBytes } from '../crypto/bytes.ts';
import { InputError } from '../crypto/errors.ts';
import type { Definition, Seat } from '../protocols/ceremony/definition.ts';
import { seatOf } from '../protocols/epoch.ts';
import type { Disk } from '../system/ports.ts';
import { type ManifestStore, activeOf } from './manifest.ts';

/** Where locks are looked for, and what they must fit. */
export interface LockSearch {
  readonly disk: Disk;
  readonly manifest: ManifestStore;
  /** The folder of all ceremonies. */
  readonly ceremonies: string;
  readonly network: Definition['network'];
  /** Ed25519 public key of this node, 32 bytes. */
  readonly identityPk: Uint8Array;
  /** This node has an active share, and no ceremony that ended short of its lock explains it. */
  readonly needsLock: boolean;
}

/** What was found; all of it verified, and of one key. */
export interface FoundLocks {
  /** Of the epoch that is active here; `undefined` on a node without a key, and on one that has left. */
  readonly lock: Lock | undefined;
  /**
   * Of epochs above the newest that the manifest knows, ascending: a crash came between lock and switch, or
   * the files are copies. The caller completes the switch or leaves, one after the other.
   */
  readonly newer: readonly Lock[];
  /** Of the highest epoch that the folder knows, whether this node has a part in it or not. */
  readonly newest: Lock | undefined;
  /** Who has left with one of these epochs, and may not have heard of it; the last at the end. */
  readonly formers: readonly Seat[];
}

interface LockFile {
  readonly path: string;
  readonly folder: string;
  readonly lock: Lock;
}

/**
 * The locks in the ceremonies folder, and which of them counts. Locks of lower epochs are history. What
 * counts is held against the lock before it, which lies in the folder too, or came with the plan of its
 * ceremony.
 * @throws InputError safety-state-missing | lock-mismatch | wrong-cluster, and those of `parseLock`
 */
export function findLocks(search: LockSearch): FoundLocks {
  const { ceremonies, identityPk, manifest } = search;
  const files = allLocks(search);
  checkConsistent(ceremonies, files);
  const keyId = files[0]?.lock.record.keyId;
  const noted = keyId === undefined ? undefined : manifest.key(keyId);
  const active = noted === undefined ? undefined : activeOf(noted);
  const lock = files.find((file) => file.lock.record.epochNo === active);
  if (lock === undefined && search.needsLock)
    throw new InputError(
      'safety-state-missing',
      ceremonies,
      `this node holds an active share${active === undefined ? '' : ` of epoch ${active}`}, but there is ` +
        `no lock of it in ${ceremonies}: copy the ceremony's folder back from any member`,
    );
  const newest = files.at(-1)?.lock;
  const formers = files.flatMap((file) => file.lock.definition.definition.leavers ?? []);
  const counts = (file: LockFile | undefined): Lock | undefined =>
    file === undefined ? undefined : servable(file, files, search.disk);
  // A key that the manifest does not know: with a seat for us the load must say what is missing.
  if (noted === undefined)
    return {
      lock: counts(files.findLast(({ lock: { record } }) => seatOf(record, identityPk) !== undefined)),
      ...{ newer: [], newest, formers },
    };
  const newer = files.filter((file) => file.lock.record.epochNo > (noted.newest ?? -1));
  return { lock: counts(lock), newer: newer.flatMap((file) => counts(file) ?? []), newest, formers };
}

/** Every lock of the folder, ascending by epoch; one that is there twice counts once. */
function allLocks({ disk, ceremonies, network }: LockSearch): readonly LockFile[] {
  const files = disk.list(ceremonies).flatMap((name) => {
    const folder = `${ceremonies}/${name}`;
    const path = `${folder}/lock.json`;
    const bytes = disk.read(path);
    return bytes === undefined ? [] : [{ path, folder, lock: parseLock(bytes, path) }];
  });
  for (const { path, lock } of files) {
    const { l1ChainId, l2ChainId, name } = lock.definition.definition.network;
    if (l1ChainId !== network.l1ChainId || l2ChainId !== network.l2ChainId || name !== network.name)
      throw new InputError(
        'wrong-cluster',
        path,
        `${path} is of network ${name}, this node is configured for ${network.name}`,
      );
    const [problem] = lockProblems(lock, undefined);
    if (problem !== undefined) throw mismatch(path, `it does not hold that ${problem}`);
  }
  const names = files.map(({ lock }) => String(lockHash(lock)));
  return files
    .filter((_, i) => names.indexOf(names[i] ?? '') === i)
    .sort((a, b) => a.lock.record.epochNo - b.lock.record.epochNo);
}

/** Stops a second key, and two truths about one epoch. */
function checkConsistent(ceremonies: string, files: readonly LockFile[]): void {
  for (const [i, { path, lock }] of files.entries()) {
    const before = files[i - 1];
    if (before === undefined) continue;
    if (!equalBytes(before.lock.record.keyId, lock.record.keyId))
      throw mismatch(
        ceremonies,
        `${before.path} and ${path} are of two keys, a node of this release serves one`,
      );
    if (before.lock.record.epochNo === lock.record.epochNo)
      throw mismatch(
        ceremonies,
        `${before.path} and ${path} are different locks of epoch ${lock.record.epochNo}: keep both, and ` +
          'ask the other members which one they have; two that hold are evidence of a double commitment',
      );
  }
}

/** The lock, if it follows from the one before it. @throws InputError lock-mismatch */
function servable({ path, folder, lock }: LockFile, files: readonly LockFile[], disk: Disk): Lock {
  const named = lock.previousLockHash;
  if (named === undefined) return lock; // of a new key: all its rules have been checked
  const plan = `${folder}/definition.json`;
  const bytes = disk.read(plan);
  const previous =
    files.find((file) => equalBytes(lockHash(file.lock), named))?.lock ??
    (bytes === undefined ? undefined : readDefinition(bytes, plan).previous);
  if (previous === undefined)
    throw new InputError(
      'safety-state-missing',
      plan,
      `the lock before ${path} is missing: copy ${plan} back from any member, it is attached there`,
    );
  const [problem] = lockProblems(lock, previous);
  if (problem !== undefined) throw mismatch(path, `it does not hold that ${problem}`);
  return lock;
}

const mismatch = (path: string, what: string): InputError =>
  new InputError('lock-mismatch', path, `${path}: ${what}`);
