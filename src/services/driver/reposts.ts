import { payloadHash } from '../../chain/batch.ts';
import type { AppendedBatch } from '../../chain/l1-facts.ts';
import { equalBytes } from '../../crypto/bytes.ts';
import type { L1Source } from '../../system/ports.ts';
import type { L1Point } from './machine.ts';

/**
 * Looks on L1 for payloads that somebody has posted since. What was read for a batch in vain is not read
 * again as long as L1 stands on it, so that who waits for weeks reads each new block once.
 */
export class RepostSearch {
  readonly #l1: Pick<L1Source, 'head' | 'facts'>;
  /** By the index of a batch: the last block that was read for it, after all others from its own on. */
  readonly #looked = new Map<bigint, L1Point>();
  /** The block with the batches that are looked for; with the next one, all before are done. */
  #l1Block: bigint | undefined;

  constructor(l1: Pick<L1Source, 'head' | 'facts'>) {
    this.#l1 = l1;
  }

  /** The payload of a batch in a block of L1, if it is on L1 by now. @throws OperationError of the source */
  readonly find = async (
    l1Block: bigint,
    batch: Pick<AppendedBatch, 'index' | 'payloadHash'>,
  ): Promise<Uint8Array | undefined> => {
    if (this.#l1Block !== l1Block) this.#looked.clear();
    this.#l1Block = l1Block;
    const head = await this.#l1.head('latest');
    let last = this.#standing(batch.index, head);
    for (let at = last === undefined ? l1Block : last.number + 1n; at <= head.number; at++) {
      const facts = await this.#l1.facts(at);
      if (facts === undefined) return undefined;
      // L1 has other blocks now, in which the payload may be: the next look begins at the batch.
      if (last !== undefined && !equalBytes(facts.parentHash, last.hash)) {
        this.#looked.delete(batch.index);
        return undefined;
      }
      const found = facts.reposts.find(
        ({ index, payload }) => index === batch.index && equalBytes(payloadHash(payload), batch.payloadHash),
      );
      // The block is not marked as read: where derivation fails behind this, it is found here again.
      if (found !== undefined) return found.payload;
      last = { number: at, hash: facts.hash };
      this.#looked.set(batch.index, last);
    }
    return undefined;
  };

  /** Up to where was read; nothing where the head shows already that L1 has left that block. */
  #standing(index: bigint, head: L1Point): L1Point | undefined {
    const last = this.#looked.get(index);
    if (last === undefined || last.number < head.number) return last;
    if (last.number === head.number && equalBytes(last.hash, head.hash)) return last;
    this.#looked.delete(index);
    return undefined;
  }
}
