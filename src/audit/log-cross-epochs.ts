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
  const began = beginnings(logs);
  const late = logs
    .flatMap((log) => log.rows.filter(isGroupWork))
    .flatMap((row) =>
      began
        .filter(({ keyId, ofEpoch, atMs }) => {
          const isOver = keyId === row.keyId && ofEpoch > row.epochNo;
          return isOver && row.atMs > atMs + SETTLED_MS;
        })
        .map(({ where }) => `${row.where}: is of epoch ${row.epochNo}, which had ended by ${where}`),
    );
  return [...differing, ...late];
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
    const known = own.flatMap((row) => (row.kind === 'epoch' && isActive(row) ? [row] : []));
    return began.flatMap((row) => {
      const isMember = memberships.some(({ epoch }) => epoch === nameOf(row));
      const isKnown = known.some(({ keyId, ofEpoch }) => keyId === row.keyId && ofEpoch >= row.ofEpoch);
      if (!isMember || isKnown) return [];
      const works = own.some(
        (one) => isGroupWork(one) && one.keyId === row.keyId && one.atMs > row.atMs + SETTLED_MS,
      );
      return works ? [`${row.where}: is not in ${path}, whose owner is a member of this epoch`] : [];
    });
  });
}
