import type { OutputRecord } from '../../src/ethereum/bridge-views.ts';
import { lowest } from './bisect.ts';
import type { Covering } from './states.ts';

/** Asks L1 for an output. */
export type ReadOutput = (index: bigint) => Promise<Pick<OutputRecord, 'l2Block' | 'status' | 'windowEnd'>>;

/**
 * The oldest output that stands and covers a block of L2; undefined while there is none. Rejected ones stand
 * between, and claim a later block than the one that stood before them. [Outputs.sol]
 */
export async function outputCovering(
  read: ReadOutput,
  block: bigint,
  { last, final }: { readonly last: bigint; readonly final: bigint },
): Promise<Covering | undefined> {
  const first = await lowest(1n, last, async (index) => (await read(index)).l2Block >= block);
  for (let index = first ?? last + 1n; index <= last; index++) {
    const { status, windowEnd, l2Block } = await read(index);
    if (status === 'rejected' || l2Block < block) continue;
    return { index, status, windowEnd, isFinal: index <= final };
  }
  return undefined;
}
