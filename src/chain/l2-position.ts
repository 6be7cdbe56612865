import { type L2Block, decodeExtra } from './block.ts';
import type { Rollup } from './rollup.ts';

/** What the next block must know of a block to be judged without state. */
export interface L2Position {
  readonly number: bigint;
  /** 32 bytes */
  readonly hash: Uint8Array;
  /** Unix seconds. */
  readonly timestamp: bigint;
  /** Number of the L1 block that it refers to. */
  readonly origin: bigint;
  readonly epoch: bigint;
  readonly view: bigint;
  readonly orderedUpTo: bigint;
}

/**
 * Reads it from a block. That of the genesis says nothing itself: its origin is in the rollup.
 * @throws InputError block-malformed
 */
export function positionOf(
  { hash, header }: Pick<L2Block, 'hash' | 'header'>,
  { genesis }: Pick<Rollup, 'genesis'>,
): L2Position {
  const { number, timestamp } = header;
  if (number === 0n)
    return { number, hash, timestamp, origin: genesis.origin.number, epoch: 0n, view: 0n, orderedUpTo: 0n };
  return { number, hash, timestamp, ...decodeExtra(header.extraData) };
}

/** Where a chain begins. */
export const genesisPosition = ({
  genesis: { hash, timestamp, origin },
}: Pick<Rollup, 'genesis'>): L2Position => ({
  ...{ number: 0n, hash, timestamp, origin: origin.number },
  ...{ epoch: 0n, view: 0n, orderedUpTo: 0n },
});
