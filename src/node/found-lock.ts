import { readLock } from '../chain/lock-file.ts';
import type { Lock } from '../chain/lock.ts';
import { InputError } from '../crypto/errors.ts';
import type { Definition } from '../protocols/ceremony/definition.ts';
import type { Disk } from '../system/ports.ts';

/** Where a lock is looked for, and what it must fit. */
export interface LockSearch {
  readonly disk: Disk;
  /** The folder of all ceremonies. */
  readonly ceremonies: string;
  readonly network: Definition['network'];
  /** This node has an active share, and no ceremony that ended short of its lock explains it. */
  readonly needsLock: boolean;
}

/**
 * The one lock in the ceremonies folder, verified; `undefined` on a node without a key. More than one is for
 * a release that changes committees. @throws InputError safety-state-missing | lock-mismatch | wrong-cluster,
 * and those of `readLock`
 */
export function findLock({ disk, ceremonies, network, needsLock }: LockSearch): Lock | undefined {
  const paths = disk
    .list(ceremonies)
    .map((name) => `${ceremonies}/${name}/lock.json`)
    .filter((path) => disk.read(path) !== undefined);
  const [path, second] = paths;
  if (path === undefined && needsLock)
    throw new InputError(
      'safety-state-missing',
      ceremonies,
      `this node holds an active share, but there is no lock in ${ceremonies}: copy the ` +
        "ceremony's folder back from any member",
    );
  if (path === undefined) return undefined;
  if (second !== undefined)
    throw new InputError(
      'lock-mismatch',
      ceremonies,
      `${path} and ${second}: a node of this release serves one key`,
    );
  const lock = readLock(disk.read(path) ?? new Uint8Array(0), path);
  const { l1ChainId, l2ChainId, name } = lock.definition.definition.network;
  if (l1ChainId !== network.l1ChainId || l2ChainId !== network.l2ChainId || name !== network.name)
    throw new InputError(
      'wrong-cluster',
      path,
      `${path} is of network ${name}, this node is configured for ${network.name}`,
    );
  return lock;
}
