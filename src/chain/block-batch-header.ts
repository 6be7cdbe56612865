import { assert } from '../crypto/errors.ts';
import type { BatchHeader } from '../ethereum/abi.ts';
import { payloadHash } from './batch.ts';
import { blobPayloadHash } from './blobs.ts';
import { type BatchCompressors, PLACE_BYTES, readBlockBatch } from './block-batch.ts';

/** What of a batch of blocks its header is made from. */
export interface BlockHeaderSource {
  /** As `encodeBlockBatch` wrote it. */
  readonly payload: Uint8Array;
  /** 32 bytes: `blocksRoot` over the hashes of its blocks, which the payload does not hold. */
  readonly blocksRoot: Uint8Array;
  /** 32 bytes each; none but for blobs. */
  readonly blobVersionedHashes: readonly Uint8Array[];
}

/** No certificate belongs to a batch yet. */
const NO_SET = 0n;

/** What a batch of blocks says of itself to the inbox. @throws InputError as `readBlockBatch` */
export function blockBatchHeader(source: BlockHeaderSource, compressors: BatchCompressors): BatchHeader {
  const { payload, blocksRoot, blobVersionedHashes } = source;
  const { da, compression, index, firstBlock, count, body } = readBlockBatch(payload, compressors);
  const last = body.blocks.at(-1);
  assert(last !== undefined, 'a batch has a block');
  const isBlobs = da === PLACE_BYTES.blobs;
  assert(isBlobs === blobVersionedHashes.length > 0, 'blobs, and only they, have versioned hashes');
  return {
    ...{ index, firstBlock, lastBlock: firstBlock + BigInt(count) - 1n },
    ...{ parentHash: body.parentHash, lastHash: body.lastHash, blocksRoot, lastOrigin: last.origin },
    ...{ da, compression, payloadSize: payload.length },
    payloadHash: isBlobs ? blobPayloadHash(blobVersionedHashes) : payloadHash(payload),
    setId: NO_SET,
  };
}
