import { createIdentity, IDENTITY_FILE, IDENTITY_KEY_FILE } from '../node/identity.ts';
import { MANIFEST_FILE, ManifestStore } from '../node/manifest.ts';
import { createMaster, unlockMaster } from '../node/master-key.ts';
import type { MasterKey } from '../node/sealed-file.ts';
import { isoTime, systemClock } from '../system/clock.ts';
import { openDisk } from '../system/disk.ts';
import { nodeKdf } from '../system/kdf.ts';
import type { Disk } from '../system/ports.ts';
import { systemRng } from '../system/rng.ts';
import type { Config } from './config.ts';
import { MASTER_FILE } from './master-file.ts';

const diskOf = ({ dataDir }: Config): Disk => openDisk({ folder: dataDir, sweep: false });

/** Whether any part of an identity is there: then none is made. */
export function hasIdentity(config: Config): boolean {
  const disk = diskOf(config);
  const { keys } = config.settings.paths;
  return [IDENTITY_FILE, IDENTITY_KEY_FILE].some((name) => disk.read(`${keys}/${name}`) !== undefined);
}

/**
 * Makes the identity of a node whose configuration was written by hand, under its master key or a new one.
 * @throws OperationError would-overwrite; InputError wrong-password | weak-password
 */
export function addIdentityTo(config: Config, password: string): void {
  const disk = diskOf(config);
  const { paths, p2p, node } = config.settings;
  const master = masterOf(disk, config, password);
  const identity = createIdentity(
    disk,
    master,
    {
      folder: paths.keys,
      advertise: p2p.advertise ?? p2p.listen,
      createdAt: isoTime(systemClock.nowMs()),
      ...(node.nickname === undefined ? {} : { nickname: node.nickname }),
    },
    systemRng,
  );
  identity.wipe();
  master.secret.wipe();
  if (disk.read(MANIFEST_FILE) === undefined) ManifestStore.create(disk);
}

function masterOf(disk: Disk, { settings }: Config, password: string): MasterKey {
  const path = `${settings.paths.keys}/${MASTER_FILE}`;
  const options = { kdf: nodeKdf, l1ChainId: settings.network.l1_chain_id };
  const found = disk.read(path);
  if (found !== undefined) return unlockMaster(found, password, options, path);
  const { master, bytes } = createMaster(password, { ...options, profile: 'production' }, systemRng);
  disk.create(path, bytes);
  return master;
}
