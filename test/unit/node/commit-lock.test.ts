import { expect, test } from 'vitest';

import { ascii } from '../../../src/crypto/bytes.ts';
import { Bug, InputError } from '../../../src/crypto/errors.ts';
import { CommitLock } from '../../../src/node/commit-lock.ts';
import { EpochLog } from '../../../src/node/epoch-log.ts';
import { memoryDisk, named } from './helpers.ts';

const opened = (disk = memoryDisk()) => new CommitLock(EpochLog.open(disk, 'state.log'));

test('a lock is found again, and is never given to another certificate', () => {
  const disk = memoryDisk();
  const lock = opened(disk);
  expect(lock.certHash).toBeUndefined();
  lock.lock(named('a'));
  const size = disk.files.get('state.log')?.length;
  lock.lock(named('a'));
  expect(disk.files.get('state.log')?.length).toBe(size);
  for (const one of [lock, opened(disk)]) {
    expect(one.certHash).toEqual(named('a'));
    expect(() => one.lock(named('b'))).toThrow(InputError);
  }
});

test('a lock that the disk has not taken is none', () => {
  const disk = memoryDisk();
  const lock = opened(disk);
  disk.fault = { code: 'disk-full', level: 'retry' };
  expect(() => lock.lock(named('a'))).toThrow(/disk/);
  disk.fault = undefined;
  expect(lock.certHash).toBeUndefined();
  lock.lock(named('b'));
});

test('what is handed out is a copy', () => {
  const lock = opened();
  lock.lock(named('a'));
  lock.certHash?.fill(0);
  expect(lock.certHash).toEqual(named('a'));
});

test('a log with two locks, or with half of one, stops the node', () => {
  for (const bodies of [[named('a'), named('b')], [ascii('half')]]) {
    const disk = memoryDisk();
    const log = EpochLog.open(disk, 'state.log');
    for (const body of bodies) log.append('commitLock', body);
    expect(() => opened(disk)).toThrow(expect.objectContaining({ code: 'safety-state-damaged' }));
  }
  expect(() => opened().lock(new Uint8Array(31))).toThrow(Bug);
});
