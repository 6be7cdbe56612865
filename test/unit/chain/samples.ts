import { encodeBatch } from '../../../src/chain/batch.ts';
import type { UpdateKeyRequest } from '../../../src/chain/duty-update-key.ts';
import type { KeygenTestRequest, ReshareTestRequest, SubmitBatchRequest } from '../../../src/chain/duty.ts';
import { addressFromBytes } from '../../../src/ethereum/address.ts';
import { brotli } from '../../../src/system/compression.ts';
import { makeTransactions } from '../../../scripts/lib/test-transactions.ts';

const l2ChainId = 71_001n;
const transactions = makeTransactions({ seed: 'duty', l2ChainId, accounts: 2, transactions: 3 });
const payloadFor = (da: 'calldata' | 'blobs'): Uint8Array =>
  encodeBatch({ index: 7n, da, l2ChainId, compression: 'none', transactions }, brotli);

/** A good request for a batch in calldata. */
export const calldataRequest: SubmitBatchRequest = {
  kind: 'submit-batch',
  keyId: new Uint8Array(32).fill(3),
  keyEpoch: 1,
  sender: addressFromBytes(new Uint8Array(20).fill(4)),
  l1ChainId: 31_337n,
  l2ChainId,
  inbox: addressFromBytes(new Uint8Array(20).fill(5)),
  batchIndex: 7n,
  da: 'calldata',
  payload: payloadFor('calldata'),
  nonce: 2n,
  gasLimit: 700_000n,
  maxFeePerGas: 41n,
  maxPriorityFeePerGas: 1n,
  maxFeePerBlobGas: 0n,
  blobVersionedHashes: [],
};

/** The hash of every blob in these tests. */
export const blobHash: Uint8Array = new Uint8Array(32).fill(1);

/** A good request for a batch in blobs. */
export const blobRequest: SubmitBatchRequest = {
  ...calldataRequest,
  da: 'blobs',
  payload: payloadFor('blobs'),
  maxFeePerBlobGas: 9n,
  blobVersionedHashes: [blobHash],
};

/** A good request for the proof of an account. */
export const keyRequest: UpdateKeyRequest = {
  kind: 'update-key',
  keyId: new Uint8Array(32).fill(3),
  keyEpoch: 1,
  account: addressFromBytes(new Uint8Array(20).fill(4)),
  l1ChainId: 31_337n,
  registry: addressFromBytes(new Uint8Array(20).fill(7)),
  purpose: 'blob',
  activationBlock: 1_000n,
};

/** A good request for a test signature. */
export const testRequest: KeygenTestRequest = {
  kind: 'keygen-test',
  keyId: new Uint8Array(32).fill(3),
  keyEpoch: 1,
  window: 0n,
  certHash: new Uint8Array(32).fill(6),
};

/** The same after an epoch change. */
export const reshareRequest: ReshareTestRequest = { ...testRequest, kind: 'reshare-test' };
