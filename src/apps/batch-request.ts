import { type DataAvailability, encodeBatchSmallest } from '../chain/batch.ts';
import { MAX_REQUEST_BYTES, type SubmitBatchRequest, encodeRequest } from '../chain/duty.ts';
import { feesAt, gasLimitOf } from '../chain/fees.ts';
import { fromHex } from '../crypto/bytes.ts';
import { InputError, OperationError } from '../crypto/errors.ts';
import { type Address, parseAddress } from '../ethereum/address.ts';
import type { L2Tx } from '../ethereum/l2-tx.ts';
import type { NodeStatus } from '../node/api.ts';
import { brotli } from '../system/compression.ts';
import type { InboxState, L1 } from '../system/ports.ts';

/** What a batch is made of, and where it goes. */
export interface BatchPlan {
  readonly transactions: readonly L2Tx[];
  readonly da: DataAvailability;
  readonly key: NonNullable<NodeStatus['key']>;
  readonly inbox: Address;
  readonly l1ChainId: bigint;
  readonly l2ChainId: bigint;
  /** Left out: the next that L1 takes. */
  readonly index?: bigint | undefined;
  readonly nonce?: bigint | undefined;
}

/** A request, and the bytes that every signer decodes for itself. */
export interface BatchRequest {
  readonly request: SubmitBatchRequest;
  readonly bytes: Uint8Array;
  readonly compression: string;
}

/**
 * The typed request for a batch: index, nonce and fees as L1 has them now. @throws InputError batch-too-
 * large; OperationError l1-unreachable | l1-no-inbox | wrong-chain | account-not-named
 */
export async function batchRequest(
  plan: BatchPlan,
  l1: L1,
  hashesOf: (payload: Uint8Array) => Promise<readonly Uint8Array[]>,
): Promise<BatchRequest> {
  const { da, key, inbox, l1ChainId, l2ChainId } = plan;
  const sender = parseAddress(key.address, 'key.address');
  const [state, pending, fees] = await Promise.all([l1.inbox(inbox), l1.nonce(sender, 'pending'), l1.fees()]);
  if (state.l2ChainId !== l2ChainId)
    throw new OperationError('wrong-chain', 'fatal', `${inbox} orders the batches of L2 ${state.l2ChainId}`);
  checkTakes(state, sender, da);
  const batchIndex = plan.index ?? state.lastIndex + 1n;
  const content = { index: batchIndex, da, l2ChainId, transactions: plan.transactions.map(({ raw }) => raw) };
  const { payload, compression } = encodeBatchSmallest(content, brotli);
  const keyId = fromHex(key.keyId);
  if (keyId?.length !== 32) throw new InputError('admin-protocol', 'key', 'the key id of the node is none');
  const request: SubmitBatchRequest = {
    kind: 'submit-batch',
    ...{ keyId, sender, l1ChainId, l2ChainId, inbox, batchIndex, da, payload },
    keyEpoch: Number(key.epoch),
    nonce: plan.nonce ?? pending,
    gasLimit: gasLimitOf(da, payload.length),
    ...feesAt(da, fees, 0),
    blobVersionedHashes: da === 'blobs' ? await hashesOf(payload) : [],
  };
  const bytes = encodeRequest(request);
  if (bytes.length > MAX_REQUEST_BYTES)
    throw new InputError('batch-too-large', 'file', `the request has ${bytes.length} bytes`);
  return { request, bytes, compression };
}

/** A signature that L1 refuses would cost a nonce, and all signers a presignature. */
function checkTakes(
  { authMode, accounts, registry }: InboxState,
  sender: Address,
  da: DataAvailability,
): void {
  const named = accounts[da];
  const what =
    authMode !== 'sender'
      ? 'the inbox asks for certificates of validators, and these batches have none'
      : `KeyRegistry ${registry} names ${named ?? 'nobody'} for ${da}, not ${sender}`;
  if (authMode !== 'sender' || named !== sender) throw new OperationError('account-not-named', 'fatal', what);
}
