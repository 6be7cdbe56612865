import { describe, expect, test } from 'vitest';

import { type Report, pass, reportOf } from '../../../src/audit/report.ts';
import { leftOutReports, withUnread } from '../../../src/audit/unread.ts';

const report: Report = reportOf(
  { kind: 'evidence', path: 'a' },
  { E1: { title: 't', meaning: 'm' } },
  [pass('E1', 'x')],
  { accused: '1' },
);
const folder = { path: 'a', files: new Map<string, Uint8Array>() };

describe('what was not looked at', () => {
  test('is named in no report where all was', () => {
    expect(withUnread(report, folder)).toBe(report);
    expect(leftOutReports([])).toEqual([]);
  });

  test('makes the report on its folder fail, whatever else holds', () => {
    const failed = withUnread(report, {
      ...folder,
      unread: new Map([['l1.json', 'a/l1.json is a link now']]),
    });
    expect(failed).toMatchObject({ ok: false, subject: report.subject, facts: report.facts });
    expect(failed.checks.map(({ id, verdict, detail }) => [id, verdict, detail])).toEqual([
      ['E1', 'pass', 'x'],
      ['F1', 'fail', 'a/l1.json is a link now'],
    ]);
  });

  test('in a tree has a report of its own, which names the first of it and counts all', () => {
    const leftOut = Array.from({ length: 6 }, (_, i) => ({ path: `link-${i}`, why: 'is a link' }));
    expect(leftOutReports(leftOut)).toMatchObject([
      { subject: { kind: 'files', path: '.' }, ok: false, checks: [{ id: 'F1', verdict: 'fail' }] },
    ]);
    expect(leftOutReports(leftOut)[0]?.checks[0]?.detail).toContain('link-0 is a link; link-1');
    expect(leftOutReports(leftOut)[0]?.checks[0]?.detail).toContain('and 2 more');
  });
});
