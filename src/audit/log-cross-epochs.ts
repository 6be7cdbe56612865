import { toHex } from '../crypto/bytes.ts';
import type { LogAudit } from './audit-log.ts';
import { type EpochRow, type Row, SETTLED_MS, rowsOf } from './log-rows.ts';
import { epochName } from './registry.ts';

const nameOf = ({ keyId, ofEpoch }: EpochRow): string => epochName(keyId, ofEpoch);
const isActive = ({ state }: EpochRow): boolean => state === 'active';

/** The first time that any of these logs says of an epoch that it is active, by `epochName`. */
function beginnings(logs: readonly LogAudit[]): readonly EpochRow[] {
  const first = new Map<string, EpochRow>();
  for (const row of logs.flatMap(({ rows }) => rowsOf(rows, 'epoch')).filter(isActive)) {
    const known = first.get(nameOf(row));
    if (known === undefined || row.atMs < known.atMs) first.set(nameOf(row), row);
  }
  return [...first.values()];
}

/** What needs a group that has the share of one epoch: who is in it knows which epoch is active. */
const isGroupWork = (row: Row): row is Extract<Row, { readonly kind: 'sign' | 'presign' }> =>
  (row.kind === 'sign' || row.kind === 'presign') && row.outcome === 'done';

/**
 * What logs say of epochs that cannot be true of both: two certificates for one, or work in one after another
 * was active elsewhere. An epoch is active only when no group can go on in the one before.
 */
export function epochProblems(logs: readonly LogAudit[]): readonly string[] {
  const first = new Map<string, EpochRow>();
  const rows = logs.flatMap((log) => rowsOf(log.rows, 'epoch'));
  const differing = rows.flatMap((row) => {
    if (/^0+$/.test(row.certHash)) return [];
    const known = first.get(nameOf(row)) ?? row;
    first.set(nameOf(row), known);
    return known.certHash === row.certHash
      ? []
      : [`${row.where}: tells of another epoch ${row.ofEpoch} than ${known.where}`];
  });
  const ends = endings(beginnings(logs));
  const late = logs
    .flatMap((log) => log.rows.filter(isGroupWork))
    .flatMap((row) => {
      const end = endOf(ends.get(row.keyId) ?? [], row.epochNo);
      return end === undefined || row.atMs <= end.atMs + SETTLED_MS
        ? []
        : [`${row.where}: is of epoch ${row.epochNo}, which had ended by ${end.where}`];
    });
  return [...differing, ...late];
}

/** An epoch that is over, and the earliest beginning of any that came behind it. */
interface Ending {
  /** Epochs below this number. */
  readonly below: number;
  readonly by: EpochRow;
}

/** By key, ascending by epoch. A log may tell of as many epochs as it has lines: no list of pairs is made. */
function endings(began: readonly EpochRow[]): ReadonlyMap<string, readonly Ending[]> {
  const ends = new Map<string, Ending[]>();
  for (const row of began.toSorted((a, b) => b.ofEpoch - a.ofEpoch)) {
    const known = ends.get(row.keyId) ?? [];
    const before = known.at(-1)?.by;
    known.push({ below: row.ofEpoch, by: before !== undefined && before.atMs < row.atMs ? before : row });
    ends.set(row.keyId, known);
  }
  for (const known of ends.values()) known.reverse();
  return ends;
}

/** The earliest beginning behind an epoch, by halves. */
function endOf(ends: readonly Ending[], epochNo: number): EpochRow | undefined {
  let [low, high] = [0, ends.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ends[middle]?.below ?? 0) > epochNo) high = middle;
    else low = middle + 1;
  }
  return ends[low]?.by;
}

/**
 * Epochs that a member leaves out although it goes on with its group behind their beginning: a member that
 * was away may miss one, and one that works has heard of it.
 */
export function hiddenEpochs(logs: readonly LogAudit[]): readonly string[] {
  const began = beginnings(logs);
  return logs.flatMap(({ memberships, path, owner }) => {
    const own = logs
      .filter((log) => toHex(log.owner.owner) === toHex(owner.owner))
      .flatMap(({ rows }) => rows);
    const memberOf = new Set(memberships.map(({ epoch }) => epoch));
    const known = new Map<string, number>();
    for (const row of rowsOf(own, 'epoch').filter(isActive))
      known.set(row.keyId, Math.max(known.get(row.keyId) ?? 0, row.ofEpoch));
    return began.flatMap((row) => {
      if (!memberOf.has(nameOf(row)) || (known.get(row.keyId) ?? -1) >= row.ofEpoch) return [];
      const works = own.some(
        (one) => isGroupWork(one) && one.keyId === row.keyId && one.atMs > row.atMs + SETTLED_MS,
      );
      return works ? [`${row.where}: is not in ${path}, whose owner is a member of this epoch`] : [];
    });
  });
}
