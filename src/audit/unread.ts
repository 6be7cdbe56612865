import type { Folder } from './reading.ts';
import { type CheckTable, type Report, reportOf, unless } from './report.ts';
import type { LeftOut } from './source.ts';

/**
 * Fails where something lies among the files that nobody has looked at; not named where there is no such
 * thing.
 */
const filesChecks: CheckTable = {
  F1: {
    title: 'all read',
    meaning: 'All that lies here was looked at: no file that cannot be read, no link, no folder too deep.',
  },
};

/** The report on a folder; of one with a file that could not be read, a failed one, whatever else it says. */
export function withUnread(report: Report, { unread }: Folder): Report {
  if (unread === undefined) return report;
  const { checks } = reportOf(report.subject, filesChecks, [unless('F1', [...unread.values()], '')], {});
  return { ...report, checks: [...report.checks, ...checks], ok: false };
}

/** A report on what was left out of a tree; none where nothing was. */
export function leftOutReports(leftOut: readonly LeftOut[]): readonly Report[] {
  if (leftOut.length === 0) return [];
  const problems = leftOut.map(({ path, why }) => `${path} ${why}`);
  return [reportOf({ kind: 'files', path: '.' }, filesChecks, [unless('F1', problems, '')], {})];
}
