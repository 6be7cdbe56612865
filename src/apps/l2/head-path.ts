import type { ExecutedBlock } from '../../chain/execution.ts';
import { equalBytes } from '../../crypto/bytes.ts';
import { assert } from '../../crypto/errors.ts';
import type { Executor } from '../../system/ports.ts';

/** How one head leads to another: back through `left`, newest first, and on through `taken`, oldest first. */
export interface HeadPath {
  readonly left: readonly ExecutedBlock[];
  readonly taken: readonly ExecutedBlock[];
}

/** The way from a block to another, over the last one that both have below them. */
export async function headPath(
  executor: Pick<Executor, 'block'>,
  from: ExecutedBlock,
  to: ExecutedBlock,
): Promise<HeadPath> {
  const parentOf = async ({ block: child }: ExecutedBlock): Promise<ExecutedBlock> => {
    const parent = await executor.block(child.header.parentHash);
    assert(parent !== undefined, 'an engine holds what its blocks stand on');
    return parent;
  };
  const left: ExecutedBlock[] = [];
  const taken: ExecutedBlock[] = [];
  let [old, now] = [from, to];
  while (!equalBytes(old.block.hash, now.block.hash)) {
    if (now.block.header.number >= old.block.header.number) {
      taken.unshift(now);
      now = await parentOf(now);
    } else {
      left.push(old);
      old = await parentOf(old);
    }
  }
  return { left, taken };
}

/** What a pool must hear of a path: who was mined, and which transactions of users came back. */
export function poolNews({ left, taken }: HeadPath): {
  readonly mined: ExecutedBlock['receipts'];
  readonly returned: readonly Uint8Array[];
} {
  return {
    mined: taken.flatMap(({ receipts }) => receipts),
    // Oldest first, so that each account's come back in the order of their nonces.
    returned: left.toReversed().flatMap(({ block, forcedCount }) => block.transactions.slice(forcedCount)),
  };
}
