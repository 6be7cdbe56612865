import { type ChangeWish, changeOf } from '../../src/apps/change-proposal.ts';
import type { BatchVerifier } from '../../src/chain/batch-verifier.ts';
import { parseLock } from '../../src/chain/lock-file.ts';
import type { Lock } from '../../src/chain/lock.ts';
import type { RequestTools } from '../../src/chain/request-checks.ts';
import { toHex } from '../../src/crypto/bytes.ts';
import { bootCounter, hedgedRng } from '../../src/crypto/hedged-rng.ts';
import { inboxSelectors } from '../../src/ethereum/abi.ts';
import { parseAddress } from '../../src/ethereum/address.ts';
import type { CeremonyEvent } from '../../src/node/api.ts';
import { defaultGuardLimits } from '../../src/node/guard-rules.ts';
import { type Identity, createIdentity, loadIdentity } from '../../src/node/identity.ts';
import { ManifestStore } from '../../src/node/manifest.ts';
import { createMaster } from '../../src/node/master-key.ts';
import type { MasterKey } from '../../src/node/sealed-file.ts';
import { SignerNode } from '../../src/node/node.ts';
import { policyHash } from '../../src/node/policy/policy.ts';
import type { L1View, Policy, SubmitBatchRule } from '../../src/node/policy/verdict.ts';
import { SessionHost } from '../../src/node/sessions/host.ts';
import type { HostCommand } from '../../src/node/sessions/messages.ts';
import type { WorkerGoodbye, WorkerHello } from '../../src/node/sessions/worker-host.ts';
import { writeDefinition } from '../../src/chain/definition-file.ts';
import type { Definition } from '../../src/protocols/ceremony/definition.ts';
import { systemClock } from '../../src/system/clock.ts';
import { brotli } from '../../src/system/compression.ts';
import { nodeKdf } from '../../src/system/kdf.ts';
import { createNetwork } from '../../src/system/network.ts';
import type { Workers } from '../../src/system/ports.ts';
import { systemRng } from '../../src/system/rng.ts';
import { partyIndex } from '../../src/crypto/brand.ts';
import { type MemoryDisk, memoryDisk, memoryLog } from '../unit/node/helpers.ts';

/** One node of a story: real sockets, real cryptography, a disk in memory, its sessions in this thread. */
export interface Resident {
  readonly node: SignerNode;
  readonly disk: MemoryDisk;
  readonly log: ReturnType<typeof memoryLog>;
  readonly events: CeremonyEvent[];
  readonly publicKey: Uint8Array;
  readonly address: string;
  readonly master: MasterKey;
}

/** Sessions as in a worker thread, but in this one. */
const threadless: Workers = {
  start: () => {
    let host: SessionHost | undefined;
    let hear: (message: unknown) => void = () => undefined;
    let bye: () => void = () => undefined;
    return {
      post: (message) => {
        const command = structuredClone(message) as WorkerGoodbye | WorkerHello | HostCommand;
        if (command.kind === 'hello') {
          const { nodeSecret, bootId } = command;
          const counter = bootCounter();
          host = new SessionHost({
            emit: (event) => {
              const copy = structuredClone(event);
              queueMicrotask(() => {
                hear(copy);
              });
            },
            rngFor: (label, sid) => hedgedRng({ nodeSecret, bootId, counter, fresh: systemRng, label, sid }),
          });
        } else if (command.kind === 'goodbye') bye();
        else host?.handle(command);
      },
      onMessage: (handler) => {
        hear = handler;
      },
      onExit: (handler) => {
        bye = () => {
          handler('goodbye');
        };
      },
      terminate: () => Promise.resolve(),
    };
  },
};

/** The policy of the stories. */
export const policy: Policy & { readonly rules: readonly SubmitBatchRule[] } = {
  rules: [
    {
      id: 'batch-submit',
      kind: 'submit-batch',
      purpose: 'batch',
      l1ChainId: 31337n,
      l2ChainId: 71001n,
      inbox: parseAddress('0x5FbDB2315678afecb367f032d93F642f64180aa3'),
      selector: inboxSelectors['submit-batch'],
      valueMax: 0n,
      gasMax: 10_000_000n,
      feeCap: 400_000_000_000n,
      blobFeeCap: 1_000_000_000_000n,
      blobsMax: 3,
      da: 'calldata',
      dataMaxBytes: 130_000,
    },
  ],
};

const tools: RequestTools = { compressor: brotli, versionedHashes: () => Promise.resolve([]) };
const network = { name: 'story', l1ChainId: 31337n, l2ChainId: 71001n };

/** What is special about a node; left out: it signs batches by the policy of the stories, and sees no L1. */
export interface HouseOptions {
  readonly policy?: Policy;
  readonly l1View?: () => L1View | undefined;
  readonly verifier?: BatchVerifier;
}

/** A node with a fresh identity. `port` is its own on loopback. */
export function settle(port: number, about: HouseOptions = {}): Resident {
  const disk = memoryDisk();
  const options = { profile: 'insecure-development', l1ChainId: 31337n, kdf: nodeKdf } as const;
  const { master } = createMaster('correct horse battery', options, systemRng);
  const address = `127.0.0.1:${port}`;
  const place = { folder: 'keys', advertise: address, createdAt: 'now' };
  const identity = createIdentity(disk, master, place, systemRng);
  return house({ disk, address, master }, identity, ManifestStore.create(disk), about);
}

function house(
  { disk, address, master }: Pick<Resident, 'disk' | 'address' | 'master'>,
  identity: Identity,
  manifest: ManifestStore,
  { policy: own = policy, l1View = () => undefined, verifier }: HouseOptions = {},
): Resident {
  const log = memoryLog();
  const node = new SignerNode(
    {
      identity,
      name: identity.name,
      network,
      folders: { keys: 'keys', ceremonies: 'ceremonies', records: 'data', wal: 'wal' },
      policy: own,
      guardLimits: defaultGuardLimits,
      levels: { target: 0, lowWater: 0, ttlMs: 3_600_000 },
      listenAddress: address,
      roundTimeoutMs: 5_000,
      patienceMs: 2_000,
      headCadence: { everyEntries: 4, everyMs: 1_000 },
      version: 'test',
      primitives: 'native',
      nodeSecret: systemRng(32),
    },
    {
      ...{ disk, manifest, master, network: createNetwork(), clock: systemClock, log },
      ...{ workers: threadless, fresh: systemRng, tools: { ...tools, verifier }, l1View },
    },
  );
  return { node, disk, log, events: [], publicKey: identity.publicKey, address, master };
}

/** The same node after a restart: what is on its disk, and nothing else. */
export function reopen({ disk, address, master }: Omit<Resident, 'node'>): Resident {
  return house({ disk, address, master }, loadIdentity(disk, master, 'keys'), ManifestStore.open(disk));
}

/** A definition of a key generation by these nodes; the first proposes. */
export function plan(residents: readonly Resident[], required: number, own: Policy = policy): Uint8Array {
  const now = BigInt(systemClock.nowMs());
  const definition: Definition = {
    name: 'story',
    ceremony: 'keygen',
    sequence: 1n,
    network,
    purpose: 'batch',
    required,
    committee: residents.map(({ publicKey, address }, i) => ({
      index: partyIndex(i + 1),
      name: `node-${i + 1}`,
      identityPk: publicKey,
      address,
    })),
    proposer: partyIndex(1),
    timing: {
      createdAtMs: now,
      acceptByMs: now + 60_000n,
      executeByMs: now + 120_000n,
      roundTimeoutMs: 10_000,
    },
    policyHash: policyHash(own),
  };
  return writeDefinition({ definition, signatures: [] });
}

/** What is to change about the committee. */
export type StoryChange = Partial<
  Pick<ChangeWish, 'kind' | 'remove' | 'lost' | 'required' | 'roundTimeoutMs'>
> & {
  readonly add?: readonly Resident[];
};

/** A definition of an epoch change, proposed by `proposer`, from the newest lock that it has. */
export function changePlan(proposer: Resident, change: StoryChange): Uint8Array {
  const { add = [], ...wish } = change;
  const previous = newestLock(proposer);
  const definition = changeOf({
    ...{
      kind: 'reshare',
      name: 'story',
      previous,
      self: proposer.publicKey,
      remove: [],
      replace: [],
      lost: [],
    },
    roundTimeoutMs: 10_000,
    ...wish,
    add: add.map(({ publicKey, address }) => ({
      identityPk: publicKey,
      host: '127.0.0.1',
      port: Number(address.split(':')[1]),
    })),
    policyHash: policyHash(policy),
    nowMs: systemClock.nowMs(),
    acceptWithinMs: 60_000,
    executeWithinMs: 120_000,
  });
  return writeDefinition({ definition, signatures: [], previous });
}

/** The lock with the highest epoch on a node's disk. */
export function newestLock({ disk }: Resident): Lock {
  const locks = disk.list('ceremonies').flatMap((name) => {
    const bytes = disk.read(`ceremonies/${name}/lock.json`);
    return bytes === undefined ? [] : [parseLock(bytes, name)];
  });
  const newest = locks.sort((a, b) => b.record.epochNo - a.record.epochNo)[0];
  if (newest === undefined) throw new RangeError('no lock');
  return newest;
}

/** All of them take part in a ceremony, which the first executes. Returns its id. */
export async function hold(residents: readonly Resident[], definition: Uint8Array): Promise<string> {
  let id = '';
  for (const { node, events } of residents) {
    ({ id } = node.join(definition));
    node.watch(id, (event) => events.push(event));
    await node.accept(id);
  }
  residents[0]?.node.execute(id, { whenReady: true });
  return id;
}

/** Where a ceremony is on a node. */
export const stateOf = ({ node }: Resident, id: string): string | undefined =>
  node.ceremonies().find((view) => view.id === id)?.state;

/** Waits until something holds, at most `limitMs`. */
export async function until(what: string, holds: () => boolean, limitMs = 30_000): Promise<void> {
  const end = Date.now() + limitMs;
  while (!holds()) {
    if (Date.now() > end) throw new RangeError(`${what}: not within ${limitMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Everything that all logs say, for a failing test. */
export const story = (residents: readonly Resident[]): string =>
  residents
    .map(({ log, events }, i) =>
      [...log.lines.map((l) => JSON.stringify(l)), ...events.map((e) => JSON.stringify(e))]
        .map((l) => `${i + 1} ${l}`)
        .join('\n'),
    )
    .join('\n');

/** Hex of bytes, for expectations. */
export const hex: (bytes: Uint8Array) => string = toHex;
