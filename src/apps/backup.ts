import { InputError } from '../crypto/errors.ts';
import { addressOf } from '../ethereum/address.ts';
import { publicKeyOf, seatOf } from '../protocols/epoch.ts';
import { installPrimitives } from '../crypto/primitives.ts';
import { restoreBackup, type Restored } from '../node/backup/restore.ts';
import { readOnly, takeBackups, type TakenBackup } from '../node/backup/take.ts';
import type { ExamineOptions } from '../node/backup/examine.ts';
import type { BackupTarget } from '../node/backup/seal.ts';
import { type Identity, loadIdentity } from '../node/identity.ts';
import { Keystore } from '../node/keystore.ts';
import { ManifestStore } from '../node/manifest.ts';
import { unlockMaster, wrapMaster } from '../node/master-key.ts';
import type { MasterKey } from '../node/sealed-file.ts';
import { isoTime, systemClock } from '../system/clock.ts';
import { openDisk } from '../system/disk.ts';
import { takeFolder } from '../system/folder-lease.ts';
import { nodeKdf } from '../system/kdf.ts';
import { createLog } from '../system/log.ts';
import { nativePrimitives } from '../system/native.ts';
import type { Disk, Log } from '../system/ports.ts';
import { systemRng } from '../system/rng.ts';
import type { Config } from './config.ts';
import { MASTER_FILE } from './master-file.ts';
import { newestLock } from './newest-lock.ts';
import { readPublicIdentity } from './public-identity.ts';

/** What a backup of a node is made with. */
export interface BackUp {
  /** Password of the node. */
  readonly password: string;
  readonly target: BackupTarget;
  readonly address: string | undefined;
}

/**
 * Backs up the shares of a node from its files, whether it runs or not. @throws InputError wrong-password |
 * no-active-share, and what is thrown when the files are not as they were left
 */
export function backUp(config: Config, { password, target, address }: BackUp): readonly TakenBackup[] {
  useNative();
  const disk = readOnly(openDisk({ folder: config.dataDir, sweep: false }));
  return withKeys(config, disk, password, ({ master, identity }) => {
    const manifest = ManifestStore.open(disk);
    const { paths, network } = config.settings;
    return takeBackups(
      {
        ...{ target, address, network: network.name, ceremonies: paths.ceremonies },
        identityPk: identity.publicKey,
        node: readPublicIdentity(config.dataDir, paths.keys).name,
        createdAt: isoTime(systemClock.nowMs()),
        ...{ kdf: nodeKdf, rng: systemRng },
      },
      { disk, log: quietLog(), manifest, keystore: keystoreOf(config, { disk, master, identity }, manifest) },
    );
  });
}

/** What a restore is made with. */
export interface RestoreRun extends Omit<ExamineOptions, 'kdf'> {
  readonly bytes: Uint8Array;
  /** Password of the node. */
  readonly password: string;
}

/**
 * Restores a share into the folder of a node that has none, and does not run. @throws OperationError
 * would-overwrite | lease-held, and those of `restoreBackup`
 */
export async function restore(config: Config, run: RestoreRun): Promise<Restored> {
  useNative();
  const { bytes, password, ...examine } = run;
  const lease = await takeFolder(config.dataDir, systemClock.nowMs());
  try {
    const disk = openDisk({ folder: config.dataDir });
    return withKeys(config, disk, password, ({ master, identity }) =>
      restoreBackup(
        bytes,
        {
          ...{ ...examine, kdf: nodeKdf, folders: config.settings.paths },
          network: config.settings.network.name,
          identityPk: identity.publicKey,
          nowMs: systemClock.nowMs(),
        },
        {
          ...{ disk, log: quietLog(), rng: systemRng },
          keystoreOver: (manifest) => keystoreOf(config, { disk, master, identity }, manifest),
        },
      ),
    );
  } finally {
    await lease.release();
  }
}

/** A share that its node has given up. */
export interface GivenUp {
  readonly address: string;
  readonly epochNo: number;
}

/**
 * Says of the share of the newest epoch that it is lost: nothing brings it back afterwards, and the others
 * may give
 * this node another. The node does not run. @throws InputError share-not-lost | not-a-member |
 * wrong-password, and
 * those of `newestLock`; OperationError lease-held
 */
export async function giveUpLost(config: Config, password: string): Promise<GivenUp> {
  const lease = await takeFolder(config.dataDir, systemClock.nowMs());
  try {
    const disk = openDisk({ folder: config.dataDir });
    return withKeys(config, disk, password, ({ master, identity }) => {
      const { record } = newestLock(disk, config.settings.paths.ceremonies);
      if (seatOf(record, identity.publicKey) === undefined)
        throw new InputError('not-a-member', 'key', `this node has no seat in epoch ${record.epochNo}`);
      keystoreOf(config, { disk, master, identity }, ManifestStore.open(disk)).giveUpLost(record);
      return { address: addressOf(publicKeyOf(record)), epochNo: record.epochNo };
    });
  } finally {
    await lease.release();
  }
}

/**
 * Wraps the master key of a node by another password: one file is replaced, whole or not at all, and no other
 * file is touched. @throws InputError wrong-password | weak-password
 */
export function changePassword(config: Config, password: string, next: string): void {
  const disk = openDisk({ folder: config.dataDir, sweep: false });
  const l1ChainId = config.settings.network.l1_chain_id;
  const master = unlock(config, disk, password);
  const options = { kdf: nodeKdf, profile: 'production', l1ChainId } as const;
  try {
    disk.replace(masterPath(config), wrapMaster(master, next, options, systemRng));
  } finally {
    master.secret.wipe();
  }
}

interface Keys {
  readonly master: MasterKey;
  readonly identity: Identity;
}

function withKeys<T>(config: Config, disk: Disk, password: string, use: (keys: Keys) => T): T {
  const master = unlock(config, disk, password);
  try {
    const identity = loadIdentity(disk, master, config.settings.paths.keys);
    try {
      return use({ master, identity });
    } finally {
      identity.wipe();
    }
  } finally {
    master.secret.wipe();
  }
}

const masterPath = ({ settings }: Config): string => `${settings.paths.keys}/${MASTER_FILE}`;

function unlock(config: Config, disk: Disk, password: string): MasterKey {
  const path = masterPath(config);
  const bytes = disk.read(path);
  if (bytes === undefined)
    throw new InputError('safety-state-missing', path, `${path} is missing: copy it back first`);
  const l1ChainId = config.settings.network.l1_chain_id;
  return unlockMaster(bytes, password, { kdf: nodeKdf, l1ChainId }, path);
}

const keystoreOf = (
  { settings }: Config,
  { disk, master, identity }: Keys & { readonly disk: Disk },
  manifest: ManifestStore,
): Keystore =>
  new Keystore(
    { folder: settings.paths.keys, network: settings.network.name, identityPk: identity.publicKey },
    { disk, manifest, master, rng: systemRng },
  );

/** Commands speak for themselves; what goes wrong below is thrown. */
const quietLog = (): Log =>
  createLog({ level: 'error', format: 'console' }, { write: (line) => void process.stderr.write(line) });

function useNative(): void {
  const native = nativePrimitives();
  if (native !== undefined) installPrimitives(native);
}
