import { assert } from '../crypto/errors.ts';
import type { DataAvailability } from './batch.ts';

/** What L1 asks at a moment, in wei per gas. */
export interface FeeObservation {
  readonly baseFee: bigint;
  readonly tip: bigint;
  readonly blobBaseFee: bigint;
}

/** The fees of a transaction, in wei per gas; the blob fee is zero for calldata. */
export interface Fees {
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
  readonly maxFeePerBlobGas: bigint;
}

/** Steps that a ladder has at most. [sequencer, 10.4] */
const MAX_RUNGS = 4;
/** Hard limits of the profile `test`, in wei per gas. */
const FEE_CAPS: Fees = {
  maxFeePerGas: 1_000_000_000_000n,
  maxPriorityFeePerGas: 1_000_000_000_000n,
  maxFeePerBlobGas: 1_000_000_000_000n,
};
/** The least blob fee that is offered, in wei per gas. */
const MIN_BLOB_FEE_WEI = 10_000_000n;

const ceilDiv = (a: bigint, b: bigint): bigint => (a + b - 1n) / b;
const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b);

/**
 * The fees of step `rung` of the ladder: calldata grows by 3/2 a step, blobs by 2, which pools demand of a
 * replacement. Everything is capped. [sequencer, 10.3 and 10.4]
 */
export function feesAt(
  da: DataAvailability,
  observed: FeeObservation,
  rung: number,
  caps: Fees = FEE_CAPS,
): Fees {
  assert(Number.isInteger(rung) && rung >= 0 && rung < MAX_RUNGS, `there is no rung ${rung}`);
  const [up, down] = da === 'calldata' ? [3n ** BigInt(rung), 2n ** BigInt(rung)] : [2n ** BigInt(rung), 1n];
  const raised = (fee: bigint, cap: bigint): bigint => smaller(ceilDiv(fee * up, down), cap);
  const maxFeePerGas = raised(2n * observed.baseFee + observed.tip, caps.maxFeePerGas);
  const blobFee = larger(2n * observed.blobBaseFee, MIN_BLOB_FEE_WEI);
  return {
    maxFeePerGas,
    maxPriorityFeePerGas: smaller(raised(observed.tip, caps.maxPriorityFeePerGas), maxFeePerGas),
    maxFeePerBlobGas: da === 'calldata' ? 0n : raised(blobFee, caps.maxFeePerBlobGas),
  };
}

/** Gas limit of a submission whose payload has so many bytes. [sequencer, 10.4; EIP-7623] */
export function gasLimitOf(da: DataAvailability, payloadBytes: number): bigint {
  if (da === 'blobs') return 600_000n;
  const calldataBytes = 516 + 32 * Math.ceil(payloadBytes / 32);
  return BigInt(Math.max(21_000 + 40 * calldataBytes, 421_000 + 16 * calldataBytes));
}
