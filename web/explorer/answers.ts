import {
  type Decoder,
  account,
  bytes,
  flag,
  hash32,
  list,
  object,
  orNull,
  quantity,
  text,
  time,
  word,
} from './decode.ts';

// What the explorer takes from answers of a node, and nothing else of them. [docs/rpc.md]

const MAX_ITEMS = 100_000;

/** A block by number and hash. */
export interface BlockId {
  readonly number: bigint;
  readonly hash: string;
}
const blockId = object<BlockId>({ number: quantity, hash: hash32 });

/** How far the chain has come, for each degree of certainty. */
export interface Heads {
  readonly unsafe: BlockId;
  readonly safe: BlockId;
  readonly finalized: BlockId;
}
export const heads: Decoder<Heads> = object<Heads>({ unsafe: blockId, safe: blockId, finalized: blockId });

/** Which chain a node serves. */
export interface ChainFacts {
  readonly l1ChainId: bigint;
  readonly l2ChainId: bigint;
  readonly genesis: { readonly hash: string };
}
export const chainFacts: Decoder<ChainFacts> = object<ChainFacts>({
  ...{ l1ChainId: quantity, l2ChainId: quantity },
  genesis: object({ hash: hash32 }),
});

/** A block, with hashes of its transactions. */
export interface Block extends BlockId {
  readonly parentHash: string;
  readonly timestamp: bigint;
  readonly gasUsed: bigint;
  readonly gasLimit: bigint;
  readonly baseFeePerGas: bigint;
  readonly miner: string;
  readonly stateRoot: string;
  readonly transactions: readonly string[];
}
export const block: Decoder<Block> = object<Block>({
  ...{ number: quantity, hash: hash32, parentHash: hash32, timestamp: quantity },
  ...{ gasUsed: quantity, gasLimit: quantity, baseFeePerGas: quantity },
  ...{ miner: account, stateRoot: hash32, transactions: list(hash32, MAX_ITEMS) },
});

/** A transaction; without a block while it waits. */
export interface Tx {
  readonly hash: string;
  readonly blockNumber: bigint | null;
  readonly from: string;
  readonly to: string | null;
  readonly nonce: bigint;
  readonly value: bigint;
  readonly gas: bigint;
  readonly gasPrice: bigint;
  readonly type: bigint;
  readonly input: string;
}
export const tx: Decoder<Tx> = object<Tx>({
  ...{ hash: hash32, blockNumber: orNull(quantity), from: account, to: orNull(account) },
  ...{ nonce: quantity, value: quantity, gas: quantity, gasPrice: quantity, type: quantity, input: bytes },
});

/** A log of a contract. */
export interface TxLog {
  readonly address: string;
  readonly topics: readonly string[];
  readonly data: string;
  readonly logIndex: bigint;
}

/** What came of a transaction. */
export interface Receipt {
  readonly status: bigint;
  readonly gasUsed: bigint;
  readonly effectiveGasPrice: bigint;
  readonly contractAddress: string | null;
  readonly logs: readonly TxLog[];
}
export const receipt: Decoder<Receipt> = object<Receipt>({
  ...{ status: quantity, gasUsed: quantity, effectiveGasPrice: quantity, contractAddress: orNull(account) },
  logs: list(
    object<TxLog>({ address: account, topics: list(hash32, 4), data: bytes, logIndex: quantity }),
    MAX_ITEMS,
  ),
});

/** When a transaction reached a stage, and what shows it. */
export interface Stage {
  readonly timeMs: number;
  readonly reference: string | null;
}

/** The stages of a transaction, in their order. */
export const stageNames = ['soft', 'batched', 'signed', 'safe', 'finalized'] as const;
/** One of them. */
export type StageName = (typeof stageNames)[number];

/** How far a transaction has come. */
export interface TxStatus extends Readonly<Record<StageName, Stage | null>> {
  readonly status: 'pending' | StageName;
}
const reference: Decoder<string | null> = (value, path) =>
  typeof value === 'number' ? String(value) : orNull(text)(value, path);
const stage = orNull(object<Stage>({ timeMs: time, reference }));
export const txStatus: Decoder<TxStatus> = object<TxStatus>({
  ...{ status: word('pending', ...stageNames), soft: stage, batched: stage, signed: stage },
  ...{ safe: stage, finalized: stage },
});

/** A batch on L1. */
export interface Batch {
  readonly index: bigint;
  readonly firstBlock: bigint;
  readonly lastBlock: bigint;
  readonly blocksRoot: string;
  readonly da: bigint;
  readonly compression: bigint;
  readonly payloadSize: bigint;
  readonly payloadHash: string;
  readonly blobHashes: readonly string[];
  readonly sender: string;
  readonly l1TransactionHash: string;
  readonly l1Block: BlockId;
  readonly isValid: boolean | null;
  readonly ignored: string | null;
}
export const batch: Decoder<Batch> = object<Batch>({
  ...{ index: quantity, firstBlock: quantity, lastBlock: quantity, blocksRoot: hash32, da: quantity },
  ...{ compression: quantity, payloadSize: quantity, payloadHash: hash32, blobHashes: list(hash32, 64) },
  ...{ sender: account, l1TransactionHash: hash32, l1Block: blockId },
  ...{ isValid: orNull(flag), ignored: orNull(text) },
});
