import { expect, it } from 'vitest';

import type { SealedBatch } from '../../../../src/chain/sealed-batch.ts';
import { SealedStore, sealedPayloads } from '../../../../src/services/batcher/store.ts';
import { SimDisk } from '../../../sim/disk.ts';

const batch = (index: bigint, fill: number): SealedBatch => ({
  ...{ index, da: 'committee', payload: new Uint8Array(80).fill(fill), blobVersionedHashes: [] },
  ...{ parentHash: new Uint8Array(32), lastHash: new Uint8Array(32), blocksRoot: new Uint8Array(32) },
  ...{ lastOrigin: 1n, dacCertificate: new Uint8Array(73) },
});
const fills = (found: readonly Uint8Array[]): readonly (number | undefined)[] =>
  found.map(([first]) => first);

it('payloads of an index are found while they are sealed and after they were given up', () => {
  const disk = new SimDisk(1).open();
  const store = new SealedStore(disk);
  expect(sealedPayloads(disk, 1n)).toEqual([]);
  for (const [index, fill] of [
    [1n, 3],
    [11n, 4],
  ] as const) {
    store.seal(batch(index, fill));
    store.giveUp(index);
  }
  store.seal(batch(1n, 5));
  expect(fills(sealedPayloads(disk, 1n))).toEqual([5, 3]);
  expect(fills(sealedPayloads(disk, 11n))).toEqual([4]);
  store.forget(1n);
  expect(fills(sealedPayloads(disk, 1n))).toEqual([3]);
});

it('one that is damaged or cut short is passed over', () => {
  const disk = new SimDisk(1).open();
  const store = new SealedStore(disk);
  store.seal(batch(1n, 3));
  store.giveUp(1n);
  store.seal(batch(1n, 5));
  const path = `batcher/sealed/${'1'.padStart(20, '0')}`;
  const whole = disk.read(path)!;
  disk.replace(
    path,
    whole.map((byte, i) => (i === 60 ? byte ^ 1 : byte)),
  );
  expect(fills(sealedPayloads(disk, 1n))).toEqual([3]);
  disk.replace(path, whole.slice(0, 20));
  expect(fills(sealedPayloads(disk, 1n))).toEqual([3]);
  disk.replace(path, whole);
  expect(fills(sealedPayloads(disk, 1n))).toEqual([5, 3]);
});
