import { expect, test } from 'vitest';

import { ascii } from '../../../src/crypto/bytes.ts';
import { InputError } from '../../../src/crypto/errors.ts';
import { AppendLog } from '../../../src/node/append-log.ts';
import { EpochLog } from '../../../src/node/epoch-log.ts';
import { memoryDisk } from './helpers.ts';

test('records are found again by their kind, in order', () => {
  const disk = memoryDisk();
  const log = EpochLog.open(disk, 'state.log');
  log.append('joinedSpec', ascii('a'));
  log.append('suspicion', ascii('b'));
  log.append('joinedSpec', ascii('c'));
  const again = EpochLog.open(disk, 'state.log');
  expect(again.found('joinedSpec')).toEqual([ascii('a'), ascii('c')]);
  expect(again.found('suspicion')).toEqual([ascii('b')]);
  expect(again.found('commitLock')).toEqual([]);
});

test('a log that is begun holds a record; it must hold what was noted, and may hold more', () => {
  const disk = memoryDisk();
  const log = EpochLog.begin(disk, 'state.log', ascii('epoch'));
  expect(log.noted.seq).toBe(1);
  expect(EpochLog.begin(disk, 'state.log', ascii('epoch')).noted).toEqual(log.noted);
  log.append('suspicion', ascii('b'));
  const two = log.noted;
  log.append('suspicion', ascii('c'));
  expect(EpochLog.open(disk, 'state.log', two).found('suspicion')).toHaveLength(2);
  const codeOf = (noted: typeof two): string => {
    try {
      EpochLog.open(disk, 'state.log', noted);
      return 'opened';
    } catch (error) {
      return error instanceof InputError ? error.code : String(error);
    }
  };
  expect(codeOf({ seq: 4, head: two.head })).toBe('rollback-detected');
  expect(codeOf({ seq: 3, head: two.head })).toBe('rollback-detected');
  disk.files.delete('state.log');
  expect(codeOf(two)).toBe('safety-state-missing');
});

test('a record of no known kind or version stops the node', () => {
  for (const start of [Uint8Array.of(1, 99), Uint8Array.of(2, 1), new Uint8Array()]) {
    const disk = memoryDisk();
    AppendLog.open(disk, { path: 'state.log', kind: 'epoch-state', maxBodyBytes: 64 }).log.append(start);
    expect(() => EpochLog.open(disk, 'state.log')).toThrow(InputError);
  }
});
