import { equalBytes, to0x, toHex } from '../crypto/bytes.ts';
import type { LogOwner } from '../chain/log/entry.ts';
import { verifyCountersignature } from '../chain/log/head.ts';
import type { Witnessed } from '../chain/log/heads-file.ts';
import type { KeptHead, LogRead, Mark } from './log-read.ts';
import { SETTLED_MS } from './log-rows.ts';
import type { KeySeat } from './registry.ts';
import { type Result, fail, skip, unless } from './report.ts';

/** What the heads of a log are judged by. */
export interface HeadsCase {
  readonly log: LogRead;
  readonly owner: LogOwner;
  /** Path of `heads.jsonl` beside the log. */
  readonly beside: string;
  /** Heads of this log, from all files of the tree. */
  readonly heads: readonly KeptHead[];
  /** All heads in the file beside the log: its own, and those of others that the owner keeps. */
  readonly kept: readonly KeptHead[];
  /** Heads of other logs of this owner in this cluster that this log gives no reason for. */
  readonly strangers: readonly KeptHead[];
  /** Every seat that anybody had. */
  readonly seats: readonly KeySeat[];
  /** Why `heads.jsonl` beside the log cannot be read, or is not of this log. */
  readonly problem: string | undefined;
}

const isNewer = ({ record }: KeptHead, { rows }: LogRead): boolean => record.signed.head.size > rows.length;
const moreThan = ({ where, record }: KeptHead, { path, rows }: LogRead): string =>
  `${where}: the owner has signed ${record.signed.head.size} entries, and ${path} holds ${rows.length}`;
const timeOf = ({ record }: KeptHead): number => record.signed.head.atMs;
/** Not as arguments of a call, which can be so many only: a file may hold any number of heads. */
const largest = (least: number, heads: readonly KeptHead[], of: (head: KeptHead) => number): number =>
  heads.reduce((most, head) => Math.max(most, of(head)), least);
/** The heads that the owner itself gives with its log. */
const ownOf = ({ heads, beside }: HeadsCase): readonly KeptHead[] =>
  heads.filter(({ isOwn, path }) => isOwn && path === beside);

/** What of a log no head can contradict: the entries that are there. */
function contradiction({ where, record }: KeptHead, { log }: HeadsCase): string | undefined {
  const { head } = record.signed;
  const mark: Mark | undefined = log.marks.get(head.size);
  const isSame = mark && equalBytes(mark.root, head.root) && equalBytes(mark.chain, head.chain);
  return isSame === true
    ? undefined
    : `${where}: the owner has signed another log of ${head.size} entries, with the root ${to0x(head.root)}`;
}

/** The owner's own heads: they are of this log, and the newest is of all of it. */
export function recheckHeads(id: string, each: HeadsCase): Result {
  const { log } = each;
  const own = ownOf(each);
  const problems = [
    ...(each.problem === undefined ? [] : [each.problem]),
    ...own.flatMap((head) => (isNewer(head, log) ? moreThan(head, log) : (contradiction(head, each) ?? []))),
    ...backwards(own),
    ...tooEarly(each),
  ];
  const newest = largest(-1, own, ({ record }) => record.signed.head.size);
  const count = log.rows.length;
  if (problems.length === 0 && newest < count)
    problems.push(
      newest < 0
        ? `${log.path}: no head of its owner is here: nobody has signed these entries`
        : `${log.path}: entries from ${newest} on are behind the newest head: nobody has signed them`,
    );
  return unless(id, problems, `${own.length} heads, the newest over all ${count} entries`);
}

/** An owner's heads grow with its clock: a smaller one that was signed later is another log. */
function backwards(heads: readonly KeptHead[]): readonly string[] {
  return heads.flatMap(({ where, record }, i) => {
    const before = heads[i - 1];
    if (before === undefined) return [];
    const [older, newer] = [before.record.signed.head, record.signed.head];
    if (newer.size <= older.size) return [`${where}: is not larger than the head before it`];
    return newer.atMs < older.atMs ? [`${where}: was signed before the smaller head of ${before.where}`] : [];
  });
}

/** A head is signed when its entries are there: one that says an earlier time makes the log look older. */
function tooEarly({ heads, log }: HeadsCase): readonly string[] {
  return heads.flatMap((head) => {
    const last = log.rows[head.record.signed.head.size - 1];
    return last === undefined || last.atMs <= timeOf(head) + SETTLED_MS
      ? []
      : [`${head.where}: says an earlier time than the newest of its entries (${last.where})`];
  });
}

/**
 * Who else has signed heads of this log, and up to where. What the file beside the log says of any head has
 * to be true; what another member's file says falsely is against that member.
 */
export function recheckWitnesses(id: string, { heads, kept, seats }: HeadsCase): Result {
  const upTo = new Map<number, number>();
  for (const head of heads)
    for (const one of head.record.countersignatures) {
      const { size } = head.record.signed.head;
      if (isWitness(one, head, seats)) upTo.set(one.member, Math.max(upTo.get(one.member) ?? 0, size));
    }
  const problems = kept.flatMap((head) =>
    head.record.countersignatures
      .filter((one) => !isWitness(one, head, seats))
      .map(({ member }) => `${head.where}: party ${member} has not countersigned this head`),
  );
  if (problems.length === 0 && upTo.size === 0)
    return skip(id, 'no other member has countersigned a head: the owner could still show another log');
  const said = [...upTo].sort(([a], [b]) => a - b).map(([member, size]) => `${member} up to ${size}`);
  return unless(id, problems, `by ${upTo.size} members: party ${said.join(', party ')}`);
}

/** Whether somebody else than the owner has signed a head, under the key of its seat. */
const isWitness = (one: Witnessed, { record }: KeptHead, seats: readonly KeySeat[]): boolean =>
  seats.some((seat) => seat.index === one.member && equalBytes(seat.identityPk, one.identityPk)) &&
  !equalBytes(one.identityPk, record.owner) &&
  verifyCountersignature(one.identityPk, record.signed.head, one);

/**
 * What others keep of this log is this log: one owner has not shown two. An export that is older than a head
 * is no lie, and not the whole log either: only what was signed while it was made may miss without a word.
 */
export function recheckView(id: string, each: HeadsCase): readonly Result[] {
  const { log, strangers } = each;
  const own = new Set(ownOf(each));
  const others = each.heads.filter((head) => !own.has(head));
  if (others.length + strangers.length === 0)
    return [skip(id, 'no heads that others keep of this log are here')];
  const split = others.flatMap((head) => (isNewer(head, log) ? [] : (contradiction(head, each) ?? [])));
  const late = laterAndSmaller(each.heads);
  const results = strangers.map(({ where, record }) => {
    const name = toHex(record.signed.head.logId);
    return fail(
      id,
      `${where}: the owner has signed another log, 0x${name}, which is not here, and which this one does ` +
        'not name; ask the owner for it',
    );
  });
  if (split.length > 0) results.push(fail(id, `${split.join('; ')} (split view, class A)`));
  // Times convict nobody: the clock may have gone back, or the heads are of who had an older copy.
  if (late.length > 0) results.push(fail(id, `${late.join('; ')}; this alone proves no split view`));
  results.push(...newerThan(id, each, others));
  return results.length > 0 ? results : [unless(id, [], `${others.length} heads that others keep are of it`)];
}

/** Heads behind the end of this export, the newest of them in words. */
function newerThan(id: string, each: HeadsCase, others: readonly KeptHead[]): readonly Result[] {
  const { log } = each;
  const upToMs = largest(0, ownOf(each), timeOf);
  const newer = others.filter((head) => isNewer(head, log));
  const newest = newer.toSorted((a, b) => a.record.signed.head.size - b.record.signed.head.size).at(-1);
  if (newest === undefined) return [];
  const said = `${moreThan(newest, log)}: newer entries exist; ask the owner for a newer export`;
  return [timeOf(newest) > upToMs + SETTLED_MS ? fail(id, said) : skip(id, said)];
}

/** As `backwards`, over heads from anywhere. */
function laterAndSmaller(heads: readonly KeptHead[]): readonly string[] {
  const ascending = heads.toSorted((a, b) => a.record.signed.head.size - b.record.signed.head.size);
  let latest: KeptHead | undefined;
  return ascending.flatMap((head) => {
    const before = latest;
    if (before === undefined || timeOf(head) >= timeOf(before)) latest = head;
    if (before === undefined || timeOf(head) >= timeOf(before)) return [];
    if (before.record.signed.head.size === head.record.signed.head.size) return [];
    return [`${before.where}: was signed later than the larger head of ${head.where}`];
  });
}

/** The seats that an identity has had, by key: `seatName` of each. */
export const seatsOf = (seats: readonly KeySeat[], identityPk: Uint8Array): ReadonlySet<string> =>
  new Set(
    seats
      .filter((seat) => equalBytes(seat.identityPk, identityPk))
      .map(({ keyId, index }) => seatName(keyId, index)),
  );

/** A seat of a key, in one word. */
export const seatName = (keyId: string, index: number): string => `${keyId} ${index}`;
