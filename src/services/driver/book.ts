import type { ProposedOutput } from '../../chain/l1-facts.ts';
import type { BatchRecord, L1Record } from './records.ts';

/** A claim, where it stands, and the newest block of L1 when it was judged. */
interface Claim {
  readonly output: ProposedOutput;
  readonly l1Block: bigint;
  readonly judgedAt?: bigint | undefined;
}

/** Batches that L1 has, by their number and by the blocks that they fixed; and claims to be checked. */
export class BatchBook {
  readonly #byIndex = new Map<bigint, BatchRecord>();
  /** Those that were taken, in the order of their blocks. */
  readonly #taken: BatchRecord[] = [];
  #claims: readonly Claim[] = [];
  #lastIndex = 0n;

  /** Adds what the next block of L1 did. */
  readonly add = ({ l1Block, batches, outputs }: L1Record): void => {
    for (const batch of batches) {
      this.#byIndex.set(batch.index, batch);
      this.#lastIndex = batch.index;
      if (batch.outcome === 'taken') this.#taken.push(batch);
    }
    this.#claims = [...this.#claims, ...outputs.map((output) => ({ output, l1Block }))];
  };

  /** Takes back what the newest block of L1 did; what is gone. */
  readonly undo = (l1Block: bigint): readonly BatchRecord[] => {
    const gone: BatchRecord[] = [];
    for (let last = this.last(); last?.l1Block === l1Block; last = this.last()) {
      gone.push(last);
      this.#byIndex.delete(last.index);
      this.#lastIndex = last.index - 1n;
    }
    while (this.#taken.at(-1)?.l1Block === l1Block) this.#taken.pop();
    // What was judged by a chain that L1 takes back is to be judged again.
    this.#claims = this.#claims
      .filter((claim) => claim.l1Block !== l1Block)
      .map((claim) => ((claim.judgedAt ?? 0n) < l1Block ? claim : { ...claim, judgedAt: undefined }));
    return gone;
  };

  /** Forgets all. */
  readonly clear = (): void => {
    this.#byIndex.clear();
    this.#taken.length = 0;
    this.#claims = [];
    this.#lastIndex = 0n;
  };

  /** The newest batch, whatever became of it. */
  readonly last = (): BatchRecord | undefined => this.#byIndex.get(this.#lastIndex);

  /** A batch by its number. */
  readonly at = (index: bigint): BatchRecord | undefined => this.#byIndex.get(index);

  /** The batch that fixed a block. */
  readonly holding = (block: bigint): BatchRecord | undefined => {
    let [low, high] = [0, this.#taken.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#taken[middle]?.lastBlock ?? 0n) < block) low = middle + 1;
      else high = middle;
    }
    const found = this.#taken[low];
    return found !== undefined && found.firstBlock <= block ? found : undefined;
  };

  /** The first claim of a block up to one that nobody has looked at yet. */
  readonly dueOutput = (upTo: bigint): ProposedOutput | undefined =>
    this.#claims.find(({ output, judgedAt }) => judgedAt === undefined && output.l2Block <= upTo)?.output;

  /** Somebody has looked at it: until `l1`, the newest block of L1, is taken back it is not due again. */
  readonly judged = (judged: ProposedOutput, l1: bigint): void => {
    this.#claims = this.#claims.map((claim) =>
      claim.output === judged ? { ...claim, judgedAt: l1 } : claim,
    );
  };
}
