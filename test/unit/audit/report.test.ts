import { describe, expect, test } from 'vitest';

import { fail, pass, reportOf, skip, unless } from '../../../src/audit/report.ts';
import { Bug } from '../../../src/crypto/errors.ts';

const table = { one: { title: 'first', meaning: 'It is.' }, two: { title: 'second', meaning: 'It is too.' } };
const subject = { kind: 'ceremony', path: '.' } as const;

describe('a report', () => {
  test('has every check of its table, in order, with what was said about it', () => {
    const report = reportOf(subject, table, [skip('two', 'none'), pass('one', 'a'), pass('one', 'b')], {
      x: 'y',
    });
    expect(report.ok).toBe(true);
    expect(report.checks.map(({ id, verdict, detail }) => `${id} ${verdict} ${detail}`)).toEqual([
      'one pass a; b',
      'two skip none',
    ]);
    expect(report.facts).toEqual({ x: 'y' });
  });

  test('fails where one step fails, whatever the others say', () => {
    const report = reportOf(subject, table, [pass('one', 'a'), fail('one', 'b'), pass('two', 'c')], {});
    expect(report.ok).toBe(false);
    expect(report.checks[0]).toMatchObject({ verdict: 'fail', detail: 'b' });
  });

  test('names what could not be reached behind a failure', () => {
    const report = reportOf(subject, table, [fail('one', 'a')], {});
    expect(report.checks[1]).toMatchObject({ verdict: 'skip' });
    expect(report.checks[1]?.detail).toContain('not reached');
  });

  test('never leaves a check out in silence', () => {
    expect(() => reportOf(subject, table, [pass('one', 'a')], {})).toThrow(Bug);
  });

  test('names some problems, and counts the others', () => {
    expect(unless('one', [], 'fine')).toEqual(pass('one', 'fine'));
    expect(unless('one', ['a', 'b', 'c', 'd', 'e', 'f'], 'fine').detail).toBe('a; b; c; d; and 2 more');
  });
});
