import { sessionId } from '../../../../src/crypto/brand.ts';
import { ascii, bytesToBigint, toHex } from '../../../../src/crypto/bytes.ts';
import { identityPublicKey } from '../../../../src/crypto/ed25519.ts';
import { Secret } from '../../../../src/crypto/secret.ts';
import { scalar } from '../../../../src/crypto/secp256k1.ts';
import { type TakenBackup, takeBackups } from '../../../../src/node/backup/take.ts';
import { readRecipientKey } from '../../../../src/node/backup/recipient.ts';
import type { RestoreDeps, RestoreOptions } from '../../../../src/node/backup/restore.ts';
import { type GuardClaim, defaultGuardLimits } from '../../../../src/node/guard-rules.ts';
import { Keystore } from '../../../../src/node/keystore.ts';
import { ManifestStore } from '../../../../src/node/manifest.ts';
import { type MasterKey, newUuid } from '../../../../src/node/sealed-file.ts';
import { SignGuard } from '../../../../src/node/sign-guard.ts';
import { definitionHash } from '../../../../src/protocols/ceremony/definition.ts';
import { type MemoryDisk, memoryDisk, memoryLog, named, quickKdf, seededRng } from '../helpers.ts';
import { type Seat, recipient } from './backup-fixture.ts';

/** One node with the share of a seat. */
export interface Holder {
  readonly seat: Seat;
  readonly disk: MemoryDisk;
  readonly manifest: ManifestStore;
  readonly keystore: Keystore;
  readonly guard: SignGuard;
}

const master: MasterKey = { uuid: newUuid(seededRng('m')), secret: new Secret('master', named('m')) };

/** The keystore of a seat's node. */
export const keystoreOn = (seat: Seat, disk: MemoryDisk, manifest: ManifestStore): Keystore =>
  new Keystore(
    { folder: 'keys', network: 'devnet', identityPk: identityPublicKey(seat.seed) },
    { disk, manifest, master, rng: seededRng(`keystore ${seat.index}`) },
  );

/** The folder of the seat's ceremony. */
export const ceremonyOf = ({ lock }: Seat): string =>
  `ceremonies/${toHex(definitionHash(lock.definition.definition)).slice(0, 8)}`;

/** Ten batches and their nonces are in the register. */
export const claim = (number: bigint): GuardClaim => ({
  slots: [
    { lane: 'nonce', scope: ascii('account'), number },
    { lane: 'batch', scope: ascii('inbox'), number: number + 1n },
  ],
  kind: 'submit-batch',
  contentHash: named(`content ${number}`),
  digest: named(`digest ${number}`),
  fees: undefined,
  feeCaps: undefined,
  requestHash: named('request'),
  presigId: named('presig'),
  tau0: named('tau'),
  posRef: new Uint8Array(0),
  boot: 1n,
  epoch: 0,
});

/** A node that has signed for its seat. */
export function holderOf(seat: Seat): Holder {
  const disk = memoryDisk();
  const manifest = ManifestStore.create(disk);
  const keystore = keystoreOn(seat, disk, manifest);
  const { record, definition } = seat.lock;
  const options = { path: keystore.guardPathOf(record), keyId: record.keyId, limits: defaultGuardLimits };
  const guard = SignGuard.create(options, 'keygen', { disk, log: memoryLog() });
  const share = scalar(bytesToBigint(seat.secret.subarray(0, 32)));
  const { purpose } = definition.definition;
  const context = { purpose, definition: definitionHash(definition.definition), createdAt: '1' };
  keystore.storePending(record, { share, chainCode: seat.secret.slice(32) }, context);
  keystore.activate(record);
  disk.create(`${ceremonyOf(seat)}/lock.json`, seat.lockFile);
  disk.create(`${ceremonyOf(seat)}/definition.json`, seat.definitionFile);
  for (let i = 0n; i < 10n; i++) guard.check(claim(i));
  return { seat, disk, manifest, keystore, guard };
}

/** Its backup, to the recipient of the tests. */
export function backupOf({ seat, disk, manifest, keystore }: Holder, address?: string): TakenBackup {
  const options = {
    ceremonies: 'ceremonies',
    network: 'devnet',
    identityPk: identityPublicKey(seat.seed),
    node: 'forest-basin',
    address,
    createdAt: '2026-01-01T00:00:00.000Z',
    target: { kind: 'recipient', publicKey: recipient.publicKey },
    kdf: quickKdf,
    rng: seededRng('take'),
  } as const;
  const [taken] = takeBackups(options, { disk, log: memoryLog(), manifest, keystore });
  if (taken === undefined) throw new RangeError('no backup');
  return taken;
}

/** How a backup is restored at the node of a seat. */
export const restoreAt = (
  seat: Seat,
  disk: MemoryDisk,
  { name }: Pick<TakenBackup, 'name'>,
): { readonly options: RestoreOptions; readonly deps: RestoreDeps } => ({
  options: {
    ...{ name, path: 'backup.json', kdf: quickKdf, newest: [], network: 'devnet' },
    key: { kind: 'recipient', secret: readRecipientKey(recipient.file, 'key') },
    folders: { keys: 'keys', ceremonies: 'ceremonies', data: 'data' },
    identityPk: identityPublicKey(seat.seed),
    nowMs: 1_750_000_000_000,
  },
  deps: {
    ...{ disk, log: memoryLog(), rng: seededRng('restored') },
    keystoreOver: (manifest) => keystoreOn(seat, disk, manifest),
  },
});

/** A session of another ceremony. */
export const anotherSid: ReturnType<typeof sessionId> = sessionId(named('another session'));
