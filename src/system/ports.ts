import type { DataAvailability } from '../chain/batch.ts';
import type { FeeObservation } from '../chain/fees.ts';
import type { Rng } from '../crypto/secp256k1.ts';
import type { L1Log } from '../ethereum/abi.ts';
import type { Address } from '../ethereum/address.ts';
import type { SignedL1Tx } from '../ethereum/l1-tx.ts';

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
  /** Overwrites with zeros, fsync, unlink. For sealed material whose time is over. */
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
  /** Transactions of an account, mined or also those that wait. */
  readonly nonce: (account: Address, at: 'latest' | 'pending') => Promise<bigint>;
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
