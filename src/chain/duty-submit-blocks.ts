import { bytesToBigint, u8 } from '../crypto/bytes.ts';
import { type Codec, type Fields, blob, fixed, list, malformed } from '../crypto/codec.ts';
import { u256Codec, u32Codec, u64Codec, u8Codec } from '../crypto/codec.ts';
import type { BatchHeader, InboxCall } from '../ethereum/abi.ts';
import { type Address, addressCodec } from '../ethereum/address.ts';
import { MAX_BLOB_PAYLOAD_BYTES, payloadHash } from './batch.ts';
import { MAX_BLOBS, blobPayloadHash } from './blobs.ts';
import { PLACE_BYTES, type PayloadPlace, nameOfByte } from './block-batch.ts';

/**
 * Asks for a batch of L2 blocks to be appended to the inbox on L1. What it states of the blocks is decoded
 * from the payload by every node; `blocksRoot` can be known only to who has executed them.
 */
export interface SubmitBlocksRequest {
  readonly kind: 'submit-blocks';
  /** 32 bytes */
  readonly keyId: Uint8Array;
  /** u32 */
  readonly keyEpoch: number;
  /** The account of the key, which sends. */
  readonly sender: Address;
  readonly l1ChainId: bigint;
  readonly l2ChainId: bigint;
  readonly inbox: Address;
  readonly batchIndex: bigint;
  readonly da: PayloadPlace;
  /** The whole batch: prefix and body. */
  readonly payload: Uint8Array;
  /** 32 bytes each, as the body says: of the block before the first, and of the last. */
  readonly parentHash: Uint8Array;
  readonly lastHash: Uint8Array;
  /** As the body says: the L1 block that the last block refers to. */
  readonly lastOrigin: bigint;
  /** 32 bytes: over the hashes of all blocks. [BlocksRoot.sol] */
  readonly blocksRoot: Uint8Array;
  /** certificate ‖ expiry (u64, seconds) of the committee; empty for the other places. [BatchInbox.sol] */
  readonly dacCertificate: Uint8Array;
  /** u64; wei per gas in the fees. The blob fields are zero and empty but for blobs. */
  readonly nonce: bigint;
  readonly gasLimit: bigint;
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
  readonly maxFeePerBlobGas: bigint;
  /** 32 bytes each */
  readonly blobVersionedHashes: readonly Uint8Array[];
}

/** The longest certificate: 256 members with 65 bytes each, their bitmap, and the expiry. */
const MAX_CERTIFICATE_BYTES: number = 256 * 65 + 32 + 8;

/** The wire form of a place: its byte in the prefix. */
export const placeCodec: Codec<PayloadPlace> = {
  schema: u8Codec.schema,
  maxBytes: 1,
  write: (place) => u8(PLACE_BYTES[place]),
  read: (from, path) => {
    const byte = from.take(1, path)[0];
    const place = nameOfByte(PLACE_BYTES, byte);
    if (place !== undefined) return place;
    throw malformed(path, `is ${String(byte)}, which is no place for a payload`);
  },
};

/** The wire form of such a request, but for its kind. */
export const submitBlocksFields: Fields<Omit<SubmitBlocksRequest, 'kind'>> = {
  keyId: fixed(32),
  keyEpoch: u32Codec,
  sender: addressCodec,
  l1ChainId: u64Codec,
  l2ChainId: u64Codec,
  inbox: addressCodec,
  batchIndex: u64Codec,
  da: placeCodec,
  payload: blob(MAX_BLOB_PAYLOAD_BYTES),
  parentHash: fixed(32),
  lastHash: fixed(32),
  lastOrigin: u64Codec,
  blocksRoot: fixed(32),
  dacCertificate: blob(MAX_CERTIFICATE_BYTES),
  nonce: u64Codec,
  gasLimit: u64Codec,
  maxFeePerGas: u256Codec,
  maxPriorityFeePerGas: u256Codec,
  maxFeePerBlobGas: u256Codec,
  blobVersionedHashes: list(fixed(32), MAX_BLOBS),
};

/** The inbox does not look at it while the account alone is the author. [adr 0017] */
const NO_SET = 0n;

/** The header of a batch of blocks, from the request and nothing else. What it means is checked elsewhere. */
export function blocksHeader(request: SubmitBlocksRequest): BatchHeader {
  const { payload, da, parentHash, lastHash, blocksRoot, lastOrigin, blobVersionedHashes } = request;
  // A prefix whose numbers are longer than this, or which is cut, is refused by the checks of a request.
  const firstBlock = bytesToBigint(payload.subarray(58, 66));
  const count = bytesToBigint(payload.subarray(66, 70));
  return {
    ...{ index: request.batchIndex, firstBlock, lastBlock: BigInt.asUintN(64, firstBlock + count - 1n) },
    ...{ parentHash, lastHash, blocksRoot, lastOrigin },
    ...{ da: PLACE_BYTES[da], compression: payload[1] ?? 0, payloadSize: payload.length },
    payloadHash: da === 'blobs' ? blobPayloadHash(blobVersionedHashes) : payloadHash(payload),
    setId: NO_SET,
  };
}

/** The inbox call of a request. A committee keeps the payload, and its certificate stands in its place. */
export function blocksCall(request: SubmitBlocksRequest): InboxCall {
  const header = blocksHeader(request);
  if (request.da === 'blobs') return { kind: 'submit-blob-batch', header };
  const payload = request.da === 'committee' ? request.dacCertificate : request.payload;
  return { kind: 'submit-batch', header, payload };
}

/**
 * The same without the certificate: a committee may have to certify once more what it has certified before,
 * and that is no second content.
 */
export const contentOfBlocks = (request: SubmitBlocksRequest): SubmitBlocksRequest => ({
  ...request,
  dacCertificate: new Uint8Array(0),
});
