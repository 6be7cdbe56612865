import type { Check, CheckVerdict, Report } from '../../src/audit/report.ts';
import { definitions, hash, html, svg } from './dom.ts';

/** What a verdict is called, as the command has it. */
const words: Readonly<Record<CheckVerdict, string>> = { pass: 'pass', fail: 'FAIL', skip: 'skip' };

/** A shape for each verdict: a disc with a tick, an octagon with a cross, a ring with a dash. */
const shapes: Readonly<Record<CheckVerdict, readonly (readonly [d: string, part: 'body' | 'sign'])[]>> = {
  pass: [
    ['M10 1a9 9 0 1 1 0 18a9 9 0 0 1 0-18z', 'body'],
    ['M5.6 10.4l3 3l5.8-6.4', 'sign'],
  ],
  fail: [
    ['M6.2 1h7.6L19 6.2v7.6L13.8 19H6.2L1 13.8V6.2z', 'body'],
    ['M6.4 6.4l7.2 7.2M13.6 6.4l-7.2 7.2', 'sign'],
  ],
  skip: [
    ['M10 2.2a7.8 7.8 0 1 1 0 15.6a7.8 7.8 0 0 1 0-15.6z', 'body'],
    ['M6.4 10h7.2', 'sign'],
  ],
};

/** The shape of a verdict alone; the word stands beside it. */
export const shape = (verdict: CheckVerdict): SVGSVGElement =>
  svg(
    'svg',
    { class: `shape ${verdict}`, viewBox: '0 0 20 20', width: 20, height: 20, 'aria-hidden': 'true' },
    ...shapes[verdict].map(([d, part]) => svg('path', { d, class: part })),
  );

/** Shape and word. */
export const verdictMark = (verdict: CheckVerdict, word: string = words[verdict]): HTMLElement =>
  html('span', { class: `verdict ${verdict}` }, shape(verdict), html('span', { class: 'word' }, word));

/** The verdict on a whole subject. */
export const verdictOf = ({ ok, checks }: Report): CheckVerdict =>
  !ok ? 'fail' : checks.every(({ verdict }) => verdict === 'skip') ? 'skip' : 'pass';

/** Every check of a report: verdict, title, what it means, what was found. */
export const checkList = ({ checks }: Report): HTMLElement =>
  html('ul', { class: 'checks' }, ...checks.map(checkItem));

const checkItem = ({ id, title, meaning, verdict, detail }: Check): HTMLElement =>
  html(
    'li',
    { class: `check ${verdict}`, 'data-check': id, 'data-verdict': verdict },
    verdictMark(verdict),
    html(
      'div',
      {},
      html('h4', {}, html('span', { class: 'id' }, id), ' ', title),
      html('p', {}, meaning),
      html('p', { class: 'detail' }, detail),
    ),
  );

/** What the files show: names and values. */
export const factList = ({ facts }: Report): HTMLElement | undefined => {
  const rows = Object.entries(facts);
  return rows.length === 0 ? undefined : definitions(rows.map(([name, value]) => [name, factOf(value)]));
};

const factOf = (value: string): HTMLElement =>
  /^0x[0-9a-fA-F]+$/.test(value) ? hash(value) : html('span', {}, value);

/** How the checks of an audit ended, in the words of the command. */
export function summaryOf(reports: readonly Report[]): string {
  const checks = reports.flatMap((report) => report.checks);
  const count = (verdict: CheckVerdict): number => checks.filter((check) => check.verdict === verdict).length;
  return (
    `Of ${checks.length} checks ${count('pass')} hold, ${count('skip')} were left out, ` +
    `${count('fail')} failed.`
  );
}
