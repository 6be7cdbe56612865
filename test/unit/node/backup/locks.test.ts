import { expect, test } from 'vitest';

import { lockHash } from '../../../../src/chain/lock.ts';
import { byKey, keptLocks } from '../../../../src/node/backup/locks.ts';
import { memoryDisk } from '../helpers.ts';
import { seatOf } from './backup-fixture.ts';

const [one, two] = [seatOf('locks one'), seatOf('locks two')];

test('the locks of all ceremonies are found, with the files they came from', () => {
  const disk = memoryDisk();
  disk.files.set('ceremonies/a/lock.json', one.lockFile);
  disk.files.set('ceremonies/a/definition.json', one.definitionFile);
  disk.files.set('ceremonies/b/lock.json', two.lockFile);
  disk.files.set('ceremonies/c/definition.json', one.definitionFile);
  const found = keptLocks(disk, 'ceremonies');
  expect(found.map(({ lock }) => lockHash(lock))).toEqual([one, two].map(({ lock }) => lockHash(lock)));
  expect(found.map(({ definitionFile }) => definitionFile.length > 0)).toEqual([true, false]);
  expect(found[0]?.lockFile).toEqual(one.lockFile);
});

test('a lock that does not hold is not passed over', () => {
  const disk = memoryDisk();
  disk.files.set('ceremonies/a/lock.json', one.lockFile.slice(0, 500));
  expect(() => keptLocks(disk, 'ceremonies')).toThrow('ends early');
});

test('the locks of each key are kept by themselves, in their order', () => {
  const [a, b] = [one, two].map(({ lock, lockFile, definitionFile }) => ({ lock, lockFile, definitionFile }));
  const older = { ...a!, lock: { ...a!.lock, attempt: 1 } };
  expect(byKey([a!, b!, older])).toEqual([[a, older], [b]]);
});
