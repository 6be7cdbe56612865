import { type SealedBatch, blocksIn } from '../../chain/sealed-batch.ts';
import { equalBytes } from '../../crypto/bytes.ts';
import type { BatcherChain } from './pending.ts';

/** The end of a batch. */
export interface End {
  readonly index: bigint;
  readonly lastBlock: bigint;
  readonly lastHash: Uint8Array;
}

/** Where a sealed batch ends. */
export const endOf = (batch: SealedBatch): End => ({
  index: batch.index,
  lastBlock: blocksIn(batch).lastBlock,
  lastHash: batch.lastHash,
});

/**
 * The first sealed batch that nobody would agree to any more: it does not go on from where L1, or the batch
 * before it, ends, or the own chain has another block at its end. One whose place cannot be judged yet is
 * none, nor is one whose last block is not there: it may come back.
 */
export async function firstStale(
  sealed: readonly SealedBatch[],
  onL1: End,
  chain: Pick<BatcherChain, 'block'>,
): Promise<bigint | undefined> {
  let before = onL1;
  for (const batch of sealed.filter(({ index }) => index > onL1.index)) {
    const end = endOf(batch);
    if (before.index === batch.index - 1n) {
      const own = await chain.block(end.lastBlock);
      const isReplaced = own !== undefined && !equalBytes(own.block.hash, end.lastHash);
      if (isReplaced || !goesOn(batch, before)) return batch.index;
    }
    before = end;
  }
  return undefined;
}

const goesOn = (batch: SealedBatch, before: End): boolean =>
  blocksIn(batch).firstBlock === before.lastBlock + 1n && equalBytes(batch.parentHash, before.lastHash);
