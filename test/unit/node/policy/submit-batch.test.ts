import { describe, expect, test } from 'vitest';

import type { SubmitBatchRequest } from '../../../../src/chain/duty.ts';
import { addressFromBytes } from '../../../../src/ethereum/address.ts';
import { decidePolicy } from '../../../../src/node/policy/policy.ts';
import type { PolicyInput, SubmitBatchRule } from '../../../../src/node/policy/verdict.ts';
import { blobHash, blobRequest, calldataRequest } from '../../chain/samples.ts';
import { batchInput, batchRule, blobInput, blobRule } from './policy-fixture.ts';

const other = addressFromBytes(new Uint8Array(20).fill(9));
const decide = (input: PolicyInput, rule: Partial<SubmitBatchRule> = {}): string => {
  const rules = [
    { ...batchRule, ...rule },
    { ...blobRule, ...rule, id: 'blob', purpose: 'blob' as const },
  ];
  const verdict = decidePolicy(
    { rules: input.key?.purpose === 'blob' ? rules.slice(1) : rules.slice(0, 1) },
    input,
  );
  return verdict.kind === 'refused' ? verdict.reason : verdict.kind;
};
const batch = (change: Partial<SubmitBatchRequest>): PolicyInput => ({
  ...batchInput,
  request: { ...calldataRequest, ...change },
});

describe('a batch is refused', () => {
  test.each([
    ['on another L1', { l1ChainId: 1n }, 'wrong-chain'],
    ['for another L2', { l2ChainId: 1n }, 'wrong-chain'],
    ['from another account', { sender: other }, 'key-denied'],
    ['to another contract', { inbox: other }, 'wrong-target'],
    ['of another epoch', { keyEpoch: 0 }, 'wrong-key-epoch'],
    ['above the gas limit', { gasLimit: 5_000_001n }, 'gas-over-cap'],
    ['above the fee cap', { maxFeePerGas: 401n }, 'fee-over-cap'],
    ['with a tip above the fee cap', { maxPriorityFeePerGas: 401n }, 'fee-over-cap'],
    ['with a blob fee', { maxFeePerBlobGas: 1n }, 'fee-over-cap'],
    ['with a blob', { blobVersionedHashes: [blobHash] }, 'too-many-blobs'],
  ] as const)('%s', (_, change, reason) => {
    expect(decide(batch(change))).toBe(reason);
  });

  test.each([
    ['function', { selector: new Uint8Array(4) }, 'wrong-target'],
    ['length of data', { dataMaxBytes: 100 }, 'data-too-large'],
  ] as const)('when the rule allows another %s', (_, rule, reason) => {
    expect(decide(batchInput, rule)).toBe(reason);
  });

  test('with more blobs, or a higher blob fee, than the rule allows', () => {
    expect(decide(blobInput, { blobsMax: 0, blobFeeCap: 20n })).toBe('too-many-blobs');
    expect(decide(blobInput, { blobsMax: 3, blobFeeCap: 8n })).toBe('fee-over-cap');
  });

  test('of blobs whose calldata belongs to another function than the rule names', () => {
    const request: SubmitBatchRequest = { ...blobRequest, da: 'calldata' };
    expect(decide({ ...blobInput, request })).toBe('wrong-target');
  });

  test('with blobs when the function of the rule is that of blobs but the key is not', () => {
    const input: PolicyInput = { ...batchInput, request: blobRequest };
    expect(decide(input, { selector: blobRule.selector })).toBe('kind-purpose-mismatch');
  });

  test('with a versioned hash that reads back as none', () => {
    const request = { ...blobRequest, blobVersionedHashes: [new Uint8Array(32).fill(2)] };
    expect(decide({ ...blobInput, request })).toBe('non-canonical-tx');
  });

  test('when its own content speaks against it', () => {
    const problem = (code: string): PolicyInput => ({
      ...batchInput,
      problems: [{ code, path: 'p', message: 'm' }],
    });
    expect(decide(problem('content-mismatch'))).toBe('content-mismatch');
    expect(decide(problem('batch-malformed'))).toBe('content-mismatch');
    expect(decide(problem('fee-invalid'))).toBe('fee-invalid');
  });
});

describe('the place of a batch', () => {
  const l1 = { chainId: 31_337n, nextNonce: 2n, lastBatchIndex: 6n, maxAhead: 4n };

  test('is the next on L1 or a little ahead', () => {
    expect(decide({ ...batchInput, l1 })).toBe('approved');
    expect(decide({ ...batchInput, l1: { ...l1, nextNonce: 0n, lastBatchIndex: 3n } })).toBe('approved');
    expect(decide({ ...batchInput, l1: { ...l1, l2ChainId: 71_001n } })).toBe('approved');
  });

  test.each([
    ['a used nonce', { nextNonce: 3n }, 'nonce-mismatch'],
    ['an index that L1 has', { lastBatchIndex: 7n }, 'below-watermark'],
    ['a nonce far ahead', { nextNonce: 0n, maxAhead: 2n, lastBatchIndex: 6n }, 'gap-too-large'],
    ['an index far ahead', { lastBatchIndex: 2n }, 'gap-too-large'],
    ['an endpoint of another chain', { chainId: 1n }, 'wrong-chain'],
    ['an inbox that orders the batches of another L2', { l2ChainId: 1n }, 'wrong-chain'],
  ] as const)('with %s is refused', (_, change, reason) => {
    expect(decide({ ...batchInput, l1: { ...l1, ...change } })).toBe(reason);
  });

  test('may be one that L1 has only for what this node holds already, and at a nonce that is unused', () => {
    const taken = { ...l1, lastBatchIndex: 7n };
    expect(decide({ ...batchInput, isHeld: true, l1: taken })).toBe('approved');
    expect(decide({ ...batchInput, isHeld: true, l1: { ...taken, nextNonce: 3n } })).toBe('nonce-mismatch');
    expect(decide({ ...batchInput, isHeld: true, l1: { ...taken, nextNonce: 0n, maxAhead: 2n } })).toBe(
      'gap-too-large',
    );
  });

  test('at or below a low watermark is refused, in either lane', () => {
    for (const lane of ['nonce', 'batch'] as const) {
      const number = lane === 'nonce' ? 2n : 7n;
      const lowMarkOf = (low: bigint) => (slot: { lane: string }) => (slot.lane === lane ? low : undefined);
      expect(decide({ ...batchInput, lowMarkOf: lowMarkOf(number) })).toBe('below-watermark');
      expect(decide({ ...batchInput, lowMarkOf: lowMarkOf(number - 1n) })).toBe('approved');
    }
  });
});
