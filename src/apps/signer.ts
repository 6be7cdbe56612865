import type { BatchVerifier } from '../chain/batch-verifier.ts';
import type { RequestTools } from '../chain/request-checks.ts';
import { ascii } from '../crypto/bytes.ts';
import { InputError } from '../crypto/errors.ts';
import { deriveKey } from '../crypto/hash.ts';
import { installPrimitives, primitives } from '../crypto/primitives.ts';
import { type Address, parseAddress } from '../ethereum/address.ts';
import { loadIdentity } from '../node/identity.ts';
import { ManifestStore } from '../node/manifest.ts';
import { unlockMaster } from '../node/master-key.ts';
import { SignerNode } from '../node/node.ts';
import { type Policy, batchingRules, blocksRules } from '../node/policy/verdict.ts';
import type { MasterKey } from '../node/sealed-file.ts';
import { systemClock } from '../system/clock.ts';
import { brotli } from '../system/compression.ts';
import { openDisk } from '../system/disk.ts';
import { type FolderLease, takeFolder } from '../system/folder-lease.ts';
import type { HttpServer } from '../system/http.ts';
import { nodeKdf } from '../system/kdf.ts';
import { nativePrimitives } from '../system/native.ts';
import { createNetwork } from '../system/network.ts';
import type { Disk, Log } from '../system/ports.ts';
import { systemRng } from '../system/rng.ts';
import { besides, createWorkers } from '../system/worker-threads.ts';
import { type AdminServer, adminServer } from './admin-server.ts';
import type { Config } from './config.ts';
import { L1Watch } from './l1-watch.ts';
import { MASTER_FILE } from './master-file.ts';
import { serveStatus } from './status-http.ts';
import { verifierClient } from './verifier-client.ts';

/** What a signer is started with. */
export interface SignerOptions {
  readonly config: Config;
  /** Gives the password of the node, once the folder is ours. */
  readonly password: () => Promise<string>;
  readonly version: string;
  readonly log: Log;
}

/** Milliseconds that requests in flight have to end when the signer stops. */
const DRAIN_MS = 10_000;
const DRAIN_STEP_MS = 50;

/** A signer that runs. */
export class RunningSigner {
  readonly name: string;
  /** `host:port` of the status pages, where they are served. */
  readonly monitoring: string | undefined;
  /** Resolves when it has ended, also by a request over the admin socket. */
  readonly ended: Promise<void>;
  readonly #parts: Parts;
  readonly #admin: AdminServer;
  #stopping: Promise<void> | undefined;
  #hasEnded: () => void = () => undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.name = parts.name;
    this.monitoring = parts.http?.address;
    this.ended = new Promise((resolve) => {
      this.#hasEnded = resolve;
    });
    const { node, log, lease } = parts;
    this.#admin = adminServer({ node, clock: systemClock, log, stop: () => void this.stop() });
    lease.serve(this.#admin.handle);
  }

  /** Ends it: what is being signed ends first. */
  readonly stop = (): Promise<void> => (this.#stopping ??= this.#end());

  async #end(): Promise<void> {
    const { node, log, lease, l1, http, name } = this.#parts;
    log.info('stopping', { name, inFlight: this.#admin.inFlight() });
    for (let waited = 0; this.#admin.inFlight() > 0 && waited < DRAIN_MS; waited += DRAIN_STEP_MS)
      await new Promise<void>((resolve) => systemClock.after(DRAIN_STEP_MS, resolve));
    l1?.stop();
    await http?.close();
    await node.stop();
    await lease.release();
    log.info('stopped', { name });
    this.#hasEnded();
  }
}

interface Parts {
  readonly name: string;
  readonly node: SignerNode;
  readonly lease: FolderLease;
  readonly log: Log;
  readonly l1: L1Watch | undefined;
  readonly http: HttpServer | undefined;
}

/**
 * The process of a signing node: takes its folder, unlocks its keys, and puts the node together from the
 * ports of this machine. @throws OperationError lease-held | port-in-use; InputError wrong-password, safety-
 * state-missing and others
 */
export async function startSigner(options: SignerOptions): Promise<RunningSigner> {
  const { config, log, version } = options;
  const { settings, dataDir } = config;
  const implementation = chooseImplementations(log);
  const lease = await takeFolder(dataDir, systemClock.nowMs());
  const l1 = l1Watch(config, log);
  try {
    const { node, name } = await assemble(options, implementation, l1);
    const http = await startNode(node, settings.monitoring?.listen);
    void l1?.start(() => accountOf(node));
    const running = new RunningSigner({ name, node, lease, log, l1, http });
    log.info('started', { name, version, pid: process.pid, folder: dataDir, address: settings.p2p.listen });
    return running;
  } catch (error) {
    await lease.release();
    throw error;
  }
}

/** The native operations where this machine has them; which ones run is said once, and in every status. */
function chooseImplementations(log: Log): string {
  const native = nativePrimitives((reason) => {
    log.warn('native operations are not available, the slow ones run', { reason });
  });
  if (native !== undefined) installPrimitives(native);
  log.info('operations chosen', { name: primitives().name });
  return primitives().name;
}

async function assemble(
  { config, password, log, version }: SignerOptions,
  implementation: string,
  l1: L1Watch | undefined,
): Promise<{ readonly node: SignerNode; readonly name: string }> {
  const { settings } = config;
  const { network, p2p } = settings;
  const disk = openDisk({ folder: config.dataDir });
  const master = unlock(disk, await password(), config);
  const identity = loadIdentity(disk, master, settings.paths.keys);
  const name = settings.node.nickname ?? identity.name;
  const node = new SignerNode(
    {
      ...{ identity, name, version, primitives: implementation },
      network: { name: network.name, l1ChainId: network.l1_chain_id, l2ChainId: network.l2_chain_id },
      folders: { ...settings.paths, records: settings.paths.data, wal: 'wal' },
      policy: config.policy,
      guardLimits: config.guardLimits,
      levels: {
        target: settings.presign.target,
        lowWater: Math.min(settings.presign.low_water, settings.presign.target),
        ttlMs: settings.presign.ttl,
      },
      listenAddress: p2p.listen,
      roundTimeoutMs: settings.sign.round_timeout,
      refresh: { everyMs: settings.refresh.every, isConsented: settings.refresh.consent },
      headCadence: {
        everyEntries: settings.signature_log.head_entries,
        everyMs: settings.signature_log.head_every,
      },
      nodeSecret: master.secret.use((secret) => deriveKey(secret, NO_SALT, 'rng', ascii('/node'))),
    },
    {
      ...{ disk, master, log, fresh: systemRng, clock: systemClock },
      manifest: ManifestStore.open(disk),
      network: createNetwork({ beyondLoopback: p2p.beyond_loopback }),
      workers: createWorkers({ entry: besides(import.meta.url, './session-worker') }),
      tools: await requestTools(config, log),
      l1View: l1?.view ?? ((): undefined => undefined),
    },
  );
  return { node, name };
}

const NO_SALT = new Uint8Array(0);

function unlock(disk: Disk, password: string, { settings }: Config): MasterKey {
  const path = `${settings.paths.keys}/${MASTER_FILE}`;
  const bytes = disk.read(path);
  if (bytes === undefined)
    throw new InputError(
      'safety-state-missing',
      path,
      `${path} is missing: restore it from its backup, or make a new node with "conclave init"`,
    );
  return unlockMaster(bytes, password, { kdf: nodeKdf, l1ChainId: settings.network.l1_chain_id }, path);
}

/**
 * What every node recomputes about a request. The trusted setup takes a moment, so it is loaded beforehand.
 */
async function requestTools({ policy }: Config, log: Log): Promise<RequestTools> {
  const load = async () => {
    const [{ kzg }, { versionedHashesOf }] = await Promise.all([
      import('../system/kzg.ts'),
      import('../system/blob-sidecar.ts'),
    ]);
    const setup = await kzg((reason) => {
      log.warn('native blob commitments are not available, the slow ones run', { reason });
    });
    return (payload: Uint8Array) => versionedHashesOf(setup, payload);
  };
  const ready = batchingRules(policy).some(({ da }) => da === 'blobs') ? await load() : undefined;
  return {
    compressor: brotli,
    versionedHashes: async (payload) => (ready ?? (await load()))(payload),
    verifier: verifierOf(policy, log),
  };
}

/** Who is asked about batches of blocks; that nobody is, is said at every start. */
function verifierOf(policy: Policy, log: Log): BatchVerifier | undefined {
  const [rule] = blocksRules(policy);
  if (rule === undefined) return undefined;
  if (rule.verifier !== 'none') return verifierClient({ url: rule.verifier, clock: systemClock });
  log.warn('blocks are signed without a verifier', { rule: rule.id });
  return undefined;
}

function l1Watch({ settings, policy, guardLimits }: Config, log: Log): L1Watch | undefined {
  const [rule] = batchingRules(policy);
  const [url] = settings.l1?.rpc ?? [];
  // A policy of proofs alone has no inbox, but its rules bound blocks ahead of the newest one.
  if (policy.rules.length === 0 || url === undefined) return undefined;
  return new L1Watch(
    { inbox: rule?.inbox, maxAhead: guardLimits.maxGap.nonce ?? 16n },
    {
      connect: async () => {
        const { connectL1 } = await import('../system/l1-client.ts');
        return connectL1({ url, chainId: settings.network.l1_chain_id }, { clock: systemClock });
      },
      clock: systemClock,
      log,
    },
  );
}

const accountOf = (node: SignerNode): Address | undefined => {
  const address = node.status().key?.address;
  return address === undefined ? undefined : parseAddress(address);
};

/** Starts the node and its status pages, or neither. */
async function startNode(node: SignerNode, listen: string | undefined): Promise<HttpServer | undefined> {
  try {
    await node.start();
    return listen === undefined ? undefined : await serveStatus(listen, node);
  } catch (error) {
    await node.stop();
    throw error;
  }
}
