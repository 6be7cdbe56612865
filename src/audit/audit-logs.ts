import { toHex } from '../crypto/bytes.ts';
import { digestOf } from '../chain/duty.ts';
import { testRequestOf, testWindows } from '../chain/lock.ts';
import { type LogAudit, auditLog } from './audit-log.ts';
import type { RecordIndex } from './log-facts.ts';
import { seatsOf } from './log-heads.ts';
import { type KeptHead, type LogRead, headsByLog, logNameOf, readHeads, readLog } from './log-read.ts';
import { crossReport } from './log-cross.ts';
import type { SignRow } from './log-rows.ts';
import { inOrder } from './reading.ts';
import type { Registry } from './registry.ts';
import type { Report } from './report.ts';
import { type AuditSource, joinPath, splitPath } from './source.ts';

/** What the walk through the tree has found. */
export interface Found {
  readonly index: RecordIndex;
  readonly registry: Registry;
  readonly step: (path: string) => void;
}

/** The reports on all logs of a tree, and on what they say of each other. */
export async function auditLogs(
  source: AuditSource,
  paths: readonly string[],
  { index, registry, step }: Found,
): Promise<{ readonly reports: readonly Report[]; readonly logs: readonly LogAudit[] }> {
  if (paths.length === 0) return { reports: [], logs: [] };
  const files = source.list().filter((path) => splitPath(path)[1] === 'heads.jsonl');
  const heads = await Promise.all([...files].sort(inOrder).map((path) => readHeads(source, path)));
  const byLog = headsByLog(heads);
  const reads: LogRead[] = [];
  for (const path of paths) {
    reads.push(await readLog(source, path, (owner) => sizesIn(byLog.get(logNameOf(owner)) ?? [])));
    step(path);
  }
  const shown = shownIn(index, registry);
  const seats = registry.seats();
  const reports = reads.map((log) => {
    const beside = joinPath(splitPath(log.path)[0], 'heads.jsonl');
    const problem = files.includes(beside)
      ? heads.find(({ path }) => path === beside)?.problem
      : `${beside} is missing`;
    const name = log.owner && logNameOf(log.owner);
    const own = (name === undefined ? undefined : byLog.get(name)) ?? [];
    const isShownElsewhere = ({ presigId, digest }: SignRow): boolean =>
      shown.has(`${presigId} ${digest}`) || shown.has(digest);
    return auditLog(log, { heads: own, problem, index, registry, seats, isShownElsewhere });
  });
  const logs = reads.flatMap((log) => {
    if (log.owner === undefined || log.problem !== undefined) return [];
    const { path, owner, rows } = log;
    const untilMs = untilOf(byLog.get(logNameOf(owner)) ?? []);
    return [{ path, owner, rows, untilMs, own: seatsOf(seats, owner.owner) }];
  });
  if (logs.length > 1) reports.push(crossReport(logs));
  return { reports, logs };
}

const sizesIn = (heads: readonly KeptHead[]): ReadonlySet<number> =>
  new Set(heads.map(({ record }) => record.signed.head.size));

const untilOf = (heads: readonly KeptHead[]): number =>
  heads.reduce((latest, { record }) => Math.max(latest, record.signed.head.atMs), 0);

/** What was signed by sessions that are somewhere in the tree, and the test messages of ceremonies. */
function shownIn(index: RecordIndex, registry: Registry): ReadonlySet<string> {
  const shown = new Set<string>();
  for (const [, { ok, shown: what }] of index.all())
    if (ok && what.kind === 'sign') shown.add(`${what.presigId} ${what.digest ?? ''}`);
  for (const found of registry.keys().flat()) {
    const { record, certificate } = found.lock;
    const members = record.members.map(({ index: member }) => member);
    for (const window of testWindows(members, record.threshold).keys())
      shown.add(toHex(digestOf(testRequestOf(record, certificate.hash, window))));
  }
  return shown;
}
