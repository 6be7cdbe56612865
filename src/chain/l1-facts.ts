import type { BatchHeader } from '../ethereum/abi.ts';
import type { Address } from '../ethereum/address.ts';

/** A block of L1 that blocks of L2 refer to. */
export interface L1Origin {
  readonly number: bigint;
  /** 32 bytes */
  readonly hash: Uint8Array;
  /** Unix seconds. */
  readonly timestamp: bigint;
  /** 32 bytes: of the tree of all messages to L2 up to this block, with it. [MessageTree.sol] */
  readonly messageRoot: Uint8Array;
}

/** METIS that the bridge credits on L2. [Bridge.sol, NativeCredit] */
export interface Credit {
  /** u64, counted by the bridge from 0. */
  readonly nonce: bigint;
  readonly to: Address;
  /** u64 */
  readonly gwei: bigint;
}

/**
 * A batch as the inbox took it, with the header that its digest is over. Its bytes may have any value:
 * what they stand for is for derivation to judge. [BatchInbox.sol, BatchAppended]
 */
export interface AppendedBatch extends Omit<BatchHeader, 'setId'> {
  /** The transaction on L1, 32 bytes, and its sender. */
  readonly l1Hash: Uint8Array;
  readonly sender: Address;
  /** The payload in calldata; of a batch of the committee its certificate and expiry. Empty for blobs. */
  readonly data: Uint8Array;
  /** Versioned hashes, 32 bytes each; none but for blobs. */
  readonly blobHashes: readonly Uint8Array[];
}

/** What somebody claims of L2 at one block. [Outputs.sol, OutputProposed] */
export interface ProposedOutput {
  /** u64, from 1 without a gap. */
  readonly index: bigint;
  /** 32 bytes */
  readonly outputRoot: Uint8Array;
  readonly l2Block: bigint;
  readonly proposer: Address;
}

/** All that one block of L1 says to L2, in the order of its logs. */
export interface L1Facts {
  readonly number: bigint;
  /** 32 bytes each. */
  readonly hash: Uint8Array;
  readonly parentHash: Uint8Array;
  /** Unix seconds. */
  readonly timestamp: bigint;
  readonly credits: readonly Credit[];
  /** Leaves of messages to L2, 32 bytes each. */
  readonly messages: readonly Uint8Array[];
  /** Raw transactions that nobody may leave out. */
  readonly forced: readonly Uint8Array[];
  readonly batches: readonly AppendedBatch[];
  /** Indices of batches whose payload was posted again, with that payload. [BatchInbox.sol, repost] */
  readonly reposts: readonly { readonly index: bigint; readonly payload: Uint8Array }[];
  readonly outputs: readonly ProposedOutput[];
}
