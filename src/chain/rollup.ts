import type { Address } from '../ethereum/address.ts';
import type { L1Origin } from './l1-facts.ts';

/** What everybody who follows one L2 must agree on; the first thing that a new node is given. */
export interface Rollup {
  readonly l1ChainId: bigint;
  readonly l2ChainId: bigint;
  /** Block 0 of L2, and the L1 block whose successors it listens to. */
  readonly genesis: {
    /** 32 bytes each. */
    readonly hash: Uint8Array;
    readonly stateRoot: Uint8Array;
    /** Unix seconds. */
    readonly timestamp: bigint;
    readonly origin: L1Origin;
  };
  /** Contracts of L1. */
  readonly inbox: Address;
  readonly bridge: Address;
  readonly forcedInbox: Address;
  readonly outputs: Address;
  /** Milliseconds between two blocks. Below 1,000 two blocks may share a second. [ADR 0019] */
  readonly slotMs: number;
  /** Seconds that the origin of a block may lag behind the block. */
  readonly maxDrift: bigint;
  /** L1 blocks without a valid batch after which L1 alone makes blocks; then again after an eighth of it. */
  readonly sequencingWindow: bigint;
  /** The height from which a block holds more than one transaction of users. */
  readonly phase2Height: bigint;
}

/** Limits of a block, the same on every chain. [sequencer, 8.3] */
export const blockLimits = {
  gas: 30_000_000n,
  transactions: 1_000,
  /** Raw bytes of the transactions that are not forced. */
  bytes: 110_000,
} as const;
