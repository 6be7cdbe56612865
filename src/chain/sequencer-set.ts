import type { Address } from '../ethereum/address.ts';

/** Who may build a block: the leader of a view of an epoch. */
export interface Leader {
  readonly epoch: bigint;
  readonly view: bigint;
  readonly signer: Address;
}

/**
 * Who may build the block of a number. Everybody who builds, follows or signs asks here, so that another
 * answer (rotation under consensus) changes nobody who asks.
 */
export interface SequencerSet {
  /** `undefined` where nobody may: blocks before the first epoch, or after the last that is known. */
  readonly leaderAt: (block: bigint) => Leader | undefined;
}

/** The set of a chain with one sequencer, which leads in every block from `start` on. */
export const soleSequencer = (signer: Address, start = 1n): SequencerSet => ({
  leaderAt: (block) => (block < start ? undefined : { epoch: 0n, view: 0n, signer }),
});
