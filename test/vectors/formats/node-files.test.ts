import { readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { fromHex, toHex } from '../../../src/crypto/bytes.ts';
import { Secret } from '../../../src/crypto/secret.ts';
import { loadIdentity } from '../../../src/node/identity.ts';
import { decodeManifest, encodeManifest } from '../../../src/node/manifest.ts';
import { unlockMaster } from '../../../src/node/master-key.ts';
import { openFile } from '../../../src/node/sealed-file.ts';
import { SignGuard } from '../../../src/node/sign-guard.ts';
import { defaultGuardLimits } from '../../../src/node/guard-rules.ts';
import { decodeEpoch, encodeEpoch, epochIdOf } from '../../../src/protocols/epoch.ts';
import { memoryDisk, memoryLog, named, quickKdf } from '../../unit/node/helpers.ts';

// Written by the first release of each format, and never changed: whoever has such a file can always open it.
const released = JSON.parse(readFileSync(new URL('node-files.json', import.meta.url), 'utf8')) as {
  readonly master: readonly string[];
  readonly identity: readonly string[];
  readonly share: readonly string[];
  readonly sharePlaintext: string;
  readonly manifest: string;
  readonly guard: string;
  readonly guardHead: string;
  readonly epoch: string;
  readonly epochId: string;
};
const bytesOf = (hex: string): Uint8Array => fromHex(hex)!;
const fileOf = (lines: readonly string[]): Uint8Array => new TextEncoder().encode(lines.join('\n') + '\n');
const master = unlockMaster(
  fileOf(released.master),
  'a password for the vectors',
  { kdf: quickKdf, l1ChainId: 31_337n },
  'master.json',
);

describe('files of version 1', () => {
  test('of a master key, an identity and a share are opened', () => {
    const disk = memoryDisk();
    disk.files.set('keys/identity.key.json', fileOf(released.identity));
    expect(loadIdentity(disk, master, 'keys').name).toMatch(/^[a-z]+-[a-z]+$/);
    const opened = openFile(master, 'conclave-share', fileOf(released.share), 'share');
    expect(opened.secret).toBeInstanceOf(Secret);
    expect(opened.secret.use(toHex)).toBe(released.sharePlaintext);
  });

  test('of a manifest is read; it is written in the second format only', () => {
    const manifest = decodeManifest(bytesOf(released.manifest));
    expect(manifest.bootCounter).toBe(1n);
    expect(manifest.keys).toMatchObject([
      { newest: 0, needsMarks: false, guardSeq: 0, shares: [{ epochNo: 0 }] },
    ]);
    expect(manifest.keys[0]?.shares.map(({ state }) => state)).toEqual(['active']);
    expect(decodeManifest(encodeManifest(manifest))).toEqual(manifest);
  });

  test('of an epoch record are read and written alike', () => {
    const record = decodeEpoch(bytesOf(released.epoch));
    expect(toHex(encodeEpoch(record))).toBe(released.epoch);
    expect(toHex(epochIdOf(record))).toBe(released.epochId);
  });

  test('of a guard are read, with the same chain', () => {
    const disk = memoryDisk();
    disk.files.set('guard.log', bytesOf(released.guard));
    const options = { path: 'guard.log', keyId: named('key'), limits: defaultGuardLimits };
    const guard = SignGuard.open(options, { disk, log: memoryLog() });
    expect([guard.seq, toHex(guard.head)]).toEqual([3, released.guardHead]);
  });
});
