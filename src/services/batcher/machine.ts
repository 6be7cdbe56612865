import { type BatchPlan, type PendingBlock, planBatch, planFlush } from '../../chain/batch-plan.ts';
import type { PayloadPlace } from '../../chain/block-batch.ts';
import { BLOB_CAPACITY_BYTES, MAX_BLOBS } from '../../chain/blobs.ts';
import type { FeeObservation } from '../../chain/fees.ts';

/** All that a decision depends on. */
export interface BatcherView {
  /** Blocks that no batch holds, oldest first. */
  readonly pending: readonly PendingBlock[];
  readonly place: PayloadPlace;
  /** Batches that are sealed and not final. */
  readonly open: number;
  readonly maxOpen: number;
  /** Somebody wants everything on L1 now. */
  readonly isFlush: boolean;
  /** Seconds that a block may wait. */
  readonly maxAge: bigint;
  /** Unix seconds. */
  readonly now: bigint;
}

/**
 * Whether a batch closes now. At most so many are on their way: the rest keeps collecting. [sequencer,
 * 9.3]
 */
export function decideBatch(
  view: BatcherView,
  payloadBytes: (count: number) => number,
): BatchPlan | undefined {
  const { pending, place, open, maxOpen, isFlush, maxAge, now } = view;
  if (open >= maxOpen) return undefined;
  return isFlush
    ? planFlush(pending, place, payloadBytes)
    : planBatch(pending, { place, maxAge, now }, payloadBytes);
}

const BLOB_GAS = 131_072n;
const BASE_GAS = 21_000n;

/** What a payload costs on L1 in either place, in wei. [sequencer, 9.4; EIP-7623] */
export function costsOf(
  payload: Uint8Array,
  { baseFee, blobBaseFee }: FeeObservation,
): { readonly calldata: bigint; readonly blobs: bigint } {
  const zeros = payload.reduce((count, byte) => (byte === 0 ? count + 1 : count), 0);
  const nonzero = payload.length - zeros;
  const gas = BigInt(Math.max(16 * nonzero + 4 * zeros, 40 * nonzero + 10 * zeros)) + BASE_GAS;
  const blobs = BigInt(Math.min(Math.ceil((4 + payload.length) / BLOB_CAPACITY_BYTES), MAX_BLOBS));
  return { calldata: gas * baseFee, blobs: BLOB_GAS * blobBaseFee * blobs + BASE_GAS * baseFee };
}

/**
 * The cheaper place, where it is so by a fifth: a change costs more than it seems, because the accounts
 * change and the order of batches waits for finality.
 */
export function cheaperPlace(
  now: 'calldata' | 'blobs',
  { calldata, blobs }: { readonly calldata: bigint; readonly blobs: bigint },
): 'calldata' | 'blobs' {
  const [own, other] = now === 'calldata' ? [calldata, blobs] : [blobs, calldata];
  const isWorth = 5n * other < 4n * own;
  if (!isWorth) return now;
  return now === 'calldata' ? 'blobs' : 'calldata';
}
