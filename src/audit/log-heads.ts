import { equalBytes, to0x } from '../crypto/bytes.ts';
import type { LogOwner } from '../chain/log/entry.ts';
import { verifyCountersignature } from '../chain/log/head.ts';
import type { KeptHead, LogRead, Mark } from './log-read.ts';
import type { KeySeat } from './registry.ts';
import { type Result, fail, skip, unless } from './report.ts';

/** What the heads of a log are judged by. */
export interface HeadsCase {
  readonly log: LogRead;
  readonly owner: LogOwner;
  /** Heads of this log, from all files of the tree. */
  readonly heads: readonly KeptHead[];
  /** Every seat that anybody had. */
  readonly seats: readonly KeySeat[];
  /** Why `heads.jsonl` beside the log cannot be read. */
  readonly problem: string | undefined;
}

/** What of a log no head can contradict: the entries that are there. */
function contradiction({ where, record }: KeptHead, { log }: HeadsCase): string | undefined {
  const { head } = record.signed;
  const count = log.rows.length;
  if (head.size > count)
    return `${where}: the owner has signed ${head.size} entries, and ${log.path} holds ${count}`;
  const mark: Mark | undefined = log.marks.get(head.size);
  const isSame = mark && equalBytes(mark.root, head.root) && equalBytes(mark.chain, head.chain);
  return isSame === true
    ? undefined
    : `${where}: the owner has signed another log of ${head.size} entries, with the root ${to0x(head.root)}`;
}

/** The owner's own heads: they are of this log, and the newest is of all of it. */
export function recheckHeads(id: string, each: HeadsCase): Result {
  const own = each.heads.filter(({ isOwn }) => isOwn);
  const problems = [
    ...(each.problem === undefined ? [] : [each.problem]),
    ...own.flatMap((head) => contradiction(head, each) ?? []),
    ...backwards(own),
  ];
  const newest = Math.max(-1, ...own.map(({ record }) => record.signed.head.size));
  const count = each.log.rows.length;
  if (problems.length === 0 && newest < count)
    problems.push(
      newest < 0
        ? `${each.log.path}: no head of its owner is here: nobody has signed these entries`
        : `${each.log.path}: entries from ${newest} on are behind the newest head: nobody has signed them`,
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

/** Who else has signed heads of this log, and up to where. */
export function recheckWitnesses(id: string, { heads, owner, seats }: HeadsCase): Result {
  const problems: string[] = [];
  const upTo = new Map<number, number>();
  for (const { where, record } of heads)
    for (const countersignature of record.countersignatures) {
      const { member, identityPk } = countersignature;
      const { head } = record.signed;
      const isSigned =
        seats.some((seat) => seat.index === member && equalBytes(seat.identityPk, identityPk)) &&
        !equalBytes(identityPk, owner.owner) &&
        verifyCountersignature(identityPk, head, countersignature);
      if (isSigned) upTo.set(member, Math.max(upTo.get(member) ?? 0, head.size));
      else problems.push(`${where}: party ${member} has not countersigned this head`);
    }
  if (problems.length === 0 && upTo.size === 0)
    return skip(id, 'no other member has countersigned a head: the owner could still show another log');
  const said = [...upTo].sort(([a], [b]) => a - b).map(([member, size]) => `${member} up to ${size}`);
  return unless(id, problems, `by ${upTo.size} members: party ${said.join(', party ')}`);
}

/** What others keep of this log is this log: one owner has not shown two. */
export function recheckView(id: string, each: HeadsCase): Result {
  const others = each.heads.filter(({ isOwn }) => !isOwn);
  if (others.length === 0) return skip(id, 'no heads that others keep of this log are here');
  const problems = others.flatMap((head) => contradiction(head, each) ?? []);
  if (problems.length > 0) return fail(id, `${problems.join('; ')} (split view, class A)`);
  return unless(id, [], `${others.length} heads that others keep are of this log`);
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
