import { describe, expect, it } from 'vitest';

import { newestLock } from '../../../src/apps/newest-lock.ts';
import { makeCeremony } from '../audit/support/folders.ts';
import { memoryDisk } from '../node/helpers.ts';

const made = makeCeremony(3, 2);
const lockBytes = (of: typeof made): Uint8Array => of.files.get('lock.json') ?? new Uint8Array(0);
const code = (wanted: string): unknown => expect.objectContaining({ code: wanted });

describe('the lock from which a change starts', () => {
  it('is the one in the ceremonies folder, beside ceremonies that have none', () => {
    const disk = memoryDisk();
    disk.replace('ceremonies/a/definition.json', new Uint8Array(1));
    disk.replace('ceremonies/b/lock.json', lockBytes(made));
    expect(newestLock(disk, 'ceremonies').record.keyId).toEqual(made.lock.record.keyId);
  });

  it('is asked for in vain on a node without a key, with two keys, or with a damaged file', () => {
    const disk = memoryDisk();
    expect(() => newestLock(disk, 'ceremonies')).toThrow(code('key-unknown'));
    disk.replace('ceremonies/a/lock.json', lockBytes(made));
    disk.replace('ceremonies/b/lock.json', lockBytes(makeCeremony(3, 2, 'two')));
    expect(() => newestLock(disk, 'ceremonies')).toThrow(code('lock-mismatch'));
    disk.replace('ceremonies/b/lock.json', lockBytes(made).subarray(0, 100));
    expect(() => newestLock(disk, 'ceremonies')).toThrow(code('file-truncated'));
  });
});
