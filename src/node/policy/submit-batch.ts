import { type BatchingRequest, transactionOf } from '../../chain/duty.ts';
import { equalBytes, to0x } from '../../crypto/bytes.ts';
import { InputError } from '../../crypto/errors.ts';
import { decodeInboxCall } from '../../ethereum/abi.ts';
import { type UnsignedL1Tx, decodeUnsigned, encodeUnsigned } from '../../ethereum/l1-tx.ts';
import { aboveMarks, unless } from './checks.ts';
import { type BatchingRule, type Check, type PolicyInput, type Refused, refuse } from './verdict.ts';

/** Whether `value` is within its bound; `undefined` if so. */
const within = (
  what: string,
  value: bigint,
  bound: bigint,
  reason: Parameters<typeof refuse>[0],
): Refused | undefined => unless(value <= bound, reason, `${what} ${value} is above ${bound}`);

/** The checks of a request to append a batch, in the order in which they are made. [sequencer, 7.4] */
export function refuseSubmitBatch(
  rule: BatchingRule,
  request: BatchingRequest,
  input: PolicyInput,
): readonly Check[] {
  const { l1 } = input;
  const tx = transactionOf(request);
  return [
    () => unless(request.l1ChainId === rule.l1ChainId, 'wrong-chain', `l1ChainId ${request.l1ChainId}`),
    () => unless(request.l2ChainId === rule.l2ChainId, 'wrong-chain', `l2ChainId ${request.l2ChainId}`),
    () =>
      unless(
        l1 === undefined || l1.chainId === rule.l1ChainId,
        'wrong-chain',
        'the L1 endpoint is of another chain',
      ),
    () =>
      unless(
        (l1?.l2ChainId ?? rule.l2ChainId) === rule.l2ChainId,
        'wrong-chain',
        'the inbox on L1 is of another L2',
      ),
    () => unless(request.sender === input.key?.address, 'key-denied', `sender ${request.sender}`),
    () => unless(request.inbox === rule.inbox, 'wrong-target', `inbox ${request.inbox}`),
    () =>
      unless(
        equalBytes(tx.data.subarray(0, 4), rule.selector),
        'wrong-target',
        `selector ${to0x(tx.data.subarray(0, 4))}`,
      ),
    () =>
      unless(
        request.da === rule.da,
        'kind-purpose-mismatch',
        `rule ${rule.id} is for ${rule.da}, not for ${request.da}`,
      ),
    () => readsBack(tx),
    () => unless(tx.type === (rule.da === 'blobs' ? 'eip4844' : 'eip1559'), 'tx-type', tx.type),
    () => within('value', tx.value, rule.valueMax, 'value-over-cap'),
    () => ownContent(input),
    () => within('gasLimit', request.gasLimit, rule.gasMax, 'gas-over-cap'),
    () => within('maxFeePerGas', request.maxFeePerGas, rule.feeCap, 'fee-over-cap'),
    () => within('maxPriorityFeePerGas', request.maxPriorityFeePerGas, rule.feeCap, 'fee-over-cap'),
    () => within('maxFeePerBlobGas', request.maxFeePerBlobGas, rule.blobFeeCap, 'fee-over-cap'),
    () => within('data', BigInt(tx.data.length), BigInt(rule.dataMaxBytes), 'data-too-large'),
    () =>
      within('blobs', BigInt(request.blobVersionedHashes.length), BigInt(rule.blobsMax), 'too-many-blobs'),
    () => aboveMarks(input),
    () => fitsL1(request, input),
  ];
}

/** Decode, encode again, compare: stops bytes that a contract or a client would read differently from us. */
function readsBack(tx: UnsignedL1Tx): Refused | undefined {
  const bytes = encodeUnsigned(tx);
  // Version 1 is the only one of EIP-4844; L1 would never take another, and the nonce would be lost.
  if (tx.type === 'eip4844' && tx.blobVersionedHashes.some(([version]) => version !== 1))
    return refuse('non-canonical-tx', 'a blob hash is not of version 1');
  try {
    decodeInboxCall(tx.data);
    return unless(
      equalBytes(encodeUnsigned(decodeUnsigned(bytes)), bytes),
      'non-canonical-tx',
      'another encoding',
    );
  } catch (error) {
    if (error instanceof InputError) return refuse('non-canonical-tx', error.message);
    throw error;
  }
}

/** What this node found when it decoded the payload itself; a client's word is never taken. */
function ownContent({ problems: [problem] }: PolicyInput): Refused | undefined {
  if (problem === undefined) return undefined;
  const { code, message } = problem;
  return refuse(code === 'fee-invalid' ? code : 'content-mismatch', `${code}: ${message}`);
}

/**
 * Somebody else has brought a batch of that index, and this node has approved this very content under this
 * nonce before. The inbox can only revert it now; but guards give the nonce to nothing else, so it has to be
 * signed, or signed at a higher price, for the account to go on behind it.
 */
export const onlyUsesNonce = ({ batchIndex }: BatchingRequest, { l1, isHeld }: PolicyInput): boolean =>
  isHeld && l1 !== undefined && batchIndex <= l1.lastBatchIndex;

function fitsL1(request: BatchingRequest, input: PolicyInput): Refused | undefined {
  const { nonce, batchIndex } = request;
  if (input.l1 === undefined) return undefined;
  const { nextNonce, lastBatchIndex, maxAhead } = input.l1;
  if (nonce < nextNonce) return refuse('nonce-mismatch', `nonce ${nonce} is used, ${nextNonce} is next`);
  if (batchIndex <= lastBatchIndex && !onlyUsesNonce(request, input))
    return refuse('below-watermark', `batch ${batchIndex} is on L1, the last is ${lastBatchIndex}`);
  if (nonce >= nextNonce + maxAhead) return refuse('gap-too-large', `nonce ${nonce}, ${nextNonce} is next`);
  return unless(
    batchIndex <= lastBatchIndex + maxAhead,
    'gap-too-large',
    `batch ${batchIndex}, ${lastBatchIndex} is the last on L1`,
  );
}
