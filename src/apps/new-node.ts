import { resolve } from 'node:path';

import { ascii } from '../crypto/bytes.ts';
import { installPrimitives } from '../crypto/primitives.ts';
import { createIdentity } from '../node/identity.ts';
import { ManifestStore } from '../node/manifest.ts';
import { type KdfProfile, createMaster } from '../node/master-key.ts';
import { type Invitation, invitationLine, nameOf } from '../protocols/ceremony/names.ts';
import { isoTime, systemClock } from '../system/clock.ts';
import { openDisk } from '../system/disk.ts';
import { nodeKdf } from '../system/kdf.ts';
import { nativePrimitives } from '../system/native.ts';
import { parseAddress } from '../system/network.ts';
import { systemRng } from '../system/rng.ts';
import { checkSettings, parseConfigText } from './config.ts';
import { CONFIG_FILE, refuseUsed } from './data-dir.ts';
import { MASTER_FILE } from './master-file.ts';
import { type NewConfig, sampleConfig } from './sample-config.ts';

/** What a new node is made with. */
export interface NewNode {
  /** Absolute; made, and refused when it holds anything. */
  readonly folder: string;
  readonly config: NewConfig;
  readonly password: string;
  readonly profile: KdfProfile;
}

/** A node that was made. */
export interface MadeNode {
  readonly folder: string;
  readonly name: string;
  readonly invitation: string;
  readonly identityPk: Uint8Array;
  /** `host:port` */
  readonly advertise: string;
}

/**
 * Makes the data folder of a node: keys under a password, identity, manifest, configuration. The
 * configuration is checked before anything is written. @throws InputError folder-not-empty | config-invalid |
 * weak-password and others
 */
export function makeNode({ folder, config, password, profile }: NewNode): MadeNode {
  refuseUsed(folder);
  const text = sampleConfig(config);
  checkSettings(parseConfigText(text, CONFIG_FILE), CONFIG_FILE);
  const { host, port } = parseAddress(config.advertise);
  const native = nativePrimitives();
  if (native !== undefined) installPrimitives(native);
  const { master, bytes } = createMaster(
    password,
    { kdf: nodeKdf, profile, l1ChainId: config.l1ChainId },
    systemRng,
  );
  const disk = openDisk({ folder: resolve(folder) });
  disk.create(`keys/${MASTER_FILE}`, bytes);
  const identity = createIdentity(
    disk,
    master,
    {
      folder: 'keys',
      advertise: config.advertise,
      createdAt: isoTime(systemClock.nowMs()),
      ...(config.nickname === undefined ? {} : { nickname: config.nickname }),
    },
    systemRng,
  );
  ManifestStore.create(disk);
  disk.create(CONFIG_FILE, ascii(text));
  identity.wipe();
  master.secret.wipe();
  const invitation: Invitation = { identityPk: identity.publicKey, host: bracketed(host), port };
  return {
    folder,
    name: config.nickname ?? nameOf(identity.publicKey),
    invitation: invitationLine(invitation),
    identityPk: identity.publicKey,
    advertise: config.advertise,
  };
}

const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host);
