import type { L1Facts } from '../../../../src/chain/l1-facts.ts';
import { assert } from '../../../../src/crypto/errors.ts';
import type { L1Block, L1Source } from '../../../../src/system/ports.ts';
import { factsBehind } from '../../chain/derive-world.ts';
import { rollup } from '../../chain/fake-executor.ts';

/** An L1 that says what it is told to say, and that may go back. */
export class SimL1 implements L1Source {
  readonly #blocks: L1Facts[] = [];
  #fork = 0;
  #finalized = 0;
  /** Fails every call as long as it is set. */
  fault: Error | undefined;
  /** Payloads of blobs, by the index of their batch. */
  readonly blobs: Map<bigint, Uint8Array> = new Map();

  /** Adds a block. */
  readonly mine = (said: Partial<L1Facts> = {}): L1Facts => {
    const { number, hash } = this.#tip();
    const facts = factsBehind({ l1: { number, hash } }, said, this.#fork);
    this.#blocks.push(facts);
    return facts;
  };

  /** Takes the newest blocks away and puts others in their place, one more than there were. */
  readonly reorg = (depth: number, said: (i: number) => Partial<L1Facts> = () => ({})): void => {
    this.#fork++;
    const gone = Math.min(depth, this.#blocks.length - this.#finalized);
    this.#blocks.length -= gone;
    for (let i = 0; i <= gone; i++) this.mine(said(i));
  };

  /** Calls all but the newest blocks final. */
  readonly finalize = (but: number): void => {
    this.#finalized = Math.max(this.#finalized, this.#blocks.length - but);
  };

  /** All blocks behind the origin of the genesis. */
  readonly all = (): readonly L1Facts[] => this.#blocks;

  readonly head: L1Source['head'] = async (tag) => {
    await this.#fail();
    if (tag === 'latest') return this.#tip();
    return this.#finalized === 0 ? this.#genesis() : (this.#blocks[this.#finalized - 1] ?? this.#tip());
  };

  readonly facts: L1Source['facts'] = async (number) => {
    await this.#fail();
    return this.#blocks[Number(number - rollup.genesis.origin.number) - 1];
  };

  readonly blobPayload: L1Source['blobPayload'] = async (_, { index }) => {
    await this.#fail();
    const found = this.blobs.get(index);
    assert(found !== undefined, 'the blobs are there');
    return found;
  };

  #tip(): L1Block {
    return this.#blocks.at(-1) ?? this.#genesis();
  }

  #genesis(): L1Block {
    const { number, hash } = rollup.genesis.origin;
    return { number, hash, parentHash: hash };
  }

  async #fail(): Promise<void> {
    await Promise.resolve();
    if (this.fault !== undefined) throw this.fault;
  }
}
