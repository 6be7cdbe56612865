import { describe, expect, it } from 'vitest';

import { writeLock } from '../../../src/chain/lock-file.ts';
import { lockHash } from '../../../src/chain/lock.ts';
import { findLock } from '../../../src/node/found-lock.ts';
import { makeCeremony } from '../audit/support/folders.ts';
import { memoryDisk } from './helpers.ts';

const { lock } = makeCeremony(3, 2, 'found');
const { network } = lock.definition.definition;
const search = (paths: readonly string[], change: object = {}) => {
  const disk = memoryDisk();
  for (const path of paths) disk.files.set(`ceremonies/${path}`, writeLock(lock));
  return findLock({ disk, ceremonies: 'ceremonies', network, needsLock: false, ...change });
};

describe('the lock of a node', () => {
  it('is the one in the folder of ceremonies, and a new node has none', () => {
    expect(search([])).toBeUndefined();
    const found = search(['a/lock.json']);
    expect(found && lockHash(found)).toEqual(lockHash(lock));
  });
  it('must be there where there is an active share, of this network, and alone', () => {
    const code = (expected: string): object => expect.objectContaining({ code: expected }) as object;
    expect(() => search([], { needsLock: true })).toThrow(code('safety-state-missing'));
    expect(() => search(['a/lock.json', 'b/lock.json'])).toThrow(code('lock-mismatch'));
    for (const other of [{ name: 'x' }, { l1ChainId: 1n }, { l2ChainId: 1n }])
      expect(() => search(['a/lock.json'], { network: { ...network, ...other } })).toThrow(
        code('wrong-cluster'),
      );
  });
});
