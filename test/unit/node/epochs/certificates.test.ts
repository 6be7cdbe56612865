import { describe, expect, it } from 'vitest';

import { writeLock } from '../../../../src/chain/lock-file.ts';
import { ascii } from '../../../../src/crypto/bytes.ts';
import { Certificates } from '../../../../src/node/epochs/certificates.ts';
import { firstEpoch, nextEpoch } from '../../audit/support/epochs.ts';
import { memoryDisk, named } from '../helpers.ts';

const first = firstEpoch(3, 2);
const second = nextEpoch(first);
const { keyId } = first.lock.record;

describe('the certificates of all epochs', () => {
  it('are found by key and number, in the locks of a node', () => {
    const disk = memoryDisk();
    const certificates = new Certificates(disk, 'ceremonies');
    expect(certificates.of(keyId, 1)).toBeUndefined();
    disk.files.set('ceremonies/a/lock.json', writeLock(first.lock));
    disk.files.set('ceremonies/b/lock.json', writeLock(second.lock));
    for (let i = 0; i < 2; i++) expect(certificates.of(keyId, 1)).toEqual(second.lock.certificate);
    expect(certificates.of(keyId, 0)).toBeUndefined(); // made by a key generation
    expect(certificates.of(keyId, 2)).toBeUndefined();
    expect(certificates.of(named('another key'), 1)).toBeUndefined();
  });

  it('are read once each, and what cannot be read is none of them', () => {
    const disk = memoryDisk();
    disk.files.set('ceremonies/a/lock.json', ascii('{'));
    disk.files.set('ceremonies/b/lock.json', writeLock(second.lock));
    const paths: string[] = [];
    const counting = { ...disk, read: (path: string) => (paths.push(path), disk.read(path)) };
    const certificates = new Certificates(counting, 'ceremonies');
    for (let i = 0; i < 3; i++) expect(certificates.of(keyId, 7)).toBeUndefined();
    expect(paths).toEqual(['ceremonies/a/lock.json', 'ceremonies/b/lock.json']);
  });
});
