import { readLock } from '../../chain/lock-file.ts';
import type { Lock } from '../../chain/lock.ts';
import { toHex } from '../../crypto/bytes.ts';
import type { Disk } from '../../system/ports.ts';

/** A lock of this node's ceremonies, and the files that it came from. */
export interface KeptLock {
  readonly lock: Lock;
  readonly lockFile: Uint8Array;
  /** Empty where there is none. */
  readonly definitionFile: Uint8Array;
}

/**
 * The locks of all ceremonies in a folder, verified, those of newer epochs first. @throws InputError as
 * `readLock`: a lock that does not hold is a reason to look, not to pass over
 */
export function keptLocks(disk: Pick<Disk, 'read' | 'list'>, ceremonies: string): readonly KeptLock[] {
  const found = disk.list(ceremonies).flatMap((name) => {
    const path = `${ceremonies}/${name}/lock.json`;
    const lockFile = disk.read(path);
    if (lockFile === undefined) return [];
    const definitionFile = disk.read(`${ceremonies}/${name}/definition.json`) ?? new Uint8Array(0);
    return [{ lock: readLock(lockFile, path), lockFile, definitionFile }];
  });
  return found.sort((a, b) => b.lock.record.epochNo - a.lock.record.epochNo);
}

/** The locks of each key by themselves, in the order of `keptLocks`. */
export function byKey(locks: readonly KeptLock[]): readonly (readonly KeptLock[])[] {
  const keys = new Map<string, KeptLock[]>();
  for (const one of locks) {
    const name = toHex(one.lock.record.keyId);
    const known = keys.get(name);
    if (known === undefined) keys.set(name, [one]);
    else known.push(one);
  }
  return [...keys.values()];
}
