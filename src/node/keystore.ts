import type { PartyIndex } from '../crypto/brand.ts';
import { concat, equalBytes, to0x } from '../crypto/bytes.ts';
import { decode } from '../crypto/codec.ts';
import { InputError, assert } from '../crypto/errors.ts';
import { taggedHash } from '../crypto/hash.ts';
import type { Secret } from '../crypto/secret.ts';
import { type Rng, type Scalar, actBase, scalarCodec, scalarToBytes } from '../crypto/secp256k1.ts';
import { tags } from '../crypto/tags.ts';
import { type Address, addressOf } from '../ethereum/address.ts';
import {
  type EpochRecord,
  checkCommittee,
  committeeHashOf,
  epochIdOf,
  publicKeyOf,
  publicShareOf,
  seatOf,
} from '../protocols/epoch.ts';
import type { Disk } from '../system/ports.ts';
import { type JsonObject, textIn, withKeys } from '../crypto/json-file.ts';
import {
  type ManifestKey,
  type ManifestStore,
  type ShareFileHash,
  fileHash,
  rollbackOf,
} from './manifest.ts';
import { identityText } from '../protocols/ceremony/names.ts';
import { type MasterKey, type PublicFields, openFile, sealFile } from './sealed-file.ts';

/** The secret half of one seat of one epoch. */
export interface ShareSecret {
  readonly share: Scalar;
  /** 32 bytes */
  readonly chainCode: Uint8Array;
}

/** What the definition says of a share, beside the epoch record. */
export interface ShareContext {
  readonly purpose: string;
  /** 32 bytes */
  readonly definition: Uint8Array;
  /** ISO 8601, for people. */
  readonly createdAt: string;
}

/** Where a share stands: pending signs nothing, active signs, retired waits for its erasure. */
export type ShareState = 'pending' | 'active' | 'retired';

/** A share that equals its record. The secret is lent as share (32) ‖ chain code (32). */
export interface LoadedShare {
  readonly record: EpochRecord;
  readonly epochId: Uint8Array;
  readonly address: Address;
  readonly index: PartyIndex;
  readonly purpose: string;
  readonly state: ShareState;
  readonly secret: Secret;
}

/** Whose shares, and of which network. */
export interface KeystoreOptions {
  /** The folder of keys in the data folder. */
  readonly folder: string;
  readonly network: string;
  /** Ed25519 public key of this node, 32 bytes. */
  readonly identityPk: Uint8Array;
}

/** What the keystore needs. */
export interface KeystorePorts {
  readonly disk: Disk;
  readonly manifest: ManifestStore;
  readonly master: MasterKey;
  readonly rng: Rng;
}

const SHARE_FILE = /^share-[0-9]+\.json$/;
const SCHEME = 'dkls23-k256';
const FIELDS = [
  'scheme',
  'network',
  'keyId',
  'address',
  'publicKey',
  'purpose',
  'epoch',
  'index',
  'required',
].concat(['committee', 'definition', 'sid', 'node', 'createdAt']);

const refuse = (code: string, path: string, what: string): InputError =>
  new InputError(code, path, `${path} ${what}; nothing of it is used`);

/** H("cc/com"; cc): what a record says of the chain code. [protocol, 4.2] */
export const chainCodeHash = (chainCode: Uint8Array): Uint8Array => taggedHash(tags.ccCom, chainCode);

/**
 * Sealed shares of one node, one file for each key and epoch, and where each of them stands. [product, 6.3]
 */
export class Keystore {
  readonly #options: KeystoreOptions;
  readonly #ports: KeystorePorts;

  constructor(options: KeystoreOptions, ports: KeystorePorts) {
    this.#options = options;
    this.#ports = ports;
  }

  /** The folder of a key. */
  folderOf(record: EpochRecord): string {
    return `${this.#options.folder}/${addressOf(publicKeyOf(record)).toLowerCase()}`;
  }

  /** The folder of one epoch of a key. */
  epochFolderOf(record: EpochRecord): string {
    return epochFolder(this.folderOf(record), record.epochNo);
  }

  /** Where the guard of a key lies, beside the shares that it protects. */
  guardPathOf(record: EpochRecord): string {
    return `${this.folderOf(record)}/guard/000001.log`;
  }

  /**
   * Writes the share of a new epoch, which signs nothing yet. Durable when this returns: only then may our
   * confirmation leave. @throws InputError share-does-not-match-lock | identity-not-in-lock; what `Disk`
   * throws
   */
  storePending(record: EpochRecord, secret: ShareSecret, context: ShareContext): void {
    const seat = this.#seat(checkCommittee(record), 'the new epoch');
    checkSecret(record, seat, secret, 'the new share');
    const plaintext = concat(scalarToBytes(secret.share), secret.chainCode);
    const fields = { ...this.#fields(record, seat, context) };
    const { disk, manifest, master, rng } = this.#ports;
    const bytes = sealFile(master, { kind: 'conclave-share', public: fields, plaintext }, rng);
    plaintext.fill(0);
    const key = this.#keyOf(record.keyId);
    assert(key.active === undefined || key.active < record.epochNo, `epoch ${record.epochNo} is not new`);
    const path = this.#pathOf(record, seat);
    this.dropPending(record);
    // Noted before it is made: a file that the manifest does not know can only come from elsewhere.
    const shares = [...this.#keyOf(record.keyId).shares, { epochNo: record.epochNo, hash: fileHash(bytes) }];
    manifest.setKey({ ...this.#keyOf(record.keyId), pending: record.epochNo, shares });
    disk.create(path, bytes);
  }

  /**
   * Gives up the pending share of a key: its ceremony ended without a certificate. Without one, does nothing.
   */
  dropPending(record: EpochRecord): void {
    this.dropPendingIn(this.folderOf(record), record.keyId);
  }

  /** The same for a key of which only the folder is known, after a restart. */
  dropPendingIn(keyFolder: string, keyId: Uint8Array): void {
    const { disk, manifest } = this.#ports;
    const key = this.#keyOf(keyId);
    const { pending } = key;
    if (pending === undefined) return;
    const folder = epochFolder(keyFolder, pending);
    for (const name of disk.list(folder)) if (SHARE_FILE.test(name)) disk.shred(`${folder}/${name}`);
    const shares = key.shares.filter(({ epochNo }) => epochNo !== pending);
    manifest.setKey({ ...key, pending: undefined, shares });
  }

  /** Keys with a pending share, by the files that the manifest knows; `isAlone` without any other epoch. */
  pendingFolders(): readonly {
    readonly folder: string;
    readonly keyId: Uint8Array;
    readonly isAlone: boolean;
  }[] {
    const { disk, manifest } = this.#ports;
    const folders = disk.list(this.#options.folder).map((name) => `${this.#options.folder}/${name}`);
    return manifest.value.keys.flatMap(({ keyId, pending, active, retired, shares }) => {
      if (pending === undefined) return [];
      const isOurs = (bytes: Uint8Array | undefined): boolean =>
        bytes !== undefined &&
        shares.some(({ epochNo, hash }) => epochNo === pending && equalBytes(hash, fileHash(bytes)));
      const holds = (folder: string): boolean =>
        disk.list(folder).some((name) => isOurs(disk.read(`${folder}/${name}`)));
      const folder =
        folders.find((one) => holds(epochFolder(one, pending))) ?? `${this.#options.folder}/none`;
      return [{ folder, keyId, isAlone: active === undefined && retired.length === 0 }];
    });
  }

  /**
   * Makes the pending epoch the one that signs. The caller holds its full certificate; no local count will
   * do. The replacement of the manifest is the switch. @throws InputError stale-epoch unless that epoch is
   * pending
   */
  activate(record: EpochRecord): void {
    const key = this.#keyOf(record.keyId);
    if (key.pending !== record.epochNo)
      throw new InputError(
        'stale-epoch',
        'epoch',
        `epoch ${record.epochNo} is not pending, ${String(key.pending)} is`,
      );
    const retired = key.active === undefined ? key.retired : [...key.retired, key.active];
    this.#ports.manifest.setKey({ ...key, active: record.epochNo, pending: undefined, retired });
  }

  /** Erases a retired share, after the grace window and one valid signature of the new epoch. */
  eraseRetired(record: EpochRecord): void {
    const key = this.#keyOf(record.keyId);
    assert(key.retired.includes(record.epochNo), `epoch ${record.epochNo} is not retired`);
    this.#ports.disk.shred(this.#pathOf(record, this.#seat(record, 'the epoch')));
    const isOther = (epochNo: number): boolean => epochNo !== record.epochNo;
    const shares = key.shares.filter((share) => isOther(share.epochNo));
    this.#ports.manifest.setKey({ ...key, retired: key.retired.filter(isOther), shares });
  }

  /** Notes how far the guard of a key reaches; at boot and at each epoch transition. */
  noteGuard(keyId: Uint8Array, seq: number, head: Uint8Array): void {
    this.#ports.manifest.setKey({ ...this.#keyOf(keyId), guardSeq: seq, guardHead: head });
  }

  /**
   * Opens a share and compares everything it claims with the record of the lock, with its place and with this
   * node. @throws InputError safety-state-missing | rollback-detected | wrong-cluster | stale-epoch |
   * wrong-node | identity-not-in-lock | share-does-not-match-lock, and those of `openFile`
   */
  load(record: EpochRecord): LoadedShare {
    const seat = this.#seat(record, 'the lock');
    const path = this.#pathOf(record, seat);
    const bytes = this.#ports.disk.read(path);
    if (bytes === undefined)
      throw new InputError(
        'safety-state-missing',
        path,
        `${path} is missing: put your own newest copy of the file back; without one ` +
          'leave this node off, the others sign without it',
      );
    const opened = openFile(this.#ports.master, 'conclave-share', bytes, path);
    try {
      this.#checkFields(withKeys(opened.public, FIELDS, path), record, seat, path);
      opened.secret.use((plaintext) => {
        checkSecret(record, seat, readSecret(plaintext, path), path);
      });
      const state = this.#stateOf(record, fileHash(bytes), path);
      const purpose = textIn(opened.public, 'purpose', path);
      const address = addressOf(publicKeyOf(record));
      return {
        record,
        epochId: epochIdOf(record),
        address,
        index: seat,
        purpose,
        state,
        secret: opened.secret,
      };
    } catch (error) {
      opened.secret.wipe();
      throw error;
    }
  }

  /**
   * Looks for share files that are older than the manifest, or unknown to it. @throws InputError
   * rollback-detected
   */
  checkFiles(record: EpochRecord): void {
    const { disk } = this.#ports;
    const folder = this.folderOf(record);
    const found: ShareFileHash[] = [];
    for (const name of disk.list(folder)) {
      const match = /^epoch-([0-9]{6})$/.exec(name);
      if (match === null) continue;
      for (const file of disk.list(`${folder}/${name}`)) {
        const bytes = SHARE_FILE.test(file) ? disk.read(`${folder}/${name}/${file}`) : undefined;
        if (bytes !== undefined) found.push({ epochNo: Number(match[1]), hash: fileHash(bytes) });
      }
    }
    const what = rollbackOf(this.#keyOf(record.keyId), found);
    if (what !== undefined) throw new InputError('rollback-detected', folder, `${folder}: ${what}`);
  }

  #seat(record: EpochRecord, what: string): PartyIndex {
    const seat = seatOf(record, this.#options.identityPk);
    if (seat === undefined)
      throw new InputError(
        'identity-not-in-lock',
        'identity',
        `${what} has no seat for the identity of this node`,
      );
    return seat.index;
  }

  #pathOf(record: EpochRecord, index: PartyIndex): string {
    return `${this.epochFolderOf(record)}/share-${index}.json`;
  }

  #keyOf(keyId: Uint8Array): ManifestKey {
    const none = { active: undefined, pending: undefined, retired: [], shares: [] };
    return this.#ports.manifest.key(keyId) ?? { keyId, ...none, guardSeq: 0, guardHead: new Uint8Array(32) };
  }

  #fields(record: EpochRecord, index: PartyIndex, context: ShareContext): PublicFields {
    const publicKey = publicKeyOf(record);
    return {
      scheme: SCHEME,
      network: this.#options.network,
      keyId: to0x(record.keyId),
      address: addressOf(publicKey),
      publicKey: to0x(publicKey.toBytes()),
      purpose: context.purpose,
      epoch: String(record.epochNo),
      index,
      required: record.threshold,
      committee: to0x(committeeHashOf(record)),
      definition: to0x(context.definition),
      sid: to0x(record.originSid),
      node: identityText(this.#options.identityPk),
      createdAt: context.createdAt,
    };
  }

  #checkFields(found: JsonObject, record: EpochRecord, seat: PartyIndex, path: string): void {
    const unknown = { purpose: '', definition: new Uint8Array(), createdAt: '' };
    const wanted = this.#fields(record, seat, unknown);
    const differs = (name: string): boolean => found.get(name) !== wanted[name];
    for (const name of ['scheme', 'network', 'keyId', 'address', 'publicKey'])
      if (differs(name)) throw refuse('wrong-cluster', path, `is of another cluster: its ${name} differs`);
    if (differs('epoch')) throw refuse('stale-epoch', path, `is of epoch ${textIn(found, 'epoch', path)}`);
    if (differs('node')) throw refuse('wrong-node', path, `belongs to ${textIn(found, 'node', path)}`);
    for (const name of ['index', 'required', 'committee', 'sid'])
      if (differs(name)) throw refuse('share-does-not-match-lock', path, `has another ${name} than the lock`);
  }

  #stateOf(record: EpochRecord, hash: Uint8Array, path: string): ShareState {
    const key = this.#keyOf(record.keyId);
    const isNoted = key.shares.some(
      (share) => share.epochNo === record.epochNo && equalBytes(share.hash, hash),
    );
    if (isNoted && key.active === record.epochNo) return 'active';
    if (isNoted && key.pending === record.epochNo) return 'pending';
    if (isNoted && key.retired.includes(record.epochNo)) return 'retired';
    throw refuse('rollback-detected', path, 'is not the file that the manifest knows');
  }
}

const epochFolder = (keyFolder: string, epochNo: number): string =>
  `${keyFolder}/epoch-${String(epochNo).padStart(6, '0')}`;

function readSecret(plaintext: Uint8Array, path: string): ShareSecret {
  if (plaintext.length !== 64)
    throw refuse('file-damaged', path, `seals ${plaintext.length} bytes instead of 64`);
  return { share: decode(scalarCodec, plaintext.subarray(0, 32), path), chainCode: plaintext.subarray(32) };
}

/** s·G = S_i and H(cc) = ccHash: the one proof that a secret is what the lock says. */
function checkSecret(record: EpochRecord, seat: PartyIndex, secret: ShareSecret, path: string): void {
  const isShare = actBase(secret.share).equals(publicShareOf(record, seat));
  const isChainCode = equalBytes(chainCodeHash(secret.chainCode), record.ccHash);
  if (!isShare || !isChainCode)
    throw refuse(
      'share-does-not-match-lock',
      path,
      `does not match the public share of seat ${seat} in the lock`,
    );
}
