import { describe, expect, test } from 'vitest';

import { fromHex, toHex } from '../../../src/crypto/bytes.ts';
import { Bug, InputError, OperationError } from '../../../src/crypto/errors.ts';
import {
  type ManifestKey,
  ManifestStore,
  type NotedShare,
  activeOf,
  decodeManifest,
  encodeManifest,
  fileHash,
} from '../../../src/node/manifest.ts';
import { memoryDisk, named } from './helpers.ts';

const share = (epochNo: number, state: NotedShare['state'], name = ''): NotedShare => ({
  epochNo,
  sid: named(`sid ${epochNo}${name}`),
  index: 2,
  hash: named(`share ${epochNo}${name}`),
  state,
});
const key: ManifestKey = {
  keyId: named('key'),
  address: named('address').subarray(0, 20),
  newest: 3,
  needsMarks: true,
  guardSeq: 9,
  guardHead: named('head'),
  state: { seq: 4, head: named('state log') },
  shares: [
    share(1, 'doomed'),
    share(2, 'retired'),
    share(3, 'active'),
    share(4, 'pending', 'a'),
    share(4, 'pending', 'b'),
  ],
};
const none = { ...key, newest: undefined, shares: [share(0, 'pending')] };

describe('the manifest', () => {
  test('survives its codec, and is refused with any byte changed, lost or added', () => {
    const manifest = {
      bootCounter: 7n,
      requestLogHead: named('log'),
      keys: [key, { ...none, keyId: named('x') }],
    };
    const bytes = encodeManifest(manifest);
    expect(decodeManifest(bytes)).toEqual(manifest);
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

  test('keeps what it knows of keys and of the request log', () => {
    const disk = memoryDisk();
    const store = ManifestStore.create(disk);
    store.setKey(key);
    store.setRequestLogHead(named('log'));
    const again = ManifestStore.open(disk);
    expect(again.key(key.keyId)).toEqual(key);
    expect(activeOf(key)).toBe(3);
    expect(again.value.requestLogHead).toEqual(named('log'));
  });

  test('forgets a key that never was in service and has no share, and no other', () => {
    const store = ManifestStore.create(memoryDisk());
    store.setKey(none);
    store.setKey({ ...none, shares: [] });
    expect(store.value.keys).toEqual([]);
    store.setKey({ ...key, shares: [] });
    expect(store.value.keys).toHaveLength(1);
  });

  test('in memory is unchanged when the disk refuses', () => {
    const disk = memoryDisk();
    const store = ManifestStore.create(disk);
    disk.fault = { code: 'disk-full', level: 'reset' };
    expect(() => store.setKey(key)).toThrow(OperationError);
    expect(store.key(key.keyId)).toBeUndefined();
  });
});

describe('a change of the manifest is our bug', () => {
  const disk = memoryDisk();
  const store = ManifestStore.create(disk);
  store.setKey(key);
  const withShares = (...shares: readonly NotedShare[]): ManifestKey => ({ ...key, shares });

  test.each<readonly [string, ManifestKey]>([
    ['when the newest epoch falls', { ...key, newest: 2, shares: [] }],
    ['when the newest epoch is forgotten', { ...key, newest: undefined, shares: [] }],
    ['when an epoch is active that is not the newest', withShares(share(2, 'active'))],
    ['when two shares are active', withShares(share(3, 'active', 'a'), share(3, 'active', 'b'))],
    ['when a share is pending for an epoch that is certified', withShares(share(3, 'pending'))],
    ['when the newest epoch is retired', withShares(share(3, 'retired'))],
  ])('%s', (_name, next) => {
    expect(() => store.setKey(next)).toThrow(Bug);
    expect(ManifestStore.open(disk).key(key.keyId)).toEqual(key);
  });
});

describe('a manifest of the first format', () => {
  // magic, boot counter 1, request log head, one key: active 3, pending 4, retired 2, guard 9, hashes of 2
  // and 3.
  const body =
    `${'0'.repeat(15)}1${'11'.repeat(32)}00000001${'22'.repeat(32)}0000000100000003` +
    `0000000100000004000000010000000200000009${'33'.repeat(32)}` +
    `0000000200000002${'44'.repeat(32)}00000003${'55'.repeat(32)}`;
  const first = sealed(body);

  test('is read, and written in the third', () => {
    const { keys, bootCounter } = decodeManifest(first);
    expect(bootCounter).toBe(1n);
    expect(keys[0]).toMatchObject({ newest: 3, needsMarks: false, guardSeq: 9 });
    expect(keys[0]?.shares.map(({ epochNo, state }) => [epochNo, state])).toEqual([
      [2, 'retired'],
      [3, 'active'],
      [4, 'pending'],
    ]);
    const again = encodeManifest(decodeManifest(first));
    expect(toHex(again.subarray(0, 9))).toBe(toHex(new TextEncoder().encode('conclman3')));
    expect(decodeManifest(again)).toEqual(decodeManifest(first));
  });

  test('that does not say the hash of a share misses it, and does not forget it', () => {
    expect(decodeManifest(first).keys[0]?.shares.at(-1)?.hash).toEqual(new Uint8Array(32));
  });
});

function sealed(bodyHex: string): Uint8Array {
  const bytes = fromHex(bodyHex);
  if (bytes === undefined) throw new RangeError('hex');
  const check = fileHash(bytes).subarray(0, 8);
  return Uint8Array.from([...new TextEncoder().encode('conclman1'), ...bytes, ...check]);
}
