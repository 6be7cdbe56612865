import { expect, it } from 'vitest';

import { HeadsReader } from '../../../../src/chain/log/heads-file.ts';
import { LogReader } from '../../../../src/chain/log/log-file.ts';
import { LogDesk, MAX_PAGE } from '../../../../src/node/log/log-desk.ts';
import { Village, refusal, subject } from './samples.ts';

const village = new Village(3);
for (let i = 0; i < 6; i++) village.at(1).log.write(refusal(i), subject);
village.settle();
const desk = LogDesk.of(village.at(1).log);

it('gives the lines of the exported files, page by page', () => {
  const { logHeader, headsHeader, heads, size } = desk.view();
  expect([size, heads]).toEqual([6, 1]);
  const [first, second] = [desk.entries(0, 4), desk.entries(4, 4)];
  expect([first.next, second.next]).toEqual([4, undefined]);
  const reader = new LogReader('log.jsonl');
  const lines = [logHeader, ...first.lines, ...second.lines];
  expect(lines.flatMap((line) => reader.read(line)?.entry.event ?? [])).toEqual(
    [0, 1, 2, 3, 4, 5].map(refusal),
  );
  const headsReader = new HeadsReader('heads.jsonl');
  const found = [headsHeader, ...desk.heads(0, 9).lines].flatMap(
    (line) => headsReader.read(line)?.record ?? [],
  );
  expect(found.map(({ countersignatures }) => countersignatures.map(({ member }) => member))).toEqual([
    [2, 3],
  ]);
});

it('gives no more than a page, and nothing behind the end', () => {
  expect(desk.entries(0, 2).lines).toHaveLength(2);
  expect(desk.entries(9, MAX_PAGE)).toEqual({ lines: [], next: undefined });
  expect(desk.heads(1, 5)).toEqual({ lines: [], next: undefined });
});

it('a node without a cluster has no log', () => {
  expect(() => LogDesk.of(undefined)).toThrow(expect.objectContaining({ code: 'no-key' }));
});
