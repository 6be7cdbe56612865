import { describe, expect, test } from 'vitest';

import { Bug, InputError, OperationError } from '../../../src/crypto/errors.ts';
import {
  type ManifestKey,
  ManifestStore,
  decodeManifest,
  encodeManifest,
  rollbackOf,
} from '../../../src/node/manifest.ts';
import { memoryDisk, named } from './helpers.ts';

const key: ManifestKey = {
  keyId: named('key'),
  active: 3,
  pending: 4,
  retired: [2],
  guardSeq: 9,
  guardHead: named('head'),
  shares: [2, 3, 4].map((epochNo) => ({ epochNo, hash: named(`share ${epochNo}`) })),
};

describe('the manifest', () => {
  test('survives its codec, and is refused with any byte changed, lost or added', () => {
    const bytes = encodeManifest({ bootCounter: 7n, requestLogHead: named('log'), keys: [key] });
    expect(decodeManifest(bytes)).toEqual({ bootCounter: 7n, requestLogHead: named('log'), keys: [key] });
    for (let i = 0; i < bytes.length; i++) {
      expect(() => decodeManifest(bytes.map((byte, k) => (k === i ? byte ^ 1 : byte)))).toThrow(InputError);
      expect(() => decodeManifest(bytes.subarray(0, i))).toThrow(/put the newest copy back/);
    }
    expect(() => decodeManifest(Uint8Array.from([...bytes, 0]))).toThrow(InputError);
  });

  test('counts starts over restarts', () => {
    const disk = memoryDisk();
    expect(ManifestStore.create(disk).countBoot()).toBe(1n);
    expect(ManifestStore.open(disk).countBoot()).toBe(2n);
    expect(() => ManifestStore.create(disk)).toThrow(OperationError);
  });

  test('when missing says what to do', () => {
    expect(() => ManifestStore.open(memoryDisk())).toThrow(/put the newest copy back/);
  });

  test('keeps what it knows of keys and of the request log, and lets no active epoch fall', () => {
    const disk = memoryDisk();
    const store = ManifestStore.create(disk);
    store.setKey(key);
    store.setRequestLogHead(named('log'));
    const again = ManifestStore.open(disk);
    expect(again.key(key.keyId)).toEqual(key);
    expect(again.value.requestLogHead).toEqual(named('log'));
    expect(() => again.setKey({ ...key, active: 2 })).toThrow(Bug);
    expect(() => again.setKey({ ...key, active: undefined })).toThrow(Bug);
    expect(ManifestStore.open(disk).key(key.keyId)?.active).toBe(3);
  });

  test('in memory is unchanged when the disk refuses', () => {
    const disk = memoryDisk();
    const store = ManifestStore.create(disk);
    disk.fault = { code: 'disk-full', level: 'reset' };
    expect(() => store.setKey(key)).toThrow(OperationError);
    expect(store.key(key.keyId)).toBeUndefined();
  });
});

describe('a rollback', () => {
  test('is not seen when all files are there, nor when a pending or retired one is missing', () => {
    expect(rollbackOf(key, key.shares)).toBeUndefined();
    expect(
      rollbackOf(
        key,
        key.shares.filter(({ epochNo }) => epochNo === 3),
      ),
    ).toBeUndefined();
  });

  test('is seen when the active file is missing, a file has changed, or one is a stranger', () => {
    expect(
      rollbackOf(
        key,
        key.shares.filter(({ epochNo }) => epochNo !== 3),
      ),
    ).toMatch(/epoch 3 is missing/);
    expect(
      rollbackOf(
        key,
        key.shares.map((share) => (share.epochNo === 4 ? { ...share, hash: named('x') } : share)),
      ),
    ).toMatch(/epoch 4/);
    expect(rollbackOf(key, [...key.shares, { epochNo: 1, hash: named('x') }])).toMatch(/epoch 1 is not in/);
  });
});
