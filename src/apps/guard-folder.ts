import { InputError } from '../crypto/errors.ts';
import type { Lock } from '../chain/lock.ts';
import type { GuardCareDeps } from '../node/guard-care.ts';
import { ManifestStore } from '../node/manifest.ts';
import { systemClock } from '../system/clock.ts';
import { openDisk } from '../system/disk.ts';
import { takeFolder } from '../system/folder-lease.ts';
import type { Disk, Log } from '../system/ports.ts';
import type { Config } from './config.ts';
import { newestLock } from './newest-lock.ts';

/** The safety state of a node that does not run. */
export interface GuardFolder {
  readonly disk: Disk;
  readonly lock: Lock;
  readonly care: GuardCareDeps;
}

/** A command says by itself what it did. */
export const silent: Log = {
  error: () => undefined,
  warn: () => undefined,
  info: () => undefined,
  debug: () => undefined,
  child: () => silent,
};

/**
 * What guard commands work on. Reading only, it may be opened beside a running node. @throws InputError as
 * `newestLock`
 */
export function openGuardFolder({ dataDir, settings, guardLimits: limits }: Config): GuardFolder {
  const disk = openDisk({ folder: dataDir });
  const lock = newestLock(disk, settings.paths.ceremonies);
  const { keys } = settings.paths;
  const care = { disk, log: silent, manifest: manifestIn(disk), keys, record: lock.record, limits };
  return { disk, lock, care };
}

/** Runs something while no node may start in the folder. @throws OperationError lease-held */
export async function withOwnFolder<T>(config: Config, act: () => Promise<T> | T): Promise<T> {
  const lease = await takeFolder(config.dataDir, systemClock.nowMs());
  try {
    return await act();
  } finally {
    await lease.release();
  }
}

/** A manifest that is lost or damaged is another command's business. */
function manifestIn(disk: Disk): ManifestStore | undefined {
  try {
    return ManifestStore.open(disk);
  } catch (error) {
    if (error instanceof InputError && error.code.startsWith('safety-state-')) return undefined;
    throw error;
  }
}

/** A part of a file name that tells moments apart. */
export const stampNow = (): string => String(systemClock.nowMs());
