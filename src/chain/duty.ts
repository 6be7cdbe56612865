import { ascii, concat, u32, u64, u8 } from '../crypto/bytes.ts';
import {
  type Codec,
  type Fields,
  blob,
  decode,
  encode,
  fixed,
  list,
  malformed,
  struct,
} from '../crypto/codec.ts';
import { u256Codec, u32Codec, u64Codec, u8Codec } from '../crypto/codec.ts';
import { InputError, assertNever } from '../crypto/errors.ts';
import { taggedHash } from '../crypto/hash.ts';
import { tags } from '../crypto/tags.ts';
import { type BatchHeader, type InboxCall, encodeInboxCall } from '../ethereum/abi.ts';
import { type Address, addressBytes, addressCodec } from '../ethereum/address.ts';
import { popDigest } from '../ethereum/key-pop.ts';
import { type UnsignedL1Tx, contentHash, signingDigest } from '../ethereum/l1-tx.ts';
import { DA_BYTES, type DataAvailability, MAX_BLOB_PAYLOAD_BYTES } from './batch.ts';
import { batchHeader } from './batch-header.ts';
import { MAX_BLOBS } from './blobs.ts';
import {
  type SubmitBlocksRequest,
  blocksCall,
  blocksHeader,
  contentOfBlocks,
  submitBlocksFields,
} from './duty-submit-blocks.ts';
import { type UpdateKeyRequest, keyContentHash, keyUpdateScope, updateKeyFields } from './duty-update-key.ts';

/**
 * Asks for one batch to be appended to the inbox on L1. Nobody hands over calldata: each node makes it
 * itself.
 */
export interface SubmitBatchRequest {
  readonly kind: 'submit-batch';
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
  readonly da: DataAvailability;
  /** The whole batch, as `encodeBatch` wrote it. */
  readonly payload: Uint8Array;
  /** u64; wei per gas in the fees. The blob fields are zero and empty for calldata. */
  readonly nonce: bigint;
  readonly gasLimit: bigint;
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
  readonly maxFeePerBlobGas: bigint;
  /** 32 bytes each */
  readonly blobVersionedHashes: readonly Uint8Array[];
}

/** Asks for the signature with which a ceremony shows that its new key signs. Made by ceremonies only. */
export interface KeygenTestRequest {
  readonly kind: 'keygen-test';
  /** 32 bytes */
  readonly keyId: Uint8Array;
  /** u32 */
  readonly keyEpoch: number;
  /** Which quorum of the ceremony signs, from 0. */
  readonly window: bigint;
  /** 32 bytes: the hash of the ceremony's certificate. */
  readonly certHash: Uint8Array;
}

/** Asks for the signature with which an epoch change shows that the new shares sign for the old key. */
export interface ReshareTestRequest extends Omit<KeygenTestRequest, 'kind'> {
  readonly kind: 'reshare-test';
}

/** Test messages of ceremonies: their digest is no hash of anything else. */
export type TestRequest = KeygenTestRequest | ReshareTestRequest;
/** Requests for a transaction to the inbox: they share nonces and batch indices. */
export type BatchingRequest = SubmitBatchRequest | SubmitBlocksRequest;
/** Everything that may ever be signed. */
export type SignRequest = BatchingRequest | UpdateKeyRequest | TestRequest;
/** The name of a kind of request, as policies and logs write it. */
export type RequestKind = SignRequest['kind'];

const KIND_BYTES = {
  'submit-batch': 1,
  'keygen-test': 2,
  'reshare-test': 3,
  'update-key': 4,
  'submit-blocks': 5,
} as const satisfies Record<RequestKind, number>;

const kindCodec = <K extends RequestKind>(kind: K): Codec<K> => ({
  schema: u8Codec.schema,
  maxBytes: 1,
  write: () => u8(KIND_BYTES[kind]),
  read: (from, path) => {
    if (from.take(1, path)[0] !== KIND_BYTES[kind]) throw malformed(path, `is not ${kind}`);
    return kind;
  },
});

const daCodec: Codec<DataAvailability> = {
  schema: u8Codec.schema,
  maxBytes: 1,
  write: (da) => u8(DA_BYTES[da]),
  read: (from, path) => {
    const byte = from.take(1, path)[0];
    if (byte === DA_BYTES.calldata) return 'calldata';
    if (byte === DA_BYTES.blobs) return 'blobs';
    throw malformed(path, `is ${String(byte)}, which is no place for a payload`);
  },
};

const submitBatchFields: Fields<SubmitBatchRequest> = {
  kind: kindCodec('submit-batch'),
  keyId: fixed(32),
  keyEpoch: u32Codec,
  sender: addressCodec,
  l1ChainId: u64Codec,
  l2ChainId: u64Codec,
  inbox: addressCodec,
  batchIndex: u64Codec,
  da: daCodec,
  payload: blob(MAX_BLOB_PAYLOAD_BYTES),
  nonce: u64Codec,
  gasLimit: u64Codec,
  maxFeePerGas: u256Codec,
  maxPriorityFeePerGas: u256Codec,
  maxFeePerBlobGas: u256Codec,
  blobVersionedHashes: list(fixed(32), MAX_BLOBS),
};

/** The wire form of a request to append a batch. */
export const submitBatchCodec: Codec<SubmitBatchRequest> = struct(submitBatchFields);
const testFields = { keyId: fixed(32), keyEpoch: u32Codec, window: u64Codec, certHash: fixed(32) };
/** The wire form of a test signature's request. */
export const keygenTestCodec: Codec<KeygenTestRequest> = struct<KeygenTestRequest>({
  kind: kindCodec('keygen-test'),
  ...testFields,
});
/** The same after an epoch change. */
export const reshareTestCodec: Codec<ReshareTestRequest> = struct<ReshareTestRequest>({
  kind: kindCodec('reshare-test'),
  ...testFields,
});
/** The wire form of a request for the proof of an account. */
export const updateKeyCodec: Codec<UpdateKeyRequest> = struct<UpdateKeyRequest>({
  kind: kindCodec('update-key'),
  ...updateKeyFields,
});

/** The wire form of a request to append a batch of blocks. */
export const submitBlocksCodec: Codec<SubmitBlocksRequest> = struct<SubmitBlocksRequest>({
  kind: kindCodec('submit-blocks'),
  ...submitBlocksFields,
});

/** The longest request in bytes. */
export const MAX_REQUEST_BYTES: number = Math.max(submitBatchCodec.maxBytes, submitBlocksCodec.maxBytes);

/** Whether a request is one of a ceremony to its own key: no transaction, and nothing on any chain. */
export const isTest = (request: SignRequest): request is TestRequest =>
  request.kind === 'keygen-test' || request.kind === 'reshare-test';

/** Whether a request is one for a transaction to the inbox. */
export const isBatching = (request: SignRequest): request is BatchingRequest =>
  request.kind === 'submit-batch' || request.kind === 'submit-blocks';

/** The canonical bytes of a request; the first one is its kind. */
export function encodeRequest(request: SignRequest): Uint8Array {
  switch (request.kind) {
    case 'submit-batch':
      return encode(submitBatchCodec, request);
    case 'keygen-test':
      return encode(keygenTestCodec, request);
    case 'reshare-test':
      return encode(reshareTestCodec, request);
    case 'update-key':
      return encode(updateKeyCodec, request);
    case 'submit-blocks':
      return encode(submitBlocksCodec, request);
    default:
      return assertNever(request);
  }
}

/** The request of canonical bytes. @throws InputError request-kind | malformed | bad-account */
export function decodeRequest(bytes: Uint8Array, path = 'request'): SignRequest {
  if (bytes[0] === KIND_BYTES['submit-batch']) return decode(submitBatchCodec, bytes, path);
  if (bytes[0] === KIND_BYTES['keygen-test']) return decode(keygenTestCodec, bytes, path);
  if (bytes[0] === KIND_BYTES['reshare-test']) return decode(reshareTestCodec, bytes, path);
  if (bytes[0] === KIND_BYTES['update-key']) return decode(updateKeyCodec, bytes, path);
  if (bytes[0] === KIND_BYTES['submit-blocks']) return decode(submitBlocksCodec, bytes, path);
  throw new InputError('request-kind', path, `${path} is of kind ${String(bytes[0])}, which nobody knows`);
}

/** The name of a request, 32 bytes: asking twice for the same thing is one request. */
export const requestId = (request: SignRequest): Uint8Array =>
  taggedHash(tags.requestId, encodeRequest(request));

/** What a request says of its batch to the inbox. */
export const headerOf = (request: BatchingRequest): BatchHeader =>
  request.kind === 'submit-blocks' ? blocksHeader(request) : batchHeader(request);

/** The inbox call of a request, from its payload and nothing else. */
function callOf(request: BatchingRequest): InboxCall {
  if (request.kind === 'submit-blocks') return blocksCall(request);
  const header = batchHeader(request);
  return request.da === 'calldata'
    ? { kind: 'submit-batch', header, payload: request.payload }
    : { kind: 'submit-blob-batch', header };
}

/** The L1 transaction that a request stands for. What it means is checked by `requestProblems`, before. */
export function transactionOf(request: BatchingRequest): UnsignedL1Tx {
  const { l1ChainId: chainId, nonce, inbox: to, gasLimit, maxFeePerGas, maxPriorityFeePerGas } = request;
  const data = encodeInboxCall(callOf(request));
  const common = { chainId, nonce, to, value: 0n, gasLimit, maxFeePerGas, maxPriorityFeePerGas, data };
  if (request.da !== 'blobs') return { type: 'eip1559', ...common };
  const { maxFeePerBlobGas, blobVersionedHashes } = request;
  return { type: 'eip4844', ...common, maxFeePerBlobGas, blobVersionedHashes };
}

/**
 * What the cluster signs for a request, 32 bytes. There is no way to ask for the signature of a bare digest.
 */
export function digestOf(request: SignRequest): Uint8Array {
  switch (request.kind) {
    case 'submit-batch':
    case 'submit-blocks':
      return signingDigest(transactionOf(request));
    case 'keygen-test':
    case 'reshare-test': {
      const tag = request.kind === 'keygen-test' ? tags.keygenTest : tags.reshareTest;
      const { keyId, keyEpoch, window, certHash } = request;
      return taggedHash(tag, keyId, u32(keyEpoch), u64(window), certHash);
    }
    case 'update-key':
      return popDigest(request);
    default:
      return assertNever(request);
  }
}

/** What a guard slot holds on to: equal for two requests that differ in nonce and fees only. 32 bytes. */
export function contentHashOf(request: SignRequest): Uint8Array {
  switch (request.kind) {
    case 'submit-batch':
      return contentHash(request.kind, transactionOf(request));
    case 'submit-blocks':
      return contentHash(request.kind, transactionOf(contentOfBlocks(request)));
    case 'keygen-test':
    case 'reshare-test':
      return taggedHash(tags.content, ascii(request.kind), request.certHash);
    case 'update-key':
      return keyContentHash(request);
    default:
      return assertNever(request);
  }
}

/** A row of numbers of which each may carry one content only. */
export type Lane = 'nonce' | 'batch' | 'test' | 'key-update';

/** One number of one lane. Two requests with an equal `id` compete for the same slot. [product, 8.1] */
export interface Slot {
  readonly lane: Lane;
  /** Canonical bytes of everything but the number; watermarks and gaps are counted within one scope. */
  readonly scope: Uint8Array;
  /** u64 */
  readonly number: bigint;
  /** scope ‖ u64(number) */
  readonly id: Uint8Array;
}

const LANE_BYTES = { nonce: 1, batch: 2, test: 3, 'key-update': 4 } as const satisfies Record<Lane, number>;
/** Stands for whichever key: two keys of a cluster may carry the same batch. */
const ANY_KEY = new Uint8Array(32);

function slot(lane: Lane, number: bigint, ...scopeParts: readonly Uint8Array[]): Slot {
  const scope = concat(u8(LANE_BYTES[lane]), ...scopeParts);
  return { lane, scope, number, id: concat(scope, u64(number)) };
}

/** Every slot that a request occupies, all of which the guard must grant together. [product, 8.1] */
export function slotsOf(request: SignRequest): readonly Slot[] {
  switch (request.kind) {
    case 'submit-batch':
    case 'submit-blocks': {
      const { keyId, sender, inbox, nonce, batchIndex } = request;
      const chain = u64(request.l1ChainId);
      // An index is signed once, whatever stands under it.
      const kind = u8(KIND_BYTES['submit-batch']);
      return [
        slot('nonce', nonce, keyId, chain, addressBytes(sender)),
        slot('batch', batchIndex, keyId, chain, addressBytes(inbox), kind),
        slot('batch', batchIndex, ANY_KEY, chain, addressBytes(inbox), kind),
      ];
    }
    case 'keygen-test':
    case 'reshare-test':
      return [slot('test', request.window, request.keyId, u32(request.keyEpoch))];
    case 'update-key':
      return [slot('key-update', request.activationBlock, keyUpdateScope(request))];
    default:
      return assertNever(request);
  }
}
