import { describe, expect, it } from 'vitest';

import type { ExecutedBlock } from '../../../../src/chain/execution.ts';
import type { SealedBatch } from '../../../../src/chain/sealed-batch.ts';
import { type End, endOf, firstStale } from '../../../../src/services/batcher/stale.ts';
import { blocksOf, chain, requestOf } from '../../chain/blocks-samples.ts';

const others = blocksOf(6, 'another chain');
const end = (index: bigint, lastBlock: number, of = chain): End => ({
  ...{ index, lastBlock: BigInt(lastBlock), lastHash: of[lastBlock]!.block.hash },
});
const batchOf = (index: bigint, from: number, to: number): SealedBatch => {
  const request = requestOf(chain, [from, to], { batchIndex: index });
  const { payload, parentHash, lastHash, blocksRoot, lastOrigin, dacCertificate } = request;
  const rest = { parentHash, lastHash, blocksRoot, lastOrigin, dacCertificate, blobVersionedHashes: [] };
  return { index, da: 'calldata', payload, ...rest };
};
const sealed = [batchOf(4n, 1, 2), batchOf(5n, 3, 4)];
const view = (
  blocks: readonly ExecutedBlock[],
): { block: (n: bigint) => Promise<ExecutedBlock | undefined> } => ({
  block: async (number) => blocks[Number(number)],
});

describe('a sealed batch', () => {
  it('stands while it goes on from L1 and its blocks are those of the own chain', async () => {
    expect(await firstStale(sealed, end(3n, 0), view(chain))).toBeUndefined();
    expect(await firstStale(sealed, end(4n, 2), view(chain))).toBeUndefined();
    expect(endOf(batchOf(4n, 1, 2))).toEqual(end(4n, 2));
  });

  it('is stale where L1 has gone on without it, or has passed the one before over', async () => {
    expect(await firstStale(sealed, end(3n, 1), view(chain))).toBe(4n);
    expect(await firstStale(sealed, end(3n, 0, [others[1]!]), view(chain))).toBe(4n);
    expect(await firstStale(sealed, end(4n, 0), view(chain))).toBe(5n);
  });

  it('is stale where the own chain has another block at its end, but not where it has none yet', async () => {
    expect(await firstStale(sealed, end(3n, 0), view([...chain.slice(0, 4), others[4]!]))).toBe(5n);
    expect(await firstStale(sealed, end(3n, 0), view([chain[0]!, ...others.slice(1)]))).toBe(4n);
    expect(await firstStale(sealed, end(3n, 0), view(chain.slice(0, 1)))).toBeUndefined();
  });

  it('is not judged where L1 has it, or where nobody knows the one before', async () => {
    expect(await firstStale(sealed, end(5n, 0), view(others))).toBeUndefined();
    expect(await firstStale(sealed, end(2n, 0), view(chain))).toBeUndefined();
    expect(await firstStale(sealed.slice(0, 1), end(2n, 1), view(others))).toBeUndefined();
  });
});
