import { toHex } from '../crypto/bytes.ts';
import type { LogAudit } from './audit-log.ts';
import { seatName } from './log-heads.ts';
import { logNameOf } from './log-read.ts';
import { type PresignRow, type SignRow, rowsOf } from './log-rows.ts';
import { twice } from './log-rules.ts';
import { type CheckTable, type Report, type Result, reportOf, skip, unless } from './report.ts';

/** The checks of what the logs of several members say of each other. */
export const crossChecks: CheckTable = {
  J1: {
    title: 'in all logs',
    meaning: 'What a group did stands in the log of each of its members that goes on beyond it.',
  },
  J2: {
    title: 'one story',
    meaning: 'All members tell the same of each session: what was signed, and by whom.',
  },
  J3: {
    title: 'nonces once',
    meaning: 'No two signatures share a secret number, in whichever logs they stand.',
  },
  J4: {
    title: 'each once',
    meaning: 'No log is there twice: two copies that differ would both be believed.',
  },
};

/** Milliseconds by which clocks of members differ, and in which an entry is written. */
const SETTLED_MS = 120_000;

/** The report on the logs of several members. */
export function crossReport(logs: readonly LogAudit[]): Report {
  const signs = logs.flatMap(({ rows }) => rowsOf(rows, 'sign'));
  const presigns = logs.flatMap(({ rows }) => rowsOf(rows, 'presign'));
  const done = signs.filter(({ outcome }) => outcome === 'done');
  const stories = [
    ...differing(signs, presigIdOf, contentOf),
    ...differing(signs.filter(isWhole), presigIdOf, storyOf),
    ...differing(presigns.filter(hasSid), sidOf, storyOf),
  ];
  const distinct = new Map(done.map((row) => [row.presigId, row]));
  const results: readonly Result[] = [
    recheckPresence(logs),
    unless(
      'J2',
      [...stories, ...differing(done, presigIdOf, ({ signature }) => signature)],
      `${distinct.size} signatures, the same wherever they stand`,
    ),
    unless('J3', sharedNonces([...distinct.values()]), 'all distinct'),
    unless('J4', doubled(logs), `${logs.length} logs`),
  ];
  return reportOf({ kind: 'logs', path: '.' }, crossChecks, results, { logs: String(logs.length) });
}

const presigIdOf = ({ presigId }: SignRow): string => presigId;
const sidOf = ({ sid }: PresignRow): string => sid;
/** A session that ended before its first round was whole has no id: zeros name none. */
const hasSid = ({ sid }: PresignRow): boolean => !/^0*$/.test(sid);

/** What all members of a session know of it alike, however it ended for them. */
const storyOf = (row: SignRow | PresignRow): string =>
  row.kind === 'sign'
    ? [row.sid, row.presignSid, row.quorum, row.keyId, row.epochNo].join()
    : [row.quorum, row.batch, row.keyId, row.epochNo].join();

/** What is left of it in the guard of a member that was stopped: what was signed, for which request. */
const contentOf = ({ requestId, digest }: SignRow): string => `${requestId} ${digest}`;
const isWhole = ({ outcome }: SignRow): boolean => outcome !== 'interrupted';

/** Rows of one name whose contents differ from the first one's. */
function differing<R extends SignRow | PresignRow>(
  rows: readonly R[],
  nameOf: (row: R) => string,
  contentOf: (row: R) => string,
): readonly string[] {
  const first = new Map<string, R>();
  return rows.flatMap((row) => {
    const known = first.get(nameOf(row));
    if (known === undefined) first.set(nameOf(row), row);
    return known === undefined || contentOf(known) === contentOf(row)
      ? []
      : [`${row.where}: tells another story of the session of ${known.where}`];
  });
}

const sharedNonces = (done: readonly SignRow[]): readonly string[] =>
  twice(
    done,
    ({ signature }) => signature.slice(0, 64),
    ({ where }) => where,
    'has the same r as',
  );

/** One member's logs together: a log that took the place of another goes on where that one ended. */
interface Member {
  readonly seats: ReadonlySet<string>;
  readonly name: string;
  readonly known: ReadonlySet<string>;
  readonly untilMs: number;
}

function membersOf(logs: readonly LogAudit[]): readonly Member[] {
  const byOwner = new Map<string, LogAudit[]>();
  for (const log of logs) {
    const name = toHex(log.owner.owner);
    byOwner.set(name, [...(byOwner.get(name) ?? []), log]);
  }
  return [...byOwner.values()].map((own) => ({
    seats: new Set(own.flatMap((log) => [...log.own])),
    name: own.map(({ path }) => path).join(' and '),
    known: new Set(own.flatMap(({ rows }) => rows.flatMap((row) => (isSession(row) ? [nameOf(row)] : [])))),
    untilMs: Math.max(...own.map(({ untilMs }) => untilMs)),
  }));
}

const isSession = (row: { readonly kind: string }): row is SignRow | PresignRow =>
  row.kind === 'sign' || row.kind === 'presign';
const nameOf = (row: SignRow | PresignRow): string =>
  row.kind === 'sign' ? `sign ${row.presigId}` : `presign ${row.sid}`;

/** Whoever was in a group and has signed a later head must know what the group has done. */
function recheckPresence(logs: readonly LogAudit[]): Result {
  const members = membersOf(logs);
  const problems = new Set<string>();
  let [compared, open] = [0, 0];
  for (const { rows } of logs)
    for (const row of rows) {
      if (!isSession(row) || row.outcome !== 'done') continue;
      for (const member of members) {
        if (!row.quorum.some((index) => member.seats.has(seatName(row.keyId, index)))) continue;
        if (member.known.has(nameOf(row))) compared += 1;
        else if (member.untilMs < row.atMs + SETTLED_MS) open += 1;
        else problems.add(`${row.where}: is not in ${member.name}, whose owner was in the quorum`);
      }
    }
  if (compared + problems.size === 0) return skip('J1', 'no session is in reach of two of these logs');
  const later = open === 0 ? '' : `; ${open} are too new to be in all logs`;
  return unless('J1', [...problems], `${compared} times an entry stands where it must${later}`);
}

const doubled = (logs: readonly LogAudit[]): readonly string[] =>
  twice(
    logs,
    ({ owner }) => logNameOf(owner),
    ({ path }) => path,
    'is the same log as',
  );
