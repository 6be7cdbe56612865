import { toHex } from '../crypto/bytes.ts';
import { digestOf } from '../chain/duty.ts';
import { testRequestOf, testWindows } from '../chain/lock.ts';
import { type LogAudit, auditLog, noLog, notExported, unlogged } from './audit-log.ts';
import type { RecordIndex } from './log-facts.ts';
import { seatName, seatsOf } from './log-heads.ts';
import { Successions, ownedAmong } from './log-place.ts';
import { type HeadsRead, type KeptHead, type LogRead } from './log-read.ts';
import { headsByLog, logNameOf, readHeads, readLog } from './log-read.ts';
import { isUnder, namedBy } from './log-records.ts';
import { crossReport } from './log-cross.ts';
import { type SignRow, rowsOf } from './log-rows.ts';
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

/** What the logs of a tree are read with. */
interface Tree {
  readonly heads: readonly HeadsRead[];
  readonly byLog: ReadonlyMap<string, readonly KeptHead[]>;
}

/** The reports on all logs of a tree, on those that are missing, and on what they say of each other. */
export async function auditLogs(
  source: AuditSource,
  paths: readonly string[],
  found: Found,
): Promise<{ readonly reports: readonly Report[]; readonly logs: readonly LogAudit[] }> {
  const files = source.list().filter((path) => splitPath(path)[1] === 'heads.jsonl');
  const heads: HeadsRead[] = [];
  for (const path of files.toSorted(inOrder)) heads.push(await readHeads(source, path));
  const byLog = headsByLog(heads);
  const reads: LogRead[] = [];
  for (const path of paths) {
    reads.push(await readLog(source, path, (owner) => sizesIn(byLog.get(logNameOf(owner)) ?? [])));
    found.step(path);
  }
  const reports = [...reportsOn(reads, { heads, byLog }, found)];
  const isExport = paths.length + files.length > 0;
  for (const path of missingIn(source.list(), paths))
    reports.push(isExport ? noLog(path, problemBeside(path, heads)) : notExported(path));
  for (const report of unloggedIn(found.index, reads, reports)) reports.push(report);
  reports.sort((a, b) => inOrder(a.subject.path, b.subject.path));
  const logs = auditsOf(reads, byLog, found);
  if (logs.length > 1) reports.push(crossReport(logs));
  return { reports, logs };
}

function reportsOn(
  reads: readonly LogRead[],
  { heads, byLog }: Tree,
  { index, registry }: Found,
): readonly Report[] {
  const shown = shownIn(index, registry);
  const seats = registry.seats();
  const successions = new Successions(reads);
  const everyHead = [...byLog.values()].flat();
  const isShownElsewhere = (row: SignRow): boolean =>
    shown.has(`${row.presigId} ${row.presignSid} ${signedBy(row)}`) || shown.has(signedBy(row));
  return reads.map((log) => {
    const beside = besideOf(log.path);
    const name = log.owner && logNameOf(log.owner);
    const own = (name === undefined ? undefined : byLog.get(name)) ?? [];
    const problem = headsProblem(log, heads);
    const shared = { index, registry, seats, successions, everyHead, isShownElsewhere };
    return auditLog(log, { ...shared, beside, heads: own, problem });
  });
}

const besideOf = (path: string): string => joinPath(splitPath(path)[0], 'heads.jsonl');

/** Why the heads beside a log cannot be read; `undefined` also where there are none. */
const problemBeside = (path: string, heads: readonly HeadsRead[]): string | undefined =>
  heads.find((one) => one.path === besideOf(path))?.problem;

/** Why the heads beside a log are not those of this log. */
function headsProblem({ path, owner }: LogRead, heads: readonly HeadsRead[]): string | undefined {
  const beside = besideOf(path);
  const read = heads.find((one) => one.path === beside);
  if (read === undefined) return `${beside} is missing`;
  if (read.problem !== undefined || read.keeper === undefined || owner === undefined) return read.problem;
  return logNameOf(read.keeper) === logNameOf(owner) ? undefined : `${beside}: is kept with another log`;
}

/** What belongs to a log. */
const BELONGS = /^(?:(.*)\/)?(?:heads\.jsonl|data\/(?:signatures|presign)\/.+)$/;

/** Paths of logs that are not there, and of which something is. */
function missingIn(files: readonly string[], logs: readonly string[]): readonly string[] {
  const missing = new Set<string>();
  for (const file of files) {
    const match = BELONGS.exec(file);
    if (match !== null) missing.add(joinPath(match[1] ?? '.', 'log.jsonl'));
  }
  for (const path of logs) missing.delete(path);
  return [...missing];
}

/**
 * Signatures beside all logs of a tree that none of them tells of: with them everything that L1 holds would
 * be known, and yet stand in no log. What lies under a log, or where one should be, has its report.
 */
function unloggedIn(
  index: RecordIndex,
  logs: readonly LogRead[],
  reports: readonly Report[],
): readonly Report[] {
  if (logs.length === 0) return [];
  const told = new Set(logs.flatMap(({ rows }) => rowsOf(rows, 'sign').map(contentOf)));
  const places = reports.map(({ subject }) => splitPath(subject.path)[0]);
  return [...index.all()].flatMap(([path, { shown }]) => {
    if (shown.kind !== 'sign' || told.has(contentOf(shown))) return [];
    return places.some((place) => isUnder(path, place)) ? [] : [unlogged(path)];
  });
}

const contentOf = (one: { readonly presigId: string; readonly digest: string | undefined }): string =>
  `${one.presigId} ${one.digest}`;

/** What the logs that could be read say, for comparison. */
function auditsOf(
  reads: readonly LogRead[],
  byLog: Tree['byLog'],
  { index, registry }: Found,
): readonly LogAudit[] {
  const seats = registry.seats();
  return ownedAmong(reads.filter(({ problem }) => problem === undefined)).map(({ path, owner, rows }) => {
    const own = seatsOf(seats, owner.owner);
    const heads = byLog.get(logNameOf(owner)) ?? [];
    const times = [...heads.map(({ record }) => record.signed.head.atMs), ...rows.map(({ atMs }) => atMs)];
    const unsent = namedBy(rows, splitPath(path)[0], index).flatMap(({ row, facts }) => {
      if (row.kind !== 'sign' || facts?.shown.kind !== 'sign' || facts.hash !== row.record?.hash) return [];
      const { sharers } = facts.shown;
      return sharers.some((member) => own.has(seatName(row.keyId, member))) ? [] : [row.presigId];
    });
    const memberships = registry.membershipsOf(owner.owner);
    const untilMs = times.reduce((latest, atMs) => Math.max(latest, atMs), 0);
    return { path, owner, rows, untilMs, own, memberships, unsent: new Set(unsent) };
  });
}

const sizesIn = (heads: readonly KeptHead[]): ReadonlySet<number> =>
  new Set(heads.map(({ record }) => record.signed.head.size));

/** What was signed, and by whom. */
const signedBy = (one: { readonly digest: string | undefined; readonly quorum: readonly number[] }): string =>
  `${one.digest} ${String(one.quorum)}`;

/**
 * What was signed by sessions that are somewhere in the tree, and the test messages of ceremonies; each with
 * the group, so that nobody is said to have been in another.
 */
function shownIn(index: RecordIndex, registry: Registry): ReadonlySet<string> {
  const shown = new Set<string>();
  for (const [, { ok, shown: what }] of index.all())
    if (ok && what.kind === 'sign') shown.add(`${what.presigId} ${what.presignSid} ${signedBy(what)}`);
  for (const found of registry.keys().flat()) {
    const { record, certificate } = found.lock;
    const members = record.members.map(({ index: member }) => member);
    for (const [window, quorum] of testWindows(members, record.threshold).entries())
      shown.add(
        signedBy({ digest: toHex(digestOf(testRequestOf(record, certificate.hash, window))), quorum }),
      );
  }
  return shown;
}
