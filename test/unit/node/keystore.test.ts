import { describe, expect, test } from 'vitest';

import { sessionId } from '../../../src/crypto/brand.ts';
import { Bug, InputError } from '../../../src/crypto/errors.ts';
import { scalar } from '../../../src/crypto/secp256k1.ts';
import { MAX_PENDING } from '../../../src/node/share-states.ts';
import type { EpochRecord } from '../../../src/protocols/epoch.ts';
import { context, epochFixture, nodeFixture } from './epoch-fixture.ts';
import { memoryDisk, named } from './helpers.ts';

const zero = epochFixture('a');
const one = epochFixture('b', zero.record);
/** Another attempt at the same epoch. */
const other = epochFixture('b2', zero.record);
const noteOf = ({ keyId, epochNo, originSid }: EpochRecord) => ({ keyId, epochNo, sid: originSid });
const share = zero.shares[1]!;
const codeOf = (action: () => unknown): string => {
  try {
    action();
    return 'accepted';
  } catch (error) {
    return error instanceof InputError ? error.code : 'another error';
  }
};
const active = (): ReturnType<typeof nodeFixture> => {
  const node = nodeFixture(2);
  node.keystore.storePending(zero.record, share, context);
  node.keystore.activate(zero.record);
  return node;
};

describe('the life of a share', () => {
  test('goes from pending to active to retired, and is then erased', () => {
    const { keystore, disk } = nodeFixture(2);
    keystore.storePending(zero.record, share, context);
    expect(keystore.load(zero.record).state).toBe('pending');
    keystore.activate(zero.record);
    expect(keystore.load(zero.record).state).toBe('active');
    keystore.storePending(one.record, one.shares[1]!, context);
    expect(keystore.load(zero.record).state).toBe('active');
    expect(keystore.load(one.record).state).toBe('pending');
    keystore.activate(one.record);
    expect(keystore.load(zero.record).state).toBe('retired');
    keystore.eraseRetired(zero.record);
    expect(codeOf(() => keystore.load(zero.record))).toBe('stale-epoch');
    expect([...disk.files.keys()].filter((path) => path.includes('share-'))).toHaveLength(1);
    keystore.checkFiles(one.record);
    keystore.eraseRetired(zero.record); // what is gone may be erased again
  });

  test('is erased with a later one, where no signature was made in the epoch between', () => {
    const { keystore, disk, manifest } = active();
    const two = epochFixture('later', one.record);
    keystore.storePending(one.record, one.shares[1]!, context);
    keystore.activate(one.record);
    keystore.storePending(two.record, two.shares[1]!, context);
    keystore.activate(two.record);
    keystore.eraseRetired(one.record);
    expect(manifest.key(zero.record.keyId)?.shares).toMatchObject([{ epochNo: 2, state: 'active' }]);
    expect([...disk.files.keys()].filter((path) => path.includes('share-'))).toHaveLength(1);
    keystore.checkFiles(two.record);
  });

  test('a loaded share is the one that was stored, also after a restart', () => {
    const { disk } = active();
    const loaded = nodeFixture(2, disk).keystore.load(zero.record);
    expect(loaded).toMatchObject({ index: 2, state: 'active', purpose: 'batch' });
    const raw = loaded.secret.use((bytes) => bytes.slice());
    expect(scalar(BigInt(`0x${Buffer.from(raw.subarray(0, 32)).toString('hex')}`))).toBe(share.share);
    expect(raw.subarray(32)).toEqual(share.chainCode);
  });

  test('its file lies in the folder of its key and epoch and names no secret', () => {
    const { disk, keystore } = active();
    const path = `${keystore.folderOf(zero.record)}/epoch-000000/share-2.json`;
    const text = new TextDecoder().decode(disk.files.get(path));
    expect(JSON.parse(text)).toMatchObject({
      kind: 'conclave-share',
      version: 1,
      public: {
        scheme: 'dkls23-k256',
        network: 'devnet',
        epoch: '0',
        index: 2,
        required: 3,
        purpose: 'batch',
      },
      crypto: { kdf: { function: 'hkdf-sha256' }, cipher: { function: 'chacha20-poly1305' } },
    });
    expect(text).not.toContain(share.share.toString(16));
  });

  test('a pending share that is given up leaves nothing, and another attempt may follow', () => {
    const { disk, keystore } = active();
    keystore.storePending(one.record, one.shares[1]!, context);
    keystore.dropPending(noteOf(one.record));
    expect([...disk.files.keys()].filter((path) => path.includes('epoch-000001'))).toEqual([]);
    keystore.dropPending(noteOf(one.record)); // nothing is left to do
    keystore.storePending(one.record, one.shares[1]!, context);
    keystore.activate(one.record);
    expect(keystore.load(one.record).state).toBe('active');
  });

  test('an epoch that is not pending is not activated, and the active one never falls', () => {
    const { keystore } = active();
    expect(codeOf(() => keystore.activate(one.record))).toBe('stale-epoch');
    expect(() => keystore.eraseRetired(zero.record)).toThrow(Bug);
    keystore.storePending(one.record, one.shares[1]!, context);
    keystore.activate(one.record);
    expect(codeOf(() => keystore.storePending(other.record, other.shares[1]!, context))).toBe('stale-epoch');
    expect(codeOf(() => keystore.activate(zero.record))).toBe('stale-epoch');
  });

  test('an epoch is followed by the next one only', () => {
    const { keystore } = active();
    const two = epochFixture('c', one.record);
    expect(codeOf(() => keystore.storePending(two.record, two.shares[1]!, context))).toBe('stale-epoch');
  });
});

describe('shares of several attempts at an epoch', () => {
  const both = (): ReturnType<typeof nodeFixture> => {
    const node = active();
    node.keystore.storePending(one.record, one.shares[1]!, context);
    node.keystore.storePending(other.record, other.shares[1]!, context);
    return node;
  };
  const filesOf = ({ disk }: ReturnType<typeof nodeFixture>): number =>
    [...disk.files.keys()].filter((path) => path.includes('epoch-000001/share-')).length;

  test('lie beside each other, under the name of their session', () => {
    const node = both();
    const { keystore } = node;
    expect(keystore.sharePathOf(one.record)).toMatch(/epoch-000001\/share-2-[0-9a-f]{16}\.json$/);
    expect(filesOf(node)).toBe(2);
    expect(keystore.pendings(zero.record.keyId)).toEqual(
      [one, other].map(({ record }) => ({ ...noteOf(record), isOnDisk: true })),
    );
    for (const { record } of [one, other]) expect(keystore.load(record).state).toBe('pending');
  });

  test('change nothing when they are stored again, and are not rewritten', () => {
    const node = both();
    const before = new Map(node.disk.files);
    node.keystore.storePending(one.record, one.shares[1]!, context);
    expect(node.disk.files).toEqual(before);
    node.keystore.activate(one.record);
    node.keystore.storePending(one.record, one.shares[1]!, context);
    expect(node.keystore.load(one.record).state).toBe('active');
  });

  test('are given up one by one', () => {
    const node = both();
    node.keystore.dropPending(noteOf(one.record));
    expect(node.keystore.pendings().map(({ sid }) => sid)).toEqual([other.record.originSid]);
    expect(filesOf(node)).toBe(1);
  });

  test('die with the certificate of one of them, which is then the only one', () => {
    const node = both();
    node.keystore.activate(other.record);
    node.keystore.finishErasures();
    expect([filesOf(node), node.keystore.pendings()]).toEqual([1, []]);
    expect(node.keystore.load(other.record).state).toBe('active');
    expect(codeOf(() => node.keystore.load(one.record))).toBe('share-does-not-match-lock');
    node.keystore.checkFiles(other.record);
  });

  test('are limited in number', () => {
    const { keystore } = active();
    for (let i = 0; i < MAX_PENDING; i++) {
      const record = { ...one.record, originSid: sessionId(named(`attempt ${i}`)) };
      keystore.storePending(record, one.shares[1]!, context);
    }
    expect(codeOf(() => keystore.storePending(other.record, other.shares[1]!, context))).toBe(
      'too-many-pending',
    );
  });

  test('that are noted and not on disk are said to be so, and may be stored once more', () => {
    const { keystore, disk } = both();
    disk.files.delete(keystore.sharePathOf(one.record));
    expect(keystore.pendings().map(({ isOnDisk }) => isOnDisk)).toEqual([false, true]);
    expect(codeOf(() => keystore.activate(one.record))).toBe('safety-state-missing');
    keystore.storePending(one.record, one.shares[1]!, context);
    keystore.activate(one.record);
  });
});

describe('a node without a seat in the next epoch', () => {
  test('dooms its shares with the same write, and takes part again in a later epoch only', () => {
    const { keystore, manifest } = active();
    keystore.storePending(other.record, other.shares[1]!, context);
    keystore.leave(one.record);
    const noted = manifest.key(zero.record.keyId)?.shares.map(({ state }) => state);
    expect(noted).toEqual(['doomed', 'doomed']);
    keystore.leave(one.record); // again
    keystore.finishErasures();
    keystore.eraseRetired(zero.record); // there is nothing left of it
    expect(manifest.key(zero.record.keyId)).toMatchObject({ newest: 1, shares: [] });
    expect(codeOf(() => keystore.storePending(one.record, one.shares[1]!, context))).toBe('stale-epoch');
    const three = epochFixture('d', epochFixture('c', one.record).record);
    keystore.storePending(three.record, three.shares[1]!, context);
    keystore.activate(three.record);
    expect(manifest.key(zero.record.keyId)).toMatchObject({ newest: 3, needsMarks: true });
  });

  test('does not leave with the share of that epoch in hand', () => {
    const { keystore } = active();
    keystore.storePending(one.record, one.shares[1]!, context);
    expect(() => keystore.leave(one.record)).toThrow(Bug);
    nodeFixture(2).keystore.leave(one.record); // of a key that it never had
  });

  test('learns what was signed when it joins, and a member does not', () => {
    const joiner = nodeFixture(2);
    joiner.keystore.storePending(one.record, one.shares[1]!, context);
    const needs = (node: typeof joiner): boolean | undefined =>
      node.manifest.key(zero.record.keyId)?.needsMarks;
    expect(needs(joiner)).toBe(true);
    joiner.keystore.noteMarksLearned(zero.record.keyId);
    expect(needs(joiner)).toBe(false);
    const member = active();
    member.keystore.storePending(one.record, one.shares[1]!, context);
    expect(needs(member)).toBe(false);
  });
});

describe('a share that is lost', () => {
  test('is given up only when it is not there, and then the next epoch brings another', () => {
    const { keystore, disk, manifest } = active();
    expect(codeOf(() => keystore.giveUpLost(zero.record))).toBe('share-not-lost');
    disk.files.delete(keystore.sharePathOf(zero.record));
    keystore.giveUpLost(zero.record);
    expect(manifest.key(zero.record.keyId)).toMatchObject({ newest: 0, needsMarks: true, shares: [] });
    expect(codeOf(() => keystore.giveUpLost(zero.record))).toBe('share-not-lost');
    keystore.storePending(one.record, one.shares[1]!, context);
    keystore.activate(one.record);
  });
});

describe('a share is refused', () => {
  test('before it is written, when it does not match its record', () => {
    const { keystore, disk } = nodeFixture(2);
    expect(codeOf(() => keystore.storePending(zero.record, zero.shares[0]!, context))).toBe(
      'share-does-not-match-lock',
    );
    const other = { ...share, chainCode: named('other') };
    expect(codeOf(() => keystore.storePending(zero.record, other, context))).toBe(
      'share-does-not-match-lock',
    );
    expect([...disk.files.keys()]).toEqual(['manifest']);
  });

  test('when the lock has no seat for this node', () => {
    expect(codeOf(() => nodeFixture(9).keystore.load(zero.record))).toBe('identity-not-in-lock');
  });

  test('when the lock gives other commitments, seats or sessions for the same key', () => {
    const { keystore } = active();
    const [pk, , third] = zero.record.commitments;
    const commitments = [pk!, one.record.commitments[1]!, third!];
    expect(codeOf(() => keystore.load({ ...zero.record, commitments }))).toBe('share-does-not-match-lock');
    const members = zero.record.members.slice(0, 3);
    expect(codeOf(() => keystore.load({ ...zero.record, members }))).toBe('share-does-not-match-lock');
    expect(codeOf(() => keystore.load({ ...zero.record, originSid: one.record.originSid }))).toBe(
      'share-does-not-match-lock',
    );
    expect(codeOf(() => keystore.load({ ...zero.record, ccHash: named('x') }))).toBe(
      'share-does-not-match-lock',
    );
    expect(codeOf(() => keystore.load({ ...zero.record, keyId: named('x') }))).toBe('wrong-cluster');
  });

  test('when its file is missing, or is not the one that the manifest knows', () => {
    const { disk, keystore } = active();
    const path = `${keystore.epochFolderOf(zero.record)}/share-2.json`;
    const other = active();
    other.keystore.load(zero.record);
    const second = nodeFixture(2);
    second.keystore.storePending({ ...zero.record }, share, { ...context, createdAt: 'later' });
    disk.files.set(path, second.disk.files.get(path)!);
    expect(codeOf(() => keystore.load(zero.record))).toBe('rollback-detected');
    expect(codeOf(() => keystore.checkFiles(zero.record))).toBe('rollback-detected');
    disk.files.delete(path);
    expect(codeOf(() => keystore.load(zero.record))).toBe('safety-state-missing');
    expect(codeOf(() => keystore.checkFiles(zero.record))).toBe('safety-state-missing');
  });

  test('when it was erased and is put back', () => {
    const { disk, keystore } = active();
    const path = keystore.sharePathOf(zero.record);
    const old = disk.files.get(path)!;
    keystore.storePending(one.record, one.shares[1]!, context);
    keystore.activate(one.record);
    keystore.eraseRetired(zero.record);
    disk.files.set(path, old);
    expect(codeOf(() => keystore.checkFiles(one.record))).toBe('stale-epoch');
    expect(codeOf(() => keystore.load(zero.record))).toBe('rollback-detected');
  });

  test('when its place is taken by a file that the manifest does not know', () => {
    const { disk, keystore } = active();
    disk.files.set(keystore.sharePathOf(one.record), named('stranger'));
    expect(codeOf(() => keystore.storePending(one.record, one.shares[1]!, context))).toBe(
      'rollback-detected',
    );
    expect(keystore.pendings()).toEqual([]);
  });

  test('when a file of an epoch appears that the manifest does not know', () => {
    const { disk, keystore } = active();
    const path = `${keystore.epochFolderOf(zero.record)}/share-2.json`;
    disk.files.set(path.replace('epoch-000000', 'epoch-000005'), disk.files.get(path)!);
    expect(codeOf(() => keystore.checkFiles(zero.record))).toBe('rollback-detected');
  });
});

test('a crash before the file of a new share leaves the old epoch in service', () => {
  const { disk, keystore } = active();
  const before = new Map(disk.files);
  keystore.storePending(one.record, one.shares[1]!, context);
  const crashed = memoryDisk();
  for (const [path, bytes] of disk.files) if (!path.includes('epoch-000001')) crashed.files.set(path, bytes);
  expect(before.size).toBe(crashed.files.size);
  const again = nodeFixture(2, crashed);
  again.keystore.checkFiles(zero.record);
  expect(again.keystore.load(zero.record).state).toBe('active');
  again.keystore.storePending(one.record, one.shares[1]!, context);
  again.keystore.activate(one.record);
});

test('how far the guard reaches is noted', () => {
  const { keystore, manifest } = active();
  keystore.noteGuard(zero.record.keyId, 12, named('head'));
  expect(manifest.key(zero.record.keyId)).toMatchObject({
    guardSeq: 12,
    guardHead: named('head'),
    newest: 0,
  });
});
