import { type SignEvent, noRecord } from '../../chain/log/entry.ts';
import { toHex } from '../../crypto/bytes.ts';
import type { GuardRecord } from '../guard-record.ts';
import type { SignatureLog } from './signature-log.ts';

/** What the reason of such an entry says. */
export const INTERRUPTED = 'node-restarted';

/** A guard and the key that it guards. */
export interface Guarded {
  /** 32 bytes */
  readonly keyId: Uint8Array;
  /** Oldest first; each is an online share that may have left. */
  readonly records: readonly GuardRecord[];
}

/**
 * The sign guard is written before a share leaves, the log after its session: so a row of the guard without
 * an entry is a session that a crash interrupted, or one that another copy of this guard knew of. It gets its
 * entry now, before this node takes part in anything. Returns how many there were.
 */
export function recoverInterrupted(log: SignatureLog, { keyId, records }: Guarded): number {
  const missing = new Map(records.map((row, i) => [toHex(row.presigId), { row, guardCount: i + 1 }]));
  for (const { event } of log.entries()) {
    if (missing.size === 0) return 0;
    if (event.kind === 'sign') missing.delete(toHex(event.presigId));
  }
  for (const { row, guardCount } of missing.values())
    log.append({ kind: 'sign', ...eventOf(row, guardCount) }, { keyId, epochNo: row.epoch });
  return missing.size;
}

/** What the guard knows of a session; the rest is zeros, nobody and nothing. */
const eventOf = ({ presigId, digest, requestHash }: GuardRecord, guardCount: number): SignEvent => ({
  sid: new Uint8Array(32),
  requestId: requestHash,
  attempt: 0,
  quorum: [],
  presignSid: new Uint8Array(32),
  presigId,
  digest,
  outcome: 'interrupted',
  reason: INTERRUPTED,
  culprits: [],
  signature: new Uint8Array(0),
  root: new Uint8Array(32),
  guardCount,
  record: noRecord,
});
