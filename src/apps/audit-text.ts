import { plain } from '../audit/plain.ts';
import { countsOf, failedIds } from '../audit/report-json.ts';
import type { Check, CheckVerdict, Report } from '../audit/report.ts';
import { unproven } from '../audit/unproven.ts';
import type { Color } from './output.ts';

/** Words in colour, where colours are wanted. */
export type Paint = (color: Color, text: string) => string;

/** Characters in a line of a report: a hash of 32 bytes fits beside its name. */
const COLUMNS = 100;
const MARKS: Readonly<Record<CheckVerdict, readonly [mark: string, word: string, color: Color]>> = {
  pass: ['✔', 'pass', 'good'],
  fail: ['✖', 'FAIL', 'bad'],
  skip: ['–', 'skip', 'dim'],
};
const INDENT = 13;

/** Reports as people read them: each check with its meaning, what was found, and its verdict as a word. */
export const reportLines = (reports: readonly Report[], paint: Paint): readonly string[] =>
  reports.flatMap((report) => [
    paint('strong', `${report.subject.kind}  ${plain(report.subject.path)}`),
    ...report.checks.flatMap((check) => checkLines(check, paint)),
    ...factLines(report, paint),
    '',
  ]);

/** The last lines: how many checks ended how, which failed, and what no audit of files can show. */
export const closingLines = (
  reports: readonly Report[],
  isCompared: boolean,
  paint: Paint,
): readonly string[] => [
  ...(isCompared
    ? []
    : [
        'Nothing was expected from outside, so the files were compared with themselves only: give',
        '--expect-address, or --expect-lock.',
      ]),
  'This does not prove:',
  ...unproven.flatMap((what) => listed(what)),
  summaryOf(reports, paint),
];

function listed(what: string): readonly string[] {
  return wrapped(what, COLUMNS - 2).map((line, i) => `${i === 0 ? '- ' : '  '}${line}`);
}

function checkLines({ id, title, meaning, verdict, detail }: Check, paint: Paint): readonly string[] {
  const [mark, word, color] = MARKS[verdict];
  const [first = '', ...rest] = wrapped(`${title}: ${meaning}`, COLUMNS - INDENT);
  const found = wrapped(plain(detail), COLUMNS - INDENT - 2);
  const pad = ' '.repeat(INDENT);
  return [
    `${paint(color, `${mark} ${word}`)}  ${id.padEnd(3)}  ${first}`,
    ...rest.map((line) => pad + line),
    ...found.map(
      (line, i) => `${pad}${i === 0 ? '> ' : '  '}${paint(verdict === 'fail' ? 'bad' : 'dim', line)}`,
    ),
  ];
}

function factLines({ facts }: Report, paint: Paint): readonly string[] {
  const width = 15;
  return Object.entries(facts).flatMap(([name, value]) =>
    wrapped(plain(value), COLUMNS - INDENT - width).map(
      (line, i) => `${' '.repeat(INDENT)}${paint('dim', (i === 0 ? name : '').padEnd(width))}${line}`,
    ),
  );
}

function summaryOf(reports: readonly Report[], paint: Paint): string {
  const { pass, fail, skip } = countsOf(reports);
  const counts = `of ${pass + fail + skip} checks ${pass} hold, ${skip} were left out, ${fail} failed`;
  if (fail === 0) return `${paint('good', '✔')} verified: ${counts}`;
  return `${paint('bad', '✖')} not verified: ${counts}: ${failedIds(reports).join(', ')} [audit-failed]`;
}

/** Lines of at most so many characters, broken at blanks where there are any. */
export function wrapped(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length <= columns) {
      line = `${line} ${word}`;
      continue;
    }
    if (line !== '') lines.push(line);
    line = word;
    for (; line.length > columns; line = line.slice(columns)) lines.push(line.slice(0, columns));
  }
  return line === '' && lines.length > 0 ? lines : [...lines, line];
}
