import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { ascii, toHex } from '../crypto/bytes.ts';
import type { KdfProfile } from '../node/master-key.ts';
import { policyHash } from '../node/policy/policy.ts';
import { writeDefinition } from '../chain/definition-file.ts';
import { parseInvitation } from '../protocols/ceremony/names.ts';
import { systemClock } from '../system/clock.ts';
import { openDisk } from '../system/disk.ts';
import { systemRng } from '../system/rng.ts';
import { loadConfig } from './config.ts';
import { refuseUsed } from './data-dir.ts';
import { type MadeNode, makeNode } from './new-node.ts';
import { definitionOf } from './proposal.ts';
import { createUserFile } from './user-file.ts';

/** A development cluster. */
export interface LocalCluster {
  readonly nodes: number;
  readonly required: number;
  /** Absolute. */
  readonly out: string;
  readonly basePort: number;
  readonly network: string;
  readonly l1ChainId: bigint;
  readonly l2ChainId: bigint;
  readonly l1: readonly string[];
  readonly inbox: string | undefined;
  readonly profile: KdfProfile;
}

const DAY_MS = 86_400_000;
const ROUND_TIMEOUT_MS = 20_000;

/**
 * Makes the folders of a development cluster, each with a password of its own in a file, and the definition
 * of a keygen. @throws InputError folder-not-empty, and those of `makeNode`
 */
export function makeLocalCluster(plan: LocalCluster): {
  readonly nodes: readonly MadeNode[];
  readonly definition: string;
} {
  refuseUsed(plan.out);
  mkdirSync(plan.out, { recursive: true, mode: 0o700 });
  const nodes = Array.from({ length: plan.nodes }, (_, i) => newMember(plan, i));
  const [first] = nodes;
  const path = join(plan.out, 'definition.json');
  if (first === undefined) return { nodes, definition: path };
  const { policy } = loadConfig({ dataDir: first.folder, environment: {} });
  const definition = definitionOf({
    name: 'local cluster',
    purpose: 'batch',
    required: plan.required,
    network: { name: plan.network, l1ChainId: plan.l1ChainId, l2ChainId: plan.l2ChainId },
    policyHash: policyHash(policy),
    self: parseInvitation(first.invitation),
    members: nodes.map(({ invitation }) => parseInvitation(invitation)),
    nowMs: systemClock.nowMs(),
    acceptWithinMs: DAY_MS,
    executeWithinMs: DAY_MS,
    roundTimeoutMs: ROUND_TIMEOUT_MS,
  });
  createUserFile(path, writeDefinition({ definition, signatures: [] }));
  return { nodes, definition: path };
}

const newMember = (plan: LocalCluster, i: number): MadeNode =>
  makeLocalNode({
    ...{ ...plan, folder: join(plan.out, `node-${i + 1}`), place: `127.0.0.1:${plan.basePort + i}` },
  });

/** One node of a development cluster. */
export interface LocalNode extends Pick<
  LocalCluster,
  'network' | 'l1ChainId' | 'l2ChainId' | 'l1' | 'inbox' | 'profile'
> {
  /** Absolute; made here. */
  readonly folder: string;
  /** `host:port` where it listens and is reached. */
  readonly place: string;
}

/** Makes a node with a password of its own in a file. @throws those of `makeNode` */
export function makeLocalNode(plan: LocalNode): MadeNode {
  const { folder, place } = plan;
  const password = toHex(systemRng(16));
  const made = makeNode({
    folder,
    password,
    profile: plan.profile,
    config: {
      ...{ network: plan.network, l1ChainId: plan.l1ChainId, l2ChainId: plan.l2ChainId },
      ...{ listen: place, advertise: place, l1: plan.l1, inbox: plan.inbox },
      passwordFile: 'secrets/password',
    },
  });
  openDisk({ folder, sweep: false }).create('secrets/password', ascii(`${password}\n`));
  return made;
}
