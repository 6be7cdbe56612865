import type { Check, CheckVerdict, Report } from '../audit/report.ts';
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
    paint('strong', `${report.subject.kind}  ${report.subject.path}`),
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
  'Not shown by files: that operators are independent, that old shares were erased, that randomness was',
  'good, and which member sent which valid share.',
  summaryOf(reports, paint),
];

function checkLines({ id, title, meaning, verdict, detail }: Check, paint: Paint): readonly string[] {
  const [mark, word, color] = MARKS[verdict];
  const [first = '', ...rest] = wrapped(`${title}: ${meaning}`, COLUMNS - INDENT);
  const found = wrapped(detail, COLUMNS - INDENT - 2);
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
    wrapped(value, COLUMNS - INDENT - width).map(
      (line, i) => `${' '.repeat(INDENT)}${paint('dim', (i === 0 ? name : '').padEnd(width))}${line}`,
    ),
  );
}

function summaryOf(reports: readonly Report[], paint: Paint): string {
  const checks = reports.flatMap((report) => report.checks);
  const count = (verdict: CheckVerdict): number => checks.filter((check) => check.verdict === verdict).length;
  const counts = `${count('pass')} hold, ${count('skip')} were left out, ${count('fail')} failed`;
  if (count('fail') === 0) return `${paint('good', '✔')} verified: of ${checks.length} checks ${counts}`;
  const failed = new Set(checks.filter(({ verdict }) => verdict === 'fail').map(({ id }) => id));
  const names = [...failed].join(', ');
  return `${paint('bad', '✖')} not verified: of ${checks.length} checks ${counts}: ${names} [audit-failed]`;
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
