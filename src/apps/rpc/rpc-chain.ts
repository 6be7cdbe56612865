import type { AppendedBatch } from '../../chain/l1-facts.ts';
import type { Rollup } from '../../chain/rollup.ts';

/** A block by both its names. */
export interface BlockId {
  readonly number: bigint;
  /** 32 bytes */
  readonly hash: Uint8Array;
}

/** Newest, safe and final block. */
export interface RpcHeads {
  readonly unsafe: BlockId;
  readonly safe: BlockId;
  readonly finalized: BlockId;
}

/** How far a node that is behind has come. */
export interface SyncProgress {
  readonly startingBlock: bigint;
  readonly currentBlock: bigint;
  readonly highestBlock: bigint;
}

/** A batch on L1, and the block of L1 that holds it. */
export interface PlacedBatch {
  readonly batch: Omit<AppendedBatch, 'data'>;
  readonly l1Block: BlockId;
  /** Whether derivation took it; absent where that is not known yet. */
  readonly verdict?: 'valid' | { readonly ignored: string };
}

/** When something happened, in milliseconds since the Unix epoch, and what shows it. */
export interface Stage {
  readonly atMs: number;
  /** Index of a batch, hash of a transaction or a block of L1, as text; what it is follows from the stage. */
  readonly reference: string;
}

/** What became of a transaction, or of the block that holds it, stage by stage. */
export interface TxStages {
  /** In a block of the sequencer; the reference is its hash. */
  readonly soft?: Stage;
  /** In a closed batch; its index. */
  readonly batched?: Stage;
  /** The cluster has signed the transaction of that batch; its hash. */
  readonly signed?: Stage;
  /** Derived from L1; the hash of the L1 block. */
  readonly safe?: Stage;
  /** That block is final; as before. */
  readonly finalized?: Stage;
}

/** What the server knows of the chain beside execution: a sequencer or a verifier brings it. */
export interface RpcChain {
  readonly rollup: Rollup;
  readonly heads: () => RpcHeads;
  /** `undefined` where the node is not behind. */
  readonly syncing: () => SyncProgress | undefined;
  readonly batch: (index: bigint) => Promise<PlacedBatch | undefined>;
  /** The valid batch that holds a block; `undefined` while it is not on L1. */
  readonly batchOf: (block: bigint) => Promise<PlacedBatch | undefined>;
  /** `undefined` for a transaction of which nothing is known. */
  readonly stages: (transaction: Uint8Array) => Promise<TxStages | undefined>;
  /** A block with the signature of who built it, as nodes hand it on; `undefined` where there is none. */
  readonly signedBlock: (hash: Uint8Array) => Promise<Uint8Array | undefined>;
  /** Tells of every change of the heads, until the returned function is called. */
  readonly onHeads: (listener: (heads: RpcHeads) => void) => () => void;
}
