import { describe, expect, test } from 'vitest';

import type { UpdateKeyRequest } from '../../../../src/chain/duty-update-key.ts';
import { contentHashOf, digestOf, slotsOf } from '../../../../src/chain/duty.ts';
import { partyIndex } from '../../../../src/crypto/brand.ts';
import { addressFromBytes } from '../../../../src/ethereum/address.ts';
import { decidePolicy } from '../../../../src/node/policy/policy.ts';
import type { L1View, PolicyInput, Rule, UpdateKeyRule } from '../../../../src/node/policy/verdict.ts';
import { keyRequest } from '../../chain/samples.ts';
import { batchKey, batchRule, blobKey, keyInput, keyRule } from './policy-fixture.ts';

const other = addressFromBytes(new Uint8Array(20).fill(9));
const decide = (input: PolicyInput, rules: readonly Rule[] = [batchRule, keyRule]): string => {
  const verdict = decidePolicy({ rules }, input);
  return verdict.kind === 'refused' ? verdict.reason : verdict.kind;
};
const asking = (change: Partial<UpdateKeyRequest>): PolicyInput => ({
  ...keyInput,
  request: { ...keyRequest, ...change },
});

describe('the proof of an account', () => {
  test('is approved with the digest, content and slot that the node computes, and pays nothing', () => {
    expect(decidePolicy({ rules: [batchRule, keyRule] }, keyInput)).toEqual({
      kind: 'approved',
      rule: 'key-proof',
      digest: digestOf(keyRequest),
      contentHash: contentHashOf(keyRequest),
      slots: slotsOf(keyRequest),
      fees: undefined,
      feeCaps: undefined,
    });
    expect(decide(asking({ purpose: 'batch' }))).toBe('approved');
  });

  test.each([
    ['on another L1', { l1ChainId: 1n }, 'wrong-chain'],
    ['of another account than that of the key', { account: other }, 'key-denied'],
    ['to another registry', { registry: other }, 'wrong-target'],
    ['for a purpose that the rule does not list', { purpose: 'state' }, 'purpose-denied'],
    ['of another epoch', { keyEpoch: 0 }, 'wrong-key-epoch'],
    ['of another key', { keyId: new Uint8Array(32) }, 'key-denied'],
  ] as const)('is refused %s', (_, change, reason) => {
    expect(decide(asking(change))).toBe(reason);
  });

  test('is refused without a rule for it, and to a key that no rule is for', () => {
    expect(decide(keyInput, [])).toBe('rule-missing');
    expect(decide(keyInput, [batchRule])).toBe('rule-missing');
    expect(decide({ ...keyInput, key: blobKey })).toBe('kind-purpose-mismatch');
  });

  test('is refused to signers that are no quorum, and to a key that is not in service yet', () => {
    expect(decide({ ...keyInput, signers: [1, 2].map((i) => partyIndex(i)) })).toBe('bad-signer-set');
    expect(decide({ ...keyInput, key: { ...batchKey, state: 'checking' } })).toBe('wrong-key-epoch');
  });

  test('goes by the rule for its registry, where there are several', () => {
    const second: UpdateKeyRule = { ...keyRule, id: 'second', registry: other, purposes: ['epoch'] };
    const rules = [keyRule, second];
    expect(decide(asking({ registry: other, purpose: 'epoch' }), rules)).toBe('approved');
    expect(decide(asking({ registry: other, purpose: 'batch' }), rules)).toBe('purpose-denied');
    expect(decide(asking({ purpose: 'epoch' }), rules)).toBe('purpose-denied');
  });
});

describe('the block from which an account is to act', () => {
  const l1: L1View = { chainId: 31_337n, nextNonce: 9n, lastBatchIndex: 9n, maxAhead: 4n, head: 999n };

  test('is ahead of L1, and not further than the rule says', () => {
    expect(decide({ ...keyInput, l1 })).toBe('approved');
    expect(decide({ ...keyInput, l1: { ...l1, head: 500n } })).toBe('approved');
  });

  test.each([
    ['that is there', { head: 1_000n }, 'activation-past'],
    ['that is long past', { head: 5_000n }, 'activation-past'],
    ['too far ahead', { head: 499n }, 'activation-too-far'],
    ['on another L1 than the endpoint is of', { chainId: 1n }, 'wrong-chain'],
  ] as const)('%s is refused', (_, change, reason) => {
    expect(decide({ ...keyInput, l1: { ...l1, ...change } })).toBe(reason);
  });

  test('is not compared with an L1 that was not looked at', () => {
    expect(decide({ ...keyInput, l1: { ...l1, head: undefined } })).toBe('approved');
  });

  test('at or below the low mark of its lane is refused', () => {
    const lowMarkOf = (low: bigint) => (slot: { lane: string }) =>
      slot.lane === 'key-update' ? low : undefined;
    expect(decide({ ...keyInput, lowMarkOf: lowMarkOf(1_000n) })).toBe('below-watermark');
    expect(decide({ ...keyInput, lowMarkOf: lowMarkOf(999n) })).toBe('approved');
  });
});
