import { describe, expect, test } from 'vitest';

import { closingLines, reportLines, wrapped } from '../../../src/apps/audit-text.ts';
import type { Report } from '../../../src/audit/report.ts';

const plain = (_: string, text: string): string => text;
const check = { id: 'V1', title: 'files', meaning: 'Every file is whole.', detail: 'as it is' } as const;
const report = (verdict: 'pass' | 'fail' | 'skip'): Report => ({
  subject: { kind: 'ceremony', path: 'ceremonies/a' },
  checks: [{ ...check, verdict }],
  facts: { address: '0x12', signature: '5'.repeat(132) },
  ok: verdict !== 'fail',
});

describe('a report for people', () => {
  test('says of each check its verdict in a word, its meaning, and what was found', () => {
    expect(reportLines([report('pass')], plain)).toEqual([
      'ceremony  ceremonies/a',
      '✔ pass  V1   files: Every file is whole.',
      '             > as it is',
      '             address        0x12',
      `             signature      ${'5'.repeat(72)}`,
      `                            ${'5'.repeat(60)}`,
      '',
    ]);
    expect(reportLines([report('skip')], plain)[1]).toContain('– skip');
    expect(reportLines([report('fail')], plain)[1]).toContain('✖ FAIL');
  });

  test('ends with what failed, and the code', () => {
    expect(closingLines([report('pass'), report('skip')], true, plain).at(-1)).toBe(
      '✔ verified: of 2 checks 1 hold, 1 were left out, 0 failed',
    );
    expect(closingLines([report('fail'), report('pass')], true, plain).at(-1)).toBe(
      '✖ not verified: of 2 checks 1 hold, 0 were left out, 1 failed: V1 [audit-failed]',
    );
  });

  test('says what was not compared with anything, and what no files can show', () => {
    expect(closingLines([report('pass')], false, plain).join(' ')).toContain('compared with themselves only');
    expect(closingLines([report('pass')], true, plain).join(' ')).not.toContain('themselves');
    expect(closingLines([report('pass')], true, plain).join(' ')).toContain('- that old shares were erased');
  });

  test('shows hostile names as text, on one line', () => {
    const sly = { ...report('pass'), subject: { kind: 'ceremony', path: 'a\u001b[2K\nb\u202e' } as const };
    expect(reportLines([sly], plain)[0]).toBe('ceremony  a\\u{001b}[2K\\u{000a}b\\u{202e}');
  });

  test('fits a hundred columns whatever is in it', () => {
    const long = { ...check, meaning: 'word '.repeat(60), detail: `${'f'.repeat(300)} ${'g '.repeat(90)}` };
    const wide = { ...report('fail'), checks: [{ ...long, verdict: 'fail' as const }] };
    expect(reportLines([wide], plain).every((line) => line.length <= 100)).toBe(true);
  });

  test('breaks lines at blanks, and long words where they end', () => {
    expect(wrapped('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrapped('abcdefgh', 3)).toEqual(['abc', 'def', 'gh']);
    expect(wrapped('abc', 3)).toEqual(['abc']);
    expect(wrapped('', 3)).toEqual(['']);
  });
});
