import type { Lock } from '../chain/lock.ts';
import { bytesToBigint, toHex } from '../crypto/bytes.ts';
import { InputError } from '../crypto/errors.ts';
import { scalar } from '../crypto/secp256k1.ts';
import { addressOf } from '../ethereum/address.ts';
import { purposes } from '../protocols/ceremony/definition.ts';
import { type EpochRecord, epochIdOf, publicKeyOf } from '../protocols/epoch.ts';
import type { PendingShare } from '../protocols/keygen/messages.ts';
import type { Disk, Log } from '../system/ports.ts';
import { EpochLog } from './epoch-log.ts';
import type { GuardLimits } from './guard-rules.ts';
import { JoinedSpecs } from './joined-specs.ts';
import type { KeyContext } from './key-context.ts';
import type { Keystore, ShareContext } from './keystore.ts';
import type { ManifestStore } from './manifest.ts';
import type { Purpose } from './policy/verdict.ts';
import { SignGuard } from './sign-guard.ts';
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

/** Where shares, guards and the state of epochs meet: a key is handed out whole or not at all. */
export class KeyCustody {
  readonly #deps: CustodyDeps;
  readonly #guards = new Map<string, SignGuard>();

  constructor(deps: CustodyDeps) {
    this.#deps = deps;
  }

  /**
   * Guard first, then the sealed pending share: durable when this returns. @throws as `Disk` and `Keystore`
   */
  keepPending({ record, share, chainCode }: PendingShare, context: ShareContext): void {
    const { disk, log, keystore, limits } = this.#deps;
    const options = { path: keystore.guardPathOf(record), keyId: record.keyId, limits };
    this.#guards.set(toHex(record.keyId), SignGuard.create(options, 'keygen', { disk, log }));
    const secret = { share: scalar(bytesToBigint(share)), chainCode };
    keystore.storePending(record, secret, context);
  }

  /** Gives up what a ceremony without a certificate has left. */
  dropPending(record: EpochRecord): void {
    const { disk, keystore } = this.#deps;
    this.#guards.delete(toHex(record.keyId));
    keystore.dropPending(record);
    const folder = keystore.folderOf(record);
    if (disk.list(folder).length > 0) disk.move(folder, atticOf(record.keyId));
  }

  /** Gives up the pending shares of before a restart: no ceremony goes on. A file that stays is logged. */
  dropAllPending(): void {
    const { disk, keystore, log } = this.#deps;
    for (const { folder, keyId, isAlone } of keystore.pendingFolders()) {
      try {
        keystore.dropPendingIn(folder, keyId);
        if (isAlone && disk.list(folder).length > 0) disk.move(folder, atticOf(keyId));
      } catch (error) {
        if (!isOrdinary(error)) throw error;
        log.error('pending share not dropped', { folder, reason: error.code, detail: error.message });
      }
    }
  }

  /** The certificate is held: the new epoch is the active one. */
  activate(record: EpochRecord, certHash: Uint8Array): KeyContext {
    this.#deps.keystore.activate(record);
    return this.#open(record, certHash, 'checking');
  }

  /** A key whose lock is complete, as found at start. @throws InputError, each with its remedy */
  load({ record, certificate }: Lock): KeyContext {
    this.#deps.keystore.checkFiles(record);
    return this.#open(record, certificate.hash, 'active');
  }

  #open(record: EpochRecord, certHash: Uint8Array, state: KeyContext['state']): KeyContext {
    const { disk, keystore } = this.#deps;
    const loaded = keystore.load(record);
    if (loaded.state !== 'active')
      throw new InputError(
        'stale-epoch',
        'share',
        `the share of epoch ${record.epochNo} is ${loaded.state}, not active`,
      );
    const epochLog = EpochLog.open(disk, `${keystore.epochFolderOf(record)}/state.log`);
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
      suspicion: new Suspicion(epochLog),
      joined: new JoinedSpecs(epochLog),
    };
  }

  #guard(record: EpochRecord): SignGuard {
    const { disk, log, manifest, keystore, limits } = this.#deps;
    const known = this.#guards.get(toHex(record.keyId));
    if (known !== undefined) return known;
    const options = { path: keystore.guardPathOf(record), keyId: record.keyId, limits };
    const noted = manifest.key(record.keyId);
    const guard = SignGuard.open(
      options,
      { disk, log },
      noted === undefined ? undefined : { seq: noted.guardSeq, head: noted.guardHead },
    );
    this.#guards.set(toHex(record.keyId), guard);
    keystore.noteGuard(record.keyId, guard.seq, guard.head);
    return guard;
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
