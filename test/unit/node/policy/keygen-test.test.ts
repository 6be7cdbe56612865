import { describe, expect, test } from 'vitest';

import { partyIndex } from '../../../../src/crypto/brand.ts';
import { decidePolicy } from '../../../../src/node/policy/policy.ts';
import type { PolicyInput } from '../../../../src/node/policy/verdict.ts';
import { testRequest } from '../../chain/samples.ts';
import { named } from '../helpers.ts';
import { batchInput, batchKey } from './policy-fixture.ts';

const checking = { ...batchKey, state: 'checking', certHash: testRequest.certHash } as const;
const good: PolicyInput = {
  ...batchInput,
  request: testRequest,
  key: checking,
  signers: [1, 2, 3].map((i) => partyIndex(i)),
};
const decide = (input: PolicyInput): string => {
  const verdict = decidePolicy({ rules: [] }, input);
  return verdict.kind === 'refused' ? verdict.reason : verdict.kind;
};

describe('the test signature of a ceremony', () => {
  test('needs no rule while its ceremony is checking', () => {
    expect(decide(good)).toBe('approved');
  });

  test('is refused outside of it, for another epoch, certificate, key, window or quorum', () => {
    const cases: readonly [PolicyInput, string][] = [
      [{ ...good, key: batchKey }, 'duty-unknown'],
      [{ ...good, key: { ...checking, state: 'active' } }, 'duty-unknown'],
      [{ ...good, request: { ...testRequest, keyEpoch: 0 } }, 'wrong-key-epoch'],
      [{ ...good, request: { ...testRequest, certHash: named('x') } }, 'content-mismatch'],
      [{ ...good, request: { ...testRequest, keyId: named('x') } }, 'key-denied'],
      [{ ...good, request: { ...testRequest, window: 1n } }, 'bad-signer-set'],
      [{ ...good, request: { ...testRequest, window: 2n } }, 'bad-signer-set'],
      [{ ...good, request: { ...testRequest, window: 2n ** 63n } }, 'bad-signer-set'],
      [{ ...good, signers: [1, 2, 4].map((i) => partyIndex(i)) }, 'bad-signer-set'],
      [{ ...good, key: { ...checking, self: partyIndex(4) } }, 'bad-signer-set'],
    ];
    for (const [input, reason] of cases) expect(decide(input)).toBe(reason);
  });
});
