import type { DataAvailability } from '../chain/batch.ts';
import type {
  AccountState,
  BuildRequest,
  BuildResult,
  CallRequest,
  CallResult,
  Candidate,
  ExecutedBlock,
  HeadHashes,
  ImportVerdict,
  LogFilter,
  PlacedLog,
  StateProof,
} from '../chain/execution.ts';
import type { L2Block } from '../chain/block.ts';
import type { FeeObservation } from '../chain/fees.ts';
import type { AppendedBatch, L1Facts } from '../chain/l1-facts.ts';
import type { Rng } from '../crypto/secp256k1.ts';
import type { L1Log } from '../ethereum/abi.ts';
import type { Address } from '../ethereum/address.ts';
import type { OpenedOutput } from '../ethereum/bridge-calls.ts';
import type { GameRecord, OutputRecord } from '../ethereum/bridge-views.ts';
import type { SignedL1Tx } from '../ethereum/l1-tx.ts';
import type { L2Tx } from '../ethereum/l2-tx.ts';
import type { BlockPlacement, GameMove } from '../ethereum/output-calls.ts';

/** What the house asks of the world. Each port is as narrow as serves; tests bring their own versions. */

/** Time. Deadlines use the monotonic clock; the wall clock is for records only. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: () => number;
  /** Milliseconds since an arbitrary start, never going back. */
  readonly monotonicMs: () => number;
  /** Calls `event` once after `durationMs`; the returned function cancels it. */
  readonly after: (durationMs: number, event: () => void) => () => void;
}

/**
 * Durable files, relative to one data folder, in exactly two shapes: replace a file, append a record. All
 * calls are synchronous, on one thread, and durable when they return. A failed fsync is fatal.
 * Errors: OperationError disk-full | fsync-failed | disk-failed; InputError bad-permissions | bad-path.
 */
export interface Disk {
  /** The bytes of a file, `undefined` if there is none. */
  readonly read: (path: string) => Uint8Array | undefined;
  /**
   * Temporary file (exclusive, 0600) → write → fsync → rename → fsync of the folder.
   * Folders are made, 0700.
   */
  readonly replace: (path: string, bytes: Uint8Array) => void;
  /** As `replace`, but refuses to overwrite. @throws OperationError would-overwrite */
  readonly create: (path: string, bytes: Uint8Array) => void;
  /**
   * Appends raw bytes to a file (made 0600 if absent), then fsync. Framing is the business of `AppendLog`.
   */
  readonly append: (path: string, bytes: Uint8Array) => void;
  /** Cuts a file to `length` bytes, then fsync: removes an incomplete last record at open. */
  readonly truncate: (path: string, length: number) => void;
  /** Moves a file or folder to another name in the data folder; never over an existing one. */
  readonly move: (from: string, to: string) => void;
  /**
   * Unlink → fsync of the folder: whole or gone, wherever a crash comes, and on a full volume too. For what
   * is no secret.
   */
  readonly remove: (path: string) => void;
  /**
   * Overwrites with zeros, fsync, unlink. For sealed material whose time is over: what a crash leaves on the
   * way is part zeros, so who reads such a file at a start must not need it.
   */
  readonly shred: (path: string) => void;
  /** Names in a folder, sorted; empty if there is no such folder. */
  readonly list: (folder: string) => readonly string[];
  /** Free bytes on the volume. */
  readonly freeBytes: () => number;
}

/** One end of an established byte-message connection (a WebSocket in production). */
export interface Connection {
  /** Sends one frame. Returns false when the outbound limit is reached and the connection is being closed. */
  readonly send: (frame: Uint8Array) => boolean;
  readonly close: (reason: string) => void;
  readonly onFrame: (handler: (frame: Uint8Array) => void) => void;
  readonly onClose: (handler: (reason: string) => void) => void;
  /**
   * Says that the other end has shown who it is: until then a listener counts it as half-open, with a
   * deadline.
   */
  readonly admitted: () => void;
  /** Bytes handed over and not yet taken by the peer. */
  readonly bufferedBytes: () => number;
  /** Where the other end is, for messages to people. */
  readonly remote: string;
}

/** Sockets. */
export interface Network {
  /** Listens on `host:port`; resolves when bound. @throws OperationError port-in-use, naming the port */
  readonly listen: (
    address: string,
    accept: (connection: Connection) => void,
  ) => Promise<{ readonly address: string; readonly close: () => Promise<void> }>;
  /** Connects to `ws://host:port`. @throws OperationError peer-unreachable, naming it */
  readonly connect: (url: string) => Promise<Connection>;
}

/** Structured log: an event name and data, never prose, never secrets. */
export interface Log {
  readonly error: (event: string, fields?: LogFields) => void;
  readonly warn: (event: string, fields?: LogFields) => void;
  readonly info: (event: string, fields?: LogFields) => void;
  readonly debug: (event: string, fields?: LogFields) => void;
  readonly child: (fields: LogFields) => Log;
}
/** Values that may be logged. Integers that can exceed 2^53 are decimal strings. */
export type LogFields = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/**
 * A thread that runs one whole protocol session from messages alone. `post` and `onMessage` carry
 * structured-clone data; byte arrays named in `transfer` change owner.
 */
export interface WorkerThread {
  readonly post: (message: unknown, transfer?: readonly ArrayBuffer[]) => void;
  readonly onMessage: (handler: (message: unknown) => void) => void;
  readonly onExit: (handler: (reason: string) => void) => void;
  readonly terminate: () => Promise<void>;
}
/** Starts worker threads. */
export interface Workers {
  readonly start: () => WorkerThread;
}

/** The cost of one scrypt run: memory is 128 · n · r bytes. [RFC 7914] */
export interface ScryptCost {
  readonly n: number;
  readonly r: number;
  readonly p: number;
}
/** The one slow key derivation, for passwords. */
export interface Kdf {
  readonly scrypt: (password: Uint8Array, salt: Uint8Array, cost: ScryptCost, length: number) => Uint8Array;
}

/** Fresh operating-system randomness. */
export type FreshRandom = Rng;

/** A block of L1. */
export interface L1Block {
  readonly number: bigint;
  /** 32 bytes */
  readonly hash: Uint8Array;
  readonly parentHash: Uint8Array;
}
/** What became of a transaction. */
export interface L1Receipt {
  readonly status: 'success' | 'reverted';
  /** 32 bytes */
  readonly hash: Uint8Array;
  readonly block: bigint;
  /** 32 bytes */
  readonly blockHash: Uint8Array;
  readonly from: Address;
  readonly gasUsed: bigint;
  /** wei per gas */
  readonly gasPrice: bigint;
  readonly blobGasUsed: bigint;
  readonly logs: readonly L1Log[];
}
/** Whose word the inbox takes for a batch: the sender's, a certificate's, or both. */
export type InboxAuthMode = 'sender' | 'quorum' | 'both';
/** What an inbox holds at the newest block. */
export interface InboxState {
  readonly l2ChainId: bigint;
  /** 0 before the first batch. */
  readonly lastIndex: bigint;
  readonly authMode: InboxAuthMode;
  /** Where it looks up accounts. */
  readonly registry: Address;
  /** Who sends batches of each kind in the next block; `undefined` where the registry names nobody. */
  readonly accounts: Readonly<Record<DataAvailability, Address | undefined>>;
}
/** A batch that an inbox holds. */
export interface InboxBatch {
  /** 32 bytes */
  readonly digest: Uint8Array;
  /** 32 bytes: over the hashes of its blocks */
  readonly blocksRoot: Uint8Array;
  readonly firstBlock: bigint;
  readonly lastBlock: bigint;
  readonly l1Block: bigint;
}

/**
 * The chain on which batches land. Reading may be repeated freely; sending is never repeated by the client
 * itself. Every call: @throws OperationError l1-unreachable
 */
export interface L1 {
  readonly chainId: () => Promise<bigint>;
  readonly head: (tag: 'latest' | 'safe' | 'finalized') => Promise<L1Block>;
  /** The hash of the block of a number, 32 bytes; `undefined` where there is none. */
  readonly hashAt: (number: bigint) => Promise<Uint8Array | undefined>;
  /** Transactions of an account: mined, also those that wait, or only those that are final. */
  readonly nonce: (account: Address, at: 'latest' | 'pending' | 'finalized') => Promise<bigint>;
  /** In wei. */
  readonly balance: (account: Address) => Promise<bigint>;
  readonly fees: () => Promise<FeeObservation>;
  /** Empty where there is no contract. */
  readonly code: (account: Address) => Promise<Uint8Array>;
  /** @throws OperationError l1-no-inbox when the account is none */
  readonly inbox: (inbox: Address) => Promise<InboxState>;
  readonly batchAt: (inbox: Address, index: bigint) => Promise<InboxBatch | undefined>;
  /** Runs a call without sending it. @throws OperationError l1-reverted, with the error of the contract */
  readonly simulate: (call: {
    readonly from: Address;
    readonly to: Address;
    readonly data: Uint8Array;
  }) => Promise<void>;
  /**
   * Hands over a signed transaction, blobs in their network form; one that is known already is no fault.
   * @throws OperationError wrong-chain | nonce-too-low | fee-too-low | no-funds | l1-rejected
   */
  readonly send: (tx: SignedL1Tx) => Promise<void>;
  readonly receipt: (hash: Uint8Array) => Promise<L1Receipt | undefined>;
  /** Waits until the transaction is in a block. @throws OperationError receipt-timeout | l1-reverted */
  readonly mined: (hash: Uint8Array, timeoutMs: number) => Promise<L1Receipt>;
  /** Raw bytes of a mined transaction, in canonical form; `undefined` if the chain does not hold it. */
  readonly rawTransaction: (hash: Uint8Array) => Promise<Uint8Array | undefined>;
  /** Blobs of a block, in the order of the hashes; the caller checks them. @throws OperationError no-blobs */
  readonly blobs: (block: bigint, hashes: readonly Uint8Array[]) => Promise<readonly Uint8Array[]>;
}

/** What one look at L1 may read. */
export type L1Reads = Pick<
  L1,
  'head' | 'hashAt' | 'nonce' | 'balance' | 'fees' | 'inbox' | 'batchAt' | 'receipt'
>;

/** L1 behind several endpoints. */
export interface L1Looks extends Pick<L1, 'send'> {
  /** All that a look reads comes from one endpoint, or it fails as a whole. */
  readonly look: <T>(read: (one: L1Reads) => Promise<T>) => Promise<T>;
}

/** A transaction as a block holds it. */
export interface L1Sent {
  /** 32 bytes */
  readonly hash: Uint8Array;
  readonly from: Address;
  readonly nonce: bigint;
  /** Of its signature. */
  readonly r: bigint;
}

/** The past of the chain, for audits. Every call: @throws OperationError l1-unreachable */
export interface L1History {
  /** Number of the newest block. */
  readonly head: () => Promise<bigint>;
  /** How many transactions an account has sent up to a block, with it. Old blocks may be gone. */
  readonly nonceAt: (account: Address, block: bigint) => Promise<bigint>;
  /** The block that holds a transaction; `undefined` where none does. */
  readonly minedIn: (hash: Uint8Array) => Promise<bigint | undefined>;
  /** All transactions of a block. */
  readonly sentIn: (block: bigint) => Promise<readonly L1Sent[]>;
}

/**
 * Blocks of L1 with what they say to L2, each verified against its own hash: an endpoint can stall, but not
 * leave out or invent a log of a block whose hash is right. Every call: @throws OperationError
 * l1-unreachable | l1-lies
 */
export interface L1Source {
  readonly head: (tag: 'latest' | 'safe' | 'finalized') => Promise<L1Block>;
  /** `undefined` where the chain has no such block yet. */
  readonly facts: (number: bigint) => Promise<L1Facts | undefined>;
  /** The payload of a batch in blobs, unpacked; each blob checked against its hash. @throws also no-blobs */
  readonly blobPayload: (block: bigint, batch: AppendedBatch) => Promise<Uint8Array>;
}

/**
 * Executes blocks of L2. What an engine has built or imported it holds, also beside the canonical chain;
 * `setHeads` says which of it is canonical. Every call: @throws OperationError engine-failed
 */
export interface Engine {
  readonly name: string;
  /** Executes a block of somebody else, and compares every field of its header. */
  readonly importBlock: (block: L2Block) => Promise<ImportVerdict>;
  /** @throws OperationError engine-unknown-block for a block that it does not hold */
  readonly setHeads: (heads: HeadHashes) => Promise<void>;
  /** The heads that it was told last; those of the genesis at first. */
  readonly heads: () => Promise<HeadHashes>;
}

/** An engine that also builds, and that knows the past. */
export interface Executor extends Engine {
  /** @throws OperationError engine-unknown-block for a parent that it does not hold */
  readonly build: (request: BuildRequest) => Promise<BuildResult>;
  /** A block by its hash, or the canonical one of a number. */
  readonly block: (at: Uint8Array | bigint) => Promise<ExecutedBlock | undefined>;
  /** Where a transaction stands on the canonical chain. */
  readonly transaction: (
    hash: Uint8Array,
  ) => Promise<{ readonly blockHash: Uint8Array; readonly index: number } | undefined>;
  /** At the end of a block; `undefined` where the account is empty. @throws as `build` */
  readonly account: (block: Uint8Array, account: Address) => Promise<AccountState | undefined>;
  readonly code: (block: Uint8Array, account: Address) => Promise<Uint8Array>;
  /** `slot` and the answer have 32 bytes. */
  readonly storage: (block: Uint8Array, account: Address, slot: Uint8Array) => Promise<Uint8Array>;
  /** Nodes that prove an account at the end of a block, and slots of it, each from the root. [EIP-1186] */
  readonly prove: (block: Uint8Array, account: Address, slots: readonly Uint8Array[]) => Promise<StateProof>;
  /** Runs a call on the state at the end of a block, as if it stood in the next one. */
  readonly call: (block: Uint8Array, call: CallRequest) => Promise<CallResult>;
  /** Logs of canonical blocks, in their order; at most `most`, and one more where there are more. */
  readonly logs: (filter: LogFilter, most: number) => Promise<readonly PlacedLog[]>;
  readonly close: () => Promise<void>;
}

/** What the pool said to a transaction. */
export type PoolAnswer =
  /** It is journalled; `isKnown` where it was so before. */
  | { readonly kind: 'accepted'; readonly hash: Uint8Array; readonly isKnown: boolean }
  /** `code` is one of the pool's reasons; `message` begins as geth's does. */
  | { readonly kind: 'refused'; readonly code: string; readonly message: string };

/** Transactions that wait for a block. */
export interface TxPool {
  readonly add: (raw: Uint8Array) => Promise<PoolAnswer>;
  /** A transaction that waits; 32 bytes. */
  readonly get: (hash: Uint8Array) => L2Tx | undefined;
  /** The nonce after the last transaction without a gap before it. */
  readonly pendingNonce: (account: Address) => Promise<bigint>;
  /**
   * Candidates for a block of so much gas, best first, each account's in the order of their nonces. Found as
   * they are asked for, in the pool as it is at the first.
   */
  readonly candidates: (limits: { readonly gas: bigint; readonly baseFee: bigint }) => Iterable<Candidate>;
  /** What waits: ready for a block, and behind a gap. */
  readonly size: () => { readonly ready: number; readonly queued: number; readonly bytes: number };
}

/** Where blocks are on L1: a batch of the inbox. */
export interface BatchRange {
  readonly index: bigint;
  readonly firstBlock: bigint;
  readonly lastBlock: bigint;
}

/** Outputs on L1 and disputes about them, and the account that takes part. Every call: @throws as `L1` */
export interface OutputsL1 {
  readonly account: Address;
  /** Unix seconds, of the newest block of L1. */
  readonly now: () => Promise<bigint>;
  /** The newest index; 0 is the genesis. */
  readonly last: () => Promise<bigint>;
  /** The newest index that is final. */
  readonly lastFinal: () => Promise<bigint>;
  readonly output: (index: bigint) => Promise<OutputRecord>;
  /** The newest id; ids count from 1. */
  readonly lastGame: () => Promise<bigint>;
  readonly game: (id: bigint) => Promise<GameRecord>;
  /** METIS wei of the account that back nothing, and that a new output takes. */
  readonly bond: () => Promise<{ readonly free: bigint; readonly needed: bigint }>;
  /** `undefined` before the first. */
  readonly newestBatch: () => Promise<BatchRange | undefined>;
  /** The batch that holds a block; `undefined` for a block that derivation made alone. */
  readonly batchOf: (block: bigint) => Promise<BatchRange | undefined>;
  /** Sends, and waits until it is in a block. @throws also l1-reverted */
  readonly propose: (index: bigint, output: OpenedOutput, place: BlockPlacement) => Promise<void>;
  readonly move: (move: GameMove) => Promise<void>;
}

/** What this node's own chain of L2 says, as far as it follows from L1. */
export interface OwnChain {
  readonly l2ChainId: bigint;
  /** The newest block that follows from L1. */
  readonly safe: () => Promise<bigint>;
  /** What an output says after a block; `undefined` beyond the safe one. */
  readonly outputAfter: (block: bigint) => Promise<OpenedOutput | undefined>;
  /** Hashes of the blocks from–to, both counted, 32 bytes each. */
  readonly hashes: (from: bigint, to: bigint) => Promise<readonly Uint8Array[]>;
}
