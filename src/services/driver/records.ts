import type { DeriveStep } from '../../chain/derive.ts';
import type { AppendedBatch, L1Facts, ProposedOutput } from '../../chain/l1-facts.ts';
import { type Codec, fixed, list, struct, text, u32Codec, u64Codec, u8Codec } from '../../crypto/codec.ts';
import { addressCodec } from '../../ethereum/address.ts';

/** A batch on L1, without its payload, and what became of it. */
export interface BatchRecord extends Omit<AppendedBatch, 'data'> {
  /** The block of L1 that holds it: number, hash of 32 bytes, Unix seconds. */
  readonly l1Block: bigint;
  readonly l1BlockHash: Uint8Array;
  readonly l1Time: bigint;
  /** `taken`, or why not: an `IgnoreReason`. */
  readonly outcome: string;
  readonly leftOutForced: boolean;
}

/** What one block of L1 did to L2. */
export interface L1Record {
  readonly l1Block: bigint;
  readonly batches: readonly BatchRecord[];
  readonly outputs: readonly ProposedOutput[];
}

/** The record of a block of L1 that says nothing. */
export const emptyRecord = (l1Block: bigint): L1Record => ({ l1Block, batches: [], outputs: [] });

/** What is kept of a block of L1 that was read. */
export function recordOf(facts: L1Facts, steps: readonly DeriveStep[]): L1Record {
  const { number: l1Block, hash: l1BlockHash, timestamp: l1Time, outputs } = facts;
  const batches = steps.flatMap((step): BatchRecord[] => {
    if (step.kind === 'fallback') return [];
    const { data: _, ...batch } = step.batch;
    const place = { l1Block, l1BlockHash, l1Time };
    if (step.kind === 'taken') return [{ ...batch, ...place, outcome: 'taken', leftOutForced: false }];
    return [{ ...batch, ...place, outcome: step.reason, leftOutForced: step.leftOutForced }];
  });
  return { l1Block, batches, outputs };
}

const MAX_ENTRIES = 10_000;
/** More than any fork of L1 lets a transaction have: the inbox counts no blobs. */
const MOST_BLOBS = 256;
const hash = fixed(32);

const flag: Codec<boolean> = {
  schema: u8Codec.schema,
  maxBytes: 1,
  write: (value) => u8Codec.write(value ? 1 : 0),
  read: (from, path) => u8Codec.read(from, path) === 1,
};

/** How a record is written to disk. */
export const l1RecordCodec: Codec<L1Record> = struct<L1Record>({
  l1Block: u64Codec,
  batches: list(
    struct<BatchRecord>({
      ...{ index: u64Codec, firstBlock: u64Codec, lastBlock: u64Codec, parentHash: hash, lastHash: hash },
      ...{ blocksRoot: hash, lastOrigin: u64Codec, da: u8Codec, compression: u8Codec },
      ...{ payloadSize: u32Codec, payloadHash: hash, l1Hash: hash, sender: addressCodec },
      blobHashes: list(hash, MOST_BLOBS),
      ...{ l1Block: u64Codec, l1BlockHash: hash, l1Time: u64Codec, outcome: text(32), leftOutForced: flag },
    }),
    MAX_ENTRIES,
  ),
  outputs: list(
    struct<ProposedOutput>({ index: u64Codec, outputRoot: hash, l2Block: u64Codec, proposer: addressCodec }),
    MAX_ENTRIES,
  ),
});
