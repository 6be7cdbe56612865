import { describe, expect, test } from 'vitest';

import { contentHashOf, digestOf, slotsOf } from '../../../../src/chain/duty.ts';
import { partyIndex } from '../../../../src/crypto/brand.ts';
import { toHex } from '../../../../src/crypto/bytes.ts';
import { InputError } from '../../../../src/crypto/errors.ts';
import { addressFromBytes } from '../../../../src/ethereum/address.ts';
import { checkPolicy, decidePolicy, policyHash } from '../../../../src/node/policy/policy.ts';
import type { PolicyInput, SubmitBatchRule } from '../../../../src/node/policy/verdict.ts';
import { blobRequest, calldataRequest } from '../../chain/samples.ts';
import { named } from '../helpers.ts';
import { batchInput, batchKey, batchRule, blobInput, blobKey, blobRule, policy } from './policy-fixture.ts';

const reasonOf = (input: PolicyInput, rules = policy.rules): string => {
  const verdict = decidePolicy({ rules }, input);
  return verdict.kind === 'refused' ? verdict.reason : verdict.kind;
};

describe('a policy', () => {
  test('approves a good request with the digest, content and slots that it computes itself', () => {
    expect(decidePolicy(policy, batchInput)).toEqual({
      kind: 'approved',
      rule: 'batch-submit',
      digest: digestOf(calldataRequest),
      contentHash: contentHashOf(calldataRequest),
      slots: slotsOf(calldataRequest),
      fees: { maxFeePerGas: 41n, maxPriorityFeePerGas: 1n },
      feeCaps: { maxFeePerGas: 400n, maxPriorityFeePerGas: 400n, maxFeePerBlobGas: 0n },
    });
    expect(decidePolicy(policy, blobInput)).toMatchObject({
      kind: 'approved',
      rule: 'blob-submit',
      digest: digestOf(blobRequest),
      fees: { maxFeePerBlobGas: 9n },
    });
  });

  test('without rules denies everything', () => {
    expect(reasonOf(batchInput, [])).toBe('rule-missing');
    expect(reasonOf(blobInput, [batchRule])).toBe('kind-purpose-mismatch');
  });

  test('denies a key that this node does not hold, or that another key view stands for', () => {
    expect(reasonOf({ ...batchInput, key: undefined })).toBe('key-denied');
    const other = { ...batchKey, record: { ...batchKey.record, keyId: named('other') } };
    expect(reasonOf({ ...batchInput, key: other })).toBe('key-denied');
  });

  test.each(['state', 'reward', 'epoch', 'test'] as const)('denies a batch to a key for %s', (purpose) => {
    expect(reasonOf({ ...batchInput, key: { ...batchKey, purpose } })).toBe('kind-purpose-mismatch');
  });

  test('denies blobs to a key for calldata, and the reverse', () => {
    expect(reasonOf({ ...blobInput, key: batchKey })).toBe('wrong-target');
    expect(reasonOf({ ...batchInput, key: blobKey })).toBe('wrong-target');
  });

  test('lets one key send calldata and blobs where there is a rule for each', () => {
    const rules = [batchRule, { ...blobRule, purpose: 'batch' as const }];
    expect(checkPolicy({ rules })).toEqual({ rules });
    expect(reasonOf({ ...blobInput, key: batchKey }, rules)).toBe('approved');
    expect(reasonOf(batchInput, rules)).toBe('approved');
  });

  test('denies a key that is not in service yet', () => {
    expect(reasonOf({ ...batchInput, key: { ...batchKey, state: 'checking' } })).toBe('wrong-key-epoch');
  });

  test('denies every set of signers that is no quorum with this node', () => {
    for (const list of [[1, 2], [1, 2, 3, 4], [1, 3, 4], [4, 2, 1], [1, 2, 5], [2, 2, 4], []])
      expect(reasonOf({ ...batchInput, signers: list.map((i) => partyIndex(i)) })).toBe('bad-signer-set');
    expect(reasonOf({ ...batchInput, signers: [2, 3, 4].map((i) => partyIndex(i)) })).toBe('approved');
  });

  test('gives the same verdict every time', () => {
    expect(decidePolicy(policy, batchInput)).toEqual(decidePolicy(policy, batchInput));
  });
});

describe('the hash of a policy', () => {
  test('is changed by every field of every rule', () => {
    const changes: readonly Partial<SubmitBatchRule>[] = [
      {},
      { id: 'other' },
      { purpose: 'blob' },
      { da: 'blobs' },
      { l1ChainId: 1n },
      { l2ChainId: 1n },
      { valueMax: 1n },
      { inbox: addressFromBytes(new Uint8Array(20)) },
      { selector: new Uint8Array(4) },
      { gasMax: 1n },
      { feeCap: 1n },
      { blobFeeCap: 1n },
      { blobsMax: 1 },
      { dataMaxBytes: 1 },
    ];
    const hashes = changes.map((change) => toHex(policyHash({ rules: [{ ...batchRule, ...change }] })));
    expect(new Set(hashes).size).toBe(changes.length);
    expect(toHex(policyHash(policy))).not.toBe(toHex(policyHash({ rules: [...policy.rules].reverse() })));
  });
});

describe('a policy file is refused', () => {
  test.each([
    ['with two rules for one kind and purpose', [batchRule, { ...batchRule, id: 'second' }]],
    ['with an id twice', [batchRule, { ...blobRule, id: batchRule.id }]],
    ['with an id that is no name', [{ ...batchRule, id: 'Batch submit' }]],
    ['with a short selector', [{ ...batchRule, selector: new Uint8Array(3) }]],
    ['with value', [{ ...batchRule, valueMax: 1n }]],
    ['without a bound of gas', [{ ...batchRule, gasMax: 0n }]],
    ['without a bound of fees', [{ ...batchRule, feeCap: 0n }]],
    ['without a bound of data', [{ ...batchRule, dataMaxBytes: 0 }]],
    ['with blobs for a key of calldata', [{ ...batchRule, blobsMax: 1 }]],
    ['without blobs for a key of blobs', [{ ...blobRule, blobsMax: 0 }]],
    ['without a blob fee for a key of blobs', [{ ...blobRule, blobFeeCap: 0n }]],
  ] as const)('%s', (_, rules) => {
    expect(() => checkPolicy({ rules })).toThrow(InputError);
  });

  test('and a good one is not', () => {
    expect(checkPolicy(policy)).toBe(policy);
  });
});
