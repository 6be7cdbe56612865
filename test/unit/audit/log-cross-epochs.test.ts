import { describe, expect, test } from 'vitest';

import type { LogAudit } from '../../../src/audit/audit-log.ts';
import { epochProblems, hiddenEpochs } from '../../../src/audit/log-cross-epochs.ts';
import type { EpochRow, PresignRow, Row } from '../../../src/audit/log-rows.ts';
import { keepersOf } from './support/logs.ts';

const keepers = keepersOf(3);
const place = { seq: 0, keyId: 'k' };
const epoch = (ofEpoch: number, change: Partial<EpochRow> = {}): EpochRow => ({
  ...{ ...place, kind: 'epoch', where: `epoch ${ofEpoch}`, atMs: ofEpoch * 1_000_000, epochNo: ofEpoch },
  ...{ ofEpoch, certHash: `a${ofEpoch}`, state: 'active', ...change },
});
const made = (epochNo: number, atMs: number, outcome = 'done'): PresignRow => ({
  ...{ ...place, kind: 'presign', where: `made at ${atMs}`, sid: 's', quorum: [], batch: 1 },
  ...{ epochNo, atMs, outcome, root: 'r', record: undefined },
});
const logOf = (index: number, rows: readonly Row[], ...epochs: readonly number[]): LogAudit => {
  const owner = keepers[index - 1]?.owner;
  if (owner === undefined) throw new RangeError(`no member ${index}`);
  const memberships = epochs.map((one) => ({ epoch: `k ${one}`, ceremony: `c${one}` }));
  return { path: `log ${index}`, owner, own: new Set(), rows, untilMs: 0, unsent: new Set(), memberships };
};

describe('the epochs that several logs tell of', () => {
  test('have one certificate each; a first one has none', () => {
    const said = (certHash: string, ofEpoch = 1): number =>
      epochProblems([logOf(1, [epoch(ofEpoch)]), logOf(2, [epoch(ofEpoch, { certHash })])]).length;
    expect([said('a1'), said('b1'), said('a0', 0), said('0000', 0)]).toEqual([0, 1, 0, 0]);
  });

  test('end for all, when the next one is active anywhere', () => {
    const late = (row: Row): number => epochProblems([logOf(1, [epoch(1)]), logOf(2, [row])]).length;
    expect(late(made(0, 1_120_001))).toBe(1);
    expect(late(made(0, 1_120_000))).toBe(0); // was under way
    expect(late(made(1, 1_120_001))).toBe(0);
    expect(late(made(0, 1_120_001, 'aborted'))).toBe(0);
    expect(late({ ...made(0, 1_120_001), keyId: 'other' })).toBe(0);
    const retired = epoch(1, { state: 'retired' });
    expect(epochProblems([logOf(1, [retired]), logOf(2, [made(0, 9_000_000)])])).toEqual([]);
  });

  test('end by the earliest beginning of any that comes behind', () => {
    const ended = (epochNo: number): readonly string[] =>
      epochProblems([
        logOf(1, [
          epoch(1, { atMs: 9_000_000 }),
          epoch(2, { atMs: 1_000_000 }),
          epoch(3, { atMs: 5_000_000 }),
        ]),
        logOf(2, [made(epochNo, 6_000_000)]),
      ]);
    expect(ended(0)).toEqual(['made at 6000000: is of epoch 0, which had ended by epoch 2']);
    expect(ended(1)).toEqual(['made at 6000000: is of epoch 1, which had ended by epoch 2']);
    expect(ended(2)).toEqual(['made at 6000000: is of epoch 2, which had ended by epoch 3']);
    expect(ended(3)).toEqual([]);
  });

  test('are compared in the time that it takes to read them, also where a log makes up any number', () => {
    const many = Array.from({ length: 30_000 }, (_, i) => i);
    const told = logOf(
      1,
      [...many.map((i) => epoch(i + 1, { atMs: 0 })), ...many.map(() => made(0, 1e9))],
      1,
    );
    expect(epochProblems([told, logOf(2, [])])).toHaveLength(many.length); // not one for each pair
    expect(hiddenEpochs([told, logOf(2, told.rows.slice(0, 1), 1)])).toEqual([]);
  });

  test('are known to each member that goes on behind their beginning', () => {
    const hidden = (...logs: readonly LogAudit[]): number =>
      hiddenEpochs([logOf(1, [epoch(1)], 1), ...logs]).length;
    const later = made(1, 1_120_001);
    expect(hidden(logOf(2, [later], 1))).toBe(1);
    expect(hidden(logOf(2, [later, epoch(1, { atMs: 2_000_000 })], 1))).toBe(0);
    expect(hidden(logOf(2, [later, epoch(2)], 1))).toBe(0); // was away meanwhile
    expect(hidden(logOf(2, [later, epoch(0)], 1))).toBe(1);
    expect(hidden(logOf(2, [later], 0))).toBe(0);
    expect(hidden(logOf(2, [made(1, 1_120_000)], 1))).toBe(0);
    expect(hidden(logOf(2, [{ ...later, outcome: 'aborted' }], 1))).toBe(0);
    expect(hidden(logOf(2, [later], 1), logOf(2, [epoch(1)], 1))).toBe(0); // in the log before
  });
});
