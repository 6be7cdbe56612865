import { describe, expect, test } from 'vitest';

import { rowOf, rowsOf } from '../../../src/audit/log-rows.ts';
import { LogReader } from '../../../src/chain/log/log-file.ts';
import { latin1 } from '../../../src/crypto/bytes.ts';
import { events, logOf, sampleOwner } from '../chain/log/samples.ts';
import { logFile } from './support/logs.ts';

/** One row of each kind. */
function sampleRows() {
  const reader = new LogReader('log');
  const text = latin1(logFile(sampleOwner, logOf(events)));
  return text
    .trimEnd()
    .split('\n')
    .flatMap((line) => reader.read(line) ?? [])
    .map(rowOf);
}

describe('the rows of a log', () => {
  test('hold what the audit compares, with bytes as hex and the place', () => {
    const rows = sampleRows();
    expect(rows.map(({ kind }) => kind)).toEqual(events.map(({ kind }) => kind));
    expect(rows[3]).toEqual({
      ...{
        seq: 3,
        where: 'log line 5 entry 3',
        atMs: 1003,
        keyId: '03'.repeat(32),
        epochNo: 1,
        kind: 'sign',
      },
      ...{ sid: '16'.repeat(32), requestId: '17'.repeat(32), attempt: 2, quorum: [1, 2, 3], outcome: 'done' },
      ...{ presignSid: '18'.repeat(32), presigId: '19'.repeat(32), digest: '1a'.repeat(32), guardCount: 12 },
      ...{ signature: '1b'.repeat(65), root: '1c'.repeat(32) },
      record: { path: 'data/signatures/aa-0-bb/sign.jsonl', hash: '51'.repeat(32) },
    });
  });

  test('name no file where none was written', () => {
    const [presign] = rowsOf(sampleRows(), 'presign');
    expect(presign).toMatchObject({ record: undefined, batch: 64, outcome: 'discarded' });
    expect(rowsOf(sampleRows(), 'epoch')).toMatchObject([{ ofEpoch: 4, state: 'left' }]);
    expect(rowsOf(sampleRows(), 'verdict')).toMatchObject([{ culprit: 1, code: 'equivocation' }]);
    expect(rowsOf(sampleRows(), 'unresponsive')).toHaveLength(1);
    expect(rowsOf(sampleRows(), 'readmitted')).toMatchObject([{ member: 1 }]);
    expect(rowsOf(sampleRows(), 'ceremony')).toMatchObject([{ what: 'reshare', outcome: 'aborted' }]);
  });
});
