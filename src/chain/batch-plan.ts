import { MAX_BATCH_BLOCKS, type PayloadPlace, maxBlockPayload } from './block-batch.ts';

/** What the plan must know of a block that no batch holds yet. */
export interface PendingBlock {
  /** Unix seconds. */
  readonly timestamp: bigint;
  readonly epoch: bigint;
  /** Raw bytes of the transactions that are not forced. */
  readonly bytes: number;
}

/** When a batch closes. [sequencer, 9.3] */
export interface PlanRules {
  readonly place: PayloadPlace;
  /** Seconds that the oldest block may wait. */
  readonly maxAge: bigint;
  /** Unix seconds. */
  readonly now: bigint;
}

/** Why a batch closes. */
export type CloseReason = 'full' | 'epoch-end' | 'age' | 'flush';

/** The next batch: so many of the pending blocks, from the first. */
export interface BatchPlan {
  readonly count: number;
  readonly because: CloseReason;
}

/**
 * Says whether the pending blocks, oldest first, make a batch now, and how many of them. `payloadBytes` gives
 * the length of the payload of the first n, as `blockPayloadBytes` does; it is
 * asked only where their raw bytes come near the limit.
 */
export function planBatch(
  pending: readonly PendingBlock[],
  rules: PlanRules,
  payloadBytes: (count: number) => number,
): BatchPlan | undefined {
  const [oldest] = pending;
  if (oldest === undefined) return undefined;
  const limit = maxBlockPayload(rules.place);
  const fits = mostThatFit(pending, limit, payloadBytes);
  if (fits < pending.length) return { count: fits, because: 'full' };
  const ended = pending.findIndex(({ epoch }) => epoch !== oldest.epoch);
  if (ended > 0 && payloadBytes(ended) > limit / 2) return { count: ended, because: 'epoch-end' };
  if (rules.now - oldest.timestamp >= rules.maxAge) return { count: fits, because: 'age' };
  return undefined;
}

/** All that fits, whatever its age: before a stop, or a change of the account. */
export function planFlush(
  pending: readonly PendingBlock[],
  place: PayloadPlace,
  payloadBytes: (count: number) => number,
): BatchPlan | undefined {
  if (pending.length === 0) return undefined;
  return { count: mostThatFit(pending, maxBlockPayload(place), payloadBytes), because: 'flush' };
}

/** Prefix, head of the body, and what the fields of a block take at most beside its transactions. */
const HEAD_BYTES = 162;
const BLOCK_BYTES = 44;

/**
 * At least one: any block fits alone, by the limits of a block. Beyond, the greatest count whose payload
 * fits, found by halves, since a longer batch is never shorter on L1.
 */
function mostThatFit(
  pending: readonly PendingBlock[],
  limit: number,
  payloadBytes: (count: number) => number,
): number {
  const most = Math.min(pending.length, MAX_BATCH_BLOCKS);
  let [sure, raw] = [0, HEAD_BYTES];
  while (sure < most && (raw += BLOCK_BYTES + (pending[sure]?.bytes ?? 0)) <= limit) sure++;
  let [low, high] = [Math.max(sure, 1), most];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (payloadBytes(middle) <= limit) low = middle;
    else high = middle - 1;
  }
  return low;
}
