import { bytesToBigint, equalBytes, toHex } from '../crypto/bytes.ts';
import { InputError, OperationError, assert } from '../crypto/errors.ts';
import { scalar } from '../crypto/secp256k1.ts';
import { addressOf } from '../ethereum/address.ts';
import { purposes } from '../protocols/ceremony/definition.ts';
import { type EpochRecord, epochIdOf, publicKeyOf } from '../protocols/epoch.ts';
import type { ErasureStatement } from '../protocols/reshare/erasure.ts';
import type { Disk, Log } from '../system/ports.ts';
import { CommitLock } from './commit-lock.ts';
import { EpochGate } from './epoch-gate.ts';
import { ExclusionLog, Exclusions } from './blame/exclusions.ts';
import { EpochLog, statePathIn } from './epoch-log.ts';
import type { GuardLimits } from './guard-rules.ts';
import { JoinedSpecs } from './joined-specs.ts';
import type { KeyContext } from './key-context.ts';
import type { Keystore, LoadedShare, PendingNote } from './keystore.ts';
import { type ManifestStore, activeOf } from './manifest.ts';
import type { Purpose } from './policy/verdict.ts';
import type { ShareContext } from './share-file.ts';
import { SignGuard, type SignGuardOptions } from './sign-guard.ts';
import { isOrdinary } from './supervise.ts';
import { Suspicion } from './suspicion.ts';

/** What the custody of keys works with. */
export interface CustodyDeps {
  readonly disk: Disk;
  readonly log: Log;
  readonly manifest: ManifestStore;
  readonly keystore: Keystore;
  readonly limits: GuardLimits;
}

/** A share that is gone: what a statement of it says, but for when. */
export type Erased = Omit<ErasureStatement, 'timeMs'>;

/** What a key is loaded by: its epoch, and the certificate that makes it the epoch of the key. */
export interface HeldLock {
  readonly record: EpochRecord;
  readonly certificate: { readonly hash: Uint8Array };
}

/** A share as a ceremony hands it over. */
export interface NewShare {
  readonly record: EpochRecord;
  /** 32 bytes. Secret: the caller wipes it. */
  readonly share: Uint8Array;
  /** 32 bytes. Secret: the caller wipes it. */
  readonly chainCode: Uint8Array;
}

/** What keeps the state of one epoch on this node: one of it, because its log has one writer. */
interface EpochState extends Pick<KeyContext, 'suspicion' | 'joined' | 'gate'> {
  readonly log: EpochLog;
  readonly commit: CommitLock;
}

/** Where shares, guards and the state of epochs meet: a key is handed out whole or not at all. */
export class KeyCustody {
  readonly #deps: CustodyDeps;
  readonly #guards = new Map<string, SignGuard>();
  readonly #exclusions = new Map<string, ExclusionLog>();
  readonly #epochs = new Map<string, EpochState>();

  constructor(deps: CustodyDeps) {
    this.#deps = deps;
  }

  /**
   * Guard first, then the sealed pending share beside those of other attempts: durable when this returns, and
   * only then may our confirmation leave. The same share again changes nothing, as when a session goes on
   * after a restart. @throws as `Disk`, `Keystore.storePending` and `SignGuard.open`
   */
  prepare({ record, share, chainCode }: NewShare, context: ShareContext): void {
    this.#prepareGuard(record);
    const secret = { share: scalar(bytesToBigint(share)), chainCode };
    this.#deps.keystore.storePending(record, secret, context);
  }

  /** The newest epoch of a key whose certificate this node has held. */
  newestOf(keyId: Uint8Array): number | undefined {
    return this.#deps.manifest.key(keyId)?.newest;
  }

  /** The shares of a key that wait for a certificate, oldest first. */
  pendingOf(keyId: Uint8Array): readonly PendingNote[] {
    return this.#deps.keystore.pendings(keyId);
  }

  /** Opens a pending share, to prove it once more. The caller wipes the secret. @throws as `Keystore.load` */
  openPending(record: EpochRecord): LoadedShare {
    return this.#deps.keystore.load(record);
  }

  /** Gives up what a key generation without a certificate has left. */
  dropPending(record: EpochRecord): void {
    assert(record.epochNo === 0, 'the pending share of a reshare outlives its ceremony');
    this.#drop(
      { keyId: record.keyId, epochNo: 0, sid: record.originSid },
      this.#deps.keystore.folderOf(record),
    );
  }

  /**
   * Gives up the pending share of a reshare whose acknowledgement has never left this node. Of any other the
   * certificate may exist somewhere: it stays until another attempt has won.
   */
  dropUnacknowledged({ keyId, epochNo, originSid }: EpochRecord): void {
    this.#deps.keystore.dropPending({ keyId, epochNo, sid: originSid });
  }

  /**
   * At start: finishes erasures that a crash interrupted, and gives up pending shares of key generations that
   * do not go on. Shares of reshares stay. What the disk does not let go of is logged.
   */
  tidy(goesOn: (sid: Uint8Array) => boolean): void {
    this.#finishErasures();
    for (const note of this.#deps.keystore.pendings())
      if (note.epochNo === 0 && !goesOn(note.sid))
        this.#orLog('pending share not dropped', () => {
          this.#drop(note);
        });
  }

  /**
   * The certificate is held: the new epoch is the active one, the old one is retired, and pending shares of
   * attempts that lost are erased. A key that is new still has to be tested; the key of a reshare is in
   * service at once. Again, it completes what was interrupted. @throws InputError stale-epoch unless the
   * share is pending or active, and those of `Keystore.load`
   */
  activate(record: EpochRecord, certHash: Uint8Array): KeyContext {
    const { keystore } = this.#deps;
    keystore.activate(record);
    this.#finishErasures();
    const key = this.#open(record, certHash, record.epochNo === 0 ? 'checking' : 'active');
    keystore.noteGuard(record.keyId, key.guard.seq, key.guard.head);
    return key;
  }

  /**
   * The certificate of this new epoch is held, and this node has no share of it: nothing is active, and what
   * it has of epochs before is erased, by the next start if a crash comes between.
   */
  leave(record: EpochRecord): void {
    this.#deps.keystore.leave(record);
    this.#finishErasures();
  }

  /**
   * Erases the retired share of an epoch. The caller knows that the next one has made a valid signature.
   * Again, it completes what was interrupted. Returns what the statement of it says. [protocol, 12.6]
   */
  erase(record: EpochRecord): Erased {
    const index = this.#deps.keystore.eraseRetired(record);
    return { keyId: record.keyId, epochId: epochIdOf(record), index };
  }

  /**
   * Says that the active share is lost, so that the others may give this node another. @throws InputError
   * share-not-lost
   */
  giveUpLost(record: EpochRecord): void {
    this.#deps.keystore.giveUpLost(record);
  }

  /** The certificate on which this node has committed in an epoch, 32 bytes; `undefined` while it is free. */
  commitLock(record: EpochRecord): Uint8Array | undefined {
    return this.#epochOf(record).commit.certHash;
  }

  /**
   * Locks this node on one successor of its active epoch, and closes the gate of that epoch. Durable when
   * this returns, and noted: a log that has forgotten it is noticed. Only then may our COMMIT leave.
   * [protocol, 12.5 rule 1]
   * @throws InputError commit-locked | stale-epoch; what `Disk` throws
   */
  lockCommit(record: EpochRecord, certHash: Uint8Array): void {
    const { log, commit, gate } = this.#epochOf(record);
    const noted = this.#deps.manifest.key(record.keyId);
    // Whoever holds a certificate already must not help another one into being.
    if (commit.certHash === undefined && (noted === undefined || activeOf(noted) !== record.epochNo))
      throw new InputError(
        'stale-epoch',
        'epoch',
        `epoch ${record.epochNo} is not active here: this node commits to no successor of it`,
      );
    commit.lock(certHash);
    gate.freeze();
    this.#noteState(record, log);
  }

  /** This node has learned what was signed before it joined; from the next `load` on it signs. */
  marksLearned(keyId: Uint8Array): void {
    this.#deps.keystore.noteMarksLearned(keyId);
  }

  /** The key of a lock, as found at start. @throws InputError, each with its remedy */
  load({ record, certificate }: HeldLock): KeyContext {
    this.#deps.keystore.checkFiles(record);
    return this.#open(record, certificate.hash, 'active');
  }

  #open(record: EpochRecord, certHash: Uint8Array, state: KeyContext['state']): KeyContext {
    const { keystore, manifest } = this.#deps;
    const loaded = keystore.load(record);
    if (loaded.state !== 'active') {
      loaded.secret.wipe();
      throw new InputError(
        'stale-epoch',
        'share',
        `the share of epoch ${record.epochNo} is ${loaded.state}, not active`,
      );
    }
    const { suspicion, joined, gate } = this.#epochOf(record);
    return {
      record,
      keyId: record.keyId,
      epochId: epochIdOf(record),
      address: addressOf(publicKeyOf(record)),
      purpose: purposeOf(loaded.purpose),
      self: loaded.index,
      state,
      certHash,
      secret: loaded.secret,
      guard: this.#guard(record),
      needsMarks: manifest.key(record.keyId)?.needsMarks ?? true,
      suspicion,
      exclusions: new Exclusions(this.#exclusionsOf(record), record),
      joined,
      gate,
    };
  }

  /** One log a key, for all of its epochs. */
  #exclusionsOf(record: EpochRecord): ExclusionLog {
    const path = `${this.#deps.keystore.folderOf(record)}/exclusions.log`;
    const log = this.#exclusions.get(path) ?? ExclusionLog.open(this.#deps.disk, path);
    this.#exclusions.set(path, log);
    return log;
  }

  #epochOf(record: EpochRecord): EpochState {
    const { disk, manifest, keystore } = this.#deps;
    const path = statePathIn(keystore.epochFolderOf(record));
    const known = this.#epochs.get(path);
    if (known !== undefined) return known;
    const key = manifest.key(record.keyId);
    const isActive = key !== undefined && activeOf(key) === record.epochNo;
    const log = EpochLog.open(disk, path, isActive ? key.state : undefined);
    this.#noteState(record, log);
    const state: EpochState = {
      log,
      suspicion: new Suspicion(log),
      joined: new JoinedSpecs(log),
      commit: new CommitLock(log),
      gate: new EpochGate(),
    };
    if (state.commit.certHash !== undefined) state.gate.freeze();
    this.#epochs.set(path, state);
    return state;
  }

  /**
   * What the state log of the active epoch holds now, it must hold at the next start. A folder of an earlier
   * release may have none yet.
   */
  #noteState(record: EpochRecord, log: EpochLog): void {
    const { manifest } = this.#deps;
    const key = manifest.key(record.keyId);
    if (key === undefined || activeOf(key) !== record.epochNo) return;
    if (log.noted.seq === 0) log.append('opened', epochIdOf(record));
    const state = log.noted;
    if (key.state?.seq !== state.seq || !equalBytes(key.state.head, state.head))
      manifest.setKey({ ...key, state });
  }

  #drop(note: Pick<PendingNote, 'keyId' | 'epochNo' | 'sid'>, known?: string): void {
    const { disk, keystore, manifest } = this.#deps;
    const folder = keystore.dropPending(note) ?? known;
    if (folder === undefined || manifest.key(note.keyId) !== undefined) return;
    this.#guards.delete(toHex(note.keyId));
    for (const path of this.#epochs.keys()) if (path.startsWith(`${folder}/`)) this.#epochs.delete(path);
    if (disk.list(folder).length > 0) disk.move(folder, atticOf(note.keyId));
  }

  /** After the switch nothing may fail for a file that is to go: the next start tries again. */
  #finishErasures(): void {
    this.#orLog('share not erased', () => {
      this.#deps.keystore.finishErasures();
    });
  }

  #orLog(event: string, action: () => void): void {
    try {
      action();
    } catch (error) {
      if (!isOrdinary(error)) throw error;
      this.#deps.log.error(event, { reason: error.code, detail: error.message });
    }
  }

  /** A key that the manifest does not know has no guard yet, or one that a crash has left behind, empty. */
  #prepareGuard(record: EpochRecord): void {
    const { disk, log, manifest } = this.#deps;
    const name = toHex(record.keyId);
    if (this.#guards.has(name)) return;
    if (manifest.key(record.keyId) !== undefined) {
      this.#guard(record);
      return;
    }
    const options = this.#guardOptions(record);
    const origin = record.epochNo === 0 ? 'keygen' : 'reshare';
    try {
      this.#guards.set(name, SignGuard.create(options, origin, { disk, log }));
    } catch (error) {
      if (!(error instanceof OperationError) || error.code !== 'would-overwrite') throw error;
      this.#guards.set(name, SignGuard.open(options, { disk, log }));
    }
  }

  #guard(record: EpochRecord): SignGuard {
    const { disk, log, manifest, keystore } = this.#deps;
    const known = this.#guards.get(toHex(record.keyId));
    if (known !== undefined) return known;
    const noted = manifest.key(record.keyId);
    const guard = SignGuard.open(
      this.#guardOptions(record),
      { disk, log },
      noted === undefined ? undefined : { seq: noted.guardSeq, head: noted.guardHead },
    );
    this.#guards.set(toHex(record.keyId), guard);
    keystore.noteGuard(record.keyId, guard.seq, guard.head);
    return guard;
  }

  #guardOptions(record: EpochRecord): SignGuardOptions {
    const { keystore, limits } = this.#deps;
    return { path: keystore.guardPathOf(record), keyId: record.keyId, limits };
  }
}

/** Clean-up moves and does not delete: what is left of a key that never was lies here. */
const atticOf = (keyId: Uint8Array): string => `attic/${toHex(keyId).slice(0, 16)}`;

function purposeOf(text: string): Purpose {
  const purpose = purposes.find((one) => one === text);
  if (purpose === undefined)
    throw new InputError('wrong-cluster', 'share', `the share is for ${text}, which is no purpose`);
  return purpose;
}
