import type { PayloadPlace } from '../../chain/block-batch.ts';
import type { FeeObservation, Fees } from '../../chain/fees.ts';
import type { SealedBatch } from '../../chain/sealed-batch.ts';
import type { Address } from '../../ethereum/address.ts';
import { type Ledger, type LedgerTx, openTxs, post } from './ledger.ts';
import type { JournalRecord, TxName } from './records.ts';

/** What a submitter is told once. */
export interface SubmitterOptions {
  /** Which account sends what; both may be one. */
  readonly accounts: { readonly calldata: Address; readonly blobs: Address };
  readonly caps: Fees;
  /** Batches that are on their way at the same time. */
  readonly maxOpen: number;
  /**
   * L1 blocks after which a transaction that nobody takes is sent again, and after which its price is
   * raised.
   */
  readonly resendAfter: bigint;
  readonly bumpAfter: bigint;
  /** Milliseconds after which a signature is late. */
  readonly signStaleMs: number;
  /** Milliseconds until a signature is asked for again, at first. */
  readonly retryMs: number;
}

/** A receipt, as far as it counts here. */
export interface SeenReceipt {
  readonly block: bigint;
  /** 32 bytes */
  readonly blockHash: Uint8Array;
  readonly isSuccess: boolean;
  /** Wei. */
  readonly cost: bigint;
}

/** A batch as the own driver has read it in blocks that it has hashed itself. */
export interface DerivedBatch {
  /** `false` where derivation passes it over. */
  readonly isTaken: boolean;
  /** Of the transaction that brought it, 32 bytes. */
  readonly l1Hash: Uint8Array;
}

/** One look at L1. Nonces are read before receipts, so that a nonce that is used has its receipt by then. */
export interface L1Seen {
  readonly head: bigint;
  /** Blocks up to here cannot go away. */
  readonly finalized: bigint;
  readonly fees: FeeObservation;
  /** The last batch that the inbox has. */
  readonly lastIndex: bigint;
  readonly accounts: ReadonlyMap<
    Address,
    {
      readonly latest: bigint;
      readonly pending: bigint;
      /** Nonces that blocks which cannot go away have used. */
      readonly finalized: bigint;
      readonly balance: bigint;
    }
  >;
  /** Of every transaction that was signed and is not final, by the hex of its hash. */
  readonly receipts: ReadonlyMap<string, SeenReceipt>;
  /** What the own driver says of batches that are mined; where it has not come so far, nothing. */
  readonly derived: ReadonlyMap<bigint, DerivedBatch>;
}

/** What needs an operator, or time. */
export type Alarm =
  | 'foreign-nonce'
  | 'fee-cap'
  | 'fee-steps-used'
  | 'balance-low'
  | 'sign-stale'
  | 'sign-refused'
  | 'batch-reverted'
  | 'batch-not-derivable'
  | 'batch-changed'
  | 'index-held'
  | 'index-taken'
  | 'send-refused';

/** Everything, durable and not. */
export interface Submitter {
  readonly ledger: Ledger;
  /** Sealed batches that are not final, by index. */
  readonly batches: ReadonlyMap<bigint, SealedBatch>;
  /** The signature that is awaited; the time is that of the monotonic clock. */
  readonly signing: (TxName & { readonly sinceMs: number }) | undefined;
  /** When a signature may be asked for again by that clock, and how long the next pause is. */
  readonly retry: { readonly atMs: number; readonly pauseMs: number; readonly code?: string };
  /** When transactions were sent, first and last, in blocks, by the hex of their hash. */
  readonly sent: ReadonlyMap<string, { readonly first: bigint; readonly last: bigint }>;
  /** Since which block a nonce is used by something that is not ours. */
  readonly strange: ReadonlyMap<Address, bigint>;
  readonly alarms: ReadonlyMap<Alarm, string>;
}

/** What happens to a submitter. */
export type SubmitterEvent =
  | { readonly kind: 'sealed'; readonly batch: SealedBatch }
  /** This batch and all behind it; only where `canGiveUp`. */
  | { readonly kind: 'given-up'; readonly index: bigint }
  | { readonly kind: 'looked'; readonly seen: L1Seen }
  | { readonly kind: 'signed'; readonly tx: TxName; readonly raw: Uint8Array }
  | { readonly kind: 'sign-failed'; readonly tx: TxName; readonly code: string }
  | { readonly kind: 'send-failed'; readonly hash: Uint8Array; readonly code: string }
  | { readonly kind: 'paused'; readonly isPaused: boolean }
  /** Only where `refuseToClear` let it pass. `lastIndex` is the last batch that the inbox has. */
  | {
      readonly kind: 'cleared';
      readonly account: Address;
      readonly nonce: bigint;
      readonly lastIndex: bigint;
    }
  /** Only where `refuseToRetry` let it pass. */
  | { readonly kind: 'again' };

/** What is to be done, in this order: a record is durable before what follows it. */
export type SubmitterEffect =
  | { readonly kind: 'record'; readonly record: JournalRecord }
  | {
      readonly kind: 'sign';
      readonly tx: TxName;
      readonly batch: SealedBatch;
      readonly fees: Fees;
    }
  | {
      readonly kind: 'send';
      readonly batch: SealedBatch;
      readonly raw: Uint8Array;
      readonly hash: Uint8Array;
    };

/** The state after an event, and what is to be done. */
export interface SubmitterStep {
  readonly next: Submitter;
  readonly effects: readonly SubmitterEffect[];
}

/** A submitter that starts with what its journal says. */
export const restored = (ledger: Ledger): Submitter => ({
  ...{ ledger, batches: new Map(), signing: undefined, retry: { atMs: 0, pauseMs: 0 } },
  ...{ sent: new Map(), strange: new Map(), alarms: new Map() },
});

/** Carries a state through one event: records change it at once, and stand among the effects in order. */
export class Draft {
  state: Submitter;
  readonly effects: SubmitterEffect[] = [];
  constructor(state: Submitter) {
    this.state = state;
  }
  record(record: JournalRecord): void {
    this.effects.push({ kind: 'record', record });
    this.state = { ...this.state, ledger: post(this.state.ledger, record) };
  }
  alarm(alarm: Alarm, detail: string): void {
    this.state = { ...this.state, alarms: new Map(this.state.alarms).set(alarm, detail) };
  }
  set(change: Partial<Submitter>): void {
    this.state = { ...this.state, ...change };
  }
}

/** The account that sends payloads to a place. */
export const accountFor = ({ accounts }: SubmitterOptions, place: PayloadPlace): Address =>
  place === 'blobs' ? accounts.blobs : accounts.calldata;

/** Open transactions, oldest first. */
export const openOf = ({ ledger }: Submitter): readonly LedgerTx[] => openTxs(ledger);
