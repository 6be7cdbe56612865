import type { Address } from '../ethereum/address.ts';
import type { BlockAttributes } from './attributes.ts';
import type { AccessListEntry, L2Tx } from '../ethereum/l2-tx.ts';
import type { L2Block } from './block.ts';

/** A log of a receipt. */
export interface TxLog {
  readonly address: Address;
  /** 32 bytes each, at most 4. */
  readonly topics: readonly Uint8Array[];
  readonly data: Uint8Array;
}

/** What became of one transaction of a block. Gas in units, prices in wei. */
export interface TxReceipt {
  /** 32 bytes */
  readonly hash: Uint8Array;
  readonly type: 0 | 1 | 2;
  readonly from: Address;
  readonly to: Address | undefined;
  /** Of the contract that it created, also where that failed. */
  readonly created: Address | undefined;
  readonly isSuccess: boolean;
  readonly gasUsed: bigint;
  readonly cumulativeGasUsed: bigint;
  readonly effectiveGasPrice: bigint;
  readonly logs: readonly TxLog[];
}

/** A transaction that a block may take. */
export interface Candidate {
  readonly raw: Uint8Array;
  /** Known where somebody has recovered it already. */
  readonly sender?: Address | undefined;
  /** All that the bytes say, where they were read before: nobody need read them again. */
  readonly tx?: L2Tx | undefined;
}

/** Why a transaction was left out. All but `block-full` say that it is invalid here. */
export type TxRefusal =
  | 'tx-malformed'
  | 'nonce-too-low'
  | 'nonce-too-high'
  | 'no-funds'
  | 'fee-too-low'
  | 'gas-over-block'
  | 'too-slow'
  | 'block-full';

/** What to build on what. */
export interface BuildRequest {
  /** 32 bytes: a block that was built or imported before. */
  readonly parent: Uint8Array;
  readonly attributes: BlockAttributes;
  /** After the forced ones, in this order. No more of them are asked for than the block needs. */
  readonly transactions: Iterable<Candidate>;
  /** `pick` leaves out what cannot be executed or does not fit; `exact` refuses the block instead. */
  readonly mode: 'pick' | 'exact';
  /** Of no meaning for what is forced in, nor for `exact`: that is what it is. */
  readonly budget?: BuildBudget | undefined;
}

/** How long building a block may take. Milliseconds. */
export interface BuildBudget {
  /** Since building began. */
  readonly elapsedMs: () => number;
  /** After which no further transaction is begun. */
  readonly blockMs: number;
  /** That one transaction may take; one that takes longer is left out, whatever it pays. */
  readonly txMs: number;
}

/** A block that was executed. */
export interface ExecutedBlock {
  readonly block: L2Block;
  readonly receipts: readonly TxReceipt[];
  /** How many of the transactions, from the first, L1 forced in. */
  readonly forcedCount: number;
  /** As in `ParentBlock`. */
  readonly carry: bigint;
  readonly nextWithdrawal: bigint;
}

/** What building led to. `refused` names positions in `transactions` of the request. */
export type BuildResult =
  | {
      readonly kind: 'built';
      readonly executed: ExecutedBlock;
      readonly refused: readonly { readonly at: number; readonly reason: TxRefusal }[];
    }
  | { readonly kind: 'not-executable'; readonly at: number; readonly reason: TxRefusal };

/** What an engine says of a block that somebody else built. */
export type ImportVerdict =
  | { readonly kind: 'valid' }
  /** `field` is the first one of the header that came out otherwise. */
  | { readonly kind: 'invalid'; readonly field: string }
  /** The engine does not hold the block before. */
  | { readonly kind: 'parent-unknown' };

/** Which blocks are newest, safe and final; 32 bytes each. */
export interface HeadHashes {
  readonly unsafe: Uint8Array;
  readonly safe: Uint8Array;
  readonly finalized: Uint8Array;
}

/** A call that changes nothing. Absent fields as in `eth_call`; amounts in wei. */
export interface CallRequest {
  readonly from?: Address | undefined;
  readonly to?: Address | undefined;
  readonly value?: bigint | undefined;
  readonly data?: Uint8Array | undefined;
  readonly gas?: bigint | undefined;
  readonly gasPrice?: bigint | undefined;
  /** Paid for before the first instruction, and cheaper from then on. */
  readonly accessList?: readonly AccessListEntry[] | undefined;
  /** Whether the result says what was touched. */
  readonly tellsAccess?: boolean | undefined;
  /** Accounts that are taken to be others than they are. */
  readonly accounts?: readonly AccountOverride[] | undefined;
  /** What the block in which the call is taken to stand has otherwise than the next one would. */
  readonly block?: BlockOverride | undefined;
}

/** An account as a call is to find it; what is absent is as it is. */
export interface AccountOverride {
  readonly account: Address;
  readonly nonce?: bigint | undefined;
  readonly balance?: bigint | undefined;
  readonly code?: Uint8Array | undefined;
  /** Slots and their values, 32 bytes each. */
  readonly slots: readonly (readonly [slot: Uint8Array, value: Uint8Array])[];
  /** Whether the account has no other slots than these. */
  readonly isWhole: boolean;
}

/** Fields of a block. Seconds, gas, wei, 32 bytes. */
export interface BlockOverride {
  readonly number?: bigint | undefined;
  readonly timestamp?: bigint | undefined;
  readonly gasLimit?: bigint | undefined;
  readonly coinbase?: Address | undefined;
  readonly prevRandao?: Uint8Array | undefined;
  readonly baseFeePerGas?: bigint | undefined;
}

/** What a call gave. */
export interface CallResult {
  readonly isSuccess: boolean;
  /** What was returned, or the data of the revert. */
  readonly output: Uint8Array;
  readonly gasUsed: bigint;
  /** The name of the fault of the machine where it did not succeed, such as `revert` or `out of gas`. */
  readonly fault: string | undefined;
  /** Where it was asked for: accounts and slots that were touched at the full price, in their order. */
  readonly touched?: readonly AccessListEntry[] | undefined;
}

/** Nodes from a root: of the trie of accounts, and of the trie of one account for each of its slots. */
export interface StateProof {
  readonly account: readonly Uint8Array[];
  readonly slots: readonly (readonly Uint8Array[])[];
}

/** An account at one block. */
export interface AccountState {
  readonly nonce: bigint;
  readonly balance: bigint;
  /** 32 bytes each. */
  readonly codeHash: Uint8Array;
  readonly storageRoot: Uint8Array;
}

/** Which logs are asked for: of a block, or of blocks from–to, both counted. */
export interface LogFilter {
  readonly from: bigint;
  readonly to: bigint;
  /** Any of them; empty for all. */
  readonly addresses: readonly Address[];
  /** At each position any of the topics, 32 bytes each; an empty list for all. */
  readonly topics: readonly (readonly Uint8Array[])[];
}

/** A log and where it stands. */
export interface PlacedLog extends TxLog {
  readonly blockNumber: bigint;
  /** 32 bytes each. */
  readonly blockHash: Uint8Array;
  readonly transactionHash: Uint8Array;
  readonly transactionIndex: number;
  /** In the whole block. */
  readonly logIndex: number;
}
