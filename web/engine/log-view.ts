import type { LogAudit } from '../../src/audit/audit-log.ts';
import type { Row } from '../../src/audit/log-rows.ts';
import type { EntryView, ExclusionView } from '../shared/messages.ts';

/** Latest time that a calendar has, milliseconds. */
const MAX_DATE_MS = 8_640_000_000_000_000;

/** A time of a record, in UTC. */
export const timeText = (atMs: number): string =>
  atMs >= 0 && atMs <= MAX_DATE_MS
    ? new Date(atMs).toISOString().replace('T', ' ').slice(0, 19)
    : String(atMs);

/** An entry of a log, in words. */
export const entryView = (row: Row): EntryView => ({
  seq: row.seq,
  at: timeText(row.atMs),
  epochNo: row.epochNo,
  kind: row.kind,
  words: wordsOf(row),
  record: 'record' in row ? (row.record?.path ?? '') : '',
});

function wordsOf(row: Row): string {
  switch (row.kind) {
    case 'sign':
      return `${row.outcome}: parties ${row.quorum.join(', ')}, digest 0x${row.digest}`;
    case 'presign':
      return `${row.outcome}: parties ${row.quorum.join(', ')}, a batch of ${row.batch}`;
    case 'ceremony':
      return `${row.what} ${row.outcome}`;
    case 'verdict':
      return `party ${row.culprit} is excluded: ${row.code}`;
    case 'readmitted':
      return `party ${row.member} is admitted again`;
    case 'epoch':
      return `epoch ${row.ofEpoch} is ${row.state}`;
    case 'refused':
      return 'a request was refused';
    case 'unresponsive':
      return 'a member did not answer a public demand';
    case 'succeeds':
      return 'this log follows another';
  }
}

/** Whom logs exclude, each verdict once, and whether an operator has taken the member back since. */
export function exclusionsIn(logs: readonly LogAudit[]): readonly ExclusionView[] {
  const found = new Map<string, ExclusionView>();
  for (const { path, rows } of logs)
    rows.forEach((row, i) => {
      if (row.kind !== 'verdict') return;
      const isReadmitted = rows
        .slice(i + 1)
        .some(
          (later) => later.kind === 'readmitted' && later.member === row.culprit && later.keyId === row.keyId,
        );
      const name = `${row.session} ${row.culprit} ${row.code} ${String(isReadmitted)}`;
      if (found.has(name)) return;
      found.set(name, {
        member: row.culprit,
        code: row.code,
        at: timeText(row.atMs),
        log: path,
        isReadmitted,
      });
    });
  return [...found.values()];
}
