import { ascii, concat, equalBytes, to0x, toHex } from '../crypto/bytes.ts';
import { type Codec, decode, encode, fixed, list, struct, u32Codec, u64Codec } from '../crypto/codec.ts';
import { InputError, assert } from '../crypto/errors.ts';
import { taggedHash } from '../crypto/hash.ts';
import { tags } from '../crypto/tags.ts';
import type { Disk } from '../system/ports.ts';

/** A share file that this node has written: its epoch and the hash of its bytes. */
export interface ShareFileHash {
  readonly epochNo: number;
  /** 32 bytes */
  readonly hash: Uint8Array;
}

/** What this node last knew of one of its keys. */
export interface ManifestKey {
  /** 32 bytes */
  readonly keyId: Uint8Array;
  /** The epoch that signs; none before the first certificate. */
  readonly active: number | undefined;
  /** The epoch whose share waits for its certificate. */
  readonly pending: number | undefined;
  /** Epochs whose share waits for its erasure. */
  readonly retired: readonly number[];
  /** Records of the guard, and its chain hash, when the manifest was written. */
  readonly guardSeq: number;
  readonly guardHead: Uint8Array;
  readonly shares: readonly ShareFileHash[];
}

/**
 * A note to itself: what a node that starts again must find. The epoch switch is its replacement. [security,
 * 3.2]
 */
export interface Manifest {
  /** Starts of this node. */
  readonly bootCounter: bigint;
  /** Chain hash of the request log. */
  readonly requestLogHead: Uint8Array;
  readonly keys: readonly ManifestKey[];
}

/** Its place in the data folder. */
export const MANIFEST_FILE = 'manifest';
const MAGIC: Uint8Array = ascii('conclman1');
const MAX_KEYS = 64;
const MAX_EPOCHS = 256;

const epochs = list(u32Codec, MAX_EPOCHS);
const keyFields = struct<ManifestKeyOnDisk>({
  keyId: fixed(32),
  active: list(u32Codec, 1),
  pending: list(u32Codec, 1),
  retired: epochs,
  guardSeq: u32Codec,
  guardHead: fixed(32),
  shares: list(struct<ShareFileHash>({ epochNo: u32Codec, hash: fixed(32) }), MAX_EPOCHS),
});
interface ManifestKeyOnDisk extends Omit<ManifestKey, 'active' | 'pending'> {
  readonly active: readonly number[];
  readonly pending: readonly number[];
}
const oneOrNone = (value: number | undefined): readonly number[] => (value === undefined ? [] : [value]);
const keyCodec: Codec<ManifestKey> = {
  schema: keyFields.schema,
  maxBytes: keyFields.maxBytes,
  write: (key) => keyFields.write({ ...key, active: oneOrNone(key.active), pending: oneOrNone(key.pending) }),
  read: (from, path) => {
    const key = keyFields.read(from, path);
    return { ...key, active: key.active[0], pending: key.pending[0] };
  },
};
const manifestCodec: Codec<Manifest> = struct<Manifest>({
  bootCounter: u64Codec,
  requestLogHead: fixed(32),
  keys: list(keyCodec, MAX_KEYS),
});

/** The hash by which the manifest knows a file. */
export const fileHash = (bytes: Uint8Array): Uint8Array => taggedHash(tags.fileHash, bytes);

/** magic ‖ fields ‖ 8 bytes of their hash. */
export function encodeManifest(manifest: Manifest): Uint8Array {
  const body = encode(manifestCodec, manifest);
  return concat(MAGIC, body, fileHash(body).subarray(0, 8));
}

/** The manifest of these bytes. @throws InputError safety-state-damaged */
export function decodeManifest(bytes: Uint8Array): Manifest {
  const [start, end] = [MAGIC.length, bytes.length - 8];
  const body = bytes.subarray(start, Math.max(start, end));
  const isWhole =
    end >= start &&
    equalBytes(bytes.subarray(0, start), MAGIC) &&
    equalBytes(bytes.subarray(end), fileHash(body).subarray(0, 8));
  if (!isWhole)
    throw new InputError(
      'safety-state-damaged',
      MANIFEST_FILE,
      'the manifest is damaged: put the newest copy back; without one ' +
        'leave this node off, the others sign without it',
    );
  return decode(manifestCodec, body, MANIFEST_FILE);
}

/** Keeps the manifest in memory and on disk. Every change replaces the file before anyone acts on it. */
export class ManifestStore {
  readonly #disk: Disk;
  #manifest: Manifest;

  private constructor(disk: Disk, manifest: Manifest) {
    this.#disk = disk;
    this.#manifest = manifest;
  }

  /** Starts the manifest of a new node. @throws OperationError would-overwrite */
  static create(disk: Disk): ManifestStore {
    const manifest: Manifest = { bootCounter: 0n, requestLogHead: new Uint8Array(32), keys: [] };
    disk.create(MANIFEST_FILE, encodeManifest(manifest));
    return new ManifestStore(disk, manifest);
  }

  /** Opens the manifest of this node. @throws InputError safety-state-missing | safety-state-damaged */
  static open(disk: Disk): ManifestStore {
    const bytes = disk.read(MANIFEST_FILE);
    if (bytes === undefined)
      throw new InputError(
        'safety-state-missing',
        MANIFEST_FILE,
        'the manifest is missing: put the newest copy back; without one ' +
          'leave this node off, the others sign without it',
      );
    return new ManifestStore(disk, decodeManifest(bytes));
  }

  /** What it says now. */
  get value(): Manifest {
    return this.#manifest;
  }

  /** Counts this start, before any link is made: a copy of the folder counts the same start twice. */
  countBoot(): bigint {
    this.#write({ ...this.#manifest, bootCounter: this.#manifest.bootCounter + 1n });
    return this.#manifest.bootCounter;
  }

  /** What it says of a key. */
  key(keyId: Uint8Array): ManifestKey | undefined {
    return this.#manifest.keys.find((key) => equalBytes(key.keyId, keyId));
  }

  /** Replaces what it says of a key. An active epoch never falls. @throws Bug if it would */
  setKey(next: ManifestKey): void {
    const before = this.key(next.keyId)?.active;
    assert(
      before === undefined || (next.active !== undefined && next.active >= before),
      `the active epoch of ${toHex(next.keyId)} would fall from ${String(before)} to ${String(next.active)}`,
    );
    const others = this.#manifest.keys.filter((key) => !equalBytes(key.keyId, next.keyId));
    this.#write({ ...this.#manifest, keys: [...others, next] });
  }

  /** Remembers how far the request log reaches. */
  setRequestLogHead(head: Uint8Array): void {
    this.#write({ ...this.#manifest, requestLogHead: head });
  }

  #write(next: Manifest): void {
    this.#disk.replace(MANIFEST_FILE, encodeManifest(next));
    this.#manifest = next;
  }
}

/**
 * Whether share files of a key are older than the manifest, or strangers to it: the trace of a restore of
 * some of them. A file is noted before it is made and forgotten after it is erased, so only that of the
 * active epoch must be there. `undefined` when all is as it was left. [security, 3.5 rule 4]
 */
export function rollbackOf(noted: ManifestKey, found: readonly ShareFileHash[]): string | undefined {
  for (const { epochNo, hash } of noted.shares) {
    const file = found.find((share) => share.epochNo === epochNo);
    if (file === undefined && epochNo === noted.active)
      return `the share file of epoch ${epochNo} is missing`;
    if (file !== undefined && !equalBytes(file.hash, hash))
      return `the share file of epoch ${epochNo} is not the one with the hash ${to0x(hash)}`;
  }
  const stranger = found.find(({ epochNo }) => noted.shares.every((share) => share.epochNo !== epochNo));
  return stranger === undefined
    ? undefined
    : `a share file of epoch ${stranger.epochNo} is not in the manifest`;
}
