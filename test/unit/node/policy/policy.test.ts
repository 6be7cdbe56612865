import { describe, expect, test } from 'vitest';

import { contentHashOf, digestOf, slotsOf } from '../../../../src/chain/duty.ts';
import { partyIndex } from '../../../../src/crypto/brand.ts';
import { toHex } from '../../../../src/crypto/bytes.ts';
import { InputError } from '../../../../src/crypto/errors.ts';
import { addressFromBytes } from '../../../../src/ethereum/address.ts';
import { checkPolicy, decidePolicy, policyHash } from '../../../../src/node/policy/policy.ts';
import type {
  PolicyInput,
  Rule,
  SubmitBatchRule,
  UpdateKeyRule,
} from '../../../../src/node/policy/verdict.ts';
import { blobRequest, calldataRequest } from '../../chain/samples.ts';
import { named } from '../helpers.ts';
import {
  batchInput,
  batchKey,
  batchRule,
  blobInput,
  blobKey,
  blobRule,
  keyInput,
  keyRule,
  policy,
} from './policy-fixture.ts';

const reasonOf = (input: PolicyInput, rules: readonly Rule[] = policy.rules): string => {
  const verdict = decidePolicy({ rules }, input);
  return verdict.kind === 'refused' ? verdict.reason : verdict.kind;
};

/** With a selector that stands still, so that the hash does. */
const frozenRule: SubmitBatchRule = { ...batchRule, selector: Uint8Array.of(1, 2, 3, 4) };
const FROZEN_HASH = 'd217940e95cc70bf39e5bbe8422fc54386ef4f2077f37b6a4615463bcdd95c3b';

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

  test('does not take a rule of one kind for one of another', () => {
    expect(reasonOf(batchInput, [keyRule])).toBe('rule-missing');
    expect(reasonOf(keyInput)).toBe('rule-missing');
    expect(reasonOf(keyInput, [batchRule, keyRule])).toBe('approved');
    expect(reasonOf(batchInput, [keyRule, batchRule])).toBe('approved');
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

  test('is changed by every field of a rule for proofs, and is without one what it was before', () => {
    const changes: readonly Partial<UpdateKeyRule>[] = [
      {},
      { id: 'other' },
      { purpose: 'blob' },
      { l1ChainId: 1n },
      { registry: addressFromBytes(new Uint8Array(20)) },
      { purposes: ['batch'] },
      { maxAheadBlocks: 1n },
    ];
    const rules = changes.map((change) => [batchRule, { ...keyRule, ...change }]);
    const hashes = [[batchRule], ...rules].map((each) => toHex(policyHash({ rules: each })));
    expect(new Set(hashes).size).toBe(changes.length + 1);
    // Every definition and lock of a policy for batches names this one.
    expect(toHex(policyHash({ rules: [frozenRule] }))).toBe(FROZEN_HASH);
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
    ['with two rules for one key and registry', [keyRule, { ...keyRule, id: 'second' }]],
    ['with an id twice, of two kinds', [batchRule, { ...keyRule, id: batchRule.id }]],
    ['with a proof for nothing', [{ ...keyRule, purposes: [] }]],
    ['with a purpose twice', [{ ...keyRule, purposes: ['batch', 'batch'] }]],
    ['without a bound of blocks', [{ ...keyRule, maxAheadBlocks: 0n }]],
  ] as const)('%s', (_, rules) => {
    expect(() => checkPolicy({ rules })).toThrow(InputError);
  });

  test('and a good one is not', () => {
    expect(checkPolicy(policy)).toBe(policy);
    const elsewhere = { ...keyRule, id: 'second', registry: batchRule.inbox };
    const otherKey = { ...keyRule, id: 'third', purpose: 'blob' as const };
    const rules = [batchRule, keyRule, elsewhere, otherKey];
    expect(checkPolicy({ rules })).toEqual({ rules });
  });
});
