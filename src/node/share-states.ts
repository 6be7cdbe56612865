import { equalBytes } from '../crypto/bytes.ts';
import { InputError } from '../crypto/errors.ts';
import type { EpochRecord } from '../protocols/epoch.ts';
import { MAX_SHARES, type ManifestKey, type NotedShare, activeOf } from './manifest.ts';
import { missingShare } from './share-rollback.ts';

/** Most shares of a key that wait for a certificate: each of them was a ceremony that people agreed to. */
export const MAX_PENDING = 64;

/** What the manifest says of the share of a record. */
export const notedOf = (
  { shares }: ManifestKey,
  { epochNo, originSid }: EpochRecord,
): NotedShare | undefined =>
  shares.find(
    (share) =>
      share.epochNo === epochNo &&
      (equalBytes(share.sid, originSid) || share.sid.every((byte) => byte === 0)),
  );

/** Where a share stands once another of this epoch number, or of a higher one, is certified. */
export function stateBehind({ epochNo, state }: NotedShare, certified: number): NotedShare['state'] {
  if (state === 'active') return 'retired';
  return state === 'pending' && epochNo <= certified ? 'doomed' : state;
}

/**
 * As `stateBehind`, on a node that has no share of the certified epoch: nothing will sign here by which a
 * retired share could be told to go, so it goes with the same write.
 */
export function stateAtLeaving(share: NotedShare, certified: number): NotedShare['state'] {
  const state = stateBehind(share, certified);
  return state === 'retired' ? 'doomed' : state;
}

/**
 * Stops a share that no certificate can need any more, and one more than there is room for. @throws
 * InputError stale-epoch | too-many-pending
 */
export function checkNew(key: ManifestKey, { epochNo }: EpochRecord, noted: NotedShare | undefined): void {
  const active = activeOf(key);
  const isNext = active === undefined ? epochNo > (key.newest ?? -1) : epochNo === active + 1;
  if (!isNext || (noted !== undefined && noted.state !== 'pending'))
    throw new InputError(
      'stale-epoch',
      'epoch',
      `epoch ${epochNo} is not the next one: ${String(key.newest)} is the newest that this node knows`,
    );
  const waiting = key.shares.filter(({ state }) => state === 'pending').length;
  if (noted === undefined && (waiting >= MAX_PENDING || key.shares.length >= MAX_SHARES))
    throw new InputError(
      'too-many-pending',
      'epoch',
      `${waiting} shares of this key wait for a certificate already, at most ${MAX_PENDING} may`,
    );
}

/** Why the share file of a record is not there, with the remedy. */
export function missingOf(key: ManifestKey, record: EpochRecord, path: string): InputError {
  const { epochNo } = record;
  if (key.newest !== undefined && epochNo < key.newest)
    return new InputError(
      'stale-epoch',
      path,
      `epoch ${epochNo} is over, ${key.newest} is the newest: use the lock of that epoch`,
    );
  const isOther = activeOf(key) === epochNo && notedOf(key, record) === undefined;
  if (isOther)
    return new InputError(
      'share-does-not-match-lock',
      path,
      `the lock of epoch ${epochNo} names another session than the share of this node: use the lock that ` +
        'the other members have',
    );
  return missingShare(path, epochNo);
}
