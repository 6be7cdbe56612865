import { lockHash } from '../../chain/lock.ts';
import { to0x, wipe } from '../../crypto/bytes.ts';
import { Bug, InputError } from '../../crypto/errors.ts';
import { identityText } from '../../protocols/ceremony/names.ts';
import type { Disk, Log } from '../../system/ports.ts';
import { defaultGuardLimits } from '../guard-rules.ts';
import type { Keystore, LoadedShare } from '../keystore.ts';
import type { ManifestStore } from '../manifest.ts';
import { SignGuard } from '../sign-guard.ts';
import { type GuardExport, encodeContent } from './content.ts';
import { backupName } from './examine.ts';
import { type KeptLock, byKey, keptLocks } from './locks.ts';
import { type BackupHeader, type SealOptions, sealBackup } from './seal.ts';

/** What is backed up, and how it is called. */
export interface TakeOptions extends SealOptions {
  /** The folder of all ceremonies. */
  readonly ceremonies: string;
  readonly network: string;
  /** Ed25519 public key of this node, 32 bytes. */
  readonly identityPk: Uint8Array;
  /** This node's name for people, for the name of the file. */
  readonly node: string;
  /** Only the key of this address. */
  readonly address?: string | undefined;
  /** ISO 8601, for people. */
  readonly createdAt: string;
}

/**
 * Where the state of a node is read. The node may run: nothing is written, and what it appends is not waited
 * for.
 */
export interface TakeDeps {
  readonly disk: Disk;
  readonly log: Log;
  readonly manifest: ManifestStore;
  /** Over a disk that is only read. */
  readonly keystore: Keystore;
}

/** A backup that was made. */
export interface TakenBackup {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly header: BackupHeader;
}

/** A disk on which nothing changes: what a running node has half written stays as it is. */
export function readOnly(disk: Disk): Disk {
  const refuse = (): never => {
    throw new Bug('a backup writes nothing');
  };
  return {
    ...disk,
    ...{ replace: refuse, create: refuse, move: refuse, remove: refuse, shred: refuse },
    // A log that is opened makes its records durable, and cuts off an incomplete last one: here these are on
    // their way, and the node that writes them sees to both.
    append: (_, bytes) => (bytes.length === 0 ? undefined : refuse()),
    truncate: () => undefined,
  };
}

/**
 * Backs up every key of which this node holds the share in service. @throws InputError no-active-share, and
 * what the keystore, the guard and the locks throw when they are not as they were left
 */
export function takeBackups(options: TakeOptions, deps: TakeDeps): readonly TakenBackup[] {
  const wanted = options.address?.toLowerCase();
  const taken = byKey(keptLocks(deps.disk, options.ceremonies)).flatMap((locks) => {
    const found = activeAmong(locks, deps.keystore);
    if (found === undefined) return [];
    try {
      const isWanted = wanted === undefined || found.loaded.address.toLowerCase() === wanted;
      return isWanted ? [takeOne(found, options, deps)] : [];
    } finally {
      found.loaded.secret.wipe();
    }
  });
  if (taken.length > 0) return taken;
  const which = wanted === undefined ? '' : ` of ${wanted}`;
  throw new InputError(
    'no-active-share',
    options.ceremonies,
    `this node has no share in service${which}: there is nothing to back up`,
  );
}

interface Active {
  readonly kept: KeptLock;
  readonly loaded: LoadedShare;
}

function activeAmong(locks: readonly KeptLock[], keystore: Keystore): Active | undefined {
  for (const kept of locks) {
    const loaded = keystore.load(kept.lock.record);
    if (loaded.state === 'active') return { kept, loaded };
    loaded.secret.wipe();
  }
  return undefined;
}

function takeOne({ kept, loaded }: Active, options: TakeOptions, deps: TakeDeps): TakenBackup {
  const { lock, lockFile, definitionFile } = kept;
  const guard = guardOf(loaded, deps);
  const header: BackupHeader = {
    network: options.network,
    keyId: to0x(lock.record.keyId),
    address: loaded.address,
    epoch: lock.record.epochNo,
    index: loaded.index,
    node: identityText(options.identityPk),
    lockHash: to0x(lockHash(lock)),
    guardSeq: guard.seq,
    guardHead: to0x(guard.head),
    createdAt: options.createdAt,
  };
  const plaintext = encodeContent({ secret: loaded.secret, guard, lockFile, definitionFile });
  const bytes = sealBackup(header, plaintext, options);
  wipe(plaintext);
  return { name: backupName(options.node, header), bytes, header };
}

/** A prefix of the register, as bounds: whatever it records after this, a restore has to learn elsewhere. */
function guardOf({ record }: LoadedShare, { disk, log, manifest, keystore }: TakeDeps): GuardExport {
  const noted = manifest.key(record.keyId);
  const guard = SignGuard.open(
    { path: keystore.guardPathOf(record), keyId: record.keyId, limits: defaultGuardLimits },
    { disk: readOnly(disk), log },
    noted === undefined ? undefined : { seq: noted.guardSeq, head: noted.guardHead },
  );
  return { seq: guard.seq, head: guard.head, marks: guard.watermarks() };
}
