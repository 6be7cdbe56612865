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

test('a record of no known kind or version stops the node', () => {
  for (const start of [Uint8Array.of(1, 99), Uint8Array.of(2, 1), new Uint8Array()]) {
    const disk = memoryDisk();
    AppendLog.open(disk, { path: 'state.log', kind: 'epoch-state', maxBodyBytes: 64 }).log.append(start);
    expect(() => EpochLog.open(disk, 'state.log')).toThrow(InputError);
  }
});
