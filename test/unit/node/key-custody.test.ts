import { describe, expect, it } from 'vitest';

import { bigintToBytes } from '../../../src/crypto/bytes.ts';
import { Bug } from '../../../src/crypto/errors.ts';
import { defaultGuardLimits } from '../../../src/node/guard-rules.ts';
import { KeyCustody } from '../../../src/node/key-custody.ts';
import { ManifestStore } from '../../../src/node/manifest.ts';
import { type EpochRecord, epochIdOf } from '../../../src/protocols/epoch.ts';
import { type Fixture, context, epochFixture, nodeFixture } from './epoch-fixture.ts';
import { type MemoryDisk, memoryDisk, memoryLog, named } from './helpers.ts';

const zero = epochFixture('custody');
const one = epochFixture('custody, next', zero.record);
/** Another attempt at the same epoch. */
const other = epochFixture('custody, other', zero.record);
const { record } = zero;
const shareOf = ({ record: of, shares }: Fixture) => ({
  record: of,
  share: bigintToBytes(shares[1]?.share ?? 0n, 32),
  chainCode: named('chain code'),
});
const lockOf = (of: EpochRecord) => ({ record: of, certificate: { hash: named('certificate') } });
const code = (expected: string): object => expect.objectContaining({ code: expected }) as object;
const certHash = named('certificate');

function made(disk: MemoryDisk = memoryDisk()) {
  const node = nodeFixture(2, disk);
  const log = memoryLog();
  return { ...node, log, custody: new KeyCustody({ ...node, log, limits: defaultGuardLimits }) };
}
/** A node that has the key in service. */
function serving() {
  const node = made();
  node.custody.prepare(shareOf(zero), context);
  node.custody.activate(record, certHash);
  return node;
}
const files = (disk: MemoryDisk, folder: string): readonly string[] =>
  [...disk.files.keys()].filter((path) => path.startsWith(`${folder}/`));
const nothing = (): boolean => false;

describe('the custody of a new key', () => {
  it('makes the guard before the share, and hands out both together once the epoch is active', () => {
    const { custody, disk } = made();
    custody.prepare(shareOf(zero), context);
    const kept = files(disk, 'keys').map((path) => path.replace(/^keys\/0x[0-9a-f]{40}\//, ''));
    expect(kept).toEqual(['guard/000001.log', 'epoch-000000/share-2.json']); // no state log yet
    const key = custody.activate(record, certHash);
    expect([key.state, key.self, key.purpose, key.needsMarks]).toEqual(['checking', 2, 'batch', false]);
    expect([key.guard.seq, key.gate.isFrozen]).toEqual([1, false]);
  });

  it('gives up a pending share to the attic, without its secret', () => {
    const { custody, disk, manifest } = made();
    custody.prepare(shareOf(zero), context);
    custody.dropPending(record);
    expect(files(disk, 'keys')).toEqual([]);
    expect(files(disk, 'attic').every((path) => !path.includes('share'))).toBe(true);
    expect(manifest.value.keys).toEqual([]);
  });

  it('gives up after a restart what no ceremony goes on with, and keeps what one goes on with', () => {
    const before = made();
    before.custody.prepare(shareOf(zero), context);
    const { custody, disk, manifest } = made(before.disk);
    custody.tidy((sid) => String(sid) === String(record.originSid));
    expect(custody.pendingOf(record.keyId)).toHaveLength(1);
    custody.prepare(shareOf(zero), context); // the session that goes on says it again
    custody.tidy(nothing);
    expect(files(disk, 'keys')).toEqual([]);
    expect(files(disk, 'attic').length).toBeGreaterThan(0);
    expect(manifest.value.keys).toEqual([]);
    custody.tidy(nothing); // nothing is left to do
  });

  it('leaves the active epoch where it is, after a restart', () => {
    const { custody, disk } = made(serving().disk);
    custody.tidy(nothing);
    expect(files(disk, 'keys').some((path) => path.endsWith('share-2.json'))).toBe(true);
    expect(files(disk, 'attic')).toEqual([]);
    expect(custody.load(lockOf(record)).state).toBe('active');
  });

  it('does not fall when the disk does not let go of a file at the start', () => {
    const before = made();
    before.custody.prepare(shareOf(zero), context);
    const { custody, disk, log } = made(before.disk);
    disk.fault = { code: 'disk-full', level: 'retry' };
    custody.tidy(nothing);
    expect(log.lines).toMatchObject([
      { event: 'pending share not dropped', fields: { reason: 'disk-full' } },
    ]);
  });
});

describe('an epoch change', () => {
  it('keeps the guard, puts the new epoch in service, and erases the old share when it is told to', () => {
    const { custody, manifest } = serving();
    const guard = custody.load(lockOf(record)).guard;
    custody.prepare(shareOf(one), context);
    custody.prepare(shareOf(other), context);
    const key = custody.activate(one.record, named('certificate 1'));
    expect([key.state, key.guard === guard, key.gate.isFrozen, key.needsMarks]).toEqual([
      'active',
      true,
      false,
      false,
    ]);
    expect(custody.pendingOf(record.keyId)).toEqual([]);
    expect(() => custody.load(lockOf(record))).toThrow(code('stale-epoch'));
    const erased = { keyId: record.keyId, epochId: epochIdOf(record), index: 2 };
    expect([custody.erase(record), custody.erase(record)]).toEqual([erased, erased]);
    expect(manifest.key(record.keyId)?.shares).toHaveLength(1);
  });

  it('keeps pending shares of reshares over a restart, and opens them', () => {
    const before = serving();
    before.custody.prepare(shareOf(one), context);
    const { custody } = made(before.disk);
    custody.tidy(nothing);
    expect(custody.pendingOf(record.keyId)).toMatchObject([{ epochNo: 1, isOnDisk: true }]);
    const opened = custody.openPending(one.record);
    expect(opened.secret.use((bytes) => bytes.slice(0, 32))).toEqual(shareOf(one).share);
    expect(() => {
      custody.dropPending(one.record);
    }).toThrow(Bug);
    custody.dropUnacknowledged(one.record);
    expect(custody.pendingOf(record.keyId)).toEqual([]);
    expect(custody.load(lockOf(record)).state).toBe('active');
  });

  it('is completed although the disk does not let go of a share that lost', () => {
    const { custody, disk, log } = serving();
    custody.prepare(shareOf(one), context);
    custody.prepare(shareOf(other), context);
    const shred = disk.shred;
    Object.assign(disk, {
      shred: (path: string) => {
        disk.fault = { code: 'disk-failed', level: 'retry' };
        try {
          shred(path);
        } finally {
          disk.fault = undefined;
        }
      },
    });
    expect(custody.activate(one.record, certHash).state).toBe('active');
    expect(log.lines).toMatchObject([{ event: 'share not erased' }]);
    const again = made(disk);
    Object.assign(disk, { shred });
    again.custody.tidy(nothing);
    expect(files(disk, 'keys').filter((path) => path.includes('epoch-000001/share-'))).toHaveLength(1);
    expect(again.custody.load(lockOf(one.record)).state).toBe('active');
  });

  it('without a seat for this node leaves it without an active epoch', () => {
    const { custody, disk } = serving();
    custody.prepare(shareOf(other), context);
    custody.leave(one.record);
    expect(() => custody.load(lockOf(record))).toThrow(code('stale-epoch'));
    expect(custody.pendingOf(record.keyId)).toEqual([]);
    custody.erase(record);
    expect(files(disk, 'keys').filter((path) => path.includes('/share-'))).toEqual([]);
  });

  it.each(['of the epoch before', 'and one of the epoch before that, which still waited'])(
    'without a seat for this node leaves no share %s behind, also when a crash follows at once',
    (which) => {
      const { custody, disk, keystore } = serving();
      const two = epochFixture('custody, the one after', one.record);
      if (!which.startsWith('of')) {
        custody.prepare(shareOf(one), context);
        custody.activate(one.record, certHash); // and no signature of epoch 1 has come
      }
      const shares = (): number => files(disk, 'keys').filter((path) => path.includes('/share-')).length;
      expect(shares()).toBe(which.startsWith('of') ? 1 : 2);
      keystore.leave(two.record);
      // Here the process ends: nobody has told the custody to erase anything.
      made(disk).custody.tidy(nothing);
      expect(shares()).toBe(0);
    },
  );

  it('gives a joining node a guard of its own, and makes it learn', () => {
    const { custody } = made();
    custody.prepare(shareOf(one), context);
    const key = custody.activate(one.record, certHash);
    expect([key.needsMarks, key.guard.seq]).toEqual([true, 1]);
    custody.marksLearned(record.keyId);
    expect(custody.load(lockOf(one.record)).needsMarks).toBe(false);
  });

  it('takes up a guard that a crash left behind before the share was noted', () => {
    const { custody, disk } = made();
    custody.prepare(shareOf(one), context);
    const guard = files(disk, 'keys').filter((path) => path.includes('/guard/'));
    const left = memoryDisk();
    for (const path of guard) left.files.set(path, disk.files.get(path) ?? new Uint8Array());
    const again = made(left);
    again.custody.prepare(shareOf(one), context);
    expect(again.custody.activate(one.record, certHash).guard.seq).toBe(1);
  });

  it('does not go on without the guard of a key that is known', () => {
    const { disk } = serving();
    for (const path of files(disk, 'keys')) if (path.includes('/guard/')) disk.files.delete(path);
    const { custody } = made(disk);
    expect(() => {
      custody.prepare(shareOf(one), context);
    }).toThrow(code('safety-state-missing'));
  });

  it('gives a member that has lost its share another one', () => {
    const { disk, keystore } = serving();
    disk.files.delete(keystore.sharePathOf(record));
    const { custody } = made(disk);
    expect(() => custody.load(lockOf(record))).toThrow(code('safety-state-missing'));
    custody.giveUpLost(record);
    custody.prepare(shareOf(one), context);
    expect(custody.activate(one.record, certHash).needsMarks).toBe(true);
  });
});

describe('the state log of the active epoch', () => {
  const stateOf = (disk: MemoryDisk): string =>
    files(disk, 'keys').find((path) => path.endsWith('state.log')) ?? '';
  const spec = (name: string, position: bigint) => ({ specHash: named(name), proto: 2, position });
  const restarted = (disk: MemoryDisk) => made(disk).custody.load(lockOf(record));

  it('is begun before the switch, which notes it', () => {
    const { custody, disk, manifest } = made();
    custody.prepare(shareOf(zero), context);
    const { append } = disk;
    Object.assign(disk, {
      append: (path: string, bytes: Uint8Array) => {
        if (path.endsWith('/state.log')) disk.fault = { code: 'disk-full', level: 'retry' };
        append(path, bytes);
      },
    });
    expect(() => custody.activate(record, certHash)).toThrow(code('disk-full'));
    expect(manifest.key(record.keyId)?.newest).toBeUndefined();
    Object.assign(disk, { append, fault: undefined });
    custody.activate(record, certHash);
    expect(manifest.key(record.keyId)?.state?.seq).toBe(1);
  });

  it('is missed when it is gone, also when nothing was ever joined', () => {
    const { disk } = serving();
    disk.files.delete(stateOf(disk));
    expect(() => restarted(disk)).toThrow(code('safety-state-missing'));
    expect(() => restarted(disk)).toThrow(/state\.log is missing .* "conclave key give-up-lost"/);
  });

  it('is refused when it has forgotten a commitment', () => {
    const { custody, disk } = serving();
    custody.load(lockOf(record)).joined.join(spec('a', 1n));
    const old = disk.files.get(stateOf(disk))?.slice() ?? new Uint8Array(0);
    custody.lockCommit(record, named('one'));
    disk.files.set(stateOf(disk), old);
    expect(() => restarted(disk)).toThrow(code('rollback-detected'));
    // So is one that went on by itself.
    made(disk).manifest.setKey({ ...keyOn(disk), state: undefined });
    restarted(disk).joined.join(spec('b', 2n));
    made(disk).manifest.setKey({ ...keyOn(disk), state: { seq: 2, head: named('another') } });
    expect(() => restarted(disk)).toThrow(code('rollback-detected'));
  });

  it('is refused when it has forgotten what was joined before the last start', () => {
    const { custody, disk } = serving();
    const old = disk.files.get(stateOf(disk))?.slice() ?? new Uint8Array(0);
    custody.load(lockOf(record)).joined.join(spec('a', 1n));
    expect(restarted(disk).joined.join(spec('a', 1n))).toBe('already-joined'); // this start notes it
    disk.files.set(stateOf(disk), old);
    expect(() => restarted(disk)).toThrow(code('rollback-detected'));
  });

  it('is begun by the next start in a folder of a release that had no note of it', () => {
    const { disk, manifest } = serving();
    disk.files.delete(stateOf(disk));
    manifest.setKey({ ...keyOn(disk), state: undefined });
    expect(restarted(disk).state).toBe('active');
    disk.files.delete(stateOf(disk));
    expect(() => restarted(disk)).toThrow(code('safety-state-missing'));
  });

  it('of an epoch that is over, or was given up, is missed by nobody', () => {
    const { custody, disk, keystore } = serving();
    disk.files.delete(stateOf(disk));
    disk.files.delete(keystore.sharePathOf(record));
    const again = made(disk).custody;
    again.giveUpLost(record);
    expect(again.commitLock(record)).toBeUndefined();
    again.prepare(shareOf(one), context);
    expect(again.activate(one.record, certHash).state).toBe('active');
    expect(custody.commitLock(record)).toBeUndefined();
  });

  const keyOn = (disk: MemoryDisk) => {
    const key = ManifestStore.open(disk).key(record.keyId);
    if (key === undefined) throw new RangeError('no key');
    return key;
  };
});

describe('a commitment', () => {
  it('closes the gate of its epoch, also after a restart, and is given once', () => {
    const { custody, disk } = serving();
    const key = custody.load(lockOf(record));
    expect(custody.commitLock(record)).toBeUndefined();
    custody.lockCommit(record, named('one'));
    custody.lockCommit(record, named('one'));
    expect([key.gate.isFrozen, custody.commitLock(record)]).toEqual([true, named('one')]);
    for (const of of [custody, made(disk).custody])
      expect(() => {
        of.lockCommit(record, named('two'));
      }).toThrow(code('commit-locked'));
    const again = made(disk);
    expect(again.custody.load(lockOf(record)).gate.isFrozen).toBe(true);
    expect(again.custody.commitLock(record)).toEqual(named('one'));
  });

  it('shares its log with the specifications that are joined', () => {
    const { custody, disk } = serving();
    const spec = (name: string) => ({ specHash: named(name), proto: 2, position: 1n });
    const key = custody.load(lockOf(record));
    key.joined.join(spec('a'));
    custody.lockCommit(record, named('one'));
    expect(custody.load(lockOf(record)).joined.join(spec('a'))).toBe('already-joined');
    expect(made(disk).custody.load(lockOf(record)).joined.join(spec('a'))).toBe('already-joined');
  });

  it('is not given for an epoch that is not active, whose successor is certified already', () => {
    const { custody } = serving();
    custody.prepare(shareOf(one), context);
    custody.activate(one.record, certHash);
    expect(() => {
      custody.lockCommit(record, named('another'));
    }).toThrow(code('stale-epoch'));
    custody.lockCommit(one.record, named('the next'));
  });
});
