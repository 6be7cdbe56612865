import { describe, expect, test } from 'vitest';

import { Bug, InputError } from '../../../src/crypto/errors.ts';
import { scalar } from '../../../src/crypto/secp256k1.ts';
import { context, epochFixture, nodeFixture } from './epoch-fixture.ts';
import { memoryDisk, named } from './helpers.ts';

const zero = epochFixture('a');
const one = epochFixture('b', zero.record);
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
    expect(codeOf(() => keystore.load(zero.record))).toBe('safety-state-missing');
    expect([...disk.files.keys()].filter((path) => path.includes('share-'))).toHaveLength(1);
    keystore.checkFiles(one.record);
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
    keystore.dropPending(one.record);
    expect([...disk.files.keys()].filter((path) => path.includes('epoch-000001'))).toEqual([]);
    keystore.storePending(one.record, one.shares[1]!, context);
    keystore.storePending(one.record, one.shares[1]!, context);
    keystore.activate(one.record);
    expect(keystore.load(one.record).state).toBe('active');
  });

  test('an epoch that is not pending is not activated, and the active one never falls', () => {
    const { keystore } = active();
    expect(codeOf(() => keystore.activate(one.record))).toBe('stale-epoch');
    expect(() => keystore.storePending(zero.record, share, context)).toThrow(Bug);
    expect(() => keystore.eraseRetired(zero.record)).toThrow(Bug);
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
    expect(codeOf(() => keystore.checkFiles(zero.record))).toBe('rollback-detected');
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
    active: 0,
  });
});
