/** Limits of what one call, one client and all clients together may ask for. Times in milliseconds. */
export interface RpcLimits {
  /** Bytes of one answer, a whole batch too. */
  readonly responseBytes: number;
  /** Calls of one batch. */
  readonly batch: number;
  /** Lists and objects within one another. */
  readonly depth: number;
  /** After which a call is answered with a failure. */
  readonly callMs: number;
  /** Milliseconds after which an execution is given up, or a row of them that one call needs. */
  readonly executionMs: number;
  /** Calls that search, and calls that execute, at a time; and how many of each may wait for their turn. */
  readonly heavy: number;
  readonly calls: number;
  readonly waiting: number;
  /** Gas of a call that changes nothing. */
  readonly callGas: bigint;
  /** Blocks that a search for logs covers, and logs that it finds. */
  readonly logBlocks: bigint;
  readonly logResults: number;
  /** Addresses of a filter, and topics at one of its positions. */
  readonly filterValues: number;
  /** Blocks of a fee history, and percentiles. */
  readonly feeBlocks: bigint;
  readonly feePercentiles: number;
  /** Filters of all clients, after which time without a poll one is forgotten, and what one may hold. */
  readonly filters: number;
  readonly filterMs: number;
  readonly filterItems: number;
  /** Subscriptions of one WebSocket, and of all. */
  readonly socketSubscriptions: number;
  readonly subscriptions: number;
  /** Transactions that `txpool_content` lists. */
  readonly poolListing: number;
  /** Blocks of a batch of which inclusion is proven. */
  readonly proofBlocks: bigint;
  /** Slots of an account that one call proves. */
  readonly proofKeys: number;
}

/** The limits unless others are stated. */
export const rpcLimits: RpcLimits = {
  ...{ responseBytes: 26_214_400, batch: 1_000, depth: 32, callMs: 15_000, executionMs: 5_000 },
  ...{ heavy: 2, calls: 4, waiting: 256, callGas: 30_000_000n },
  ...{ logBlocks: 10_000n, logResults: 10_000, filterValues: 1_000 },
  ...{ feeBlocks: 1_024n, feePercentiles: 100 },
  ...{ filters: 1_000, filterMs: 300_000, filterItems: 10_000 },
  ...{ socketSubscriptions: 64, subscriptions: 1_024 },
  ...{ poolListing: 1_000, proofBlocks: 65_535n, proofKeys: 1_024 },
};
