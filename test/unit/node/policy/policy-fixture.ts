import { transactionOf } from '../../../../src/chain/duty.ts';
import { type PartyIndex, partyIndex } from '../../../../src/crypto/brand.ts';
import type {
  KeyView,
  Policy,
  PolicyInput,
  SubmitBatchRule,
  UpdateKeyRule,
} from '../../../../src/node/policy/verdict.ts';
import { blobRequest, calldataRequest, keyRequest } from '../../chain/samples.ts';
import { epochFixture } from '../epoch-fixture.ts';

const first = epochFixture('policy').record;
const { record } = epochFixture('policy, epoch 1', first);
export const quorum: readonly PartyIndex[] = [1, 2, 4].map((i) => partyIndex(i));

/** The key that the samples name, as node 2 sees it. */
export const batchKey: KeyView = {
  record: { ...record, keyId: calldataRequest.keyId },
  address: calldataRequest.sender,
  purpose: 'batch',
  state: 'active',
  self: partyIndex(2),
};
export const blobKey: KeyView = { ...batchKey, purpose: 'blob' };

export const batchRule: SubmitBatchRule = {
  id: 'batch-submit',
  kind: 'submit-batch',
  purpose: 'batch',
  da: 'calldata',
  l1ChainId: 31_337n,
  l2ChainId: 71_001n,
  inbox: calldataRequest.inbox,
  selector: transactionOf(calldataRequest).data.slice(0, 4),
  valueMax: 0n,
  gasMax: 5_000_000n,
  feeCap: 400n,
  blobFeeCap: 0n,
  blobsMax: 0,
  dataMaxBytes: 120_000,
};
export const blobRule: SubmitBatchRule = {
  ...batchRule,
  id: 'blob-submit',
  purpose: 'blob',
  da: 'blobs',
  selector: transactionOf(blobRequest).data.slice(0, 4),
  blobFeeCap: 20n,
  blobsMax: 3,
};
export const policy: Policy = { rules: [batchRule, blobRule] };

export const keyRule: UpdateKeyRule = {
  id: 'key-proof',
  kind: 'update-key',
  purpose: 'batch',
  l1ChainId: 31_337n,
  registry: keyRequest.registry,
  purposes: ['batch', 'blob'],
  maxAheadBlocks: 500n,
};

/** A good question about a batch in calldata. */
export const batchInput: PolicyInput = {
  request: calldataRequest,
  signers: quorum,
  problems: [],
  key: batchKey,
  isHeld: false,
  lowMarkOf: () => undefined,
};
/** A good question about the proof of an account. */
export const keyInput: PolicyInput = { ...batchInput, request: keyRequest };
/** A good question about a batch in blobs. */
export const blobInput: PolicyInput = { ...batchInput, request: blobRequest, key: blobKey };
