import { readLock } from '../chain/lock-file.ts';
import { type Lock, lockHash } from '../chain/lock.ts';
import { equalBytes } from '../crypto/bytes.ts';
import { InputError } from '../crypto/errors.ts';
import type { Definition } from '../protocols/ceremony/definition.ts';
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
   * Of epochs above the newest that the manifest knows, ascending: a crash came between lock and switch, or the
   * files are copies. The caller completes the switch or leaves, one after the other.
   */
  readonly newer: readonly Lock[];
}

interface LockFile {
  readonly path: string;
  readonly lock: Lock;
}

/**
 * The locks in the ceremonies folder, and which of them counts. Locks of lower epochs are history.
 * @throws InputError safety-state-missing | lock-mismatch | wrong-cluster, and those of `readLock`
 */
export function findLocks(search: LockSearch): FoundLocks {
  const { ceremonies, identityPk, manifest } = search;
  const files = allLocks(search);
  checkConsistent(ceremonies, files);
  const keyId = files[0]?.lock.record.keyId;
  const noted = keyId === undefined ? undefined : manifest.key(keyId);
  const active = noted === undefined ? undefined : activeOf(noted);
  const lock = files.find(({ lock: { record } }) => record.epochNo === active)?.lock;
  if (lock === undefined && search.needsLock)
    throw new InputError(
      'safety-state-missing',
      ceremonies,
      `this node holds an active share${active === undefined ? '' : ` of epoch ${active}`}, but there is no ` +
        `lock of it in ${ceremonies}: copy the ceremony's folder back from any member`,
    );
  const newest = noted?.newest;
  if (noted !== undefined)
    return {
      lock,
      newer: files.flatMap((file) => (file.lock.record.epochNo > (newest ?? -1) ? [file.lock] : [])),
    };
  // A key that the manifest does not know: with a seat for us the start must say what is missing.
  const last = files.at(-1)?.lock;
  return { lock: last && seatOf(last.record, identityPk) === undefined ? undefined : last, newer: [] };
}

/** Every lock of the folder, ascending by epoch. */
function allLocks({ disk, ceremonies, network }: LockSearch): readonly LockFile[] {
  const files = disk.list(ceremonies).flatMap((name) => {
    const path = `${ceremonies}/${name}/lock.json`;
    const bytes = disk.read(path);
    return bytes === undefined ? [] : [{ path, lock: readLock(bytes, path) }];
  });
  for (const { path, lock } of files) {
    const { l1ChainId, l2ChainId, name } = lock.definition.definition.network;
    if (l1ChainId !== network.l1ChainId || l2ChainId !== network.l2ChainId || name !== network.name)
      throw new InputError(
        'wrong-cluster',
        path,
        `${path} is of network ${name}, this node is configured for ${network.name}`,
      );
  }
  return files.sort((a, b) => a.lock.record.epochNo - b.lock.record.epochNo);
}

/** Stops a second key, and two truths about one epoch. */
function checkConsistent(ceremonies: string, files: readonly LockFile[]): void {
  for (const [i, { path, lock }] of files.entries()) {
    const before = files[i - 1];
    if (before === undefined) continue;
    if (!equalBytes(before.lock.record.keyId, lock.record.keyId))
      throw new InputError(
        'lock-mismatch',
        ceremonies,
        `${before.path} and ${path} are of two keys: a node of this release serves one`,
      );
    const isSame = equalBytes(lockHash(before.lock), lockHash(lock));
    if (before.lock.record.epochNo === lock.record.epochNo && !isSame)
      throw new InputError(
        'lock-mismatch',
        ceremonies,
        `${before.path} and ${path} are different locks of epoch ${lock.record.epochNo}: keep both, and ask the ` +
          'other members which one they have; two that verify are evidence of a double commitment',
      );
  }
}
