import { ascii, to0x } from '../crypto/bytes.ts';
import type { Expectations } from './expectations.ts';
import { inAscii } from './plain.ts';
import type { CheckVerdict, Report } from './report.ts';
import { unproven } from './unproven.ts';

/** What a report was made with. */
export interface ReportFrame {
  readonly expected: Expectations;
  /** Whether L1 was asked. */
  readonly isReconciled: boolean;
}

/** How many checks ended how. */
export type Counts = Readonly<Record<CheckVerdict, number>>;

/** Counts the checks of all reports. */
export function countsOf(reports: readonly Report[]): Counts {
  const counts = { pass: 0, fail: 0, skip: 0 };
  for (const { checks } of reports) for (const { verdict } of checks) counts[verdict] += 1;
  return counts;
}

/** Ids of the checks that failed anywhere, each once, in the order of the reports. */
export const failedIds = (reports: readonly Report[]): readonly string[] => [
  ...new Set(
    reports.flatMap(({ checks }) => checks.filter(({ verdict }) => verdict === 'fail').map(({ id }) => id)),
  ),
];

/** What was expected, as the report states it. */
export const expectedOf = ({ address, committee, required, lock }: Expectations): object => ({
  address: address ?? null,
  committee: committee === undefined ? null : to0x(committee),
  required: required ?? null,
  lock: lock === undefined ? null : to0x(lock),
});

/** Everything that an audit says but its reports. It states no time and no place. */
const headOf = (reports: readonly Report[], { expected, isReconciled }: ReportFrame): object => ({
  kind: 'conclave-audit-report',
  version: 1,
  ok: reports.every(({ ok }) => ok),
  counts: countsOf(reports),
  failed: failedIds(reports),
  expected: expectedOf(expected),
  isReconciled,
  unproven,
});

/** Everything that an audit says, as an object: of equal files, an equal one. */
export const reportObject = (reports: readonly Report[], frame: ReportFrame): object => ({
  ...headOf(reports, frame),
  reports,
});

/** The same as the bytes of a file: ASCII, with escapes for what is not, and one report a line. */
export function reportJson(reports: readonly Report[], frame: ReportFrame): Uint8Array {
  const head = JSON.stringify(headOf(reports, frame)).slice(0, -1);
  const lines = reports.map((report) => JSON.stringify(report)).join(',\n');
  return ascii(inAscii(`${head},"reports":[\n${lines}\n]}\n`));
}
