import { placeCodec } from '../../chain/duty-submit-blocks.ts';
import type { PayloadPlace } from '../../chain/block-batch.ts';
import { type Codec, blob, fixed, struct, u256Codec, u64Codec, u8Codec, union } from '../../crypto/codec.ts';
import { type Address, addressCodec } from '../../ethereum/address.ts';

/** Names a transaction of ours. */
export interface TxName {
  readonly account: Address;
  /** u64 */
  readonly nonce: bigint;
}

/** One line of the journal. What it says is durable before anything that follows from it leaves. */
export type JournalRecord =
  /** The first nonce that is ours, from L1; later ones are counted here and never asked for. */
  | ({ readonly kind: 'base' } & TxName)
  /** A nonce belongs to a batch from now on; `content` is what guards hold on to, 32 bytes. */
  | ({
      readonly kind: 'assigned';
      readonly index: bigint;
      readonly place: PayloadPlace;
      readonly content: Uint8Array;
    } & TxName)
  /** A rung of the ladder is being asked for. Wei per gas. */
  | ({
      readonly kind: 'requested';
      readonly maxFeePerGas: bigint;
      readonly maxPriorityFeePerGas: bigint;
      readonly maxFeePerBlobGas: bigint;
    } & TxName)
  /** The newest rung is signed: its canonical bytes. */
  | ({ readonly kind: 'signed'; readonly raw: Uint8Array } & TxName)
  /** A block holds it. */
  | ({
      readonly kind: 'mined';
      readonly hash: Uint8Array;
      readonly block: bigint;
      readonly blockHash: Uint8Array;
      /** 1 where the call was executed, 0 where it was reverted. */
      readonly success: number;
    } & TxName)
  /** The block is not there any more. */
  | ({ readonly kind: 'unmined' } & TxName)
  /** Nothing can take it back; what it cost in wei, and when it was seen, in milliseconds. */
  | ({ readonly kind: 'final'; readonly cost: bigint; readonly atMs: bigint } & TxName)
  /** Final, but reverted, or another transaction has its nonce: the batch is not in the inbox. */
  | ({ readonly kind: 'failed' } & TxName)
  /** Somebody else uses the account: nothing more is sent from it. */
  | ({ readonly kind: 'stopped' } & TxName)
  /** The operator has looked, and the account goes on at this nonce. */
  | ({ readonly kind: 'cleared' } & TxName)
  | { readonly kind: 'paused'; readonly on: number }
  /** The batch of a nonce is not asked for any more, and nobody has signed it: both are free again here. */
  | ({ readonly kind: 'given-up' } & TxName)
  /** What failed is to be sent under another nonce: the operator has looked why. */
  | ({ readonly kind: 'again' } & TxName)
  /** L1 has batches up to this one from elsewhere, and the operator has looked from where. */
  | { readonly kind: 'elsewhere'; readonly index: bigint }
  /** What a final transaction cost, where the record of its end was compacted away. */
  | ({ readonly kind: 'spent'; readonly wei: bigint; readonly atMs: bigint } & Pick<TxName, 'account'>)
  /** Signers may hold an index and a nonce for this content, which was given up, and its record is gone. */
  | ({ readonly kind: 'held'; readonly index: bigint; readonly content: Uint8Array } & TxName)
  /** L1 has not used the nonce of what was called failed: it is followed again. */
  | ({ readonly kind: 'reopened' } & TxName);

const name = { account: addressCodec, nonce: u64Codec };
const named = struct<TxName>(name);

/** The stored form of a record. */
export const recordCodec: Codec<JournalRecord> = union<JournalRecord>({
  base: named,
  assigned: struct({ ...name, index: u64Codec, place: placeCodec, content: fixed(32) }),
  requested: struct({
    ...{ ...name, maxFeePerGas: u256Codec, maxPriorityFeePerGas: u256Codec },
    maxFeePerBlobGas: u256Codec,
  }),
  signed: struct({ ...name, raw: blob(131_072) }),
  mined: struct({ ...name, hash: fixed(32), block: u64Codec, blockHash: fixed(32), success: u8Codec }),
  unmined: named,
  final: struct({ ...name, cost: u256Codec, atMs: u64Codec }),
  failed: named,
  stopped: named,
  cleared: named,
  paused: struct({ on: u8Codec }),
  'given-up': named,
  again: named,
  elsewhere: struct({ index: u64Codec }),
  spent: struct({ account: addressCodec, wei: u256Codec, atMs: u64Codec }),
  held: struct({ ...name, index: u64Codec, content: fixed(32) }),
  reopened: named,
});
