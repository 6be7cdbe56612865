import { describe, expect, test } from 'vitest';

import { barOf, progressOf } from '../../../src/apps/audit-progress.ts';
import { createOutput } from '../../../src/apps/output.ts';

/** What is written for so many steps. */
function shown(total: number, how: { isJson?: boolean; isQuiet?: boolean; isTty?: boolean }): string[] {
  const written: string[] = [];
  const { isJson = false, isQuiet = false, isTty = false } = how;
  const sink = { write: (text: string) => void written.push(text), isTty, columns: 40 };
  const step = progressOf(createOutput({ isJson, isQuiet, noColor: true }, sink, sink));
  for (let done = 1; done <= total; done++) step({ done, total, path: `signatures/${done}` });
  return written;
}

describe('the progress of an audit', () => {
  test('is a bar on a terminal, of one line, which goes away at the end', () => {
    expect(barOf({ done: 1, total: 2, path: 'a' })).toBe('[############------------] 1 of 2  a');
    const lines = shown(3, { isTty: true });
    expect(lines).toHaveLength(3);
    expect(lines[0]).toContain('1 of 3');
    expect(lines.every((line) => line.length < 40 + 6 && !line.includes('\n'))).toBe(true);
    expect(lines[2]).toBe('\r\u001b[2K');
  });

  test('is a JSON line with --json', () => {
    expect(shown(2, { isJson: true }).map((line) => JSON.parse(line) as unknown)).toEqual([
      { type: 'progress', done: 1, total: 2, path: 'signatures/1' },
      { type: 'progress', done: 2, total: 2, path: 'signatures/2' },
    ]);
  });

  test('is not shown where nobody looks, or for one folder', () => {
    expect(shown(5, {})).toEqual([]);
    expect(shown(5, { isTty: true, isQuiet: true })).toEqual([]);
    expect(shown(1, { isTty: true })).toEqual([]);
  });

  test('of ten thousand folders is some two hundred lines', () => {
    expect(shown(10_000, { isJson: true })).toHaveLength(201);
  });
});
