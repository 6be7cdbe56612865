import { describe, expect, test } from 'vitest';

import { partyIndex } from '../../../../src/crypto/brand.ts';
import { decidePolicy } from '../../../../src/node/policy/policy.ts';
import type { PolicyInput } from '../../../../src/node/policy/verdict.ts';
import { testRequest } from '../../chain/samples.ts';
import { named } from '../helpers.ts';
import { batchInput, batchKey } from './policy-fixture.ts';

const first = { ...batchKey.record, epochNo: 0, prevEpochId: new Uint8Array(32) };
const checking = { ...batchKey, record: first, state: 'checking', certHash: testRequest.certHash } as const;
const request = { ...testRequest, keyEpoch: 0 };
const good: PolicyInput = {
  ...batchInput,
  request,
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
      [{ ...good, request: { ...request, keyEpoch: 1 } }, 'wrong-key-epoch'],
      [{ ...good, request: { ...request, certHash: named('x') } }, 'content-mismatch'],
      [{ ...good, request: { ...request, keyId: named('x') } }, 'key-denied'],
      [{ ...good, request: { ...request, window: 1n } }, 'bad-signer-set'],
      [{ ...good, request: { ...request, window: 2n } }, 'bad-signer-set'],
      [{ ...good, request: { ...request, window: 2n ** 63n } }, 'bad-signer-set'],
      [{ ...good, signers: [1, 2, 4].map((i) => partyIndex(i)) }, 'bad-signer-set'],
      [{ ...good, key: { ...checking, self: partyIndex(4) } }, 'bad-signer-set'],
    ];
    for (const [input, reason] of cases) expect(decide(input)).toBe(reason);
  });

  test('of an epoch change is given in service too, and stands for no other kind', () => {
    const later = { ...batchKey, certHash: testRequest.certHash };
    const reshare = { ...testRequest, kind: 'reshare-test' } as const;
    const cases: readonly [PolicyInput, string][] = [
      [{ ...good, request: reshare, key: later }, 'approved'],
      [{ ...good, request: reshare, key: { ...later, state: 'checking' } }, 'approved'],
      [{ ...good, request: reshare, key: batchKey }, 'duty-unknown'],
      [{ ...good, request: testRequest, key: later }, 'duty-unknown'],
      [{ ...good, request: { ...reshare, keyEpoch: 0 } }, 'duty-unknown'],
      [{ ...good, request: { ...reshare, certHash: named('x') }, key: later }, 'content-mismatch'],
    ];
    for (const [input, reason] of cases) expect(decide(input)).toBe(reason);
  });
});
