import { type Codec, blob, fixed, list, struct, u64Codec } from '../crypto/codec.ts';
import { MAX_BLOB_PAYLOAD_BYTES } from './batch.ts';
import { type PayloadPlace, readPrefix } from './block-batch.ts';
import { MAX_BLOBS } from './blobs.ts';
import { type SubmitBlocksRequest, placeCodec } from './duty-submit-blocks.ts';
import { type Fees, gasLimitOf } from './fees.ts';

/** A batch of blocks whose bytes are fixed: under its index nothing else is ever signed. */
export interface SealedBatch {
  /** u64, from 1 without a gap. */
  readonly index: bigint;
  readonly da: PayloadPlace;
  readonly payload: Uint8Array;
  /** 32 bytes each. */
  readonly parentHash: Uint8Array;
  readonly lastHash: Uint8Array;
  readonly blocksRoot: Uint8Array;
  readonly lastOrigin: bigint;
  /** 32 bytes each; none but for blobs. */
  readonly blobVersionedHashes: readonly Uint8Array[];
  /** certificate ‖ expiry; empty but for a committee. */
  readonly dacCertificate: Uint8Array;
}

/** The stored form of a sealed batch. */
export const sealedBatchCodec: Codec<SealedBatch> = struct<SealedBatch>({
  index: u64Codec,
  da: placeCodec,
  payload: blob(MAX_BLOB_PAYLOAD_BYTES),
  parentHash: fixed(32),
  lastHash: fixed(32),
  blocksRoot: fixed(32),
  lastOrigin: u64Codec,
  blobVersionedHashes: list(fixed(32), MAX_BLOBS),
  dacCertificate: blob(256 * 65 + 40),
});

/** The blocks of a sealed batch, first and last. */
export function blocksIn({ payload }: Pick<SealedBatch, 'payload'>): {
  readonly firstBlock: bigint;
  readonly lastBlock: bigint;
} {
  const { firstBlock, count } = readPrefix(payload);
  return { firstBlock, lastBlock: firstBlock + BigInt(count) - 1n };
}

/** What of a request does not come from its batch. */
export type RequestFrame = Pick<
  SubmitBlocksRequest,
  'keyId' | 'keyEpoch' | 'sender' | 'l1ChainId' | 'l2ChainId' | 'inbox' | 'nonce'
> &
  Fees;

/** The request for a sealed batch: everything but its frame follows from the batch. */
export const requestFor = (batch: SealedBatch, frame: RequestFrame): SubmitBlocksRequest => {
  const { index: batchIndex, da, payload, dacCertificate, ...rest } = batch;
  const isBlobs = da === 'blobs';
  return {
    ...{ kind: 'submit-blocks', batchIndex, da, payload, dacCertificate, ...rest, ...frame },
    gasLimit: gasLimitOf(isBlobs ? 'blobs' : 'calldata', isBlobs ? 0 : bytesSent(batch)),
    maxFeePerBlobGas: isBlobs ? frame.maxFeePerBlobGas : 0n,
  };
};

/** A committee keeps the payload; what goes to L1 is its certificate, whose check costs gas of its own. */
const bytesSent = ({ da, payload }: SealedBatch): number =>
  da === 'committee' ? COMMITTEE_GAS_BYTES : payload.length;

/**
 * The gas limit is part of what a guard holds on to, so it must not follow from the length of a certificate:
 * it is that of a payload of 10,000 bytes, enough for a hundred signatures.
 */
const COMMITTEE_GAS_BYTES = 10_000;
