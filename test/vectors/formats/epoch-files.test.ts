import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { fromHex, toHex } from '../../../src/crypto/bytes.ts';
import { decode, encode } from '../../../src/crypto/codec.ts';
import { CommitLock } from '../../../src/node/commit-lock.ts';
import { EpochLog } from '../../../src/node/epoch-log.ts';
import { decodeManifest, encodeManifest } from '../../../src/node/manifest.ts';
import { erasureCodec, erasureHash, isErasureOf } from '../../../src/protocols/reshare/erasure.ts';
import { epochFixture } from '../../unit/node/epoch-fixture.ts';
import { memoryDisk, named } from '../../unit/node/helpers.ts';

// Written by the first release of each format, and never changed: whoever has such a file can always open it.
const released = JSON.parse(readFileSync(new URL('epoch-files.json', import.meta.url), 'utf8')) as {
  readonly manifest: string;
  readonly manifest3: string;
  readonly stateLog: string;
  readonly erasure: string;
  readonly erasureHash: string;
};
const bytesOf = (hex: string): Uint8Array => fromHex(hex)!;

test('a manifest of the third format is read and written alike', () => {
  const manifest = decodeManifest(bytesOf(released.manifest3));
  expect(toHex(encodeManifest(manifest))).toBe(released.manifest3);
  const [second] = decodeManifest(bytesOf(released.manifest)).keys;
  expect(manifest.keys).toEqual([{ ...second, state: { seq: 5, head: named('state') } }]);
});

test('a manifest of the second format is read; it knows no state log', () => {
  const manifest = decodeManifest(bytesOf(released.manifest));
  expect(manifest.keys).toMatchObject([{ newest: 3, needsMarks: true, guardSeq: 7, state: undefined }]);
  expect(manifest.keys[0]?.shares.map(({ epochNo, index, state }) => [epochNo, index, state])).toEqual([
    [1, 2, 'doomed'],
    [2, 2, 'retired'],
    [3, 2, 'active'],
    [4, 2, 'pending'],
  ]);
});

test('a commit lock is found in the log of its epoch', () => {
  const disk = memoryDisk();
  disk.files.set('state.log', bytesOf(released.stateLog));
  expect(new CommitLock(EpochLog.open(disk, 'state.log')).certHash).toEqual(named('certificate'));
});

test('a statement of an erasure is read and written alike, and verified', () => {
  const erasure = decode(erasureCodec, bytesOf(released.erasure));
  expect(toHex(encode(erasureCodec, erasure))).toBe(released.erasure);
  expect(toHex(erasureHash(erasure))).toBe(released.erasureHash);
  expect(isErasureOf(epochFixture('vectors').record, erasure)).toBe(true);
});
