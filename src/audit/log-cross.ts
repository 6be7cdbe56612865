import { toHex } from '../crypto/bytes.ts';
import type { LogAudit } from './audit-log.ts';
import { epochProblems, hiddenEpochs } from './log-cross-epochs.ts';
import { seatName } from './log-heads.ts';
import { logNameOf } from './log-read.ts';
import { type CeremonyRow, type PresignRow, SETTLED_MS, type SignRow, rowsOf } from './log-rows.ts';
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
    meaning:
      'All members tell the same of each session, each ceremony and each epoch, as far as each can know.',
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

/** The report on the logs of several members. */
export function crossReport(logs: readonly LogAudit[]): Report {
  const signs = logs.flatMap(({ rows }) => rowsOf(rows, 'sign'));
  const presigns = logs.flatMap(({ rows }) => rowsOf(rows, 'presign'));
  const ceremonies = logs.flatMap(({ rows }) => rowsOf(rows, 'ceremony')).filter(hasSid);
  const done = signs.filter(isDone);
  const stories = [
    ...differing(signs, presigIdOf, contentOf),
    ...differing(signs.filter(isWhole), presigIdOf, storyOf),
    ...differing(presigns.filter(hasSid), sidOf, storyOf),
    ...differing(ceremonies, sidOf, ({ ceremony, what }) => `${ceremony} ${what}`),
    ...differing(ceremonies.filter(isDone), sidOf, ({ keyId, epochNo }) => `${keyId} ${epochNo}`),
    ...differing(done, presigIdOf, ({ signature }) => signature),
    ...epochProblems(logs),
  ];
  // Of several times of one signature the latest counts: an early one can be made up against a member.
  const distinct = new Map(done.toSorted((a, b) => a.atMs - b.atMs).map((row) => [row.presigId, row]));
  const unlike = unlikeEndings(logs, distinct);
  const said = `${distinct.size} signatures, the same wherever they stand`;
  const open = unlike.count === 0 ? '' : `; ${unlike.count} times a member of the group has no result`;
  const results: readonly Result[] = [
    recheckPresence(logs),
    unless('J2', [...stories, ...unlike.problems], `${said}${open}`),
    unless('J3', sharedNonces([...distinct.values()]), 'all distinct'),
    unless('J4', doubled(logs), `${logs.length} logs`),
  ];
  return reportOf({ kind: 'logs', path: '.' }, crossChecks, results, { logs: String(logs.length) });
}

const presigIdOf = ({ presigId }: SignRow): string => presigId;
const sidOf = ({ sid }: PresignRow | CeremonyRow): string => sid;
/** A session that ended before its first round was whole has no id: zeros name none. */
const hasSid = ({ sid }: PresignRow | CeremonyRow): boolean => !/^0*$/.test(sid);

/** What all members of a session know of it alike, however it ended for them. */
const storyOf = (row: SignRow | PresignRow): string =>
  row.kind === 'sign'
    ? [row.sid, row.presignSid, row.quorum, row.keyId, row.epochNo].join()
    : [row.quorum, row.batch, row.keyId, row.epochNo].join();

/** What is left of it in the guard of a member that was stopped: what was signed, for which request. */
const contentOf = ({ requestId, digest }: SignRow): string => `${requestId} ${digest}`;
const isDone = ({ outcome }: Session): boolean => outcome === 'done';
const isWhole = ({ outcome }: SignRow): boolean => outcome !== 'interrupted';

/**
 * Of a session that has made a signature, a member may lack the result: the parts of others did not come in
 * time, or it was stopped. Not so where its own part is said never to have left, without which there is no
 * signature; nor where it went on signing, and only long afterwards says that it was stopped.
 */
function unlikeEndings(
  logs: readonly LogAudit[],
  done: ReadonlyMap<string, SignRow>,
): { readonly count: number; readonly problems: readonly string[] } {
  let count = 0;
  const problems = logs.flatMap(({ rows, unsent }) => {
    // Of the newest signature so far, by its own clock: the log shows no stop before it.
    const awake = new Map<string, SignRow>();
    return rowsOf(rows, 'sign').flatMap((row) => {
      if (isDone(row)) awake.set(row.keyId, row);
      const result = isDone(row) ? undefined : done.get(row.presigId);
      if (result === undefined) return [];
      count += 1;
      const said = `${row.where}: says ${row.outcome} of the signature of ${result.where}`;
      if (unsent.has(row.presigId)) return [`${said}, and shows no part of its own`];
      const later = row.outcome === 'interrupted' ? awake.get(row.keyId) : undefined;
      const wentOn = later !== undefined && later.atMs > result.atMs + SETTLED_MS;
      return wentOn ? [`${said}, and its owner had gone on until ${later.where}`] : [];
    });
  });
  return { count, problems };
}

/** Rows of one name whose contents differ from the first one's. */
function differing<R extends Session>(
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

type Session = SignRow | PresignRow | CeremonyRow;

/** One member's logs together: a log that took the place of another goes on where that one ended. */
interface Member {
  readonly seats: ReadonlySet<string>;
  readonly ceremonies: ReadonlySet<string>;
  readonly name: string;
  readonly known: ReadonlySet<string>;
  /** Of all signatures that its logs tell of: which request, which digest. */
  readonly contents: ReadonlySet<string>;
  /** Which preparations it can have lost, by session: a log may tell of one any number of times. */
  readonly lost: Map<string, boolean>;
  /** Preparations whose use it was told of by its guard only, after a stop. */
  readonly stopped: ReadonlySet<string>;
  readonly untilMs: number;
}

function membersOf(logs: readonly LogAudit[]): readonly Member[] {
  const byOwner = new Map<string, LogAudit[]>();
  for (const log of logs) {
    const name = toHex(log.owner.owner);
    byOwner.set(name, [...(byOwner.get(name) ?? []), log]);
  }
  return [...byOwner].map(([owner, own]) => {
    const known = new Set(own.flatMap(({ rows }) => rows.filter(isSession).map(nameOf)));
    const others = logs.filter((log) => toHex(log.owner.owner) !== owner);
    const signs = own.flatMap(({ rows }) => rowsOf(rows, 'sign'));
    return {
      seats: new Set(own.flatMap((log) => [...log.own])),
      ceremonies: new Set(own.flatMap((log) => log.memberships.map(({ ceremony }) => ceremony))),
      name: own.map(({ path }) => path).join(' and '),
      known,
      contents: new Set(signs.map(contentOf)),
      lost: new Map(),
      stopped: new Set(signs.filter((row) => !isWhole(row)).map(presigIdOf)),
      untilMs: own.reduce((most, { untilMs }) => Math.max(most, untilMs), sharedUntil(known, others)),
    };
  });
}

/**
 * When the newest session was that others have in common with a member, by their clocks: its own may lie. Of
 * several, the earliest counts; what was written down after a stop, or again in a new log, says no time.
 */
function sharedUntil(known: ReadonlySet<string>, others: readonly LogAudit[]): number {
  const times = new Map<string, number>();
  for (const { rows } of others)
    for (const row of rows) {
      if (!isSession(row) || row.outcome === 'interrupted' || !known.has(nameOf(row))) continue;
      if (row.kind !== 'sign' && !hasSid(row)) continue;
      times.set(nameOf(row), Math.min(times.get(nameOf(row)) ?? Infinity, row.atMs));
    }
  return [...times.values()].reduce((latest, atMs) => Math.max(latest, atMs), 0);
}

const isSession = (row: { readonly kind: string }): row is Session =>
  row.kind === 'sign' || row.kind === 'presign' || row.kind === 'ceremony';
function nameOf(row: Session): string {
  if (row.kind === 'ceremony') return `ceremony ${row.ceremony}`;
  return row.kind === 'sign' ? `sign ${row.presigId}` : `presign ${row.sid}`;
}

/** Whether a member was in it to the end. Of a ceremony these are the members of the epoch that it made. */
const tookPart = (row: Session, { seats, ceremonies }: Member): boolean =>
  row.kind === 'ceremony'
    ? ceremonies.has(row.ceremony)
    : row.quorum.some((index) => seats.has(seatName(row.keyId, index)));

/** Whoever was in a group and goes on later must know what the group has done. */
function recheckPresence(logs: readonly LogAudit[]): Result {
  const members = membersOf(logs);
  const problems = new Set<string>(hiddenEpochs(logs));
  const uses = usesIn(logs);
  let [compared, open, lost] = [0, 0, 0];
  for (const { rows } of logs)
    for (const row of rows) {
      if (!isSession(row) || row.outcome !== 'done') continue;
      for (const member of members) {
        if (!tookPart(row, member)) continue;
        if (member.known.has(nameOf(row))) compared += 1;
        else if (member.untilMs < row.atMs + SETTLED_MS) open += 1;
        else if (canBeLost(row, member, uses)) lost += 1;
        else problems.add(`${row.where}: is not in ${member.name}, whose owner was in the quorum`);
      }
    }
  if (compared + problems.size === 0) return skip('J1', 'no session is in reach of two of these logs');
  const later = open === 0 ? '' : `; ${open} are too new to be in all logs`;
  const gone = lost === 0 ? '' : `; ${lost} lack where a stop can lose them, and nothing hides behind them`;
  return unless('J1', [...problems], `${compared} times an entry stands where it must${later}${gone}`);
}

/** Signatures by the session that prepared them. */
function usesIn(logs: readonly LogAudit[]): ReadonlyMap<string, readonly SignRow[]> {
  const uses = new Map<string, SignRow[]>();
  for (const row of logs.flatMap(({ rows }) => rowsOf(rows, 'sign')).filter(isDone)) {
    const known = uses.get(row.presignSid);
    if (known === undefined) uses.set(row.presignSid, [row]);
    else known.push(row);
  }
  return uses;
}

/**
 * The guard makes sure of the entry of what was signed. A node that stops between the end of a session and
 * its entry can lose only what adds nothing: the same content signed once more, and a preparation that is
 * gone with its memory. That others tried to use it then is no contradiction, nor is a signature of which
 * the guard has told after the stop, or which can be lost itself.
 */
function canBeLost(row: Session, member: Member, uses: ReadonlyMap<string, readonly SignRow[]>): boolean {
  if (row.kind === 'sign') return member.contents.has(contentOf(row));
  if (row.kind !== 'presign') return false;
  const known = member.lost.get(row.sid);
  if (known !== undefined) return known;
  const isLost = (uses.get(row.sid) ?? []).every((use) =>
    member.known.has(nameOf(use)) ? member.stopped.has(use.presigId) : canBeLost(use, member, uses),
  );
  member.lost.set(row.sid, isLost);
  return isLost;
}

const doubled = (logs: readonly LogAudit[]): readonly string[] =>
  twice(
    logs,
    ({ owner }) => logNameOf(owner),
    ({ path }) => path,
    'is the same log as',
  );
