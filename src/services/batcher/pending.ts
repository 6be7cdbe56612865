import type { PendingBlock } from '../../chain/batch-plan.ts';
import { decodeExtra } from '../../chain/block.ts';
import type { ExecutedBlock } from '../../chain/execution.ts';
import { equalBytes } from '../../crypto/bytes.ts';

/** The own chain, as far as the batcher looks at it. */
export interface BatcherChain {
  /** Number of the newest block that was executed. */
  readonly head: () => bigint;
  /** A canonical block. */
  readonly block: (number: bigint) => Promise<ExecutedBlock | undefined>;
}

/** Blocks that are held in memory at most; what is beyond waits for a batch. */
const MAX_HELD = 4_096;

/** Canonical blocks behind the last batch, each read once for as long as the chain does not change. */
export class PendingBlocks {
  readonly #chain: BatcherChain;
  #blocks: ExecutedBlock[] = [];

  constructor(chain: BatcherChain) {
    this.#chain = chain;
  }

  /**
   * The blocks after one that is in a batch; `undefined` where the chain does not hold that one any more,
   * so that nothing may follow it.
   */
  async after(last: {
    readonly lastBlock: bigint;
    readonly lastHash: Uint8Array;
  }): Promise<readonly ExecutedBlock[] | undefined> {
    const parent = await this.#chain.block(last.lastBlock);
    if (parent === undefined || !equalBytes(parent.block.hash, last.lastHash)) return undefined;
    await this.#keepCanonical(last.lastBlock);
    const head = this.#chain.head();
    for (;;) {
      const before = this.#blocks.at(-1) ?? parent;
      const number = before.block.header.number + 1n;
      if (number > head || this.#blocks.length >= MAX_HELD) return this.#blocks;
      const next = await this.#chain.block(number);
      // The chain has changed meanwhile; the next turn sees it whole.
      if (next === undefined || !equalBytes(next.block.header.parentHash, before.block.hash))
        return this.#blocks;
      this.#blocks.push(next);
    }
  }

  async #keepCanonical(lastBlock: bigint): Promise<void> {
    this.#blocks = this.#blocks.filter(({ block }) => block.header.number > lastBlock);
    const [first] = this.#blocks;
    const tip = this.#blocks.at(-1);
    if (tip === undefined || first === undefined) return;
    const same = await this.#chain.block(tip.block.header.number);
    const isWhole = first.block.header.number === lastBlock + 1n;
    if (!isWhole || same === undefined || !equalBytes(same.block.hash, tip.block.hash)) this.#blocks = [];
  }
}

/** What the plan asks of a block. */
export function planOf({ block, forcedCount }: ExecutedBlock): PendingBlock {
  const bytes = block.transactions.slice(forcedCount).reduce((sum, { length }) => sum + length, 0);
  return { timestamp: block.header.timestamp, epoch: decodeExtra(block.header.extraData).epoch, bytes };
}
