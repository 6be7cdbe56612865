import { concat, u8 } from '../crypto/bytes.ts';
import { contractTags } from '../crypto/tags.ts';
import type { BatchHeader } from '../ethereum/abi.ts';
import { type Address, addressBytes, keccak256 } from '../ethereum/address.ts';
import { contractDigest } from '../ethereum/contract-digest.ts';
import { COMPRESSION_BYTES, DA_BYTES, type DataAvailability, payloadHash } from './batch.ts';
import { blobPayloadHash } from './blobs.ts';

/** What of a request the header of its batch is made from. */
export interface HeaderSource {
  readonly l2ChainId: bigint;
  readonly batchIndex: bigint;
  readonly da: DataAvailability;
  /** The whole batch, as `encodeBatch` wrote it. */
  readonly payload: Uint8Array;
  /** 32 bytes each; none for calldata. */
  readonly blobVersionedHashes: readonly Uint8Array[];
}

/** No certificate belongs to a batch yet, so the set of its signers says nothing. */
const NO_SET = 0n;
/** A leaf of a Merkle tree over block hashes. [BlocksRoot.sol] */
const LEAF = 0x00;

/**
 * The header of a batch of body version 0, which has no blocks: it stands as one block whose number is its
 * index. Every node makes it from the payload, and takes nobody's word for it. [adr 0017]
 */
export function batchHeader(source: HeaderSource): BatchHeader {
  const { l2ChainId, batchIndex: index, da, payload, blobVersionedHashes } = source;
  const hash = da === 'calldata' ? payloadHash(payload) : blobPayloadHash(blobVersionedHashes);
  const lastHash = contractDigest(contractTags.batchBlockV0, l2ChainId, index, hash);
  return {
    ...{ index, firstBlock: index, lastBlock: index, parentHash: new Uint8Array(32), lastHash },
    blocksRoot: keccak256(concat(u8(LEAF), lastHash)),
    ...{ lastOrigin: 0n, da: DA_BYTES[da], compression: payload[1] ?? COMPRESSION_BYTES.none },
    ...{ payloadSize: payload.length, payloadHash: hash, setId: NO_SET },
  };
}

/** An inbox, and the L2 whose batches it orders. */
export interface InboxPlace {
  readonly l2ChainId: bigint;
  readonly l1ChainId: bigint;
  readonly inbox: Address;
}

/** How an inbox names a header, 32 bytes: the same as its `batchDigest`. */
export const batchDigest = ({ l2ChainId, l1ChainId, inbox }: InboxPlace, header: BatchHeader): Uint8Array =>
  contractDigest(
    ...([contractTags.batch, l2ChainId, l1ChainId, addressBytes(inbox)] as const),
    ...([header.index, header.firstBlock, header.lastBlock] as const),
    ...([header.parentHash, header.lastHash, header.blocksRoot, header.lastOrigin] as const),
    ...([header.da, header.compression, header.payloadSize, header.payloadHash, header.setId] as const),
  );
