import { assert } from '../crypto/errors.ts';
import type { BlockPlacement } from '../ethereum/output-calls.ts';
import { blockPath } from './blocks-root.ts';

/** Which blocks a batch holds. */
interface Range {
  readonly index: bigint;
  readonly firstBlock: bigint;
  readonly lastBlock: bigint;
}

/** In no batch: derivation made the block alone. [DisputeGame.sol] */
export const nowhere: BlockPlacement = { batchIndex: 0n, position: 0n, path: [] };

/** Shows a block in its batch; `hashes` are those of all blocks of the batch, in their order. */
export function placementOf(block: bigint, batch: Range, hashes: readonly Uint8Array[]): BlockPlacement {
  assert(
    BigInt(hashes.length) === batch.lastBlock - batch.firstBlock + 1n,
    'a hash for each block of the batch',
  );
  const position = block - batch.firstBlock;
  return { batchIndex: batch.index, position, path: blockPath(hashes, Number(position)) };
}
