import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';

import { reportHtml } from '../../../src/audit/report-html.ts';
import type { Report } from '../../../src/audit/report.ts';
import { latin1 } from '../../../src/crypto/bytes.ts';

const frame = { expected: {}, isReconciled: false };
const report = (verdict: 'pass' | 'fail', path = 'a', detail = 'as it is'): Report => ({
  subject: { kind: 'ceremony', path },
  checks: [{ id: 'V1', title: 'files', meaning: 'Every file is whole.', detail, verdict }],
  facts: { name: detail },
  ok: verdict !== 'fail',
});
const html = (reports: readonly Report[]): string => latin1(reportHtml(reports, frame));
/** What a reader sees of a value. */
const shown = (page: string): string =>
  page.replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));

describe('a report as a page', () => {
  test('is one file of ASCII without script, picture, link or request', () => {
    const page = html([report('pass'), report('fail')]);
    expect(page).toMatch(/^[\n -~]*$/);
    expect(page).not.toMatch(
      /<(script|img|link|iframe|object|a|form|base)\b|https?:|url\(|@import|\bon\w+=/i,
    );
    expect(page).not.toMatch(/ style=/);
  });

  test('forbids all but its own style', () => {
    const page = html([]);
    const style = /<style>([^]*)<\/style>/.exec(page)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
    expect(page).toContain(`content="${policy}"`);
  });

  test('shows hostile strings as text, wherever they are', () => {
    const strings = [
      ...['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', "' onload='x", '</code></table>'],
      ...['&lt;b&gt;', '`${x}`', '<!--', ']]>', '<style>*{}</style>', 'javascript:alert(1)', '\u2028é🙂'],
    ];
    for (const sly of strings) {
      const page = html([report('fail', sly, sly)]);
      const calm = html([report('fail', 'x', 'x')]);
      const tags = (text: string): readonly string[] => text.match(/<[^>]*>/g) ?? [];
      expect(tags(page)).toEqual(tags(calm));
      if (!sly.includes('\u2028')) expect(shown(page).split(sly).length).toBeGreaterThan(3);
    }
  });

  test('says the verdict in words, opens what failed, and lists what is not proven', () => {
    const page = shown(html([report('pass'), report('fail', 'b')]));
    expect(page).toContain('✖ not verified');
    expect(page).toContain('of 2 checks 1 hold, 0 were left out, 1 failed: <code>V1</code>');
    expect(page).toContain('<details open><summary class="fail">');
    expect(page).toContain('<li>that the randomness of a node was good</li>');
    expect(page).toContain('compared with themselves only');
    expect(shown(html([report('pass')]))).toContain('✔ verified');
    const expected = shown(latin1(reportHtml([], { expected: { required: 2 }, isReconciled: true })));
    expect(expected).toContain('<dt>required</dt><dd>2</dd>');
    expect(expected).toContain('Compared with L1');
  });

  test('of many reports has whole only those that failed', () => {
    const many = [...Array.from({ length: 501 }, (_, i) => report('pass', `p${i}`)), report('fail', 'bad')];
    const page = html(many);
    expect(page.match(/<details/g)).toHaveLength(1);
    expect(page).toContain('p500');
  });

  test('is the same for the same reports', () => {
    expect(reportHtml([report('fail')], frame)).toEqual(reportHtml([report('fail')], frame));
  });
});
