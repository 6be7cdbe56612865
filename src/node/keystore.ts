import type { PartyIndex } from '../crypto/brand.ts';
import { equalBytes, fromHex, toHex } from '../crypto/bytes.ts';
import { InputError, assert } from '../crypto/errors.ts';
import type { Secret } from '../crypto/secret.ts';
import type { Rng } from '../crypto/secp256k1.ts';
import { type Address, addressBytes, addressFromBytes, addressOf } from '../ethereum/address.ts';
import { type EpochRecord, checkCommittee, epochIdOf, publicKeyOf, seatOf } from '../protocols/epoch.ts';
import type { Disk } from '../system/ports.ts';
import { EpochLog, statePathIn } from './epoch-log.ts';
import { type ManifestKey, type ManifestStore, type NotedShare, activeOf, fileHash } from './manifest.ts';
import type { MasterKey } from './sealed-file.ts';
import {
  type ShareContext,
  type ShareSeat,
  type ShareSecret,
  checkShare,
  epochFolder,
  labelOfFile,
  openShare,
  sealShare,
  shareFileName,
} from './share-file.ts';
import { type FoundShare, checkShareFiles, isFileOf } from './share-rollback.ts';
import { checkNew, missingOf, notedOf, stateAtLeaving, stateBehind } from './share-states.ts';

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

/** A share that waits for the certificate of its session. */
export interface PendingNote {
  /** 32 bytes */
  readonly keyId: Uint8Array;
  readonly epochNo: number;
  /** The session that made it, 32 bytes; zero if the first format of the manifest noted it. */
  readonly sid: Uint8Array;
  /** Its file is there. One that is not was never acknowledged, or has been lost since. */
  readonly isOnDisk: boolean;
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

/**
 * Sealed shares of one node, one file for each key, epoch and attempt, and where each of them stands. The
 * manifest is the only switch; a file is written once and never renamed. [product, 6.3]
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
    return this.#folderNamed(addressOf(publicKeyOf(record)));
  }

  /** The folder of one epoch of a key. */
  epochFolderOf(record: EpochRecord): string {
    return epochFolder(this.folderOf(record), record.epochNo);
  }

  /** The file of this node's share. @throws InputError identity-not-in-lock */
  sharePathOf(record: EpochRecord): string {
    const { index } = this.#seat(record, 'the epoch');
    return `${this.epochFolderOf(record)}/${shareFileName(record.epochNo, record.originSid, index)}`;
  }

  /** Where the guard of a key lies, beside the shares that it protects. */
  guardPathOf(record: EpochRecord): string {
    return `${this.folderOf(record)}/guard/000001.log`;
  }

  /**
   * Writes the share of a new epoch, which signs nothing yet, beside those of other attempts. Durable when
   * this returns: only then may our confirmation leave. The same share again changes nothing.
   * @throws InputError share-does-not-match-lock | identity-not-in-lock | stale-epoch | rollback-detected |
   * too-many-pending; what `Disk` throws
   */
  storePending(record: EpochRecord, secret: ShareSecret, context: ShareContext): void {
    const seat = this.#seat(checkCommittee(record), 'the new epoch');
    checkShare(seat, secret, 'the new share');
    const { disk, manifest, master, rng } = this.#ports;
    const path = this.sharePathOf(record);
    const key = this.#keyOf(record);
    const noted = notedOf(key, record);
    const found = disk.read(path);
    if (found !== undefined && (noted?.state === 'pending' || noted?.state === 'active')) {
      this.load(record).secret.wipe(); // the same secret: the record has but one for our seat
      disk.replace(path, found); // who wrote it may have been killed before its fsync
      return;
    }
    checkNew(key, record, noted);
    if (found !== undefined)
      throw new InputError(
        'rollback-detected',
        path,
        `${path} is there and not in the manifest: move it away`,
      );
    const bytes = sealShare(master, seat, { secret, context }, rng);
    const own = {
      epochNo: record.epochNo,
      sid: record.originSid,
      index: seat.index,
      hash: fileHash(bytes),
      state: 'pending',
    } as const;
    const isJoining = record.epochNo > 0 && activeOf(key) === undefined;
    // Noted before it is made: a file that the manifest does not know can only come from elsewhere.
    manifest.setKey({
      ...key,
      needsMarks: key.needsMarks || isJoining,
      shares: [...key.shares.filter((share) => share !== noted), own],
    });
    disk.create(path, bytes);
  }

  /** The shares that wait for a certificate, of one key or of all. */
  pendings(keyId?: Uint8Array): readonly PendingNote[] {
    const keys = this.#ports.manifest.value.keys.filter(
      (key) => keyId === undefined || equalBytes(key.keyId, keyId),
    );
    return keys.flatMap((key) =>
      key.shares
        .filter(({ state }) => state === 'pending')
        .map((noted) => ({
          keyId: key.keyId,
          epochNo: noted.epochNo,
          sid: noted.sid,
          isOnDisk: this.#foundIn(this.#folderOfKey(key)).some((file) => isFileOf(noted, file)),
        })),
    );
  }

  /**
   * Gives up a pending share, for ever. Whoever calls it knows that no certificate can need it: nobody has
   * its acknowledgement, or another attempt has won. Returns the folder of the key if nothing else of it is
   * left.
   */
  dropPending({ keyId, epochNo, sid }: Pick<PendingNote, 'keyId' | 'epochNo' | 'sid'>): string | undefined {
    const key = this.#ports.manifest.key(keyId);
    if (key === undefined) return undefined;
    const folder = this.#folderOfKey(key);
    const isIt = (share: NotedShare): boolean =>
      share.state === 'pending' && share.epochNo === epochNo && equalBytes(share.sid, sid);
    this.#mark({ ...key, address: this.#addressIn(folder) ?? key.address }, (share) =>
      isIt(share) ? 'doomed' : share.state,
    );
    this.finishErasures();
    return this.#ports.manifest.key(keyId) === undefined ? folder : undefined;
  }

  /**
   * Makes a pending share the one that signs, and retires the one before; shares of attempts that lost are
   * doomed with the same write. The caller holds the full certificate; no local count will do. The
   * replacement of the manifest is the switch, and notes the state log of the epoch. Again, it does nothing.
   * @throws InputError stale-epoch unless that share is pending, and those of `load`
   */
  activate(record: EpochRecord): void {
    const key = this.#keyOf(record);
    const own = notedOf(key, record);
    if (own?.state === 'active') return;
    if (own?.state !== 'pending')
      throw new InputError(
        'stale-epoch',
        'epoch',
        `this node has no pending share of epoch ${record.epochNo} by session ` +
          toHex(record.originSid).slice(0, 8),
      );
    this.load(record).secret.wipe(); // never switch to what cannot be opened
    const log = EpochLog.begin(this.#ports.disk, statePathIn(this.epochFolderOf(record)), epochIdOf(record));
    this.#mark({ ...key, newest: record.epochNo, state: log.noted }, (share) =>
      share === own ? 'active' : stateBehind(share, record.epochNo),
    );
  }

  /**
   * An epoch is certified of which this node holds no share: none is active, and whatever is of an epoch
   * before, or of an attempt that lost, is doomed. Again, or for an epoch that is over, it does nothing.
   * @throws Bug if the share of that epoch is here: then it is to be activated
   */
  leave(record: EpochRecord): void {
    const key = this.#ports.manifest.key(record.keyId);
    if (key === undefined || (key.newest !== undefined && key.newest >= record.epochNo)) return;
    const own = notedOf(key, record);
    const isHere = this.#foundIn(this.folderOf(record)).some(
      (file) => own !== undefined && isFileOf(own, file),
    );
    assert(!isHere, `the share of epoch ${record.epochNo} is here: it is to be activated`);
    const address = addressBytes(addressOf(publicKeyOf(record)));
    this.#mark({ ...key, address, newest: record.epochNo }, (one) => stateAtLeaving(one, record.epochNo));
  }

  /**
   * Says that the active share is lost, so that the others may give this node another. Possible only while
   * its file is not there; afterwards nothing brings the old one back. @throws InputError share-not-lost
   */
  giveUpLost(record: EpochRecord): void {
    const key = this.#keyOf(record);
    const own = notedOf(key, record);
    const path = this.sharePathOf(record);
    if (own?.state !== 'active' || this.#ports.disk.read(path) !== undefined)
      throw new InputError(
        'share-not-lost',
        path,
        `${path} is there, or not of the active epoch: nothing is lost`,
      );
    this.#ports.manifest.setKey({
      ...key,
      needsMarks: true,
      shares: key.shares.filter((one) => one !== own),
    });
  }

  /**
   * Erases a retired share, after the grace window and one valid signature of the new epoch, and with it
   * those of epochs before, which have waited in vain for a signature of their own successor. Again, it
   * finishes what was interrupted. Returns our seat in that epoch.
   */
  eraseRetired(record: EpochRecord): PartyIndex {
    const key = this.#keyOf(record);
    const own = notedOf(key, record);
    const isOver = key.newest !== undefined && record.epochNo < key.newest;
    assert(isOver && own?.state !== 'active', `epoch ${record.epochNo} is not retired`);
    const { index } = this.#seat(record, 'the epoch');
    const shares = key.shares.map((share): NotedShare => {
      if (share === own) return { ...own, index, state: 'doomed' };
      const isOlder = share.state === 'retired' && share.epochNo < record.epochNo;
      return isOlder ? { ...share, state: 'doomed' } : share;
    });
    if (shares.some((share, i) => share !== key.shares[i])) this.#ports.manifest.setKey({ ...key, shares });
    this.finishErasures();
    return index;
  }

  /**
   * Erases what is doomed: the file first, its note afterwards, so that a crash in between is finished by the
   * next start. @throws what `Disk` throws
   */
  finishErasures(): void {
    const { disk, manifest } = this.#ports;
    for (const key of manifest.value.keys) {
      const doomed = key.shares.filter(({ state }) => state === 'doomed');
      if (doomed.length === 0) continue;
      const folder = this.#folderOfKey(key);
      for (const noted of doomed) disk.shred(this.#pathOfNoted(folder, noted));
      manifest.setKey({ ...key, shares: key.shares.filter(({ state }) => state !== 'doomed') });
    }
  }

  /** This node has learned what was signed before it joined. Durable when this returns. */
  noteMarksLearned(keyId: Uint8Array): void {
    const key = this.#ports.manifest.key(keyId);
    if (key?.needsMarks === true) this.#ports.manifest.setKey({ ...key, needsMarks: false });
  }

  /** Notes how far the guard of a key reaches; at boot and at each epoch transition. */
  noteGuard(keyId: Uint8Array, seq: number, head: Uint8Array): void {
    const key = this.#ports.manifest.key(keyId);
    assert(key !== undefined, 'a guard is noted with the share that it protects');
    if (key.guardSeq === seq && equalBytes(key.guardHead, head)) return;
    this.#ports.manifest.setKey({ ...key, guardSeq: seq, guardHead: head });
  }

  /**
   * Opens a share and compares everything it claims with the record of the lock, with its place and with this
   * node. @throws InputError safety-state-missing | rollback-detected | wrong-cluster | stale-epoch |
   * wrong-node | identity-not-in-lock | share-does-not-match-lock, and those of `openFile`
   */
  load(record: EpochRecord): LoadedShare {
    const seat = this.#seat(record, 'the lock');
    const path = this.sharePathOf(record);
    const bytes = this.#ports.disk.read(path);
    if (bytes === undefined) throw missingOf(this.#keyOf(record), record, path);
    const { secret, purpose } = openShare(this.#ports.master, seat, bytes, path);
    const state = this.#stateOf(record, fileHash(bytes));
    if (state === undefined) {
      secret.wipe();
      throw new InputError(
        'rollback-detected',
        path,
        `${path} is not the file that the manifest knows; nothing of it is used`,
      );
    }
    const address = addressOf(publicKeyOf(record));
    return { record, epochId: epochIdOf(record), address, index: seat.index, purpose, state, secret };
  }

  /**
   * Looks for share files that are older than the manifest, newer or unknown to it. @throws InputError
   * safety-state-missing | rollback-detected | stale-epoch
   */
  checkFiles(record: EpochRecord): void {
    const folder = this.folderOf(record);
    checkShareFiles(folder, this.#keyOf(record), this.#foundIn(folder));
  }

  #seat(record: EpochRecord, what: string): ShareSeat {
    const { identityPk, network } = this.#options;
    const seat = seatOf(record, identityPk);
    if (seat === undefined)
      throw new InputError(
        'identity-not-in-lock',
        'identity',
        `${what} has no seat for the identity of this node`,
      );
    return { network, identityPk, record, index: seat.index };
  }

  #folderNamed(address: Address): string {
    return `${this.#options.folder}/${address.toLowerCase()}`;
  }

  /** The folder of a noted key; one that the first format noted is found by the hash of a file in it. */
  #folderOfKey({ address, shares }: ManifestKey): string {
    const { disk } = this.#ports;
    const { folder } = this.#options;
    if (address.some((byte) => byte !== 0)) return this.#folderNamed(addressFromBytes(address));
    const isIts = (file: FoundShare): boolean => shares.some(({ hash }) => equalBytes(hash, file.hash));
    const found = disk.list(folder).find((name) => this.#foundIn(`${folder}/${name}`).some(isIts));
    return `${folder}/${found ?? 'none'}`;
  }

  /** The address that a folder of a key is named after. */
  #addressIn(folder: string): Uint8Array | undefined {
    const text = folder.slice(this.#options.folder.length + 1);
    return /^0x[0-9a-f]{40}$/.test(text) ? (fromHex(text.slice(2)) ?? undefined) : undefined;
  }

  #foundIn(folder: string): readonly FoundShare[] {
    const { disk } = this.#ports;
    return disk.list(folder).flatMap((name) => {
      const epoch = /^epoch-([0-9]{6})$/.exec(name)?.[1];
      if (epoch === undefined) return [];
      return disk.list(`${folder}/${name}`).flatMap((file) => {
        const path = `${folder}/${name}/${file}`;
        const label = labelOfFile(file);
        const bytes = label === undefined ? undefined : disk.read(path);
        if (label === undefined || bytes === undefined) return [];
        return [{ path, epochNo: Number(epoch), label, hash: fileHash(bytes) }];
      });
    });
  }

  #pathOfNoted(folder: string, noted: NotedShare): string {
    const { epochNo, sid, index } = noted;
    const found = index === 0 ? this.#foundIn(folder).find((file) => isFileOf(noted, file)) : undefined;
    return found?.path ?? `${epochFolder(folder, epochNo)}/${shareFileName(epochNo, sid, index)}`;
  }

  #keyOf(record: EpochRecord): ManifestKey {
    const known = this.#ports.manifest.key(record.keyId);
    const address = addressBytes(addressOf(publicKeyOf(record)));
    if (known !== undefined) return { ...known, address };
    const none = { newest: undefined, needsMarks: false, state: undefined, shares: [] };
    return { keyId: record.keyId, address, ...none, guardSeq: 0, guardHead: new Uint8Array(32) };
  }

  /** One write: what changes together is never half changed. */
  #mark(key: ManifestKey, stateOf: (share: NotedShare) => NotedShare['state']): void {
    this.#ports.manifest.setKey({
      ...key,
      shares: key.shares.map((share) => ({ ...share, state: stateOf(share) })),
    });
  }

  #stateOf(record: EpochRecord, hash: Uint8Array): ShareState | undefined {
    const noted = notedOf(this.#keyOf(record), record);
    if (noted === undefined || noted.state === 'doomed' || !equalBytes(noted.hash, hash)) return undefined;
    return noted.state;
  }
}
