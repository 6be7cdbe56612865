import { describe, expect, it } from 'vitest';

import { transactionOf } from '../../../../src/chain/duty.ts';
import { toHex } from '../../../../src/crypto/bytes.ts';
import { checkPolicy, decidePolicy, policyHash } from '../../../../src/node/policy/policy.ts';
import { refuseSubmitBlocks } from '../../../../src/node/policy/submit-blocks.ts';
import {
  type PolicyInput,
  type SubmitBlocksRule,
  batchingRules,
  blocksRules,
  verifierIn,
} from '../../../../src/node/policy/verdict.ts';
import { blobBlocksRequest, blocksRequest, committeeRequest } from '../../chain/blocks-samples.ts';
import { batchInput, batchRule, keyRule } from './policy-fixture.ts';

const rule: SubmitBlocksRule = {
  ...batchRule,
  id: 'blocks',
  kind: 'submit-blocks',
  da: 'calldata',
  verifier: 'http://127.0.0.1:9600',
};
const committee: SubmitBlocksRule = { ...rule, id: 'blocks-committee', da: 'committee' };
const blobs: SubmitBlocksRule = {
  ...rule,
  ...{ id: 'blocks-blobs', da: 'blobs', blobFeeCap: 20n, blobsMax: 3 },
  selector: transactionOf(blobBlocksRequest).data.slice(0, 4),
};
const rules = [rule, committee, blobs];
const input: PolicyInput = { ...batchInput, request: blocksRequest, verdict: { kind: 'ok' } };
const reasonOf = (change: Partial<PolicyInput>, of: readonly SubmitBlocksRule[] = rules): string => {
  const verdict = decidePolicy({ rules: of }, { ...input, ...change });
  return verdict.kind === 'refused' ? verdict.reason : verdict.rule;
};

describe('the policy for batches of blocks', () => {
  it('allows what the own verifier derives, by the rule of its place', () => {
    expect(reasonOf({})).toBe('blocks');
    expect(reasonOf({ request: committeeRequest })).toBe('blocks-committee');
    expect(reasonOf({ request: blobBlocksRequest })).toBe('blocks-blobs');
  });

  it.each([
    ['it derives others', { verdict: { kind: 'refused', reason: 'block 2: time' } }, 'verifier-refused'],
    ['it is away', { verdict: { kind: 'unreachable', reason: 'away' } }, 'verifier-unreachable'],
    ['it was not asked', { verdict: undefined }, 'verifier-unreachable'],
    ['the fee is above the cap', { request: { ...blocksRequest, maxFeePerGas: 401n } }, 'fee-over-cap'],
    [
      'the payload says otherwise',
      { problems: [{ code: 'x', path: 'y', message: 'z' }] },
      'content-mismatch',
    ],
    ['it is for another inbox', { request: { ...blocksRequest, inbox: keyRule.registry } }, 'wrong-target'],
  ] as const)('refuses where %s', (_, change, expected) => {
    expect(reasonOf(change)).toBe(expected);
  });

  it('asks no verifier about what can only use its nonce up: it is held, and L1 has that index', () => {
    const refusal = { kind: 'refused', reason: 'L1 has batch 7 already' } as const;
    const taken = { chainId: 31_337n, nextNonce: 2n, lastBatchIndex: blocksRequest.batchIndex, maxAhead: 4n };
    const before = { ...taken, lastBatchIndex: blocksRequest.batchIndex - 1n };
    expect(reasonOf({ verdict: refusal, isHeld: true, l1: taken })).toBe('blocks');
    expect(reasonOf({ verdict: refusal, isHeld: false, l1: taken })).toBe('below-watermark');
    expect(reasonOf({ verdict: refusal, isHeld: true, l1: before })).toBe('verifier-refused');
    expect(reasonOf({ verdict: refusal, isHeld: true })).toBe('verifier-refused');
  });

  it('has no rule for them unless one is written, and none for another place', () => {
    const verdict = decidePolicy({ rules: [batchRule] }, input);
    expect(verdict).toMatchObject({ kind: 'refused', reason: 'rule-missing' });
    expect(reasonOf({}, [committee])).toBe('kind-purpose-mismatch');
  });

  it('does without a verifier only where the rule says so', () => {
    expect(reasonOf({ verdict: undefined }, [{ ...rule, verifier: 'none' }])).toBe('blocks');
    expect(refuseSubmitBlocks(rule, blocksRequest, input).at(-1)?.()).toBeUndefined();
  });

  it('is none with a rule that names no verifier, or with two of them', () => {
    const fault = expect.objectContaining({ code: 'policy-invalid' }) as unknown;
    expect(() => checkPolicy({ rules: [{ ...rule, verifier: '' }] })).toThrow(fault);
    expect(() => checkPolicy({ rules: [rule, { ...committee, verifier: 'none' }] })).toThrow(fault);
    expect(() => checkPolicy({ rules: [rule, { ...rule, id: 'again' }] })).toThrow(fault);
    expect(checkPolicy({ rules }).rules).toHaveLength(3);
  });

  it('is the same for all nodes wherever their verifiers are, and another one without', () => {
    const hashOf = (verifier: string): string => toHex(policyHash({ rules: [{ ...rule, verifier }] }));
    expect(hashOf('http://127.0.0.1:1')).toBe(hashOf('http://127.0.0.1:2'));
    expect(hashOf('none')).not.toBe(hashOf('http://127.0.0.1:1'));
    expect(hashOf('none')).not.toBe(toHex(policyHash({ rules: [] })));
    expect(blocksRules({ rules: [batchRule, rule] })).toEqual([rule]);
    expect(verifierIn({ rules: [batchRule] })).toBeUndefined();
    expect(verifierIn({ rules: [{ ...rule, verifier: 'http://127.0.0.1:1' }] })).toBe('own');
    expect(verifierIn({ rules: [{ ...rule, verifier: 'none' }] })).toBe('none');
    expect(batchingRules({ rules: [rule, batchRule, keyRule] })).toEqual([batchRule, rule]);
  });
});
