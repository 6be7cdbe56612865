import { equalBytes } from '../crypto/bytes.ts';
import { InputError, OperationError } from '../crypto/errors.ts';
import { hexIn, integerIn } from '../crypto/json-file.ts';
import { addressBytes, addressOf } from '../ethereum/address.ts';
import { type EpochRecord, publicKeyOf } from '../protocols/epoch.ts';
import type { Disk } from '../system/ports.ts';
import { missingState, statePathIn } from './epoch-log.ts';
import { type GuardCareDeps, openOffline } from './guard-care.ts';
import {
  MANIFEST_FILE,
  type ManifestKey,
  type NotedState,
  type NotedShare,
  decodeManifest,
  encodeManifest,
  fileHash,
} from './manifest.ts';
import { readSealed } from './sealed-file.ts';
import { epochFolder, labelOfFile } from './share-file.ts';

/** What a rebuilt manifest is made from. */
export interface RebuildDeps extends Omit<GuardCareDeps, 'manifest' | 'record'> {
  /** Of the newest lock; `undefined` on a node without a key. */
  readonly record: EpochRecord | undefined;
  /** Milliseconds since the epoch: counted on from here, starts are above every former one. */
  readonly nowMs: number;
}

/** What a rebuild did. */
export interface Rebuilt {
  readonly shares: number;
  /** Where a damaged manifest lies now. */
  readonly attic: string | undefined;
}

/** Why the register is then in quarantine. */
const WHY = 'the manifest was rebuilt';

/**
 * Writes the manifest of a node anew, from its lock, its share files and its register, and puts the node
 * into quarantine: it cannot know whether one of them is older than it should be. @throws OperationError
 * nothing-to-repair for a manifest that is whole; InputError as `SignGuard.open` for a register that is not,
 * which is mended first, and safety-state-missing without the state log of the active epoch
 */
export function rebuildManifest(deps: RebuildDeps): Rebuilt {
  const { disk, record, nowMs } = deps;
  const found = disk.read(MANIFEST_FILE);
  if (found !== undefined && isWhole(found))
    throw new OperationError(
      'nothing-to-repair',
      'fatal',
      'the manifest is whole: there is nothing to rebuild',
    );
  const key = record === undefined ? undefined : noteOf(deps, record);
  const attic = found === undefined ? undefined : `attic/manifest-${nowMs}`;
  if (attic !== undefined && found !== undefined) disk.create(attic, found);
  const manifest = {
    bootCounter: BigInt(nowMs),
    requestLogHead: new Uint8Array(32),
    keys: key === undefined ? [] : [key],
  };
  disk.replace(MANIFEST_FILE, encodeManifest(manifest));
  return { shares: key?.shares.length ?? 0, attic };
}

function isWhole(bytes: Uint8Array): boolean {
  try {
    decodeManifest(bytes);
    return true;
  } catch (error) {
    if (error instanceof InputError) return false;
    throw error;
  }
}

/** The register is put into quarantine before the manifest makes a start possible. */
function noteOf(deps: RebuildDeps, record: EpochRecord): ManifestKey {
  const address = addressOf(publicKeyOf(record));
  const folder = `${deps.keys}/${address.toLowerCase()}`;
  const shares = sharesIn(deps.disk, folder, record);
  const path = statePathIn(epochFolder(folder, record.epochNo));
  // The note of it is lost too: it would be begun anew in silence.
  if (shares.some(({ state }) => state === 'active') && (deps.disk.read(path) ?? []).length === 0)
    throw missingState(path);
  const guard = openOffline({ ...deps, record, manifest: undefined });
  guard.quarantine(WHY);
  return {
    keyId: record.keyId,
    address: addressBytes(address),
    newest: record.epochNo,
    needsMarks: false,
    guardSeq: guard.seq,
    guardHead: guard.head,
    state: undefined, // the next start takes the log as it is
    shares,
  };
}

function sharesIn(disk: Disk, folder: string, record: EpochRecord): readonly NotedShare[] {
  return disk.list(folder).flatMap((name) => {
    const epoch = /^epoch-([0-9]{6})$/.exec(name)?.[1];
    if (epoch === undefined) return [];
    return disk.list(`${folder}/${name}`).flatMap((file) => {
      const path = `${folder}/${name}/${file}`;
      const bytes = labelOfFile(file) === undefined ? undefined : disk.read(path);
      if (bytes === undefined) return [];
      const { fields } = readSealed(bytes, 'conclave-share', path);
      const [sid, index] = [hexIn(fields, 'sid', path, 32), integerIn(fields, 'index', path)];
      const share = { epochNo: Number(epoch), sid, index, hash: fileHash(bytes) };
      return [{ ...share, state: stateOf(share, record) }];
    });
  });
}

/** A share of a later epoch may be one that a certificate still needs: it stays, and waits. */
function stateOf({ epochNo, sid }: Pick<NotedShare, 'epochNo' | 'sid'>, record: EpochRecord): NotedState {
  if (epochNo > record.epochNo) return 'pending';
  if (epochNo < record.epochNo) return 'retired';
  return equalBytes(sid, record.originSid) ? 'active' : 'doomed';
}
