import type { Lock } from '../../chain/lock.ts';
import { ascii, bytesToBigint, latin1, toHex } from '../../crypto/bytes.ts';
import { InputError, OperationError } from '../../crypto/errors.ts';
import { type Rng, scalar } from '../../crypto/secp256k1.ts';
import { clusterOf } from '../../protocols/ceremony/cluster.ts';
import { definitionHash } from '../../protocols/ceremony/definition.ts';
import { identityText } from '../../protocols/ceremony/names.ts';
import type { EpochRecord } from '../../protocols/epoch.ts';
import type { Disk, Log } from '../../system/ports.ts';
import { defaultGuardLimits } from '../guard-rules.ts';
import type { Keystore } from '../keystore.ts';
import { beginAnewAfterLoss } from '../log/begin-anew.ts';
import { LOG_FOLDER } from '../log/log-desk.ts';
import { MANIFEST_FILE, ManifestStore, encodeManifest } from '../manifest.ts';
import { SignGuard, type SignGuardPorts } from '../sign-guard.ts';
import type { BackupContent, GuardExport } from './content.ts';
import { type BackupCheck, type ExamineOptions, examineBackup } from './examine.ts';
import { keptLocks } from './locks.ts';
import { type BackupHeader, readBackup } from './seal.ts';

/** Where a backup is restored, and with what it is examined. */
export interface RestoreOptions extends ExamineOptions {
  readonly folders: { readonly keys: string; readonly ceremonies: string; readonly data: string };
  readonly network: string;
  /** Ed25519 public key of this node, 32 bytes. */
  readonly identityPk: Uint8Array;
  readonly nowMs: number;
}

/** What a restore works with. The folder must be ours: no node runs in it. */
export interface RestoreDeps {
  readonly disk: Disk;
  readonly log: Log;
  /** The keystore over a manifest that the restore has made. */
  readonly keystoreOver: (manifest: ManifestStore) => Keystore;
  readonly rng: Rng;
}

/** A share that is back. It signs nothing until the node is released. */
export interface Restored {
  readonly header: BackupHeader;
  readonly checks: readonly BackupCheck[];
}

/** Says that a restore is under way, and with which start counter. */
const MARKER = 'restoring';
/** Why the register begins in quarantine. */
const ORIGIN = 'restored from a backup';
/** Folders of work in progress, beside those of keys. */
const WAL_FOLDER = 'wal';

/**
 * Puts a share back into a node that has none: never over anything. Each step is durable before the next, and
 * an interrupted restore is begun again by the same command. @throws OperationError would-overwrite;
 * InputError wrong-node | wrong-cluster | stale-epoch | backup-invalid, and those of `examineBackup`
 */
export function restoreBackup(bytes: Uint8Array, options: RestoreOptions, deps: RestoreDeps): Restored {
  const { header } = readBackup(bytes, options.path);
  checkOwner(header, options);
  const leftover = refuseUsed(options.folders.keys, deps.disk);
  const newest = keptLocks(deps.disk, options.folders.ceremonies).map(({ lock }) => lock);
  const examined = examineBackup(bytes, { ...options, newest: [...options.newest, ...newest] });
  const { content, lock, checks } = examined;
  try {
    refuseFailed(header, checks, options.path);
    if (content === undefined || lock === undefined)
      throw new InputError('wrong-backup-key', options.path, `${options.path} was not opened`);
    write({ content, lock }, leftover, options, deps);
  } finally {
    content?.secret.wipe();
  }
  return { header, checks };
}

function checkOwner(header: BackupHeader, { identityPk, network, path }: RestoreOptions): void {
  const own = identityText(identityPk);
  if (header.node !== own)
    throw new InputError(
      'wrong-node',
      path,
      `${path} is the share of ${header.node}, this node is ${own}: put back identity and master key of ` +
        'that node first',
    );
  if (header.network !== network)
    throw new InputError(
      'wrong-cluster',
      path,
      `${path} is of network ${header.network}, this node is configured for ${network}`,
    );
}

/** Stops a share that would sign nothing, and tells the one reason for which there is another remedy. */
function refuseFailed(header: BackupHeader, checks: readonly BackupCheck[], path: string): void {
  const failed = checks.filter(({ verdict }) => verdict === 'fail');
  const [first] = failed.filter(({ id }) => id !== 'newest');
  if (first !== undefined)
    throw new InputError(
      'backup-invalid',
      path,
      `${path}: it does not hold that ${first.what}: ${first.detail}`,
    );
  const [stale] = failed;
  if (stale === undefined) return;
  throw new InputError(
    'stale-epoch',
    path,
    `${path} is of epoch ${header.epoch}, and ${stale.detail}: a share of another epoch signs nothing; ask ` +
      'the other members to give this node a new one: "conclave ceremony propose --kind repair"',
  );
}

/** What an interrupted restore has left. */
interface Leftover {
  readonly bootCounter: bigint;
  readonly folders: readonly string[];
}

/**
 * Stops a restore beside anything that may be of use: another share, or one on its way. What an interrupted
 * restore has left is told by its mark, as long as no node was started on it. @throws OperationError
 * would-overwrite
 */
function refuseUsed(keys: string, disk: Disk): Leftover | undefined {
  const manifest = disk.read(MANIFEST_FILE) === undefined ? undefined : ManifestStore.open(disk).value;
  const folders = disk.list(keys).filter((name) => /^0x[0-9a-f]{40}$/.test(name));
  const marker = disk.read(`${keys}/${MARKER}`);
  const bootCounter = manifest?.bootCounter ?? 0n;
  if (marker !== undefined && latin1(marker) === bootCounter.toString()) return { bootCounter, folders };
  const [used] = [
    ...folders.map((name) => `${keys}/${name}`),
    ...(manifest !== undefined && manifest.keys.length > 0 ? [MANIFEST_FILE] : []),
    ...disk.list(WAL_FOLDER).map((name) => `${WAL_FOLDER}/${name}`),
  ];
  if (used === undefined) return undefined;
  throw new OperationError(
    'would-overwrite',
    'fatal',
    `this node is not empty: there is ${used}; a share is restored into a new data folder only, with ` +
      'nothing but conclave.yaml and the identity and master key of this node in it',
  );
}

function write(
  { content, lock }: { readonly content: BackupContent; readonly lock: Lock },
  leftover: Leftover | undefined,
  { folders, nowMs, identityPk }: RestoreOptions,
  { disk, log, keystoreOver, rng }: RestoreDeps,
): void {
  if (leftover !== undefined) setAside(leftover, folders.keys, disk);
  const manifest = beginManifest(folders.keys, nowMs, disk);
  const { record, definition } = lock;
  const id = definitionHash(definition.definition);
  const ceremony = `${folders.ceremonies}/${toHex(id).slice(0, 8)}`;
  const papers = [
    ['definition.json', content.definitionFile],
    ['lock.json', content.lockFile],
  ] as const;
  for (const [name, bytes] of papers)
    if (bytes.length > 0 && disk.read(`${ceremony}/${name}`) === undefined)
      disk.create(`${ceremony}/${name}`, bytes);

  // What this node has signed of its log since the backup it does not know: it is not to contradict that.
  const place = { owner: identityPk, cluster: clusterOf(definition.definition), stamp: nowMs.toString() };
  const logs = { ...place, folder: `${folders.data}/${LOG_FOLDER}` };
  beginAnewAfterLoss(logs, { disk, log, clock: { nowMs: () => nowMs } }, rng);

  const keystore = keystoreOver(manifest);
  // The guard is whole before there is a share: no start finds one without the other, or without quarantine.
  const guard = guardFrom(content.guard, record, keystore.guardPathOf(record), { disk, log });
  const { purpose, timing } = definition.definition;
  const context = { purpose, definition: id, createdAt: timing.createdAtMs.toString() };
  content.secret.use((bytes) => {
    const share = scalar(bytesToBigint(bytes.subarray(0, 32)));
    keystore.storePending(record, { share, chainCode: bytes.slice(32) }, context);
  });
  keystore.noteGuard(record.keyId, guard.seq, guard.head);
  // The switch: until here a start of this node finds no share that signs.
  keystore.activate(record);
  disk.shred(`${folders.keys}/${MARKER}`);
}

/** Nothing is deleted: what is left of an interrupted restore is moved away. */
function setAside({ bootCounter, folders }: Leftover, keys: string, disk: Disk): void {
  for (const name of folders) disk.move(`${keys}/${name}`, `attic/restore-${bootCounter}-${name}`);
  disk.shred(MANIFEST_FILE);
}

/**
 * A manifest without keys. Its start counter is above any that the peers can have seen of this node, which
 * they would take for a copy otherwise: a node starts less than once a second.
 */
function beginManifest(keys: string, nowMs: number, disk: Disk): ManifestStore {
  const known = disk.read(MANIFEST_FILE) === undefined ? 0n : ManifestStore.open(disk).value.bootCounter;
  const seconds = BigInt(Math.floor(nowMs / 1000));
  const bootCounter = seconds > known ? seconds : known + 1n;
  disk.replace(`${keys}/${MARKER}`, ascii(bootCounter.toString()));
  disk.replace(MANIFEST_FILE, encodeManifest({ bootCounter, requestLogHead: new Uint8Array(32), keys: [] }));
  return ManifestStore.open(disk);
}

/**
 * A register that knows what the backup knew, and is in quarantine: what was signed after the backup it has
 * to learn. A planned stop that was passed already is set one number behind: it cannot lie below a low mark.
 */
function guardFrom(
  { marks }: GuardExport,
  { keyId }: EpochRecord,
  path: string,
  ports: SignGuardPorts,
): SignGuard {
  const guard = SignGuard.create({ path, keyId, limits: defaultGuardLimits }, ORIGIN, ports);
  for (const { lane, scope, low, high } of marks) {
    const least = (low ?? -1n) + 1n;
    guard.raise({
      ...{ lane, scope },
      ...(low === undefined ? {} : { low }),
      ...(high === undefined ? {} : { high: high > least ? high : least }),
    });
  }
  return guard;
}
