import type { BatchRange } from '../../system/ports.ts';

/** What decides whether an output is due. */
export interface ProposerView {
  /** The block of the newest output that is not rejected. */
  readonly standing: bigint;
  readonly newestBatch: BatchRange | undefined;
  /** The newest block that follows from L1 by this node's own derivation. */
  readonly safe: bigint;
  /** METIS wei. */
  readonly bond: { readonly free: bigint; readonly needed: bigint };
}

/** What a proposer does. */
export type Proposal =
  | { readonly kind: 'propose'; readonly block: bigint; readonly batch: BatchRange }
  /** Nothing is due, the batch was not derived yet, or the deposit does not cover a bond. */
  | { readonly kind: 'wait'; readonly why: 'not-due' | 'not-derived' | 'no-bond' };

/**
 * An output is due `every` blocks after the one before, after the last block of a batch: contracts want the
 * block to be in one. Nothing is claimed that this node has not derived from L1 itself.
 */
export function proposalFor({ standing, newestBatch, safe, bond }: ProposerView, every: bigint): Proposal {
  if (newestBatch === undefined || newestBatch.lastBlock < standing + every)
    return { kind: 'wait', why: 'not-due' };
  if (newestBatch.lastBlock > safe) return { kind: 'wait', why: 'not-derived' };
  if (bond.free < bond.needed) return { kind: 'wait', why: 'no-bond' };
  return { kind: 'propose', block: newestBatch.lastBlock, batch: newestBatch };
}
