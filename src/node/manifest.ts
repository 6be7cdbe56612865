import { ascii, concat, equalBytes, toHex } from '../crypto/bytes.ts';
import {
  type Codec,
  decode,
  encode,
  fixed,
  list,
  malformed,
  struct,
  u16Codec,
  u32Codec,
  u64Codec,
  u8Codec,
} from '../crypto/codec.ts';
import { Bug, InputError, assert } from '../crypto/errors.ts';
import { taggedHash } from '../crypto/hash.ts';
import { tags } from '../crypto/tags.ts';
import type { Disk } from '../system/ports.ts';

/**
 * Where a share stands: pending signs nothing, active signs, retired waits for its erasure; a doomed one is
 * being erased, and its file may be torn or gone.
 */
export type NotedState = 'pending' | 'active' | 'retired' | 'doomed';

/** A share file of this node, as it was written. */
export interface NotedShare {
  readonly epochNo: number;
  /** The session that made the share, 32 bytes; zero where a manifest of the first format did not say. */
  readonly sid: Uint8Array;
  /** Our seat, which is in the name of the file; zero as above. */
  readonly index: number;
  /** Of the bytes of the file, 32 bytes. */
  readonly hash: Uint8Array;
  readonly state: NotedState;
}

/** How far a log reached when it was last noted. */
export interface NotedLog {
  /** Its records. */
  readonly seq: number;
  /** Their chain hash, 32 bytes. */
  readonly head: Uint8Array;
}

/** What this node last knew of one of its keys. */
export interface ManifestKey {
  /** 32 bytes */
  readonly keyId: Uint8Array;
  /** The address of the key, 20 bytes, which names its folder; zero where the first format did not say. */
  readonly address: Uint8Array;
  /** The newest epoch whose certificate this node has held, with a seat in it or without. Never falls. */
  readonly newest: number | undefined;
  /** This node joined a key that others have used: it has to learn what was signed before it signs. */
  readonly needsMarks: boolean;
  /** Records of the guard, and its chain hash, when the manifest was written. */
  readonly guardSeq: number;
  readonly guardHead: Uint8Array;
  /** The state log of the epoch that was made active last; none where an earlier format did not say. */
  readonly state: NotedLog | undefined;
  /** In the order in which they were made. */
  readonly shares: readonly NotedShare[];
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
/** The first format knew one share an epoch, the second no state log; they are read, and never written. */
const MAGIC_1: Uint8Array = ascii('conclman1');
const MAGIC_2: Uint8Array = ascii('conclman2');
const MAGIC_3: Uint8Array = ascii('conclman3');
const MAX_KEYS = 64;
/** Most shares of one key, in all epochs and states. */
export const MAX_SHARES = 256;

/** Each state with its byte on disk. New ones are appended. */
const states: readonly NotedState[] = ['pending', 'active', 'retired', 'doomed'];
const stateCodec: Codec<NotedState> = {
  ...u8Codec,
  write: (state) => u8Codec.write(states.indexOf(state) + 1),
  read: (from, path) => {
    const state = states[u8Codec.read(from, path) - 1];
    if (state === undefined) throw malformed(path, 'is no state of a share');
    return state;
  },
};
const shareCodec = struct<NotedShare>({
  epochNo: u32Codec,
  sid: fixed(32),
  index: u16Codec,
  hash: fixed(32),
  state: stateCodec,
});
interface SecondKey extends Omit<ManifestKey, 'newest' | 'needsMarks' | 'state'> {
  readonly newest: readonly number[];
  readonly needsMarks: number;
}
interface KeyOnDisk extends SecondKey {
  readonly state: readonly NotedLog[];
}
const guardFields = {
  keyId: fixed(32),
  address: fixed(20),
  newest: list(u32Codec, 1),
  needsMarks: u8Codec,
  guardSeq: u32Codec,
  guardHead: fixed(32),
};
const shareFields = { shares: list(shareCodec, MAX_SHARES) };
const secondFields = struct<SecondKey>({ ...guardFields, ...shareFields });
const keyFields = struct<KeyOnDisk>({
  ...guardFields,
  state: list(struct<NotedLog>({ seq: u32Codec, head: fixed(32) }), 1),
  ...shareFields,
});
const keyCodec: Codec<ManifestKey> = {
  schema: keyFields.schema,
  maxBytes: keyFields.maxBytes,
  write: (key) =>
    keyFields.write({
      ...key,
      newest: key.newest === undefined ? [] : [key.newest],
      needsMarks: key.needsMarks ? 1 : 0,
      state: key.state === undefined ? [] : [key.state],
    }),
  read: (from, path) => fromDisk(keyFields.read(from, path), path),
};
const manifestOf = (key: Codec<ManifestKey>): Codec<Manifest> =>
  struct<Manifest>({ bootCounter: u64Codec, requestLogHead: fixed(32), keys: list(key, MAX_KEYS) });
const manifestCodec = manifestOf(keyCodec);

function fromDisk(key: KeyOnDisk, path: string): ManifestKey {
  if (key.needsMarks > 1) throw malformed(path, 'has a flag that is neither 0 nor 1');
  return { ...key, newest: key.newest[0], needsMarks: key.needsMarks === 1, state: key.state[0] };
}

/** An earlier format is read only. */
const earlier = <T>(fields: Codec<T>, from: (key: T, path: string) => ManifestKey): Codec<Manifest> =>
  manifestOf({
    schema: fields.schema,
    maxBytes: fields.maxBytes,
    write: () => {
      throw new Bug('an earlier format is not written any more');
    },
    read: (bytes, path) => from(fields.read(bytes, path), path),
  });
const secondCodec = earlier(secondFields, (key, path) => fromDisk({ ...key, state: [] }, path));

/** A key as the first format wrote it. */
interface FirstKey {
  readonly keyId: Uint8Array;
  readonly active: readonly number[];
  readonly pending: readonly number[];
  readonly retired: readonly number[];
  readonly guardSeq: number;
  readonly guardHead: Uint8Array;
  readonly shares: readonly Pick<NotedShare, 'epochNo' | 'hash'>[];
}
const firstFields = struct<FirstKey>({
  keyId: fixed(32),
  active: list(u32Codec, 1),
  pending: list(u32Codec, 1),
  retired: list(u32Codec, MAX_SHARES),
  guardSeq: u32Codec,
  guardHead: fixed(32),
  shares: list(struct<FirstKey['shares'][number]>({ epochNo: u32Codec, hash: fixed(32) }), MAX_SHARES),
});
const firstCodec = earlier(firstFields, fromFirst);
const formats: readonly (readonly [Uint8Array, Codec<Manifest>])[] = [
  [MAGIC_1, firstCodec],
  [MAGIC_2, secondCodec],
  [MAGIC_3, manifestCodec],
];

/** An epoch without a file hash gets one that no file has, so that it is missed and not forgotten. */
function fromFirst({ keyId, active, pending, retired, guardSeq, guardHead, shares }: FirstKey): ManifestKey {
  const noted = (epochNos: readonly number[], state: NotedState): readonly NotedShare[] =>
    epochNos.map((epochNo) => ({
      epochNo,
      sid: new Uint8Array(32),
      index: 0,
      hash: shares.find((share) => share.epochNo === epochNo)?.hash ?? new Uint8Array(32),
      state,
    }));
  return {
    keyId,
    address: new Uint8Array(20),
    newest: active[0],
    needsMarks: false,
    guardSeq,
    guardHead,
    state: undefined,
    shares: [...noted(retired, 'retired'), ...noted(active, 'active'), ...noted(pending, 'pending')],
  };
}

/**
 * The epoch of a key whose share signs on this node; none before the first certificate, and after the last.
 */
export const activeOf = ({ shares }: ManifestKey): number | undefined =>
  shares.find(({ state }) => state === 'active')?.epochNo;

/**
 * The rules of every change. [security, 3.1 INV2, INV4] @throws Bug unless at most one epoch is active, which
 * is the newest, what is pending is above it, what is retired is below it, and the newest never falls
 */
function checkChange(before: ManifestKey | undefined, { keyId, newest, shares }: ManifestKey): void {
  const name = toHex(keyId).slice(0, 16);
  assert(
    before?.newest === undefined || (newest !== undefined && newest >= before.newest),
    `the newest epoch of ${name} would fall from ${String(before?.newest)} to ${String(newest)}`,
  );
  const known = newest ?? -1;
  const isLegal = {
    pending: (epochNo: number): boolean => epochNo > known,
    active: (epochNo: number): boolean => epochNo === known,
    retired: (epochNo: number): boolean => epochNo < known,
    doomed: (): boolean => true,
  };
  for (const { epochNo, state } of shares)
    assert(isLegal[state](epochNo), `epoch ${epochNo} of ${name} would be ${state}, the newest is ${known}`);
  assert(
    shares.filter(({ state }) => state === 'active').length <= 1,
    `two shares of ${name} would be active`,
  );
}

/** The hash by which the manifest knows a file. */
export const fileHash = (bytes: Uint8Array): Uint8Array => taggedHash(tags.fileHash, bytes);

/** magic ‖ fields ‖ 8 bytes of their hash. */
export function encodeManifest(manifest: Manifest): Uint8Array {
  const body = encode(manifestCodec, manifest);
  return concat(MAGIC_3, body, fileHash(body).subarray(0, 8));
}

/** The manifest of these bytes, of any format. @throws InputError safety-state-damaged */
export function decodeManifest(bytes: Uint8Array): Manifest {
  const [start, end] = [MAGIC_3.length, bytes.length - 8];
  const codec = formats.find(([magic]) => equalBytes(bytes.subarray(0, start), magic))?.[1];
  const body = bytes.subarray(start, Math.max(start, end));
  const isWhole = end >= start && equalBytes(bytes.subarray(end), fileHash(body).subarray(0, 8));
  if (codec === undefined || !isWhole)
    throw new InputError(
      'safety-state-damaged',
      MANIFEST_FILE,
      'the manifest is damaged: put the newest copy back, or run "conclave node doctor ' +
        '--rebuild-manifest", which keeps this one and starts the node in quarantine',
    );
  return decode(codec, body, MANIFEST_FILE);
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
        'the manifest is missing: put the newest copy back, or run "conclave node doctor ' +
          '--rebuild-manifest", which starts the node in quarantine',
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

  /**
   * Replaces what it says of a key; one that never was in service and has no share is forgotten. @throws Bug
   * for a change that the rules do not know
   */
  setKey(next: ManifestKey): void {
    checkChange(this.key(next.keyId), next);
    const others = this.#manifest.keys.filter((key) => !equalBytes(key.keyId, next.keyId));
    const isNothing = next.newest === undefined && next.shares.length === 0;
    this.#write({ ...this.#manifest, keys: isNothing ? others : [...others, next] });
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
