import type { PayloadPlace } from '../../chain/block-batch.ts';
import { type FeeObservation, type Fees, feesAt } from '../../chain/fees.ts';

const ceilDiv = (a: bigint, b: bigint): bigint => (a + b - 1n) / b;
const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b);

/** Steps that guards sign for one nonce, after the first price. [product, 8.3] */
const MAX_STEPS = 8;

/** A price, or why there is none: above the cap one waits, and steps are used up for good. */
export type Price = { readonly fees: Fees } | { readonly none: 'fee-cap' | 'steps-used' };

/**
 * The first price of a transaction. Where L1 already asks for more than the cap, it would only wait
 * there.
 */
export function firstPrice(place: PayloadPlace, seen: FeeObservation, caps: Fees): Price {
  if (asksAbove(place, seen, caps)) return { none: 'fee-cap' };
  return { fees: feesAt(kindOf(place), seen, 0, caps) };
}

/**
 * The price after these. Pools want a tenth more for calldata and the double for blobs; what L1 asks by now
 * counts where it is more. A step that the cap makes too small is none. [sequencer, 10.3 and 10.4]
 */
export function nextPrice(
  place: PayloadPlace,
  before: readonly Fees[],
  seen: FeeObservation,
  caps: Fees,
): Price {
  const last = before.at(-1);
  if (last === undefined) return firstPrice(place, seen, caps);
  if (before.length > MAX_STEPS) return { none: 'steps-used' };
  const isBlobs = place === 'blobs';
  const raise = (fee: bigint): bigint => (isBlobs ? 2n * fee : ceilDiv(3n * fee, 2n));
  const now = feesAt(kindOf(place), seen, 0, caps);
  const fees: Fees = {
    maxFeePerGas: capped(larger(raise(last.maxFeePerGas), now.maxFeePerGas), caps.maxFeePerGas),
    maxPriorityFeePerGas: capped(
      larger(raise(last.maxPriorityFeePerGas), now.maxPriorityFeePerGas),
      caps.maxPriorityFeePerGas,
    ),
    maxFeePerBlobGas: capped(
      larger(raise(last.maxFeePerBlobGas), now.maxFeePerBlobGas),
      caps.maxFeePerBlobGas,
    ),
  };
  return isReplacement(place, last, fees) ? { fees } : { none: 'fee-cap' };
}

const capped = (fee: bigint, cap: bigint): bigint => (fee < cap ? fee : cap);
const kindOf = (place: PayloadPlace): 'calldata' | 'blobs' => (place === 'blobs' ? 'blobs' : 'calldata');

/** Whether a pool takes the second price instead of the first. */
export function isReplacement(place: PayloadPlace, first: Fees, second: Fees): boolean {
  const isEnough = (a: bigint, b: bigint): boolean =>
    b > a && (place === 'blobs' ? b >= 2n * a : 10n * b >= 11n * a);
  return (
    isEnough(first.maxFeePerGas, second.maxFeePerGas) &&
    isEnough(first.maxPriorityFeePerGas, second.maxPriorityFeePerGas) &&
    (place !== 'blobs' || isEnough(first.maxFeePerBlobGas, second.maxFeePerBlobGas)) &&
    second.maxPriorityFeePerGas <= second.maxFeePerGas
  );
}

/** Whether the next block asks for more than these fees give. */
export const asksAbove = (
  place: PayloadPlace,
  { baseFee, tip, blobBaseFee }: FeeObservation,
  fees: Fees,
): boolean => baseFee + tip > fees.maxFeePerGas || (place === 'blobs' && blobBaseFee > fees.maxFeePerBlobGas);
