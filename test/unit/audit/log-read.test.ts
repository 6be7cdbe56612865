import { describe, expect, test } from 'vitest';

import { headsByLog, logNameOf, readHeads, readLog } from '../../../src/audit/log-read.ts';
import { sourceOf } from '../../../src/audit/source.ts';
import { chainStart, encodeLogEntry, entryHash, logIdOf } from '../../../src/chain/log/entry.ts';
import { emptyRoot, leafHash, rootOf } from '../../../src/chain/log/merkle.ts';
import { events, logOf } from '../chain/log/samples.ts';
import { headAt, headsFile, keepersOf, logFile, recordOf } from './support/logs.ts';

const [keeper, other] = keepersOf(2);
if (keeper === undefined || other === undefined) throw new RangeError('keepers');
const { owner } = keeper;
const entries = logOf(events, owner);
const file = logFile(owner, entries);
const heads = headsFile(keeper, [recordOf(keeper, headAt(keeper, entries, 2))]);
const source = (log: Uint8Array) => sourceOf(new Map([['log.jsonl', log]]));

describe('a log that is read', () => {
  test('is its rows, and what it was at the sizes that are asked for', async () => {
    const { rows, marks, problem } = await readLog(source(file), 'log.jsonl', () => new Set([0, 2]));
    expect([rows.length, problem]).toEqual([events.length, undefined]);
    expect([...marks.keys()]).toEqual([0, 2, events.length]);
    expect(marks.get(0)).toEqual({ root: emptyRoot(), chain: chainStart(logIdOf(owner)) });
    const bytes = entries.slice(0, 2).map(encodeLogEntry);
    const last = bytes[1] ?? new Uint8Array(0);
    expect(marks.get(2)).toEqual({ root: rootOf(bytes.map(leafHash)), chain: entryHash(last) });
  });

  test('ends at the first line that is wrong, which it names', async () => {
    const cut = await readLog(source(file.subarray(0, -1)), 'log.jsonl', () => new Set());
    expect(cut.rows).toHaveLength(events.length);
    expect(cut.problem).toContain('[log-truncated]');
    expect((await readLog(source(file), 'gone', () => new Set())).problem).toBe('gone is missing');
    const headless = await readLog(source(file.subarray(1)), 'log.jsonl', () => new Set());
    expect([headless.owner, headless.problem]).toEqual([undefined, expect.stringContaining('line 1')]);
  });
});

describe('heads that are read', () => {
  test('are sorted by log, with who keeps them', async () => {
    const both = sourceOf(
      new Map([
        ['a', heads],
        ['b', headsFile(other, [recordOf(keeper, headAt(keeper, entries, 3), [other])])],
      ]),
    );
    const read = [await readHeads(both, 'a'), await readHeads(both, 'b')];
    const kept = headsByLog(read).get(logNameOf(owner)) ?? [];
    expect(kept.map(({ isOwn, record }) => [isOwn, record.signed.head.size])).toEqual([
      [true, 2],
      [false, 3],
    ]);
  });

  test('end at the first line that is wrong', async () => {
    const read = await readHeads(sourceOf(new Map([['a', heads.subarray(0, -1)]])), 'a');
    expect(read.problem).toContain('[log-truncated]');
    expect((await readHeads(sourceOf(new Map()), 'a')).problem).toBe('a is missing');
  });
});
