import { describe, expect, test } from 'vitest';

import { logIdOf } from '../../../../src/chain/log/entry.ts';
import { bytesToBigint, toHex } from '../../../../src/crypto/bytes.ts';
import { identityPublicKey } from '../../../../src/crypto/ed25519.ts';
import { InputError, OperationError } from '../../../../src/crypto/errors.ts';
import { scalar } from '../../../../src/crypto/secp256k1.ts';
import { sealBackup } from '../../../../src/node/backup/seal.ts';
import { encodeContent } from '../../../../src/node/backup/content.ts';
import { examineBackup } from '../../../../src/node/backup/examine.ts';
import { restoreBackup } from '../../../../src/node/backup/restore.ts';
import { defaultGuardLimits } from '../../../../src/node/guard-rules.ts';
import { SignatureLog, noSubject } from '../../../../src/node/log/signature-log.ts';
import { ManifestStore, decodeManifest } from '../../../../src/node/manifest.ts';
import { SignGuard } from '../../../../src/node/sign-guard.ts';
import { clusterOf } from '../../../../src/protocols/ceremony/cluster.ts';
import { epochIdOf } from '../../../../src/protocols/epoch.ts';
import { type MemoryDisk, memoryDisk, memoryLog, quickKdf, seededRng } from '../helpers.ts';
import { recipient, seatOf } from './backup-fixture.ts';
import {
  type Holder,
  anotherSid,
  backupOf,
  ceremonyOf,
  claim,
  holderOf,
  keystoreOn,
  restoreAt,
} from './node-fixture.ts';

const seat = seatOf('restore');
const holder = holderOf(seat);
const taken = backupOf(holder);
const { record } = seat.lock;
const owner = identityPublicKey(seat.seed);
const cluster = clusterOf(seat.lock.definition.definition);

const codeOf = (action: () => unknown): string => {
  try {
    action();
    return 'accepted';
  } catch (error) {
    return error instanceof InputError || error instanceof OperationError ? error.code : 'another error';
  }
};

function restore(disk: MemoryDisk, bytes = taken.bytes, change: object = {}, from = seat): void {
  const { options, deps } = restoreAt(from, disk, taken);
  restoreBackup(bytes, { ...options, ...change }, deps);
}

/** What a start of the node finds. */
function started(disk: MemoryDisk): { readonly guard: SignGuard; readonly keystore: Holder['keystore'] } {
  const manifest = ManifestStore.open(disk);
  const keystore = keystoreOn(seat, disk, manifest);
  keystore.checkFiles(record);
  const noted = manifest.key(record.keyId)!;
  const options = { path: keystore.guardPathOf(record), keyId: record.keyId, limits: defaultGuardLimits };
  const ports = { disk, log: memoryLog() };
  return { keystore, guard: SignGuard.open(options, ports, { seq: noted.guardSeq, head: noted.guardHead }) };
}

describe('a restore into an empty folder', () => {
  const disk = memoryDisk();
  restore(disk);

  test('gives the same share, in service, under the key of this node', () => {
    const loaded = started(disk).keystore.load(record);
    expect(loaded).toMatchObject({ state: 'active', index: 2, purpose: 'test' });
    expect(loaded.secret.use((bytes) => bytes.slice())).toEqual(seat.secret);
  });

  test('begins in quarantine, also after a restart, and signs nothing that was signed when it ends', () => {
    const { guard } = started(disk);
    expect(guard.isQuarantined).toBe(true);
    expect(guard.check(claim(10n))).toMatchObject({ kind: 'refused', reason: 'quarantine' });
    guard.release('the test');
    for (let i = 0n; i < 10n; i++)
      expect(guard.check({ ...claim(i), contentHash: claim(99n).contentHash })).toMatchObject({
        reason: 'below-watermark',
      });
    expect(guard.check(claim(10n)).kind).toBe('new');
  });

  test('has the papers of the ceremony, another log, and no presignature or session', () => {
    const again = memoryDisk();
    restore(again);
    const folder = holder.keystore.folderOf(record);
    expect([...again.files.keys()].map((path) => path.replace(/share-2.*$/, 'share')).sort()).toEqual([
      `${ceremonyOf(seat)}/definition.json`,
      `${ceremonyOf(seat)}/lock.json`,
      `data/log/${toHex(cluster).slice(0, 16)}/entries/000001.log`,
      `${folder}/epoch-000000/share`,
      `${folder}/epoch-000000/state.log`,
      `${folder}/guard/000001.log`,
      'manifest',
    ]);
    expect(again.files.get(`${ceremonyOf(seat)}/lock.json`)).toEqual(seat.lockFile);
    expect(ManifestStore.open(again).key(record.keyId)?.state?.seq).toBe(1);
  });

  test('begins another log, behind one that lies there too: it contradicts nothing that it signed', () => {
    const logOf = (from: MemoryDisk): SignatureLog =>
      SignatureLog.open(
        { folder: `data/log/${toHex(cluster).slice(0, 16)}`, owner, cluster },
        { disk: from, log: memoryLog(), clock: { nowMs: () => 0 } },
      );
    const first = logIdOf({ owner, cluster, instance: new Uint8Array(0) });
    expect(logOf(disk).of.instance).toHaveLength(16);
    expect([...logOf(disk).entries()]).toMatchObject([{ event: { kind: 'succeeds', predecessor: first } }]);
    const copied = memoryDisk();
    const old = logOf(copied);
    old.append({ kind: 'refused', requestId: new Uint8Array(32), from: 0, reason: 'no' }, noSubject);
    restore(copied);
    expect([...copied.files.keys()].some((path) => path.startsWith('attic/log-'))).toBe(true);
    expect([...logOf(copied).entries()]).toMatchObject([{ event: { kind: 'succeeds', predecessor: first } }]);
  });

  test('gives no share where the disk does not take the first entry of the log', () => {
    const full = memoryDisk();
    const { append } = full;
    Object.assign(full, {
      append: (path: string, bytes: Uint8Array) => {
        if (path.includes('/entries/')) throw new OperationError('disk-full', 'retry', 'no room');
        append(path, bytes);
      },
    });
    expect(codeOf(() => restore(full))).toBe('log-not-begun');
    expect([...full.files.keys()].some((path) => path.includes('share-'))).toBe(false);
    Object.assign(full, { append });
    restore(full);
    expect(started(full).keystore.load(record).state).toBe('active');
  });

  test('starts above every start that peers can have seen of the node', () => {
    const counter = decodeManifest(memory(disk, 'manifest')).bootCounter;
    expect(counter).toBe(1_750_000_000n);
    const later = memoryDisk();
    ManifestStore.create(later);
    for (let i = 0; i < 3; i++) ManifestStore.open(later).countBoot();
    restore(later, taken.bytes, { nowMs: 1000 });
    expect(decodeManifest(memory(later, 'manifest')).bootCounter).toBe(4n);
  });

  test('backed up again, it is the same share and lock', () => {
    const { keystore, guard } = started(disk);
    const manifest = ManifestStore.open(disk);
    const second = backupOf({ seat, disk, manifest, keystore, guard });
    const { options } = restoreAt(seat, disk, second);
    const contents = [taken, second].map(
      ({ bytes, name }) => examineBackup(bytes, { ...options, name }).content!,
    );
    const [one, two] = contents.map(({ secret, lockFile, definitionFile, guard: { marks } }) => ({
      ...{ lockFile, definitionFile, secret: secret.use((bytes) => bytes.slice()) },
      marks: marks.slice(0, 1),
    }));
    expect({ ...two, marks: [] }).toEqual({ ...one, marks: [] });
  });
});

const memory = (disk: MemoryDisk, path: string): Uint8Array => disk.files.get(path)!;

describe('a restore is refused', () => {
  test('over a share, a key folder or a ceremony that is under way, and nothing is changed', () => {
    const full = holderOf(seat);
    const before = new Map(full.disk.files);
    expect(codeOf(() => restore(full.disk))).toBe('would-overwrite');
    expect(new Map(full.disk.files)).toEqual(before);
    for (const path of [`keys/0x${'ab'.repeat(20)}/guard/000001.log`, 'wal/abcd/wal.log']) {
      const disk = memoryDisk();
      disk.files.set(path, Uint8Array.of(1));
      expect(codeOf(() => restore(disk))).toBe('would-overwrite');
      expect([...disk.files.keys()]).toEqual([path]);
    }
  });

  test('of another node, and of another network', () => {
    const disk = memoryDisk();
    expect(codeOf(() => restore(disk, taken.bytes, {}, seatOf('restore', 3)))).toBe('wrong-node');
    expect(codeOf(() => restore(disk, taken.bytes, { network: 'mainnet' }))).toBe('wrong-cluster');
    expect(disk.files.size).toBe(0);
  });

  test('of an epoch that is over, by a lock that is at hand, with the remedy', () => {
    const disk = memoryDisk();
    const newer = { ...seat.lock, record: { ...record, epochNo: 4 } };
    const attempt = (): void => {
      restore(disk, taken.bytes, { newest: [newer] });
    };
    expect(codeOf(attempt)).toBe('stale-epoch');
    expect(attempt).toThrow(/epoch 0, and the newest lock is of epoch 4.*--kind repair/);
    expect(disk.files.size).toBe(0);
  });

  test('without a key, with another name, or when its share is not that of the lock', () => {
    const disk = memoryDisk();
    expect(codeOf(() => restore(disk, taken.bytes, { key: undefined }))).toBe('wrong-backup-key');
    const renamed = taken.name.replace('epoch-000000', 'epoch-000007');
    expect(codeOf(() => restore(disk, taken.bytes, { name: renamed }))).toBe('backup-invalid');
    const { options } = restoreAt(seat, disk, taken);
    const { content } = examineBackup(taken.bytes, options);
    const secret = seatOf('restore', 3);
    const wrong = encodeContent({ ...content!, secret: content!.secret });
    wrong.set(secret.secret, 1);
    const target = { kind: 'recipient', publicKey: recipient.publicKey } as const;
    const bytes = sealBackup(taken.header, wrong, { target, kdf: quickKdf, rng: seededRng('wrong') });
    expect(codeOf(() => restore(disk, bytes))).toBe('backup-invalid');
    expect(disk.files.size).toBe(0);
  });
});

describe('an old share that came past the restore', () => {
  const next = { ...record, epochNo: 1, prevEpochId: epochIdOf(record), originSid: anotherSid };

  test('is no share of the lock that the others have: the start is refused, with the remedy', () => {
    const disk = memoryDisk();
    restore(disk);
    const { keystore } = started(disk);
    expect(codeOf(() => keystore.load(next))).toBe('safety-state-missing');
    expect(() => keystore.load(next)).toThrow(/give it a new share/);
  });

  test('is found beside a newer one, and named', () => {
    const disk = memoryDisk();
    restore(disk);
    const old = new Map([...disk.files].filter(([path]) => path.includes('/epoch-000000/')));
    const manifest = ManifestStore.open(disk);
    const keystore = keystoreOn(seat, disk, manifest);
    const share = scalar(bytesToBigint(seat.secret.subarray(0, 32)));
    const context = { purpose: 'test', definition: new Uint8Array(32), createdAt: '2' };
    keystore.storePending(next, { share, chainCode: seat.secret.slice(32) }, context);
    keystore.activate(next);
    keystore.eraseRetired(record);
    keystore.checkFiles(next);
    for (const [path, bytes] of old) disk.files.set(path, bytes);
    expect(codeOf(() => keystore.checkFiles(next))).toBe('stale-epoch');
  });
});

/** A disk that fails at write number `at` and from then on. */
function failing(at: number): { readonly disk: MemoryDisk; readonly count: () => number } {
  const disk = memoryDisk();
  let writes = 0;
  const counted =
    <A extends readonly unknown[]>(write: (...args: A) => void) =>
    (...args: A): void => {
      if (writes++ >= at) throw new OperationError('disk-failed', 'reset', 'the disk fails');
      write(...args);
    };
  const { replace, create, append, move, remove, shred } = disk;
  const faulty = {
    ...disk,
    ...{ replace: counted(replace), create: counted(create), append: counted(append) },
    ...{ move: counted(move), remove: counted(remove), shred: counted(shred) },
  };
  return { disk: faulty, count: () => writes };
}

const total = (() => {
  const { disk, count } = failing(Infinity);
  restore(disk);
  return count();
})();

test.each(Array.from({ length: total }, (_, i) => i))(
  'a crash at write %i leaves no share that signs, or a whole one, and the same command goes on',
  (at) => {
    const { disk: faulty } = failing(at);
    expect(codeOf(() => restore(faulty))).toMatch(/^(disk-failed|guard-unavailable|log-not-begun)$/);
    const disk = memoryDisk();
    for (const [path, bytes] of faulty.files) disk.files.set(path, bytes);
    expect(standing(disk)).toBe(at === total - 1 ? 'active, in quarantine' : 'not in service');
    restore(disk);
    expect(started(disk).keystore.load(record).state).toBe('active');
    expect(started(disk).guard.isQuarantined).toBe(true);
  },
);

/** What a start would find: what is half there does not load. */
function standing(disk: MemoryDisk): string {
  try {
    const { keystore, guard } = started(disk);
    if (keystore.load(record).state === 'active')
      return guard.isQuarantined ? 'active, in quarantine' : 'active';
  } catch (error) {
    if (!(error instanceof Error)) throw error;
  }
  return 'not in service';
}
