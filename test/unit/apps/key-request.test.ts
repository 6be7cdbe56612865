import { describe, expect, it } from 'vitest';

import { type KeyWish, keyRequest, proofFields, proofFile, proofOf } from '../../../src/apps/key-request.ts';
import { latin1, to0x } from '../../../src/crypto/bytes.ts';
import { decodeRequest, encodeRequest } from '../../../src/chain/duty.ts';
import { scalar } from '../../../src/crypto/secp256k1.ts';
import { popDigest } from '../../../src/ethereum/key-pop.ts';
import { insecureTestAccount, signDigest } from '../../../scripts/lib/test-transactions.ts';
import { calldataRequest } from '../chain/samples.ts';
import { batchRule, keyRule } from '../node/policy/policy-fixture.ts';

const wish: KeyWish = {
  key: {
    ...{ address: calldataRequest.sender, keyId: to0x(new Uint8Array(32).fill(5)), epoch: '2' },
    ...{ purpose: 'batch', required: 3, lockHash: '0x' },
  },
  policy: { rules: [batchRule, keyRule] },
  l1ChainId: 31_337n,
  purpose: 'batch',
  activationBlock: 120n,
};
const codeOf = (change: Partial<KeyWish>): string => {
  try {
    keyRequest({ ...wish, ...change });
    return 'made';
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'another error';
  }
};

describe('the request for the proof of an account', () => {
  it('is about the key in service, and the registry of the policy', () => {
    const request = keyRequest(wish);
    expect(request).toEqual({
      ...{ kind: 'update-key', keyId: new Uint8Array(32).fill(5), keyEpoch: 2, l1ChainId: 31_337n },
      ...{ account: calldataRequest.sender, registry: keyRule.registry, purpose: 'batch' },
      activationBlock: 120n,
    });
    expect(decodeRequest(encodeRequest(request))).toEqual(request);
  });

  it('is to the registry that was stated, whatever the policy says', () => {
    const registry = calldataRequest.inbox;
    expect(keyRequest({ ...wish, registry, policy: { rules: [] } }).registry).toBe(registry);
  });

  it('is none where the policy names no registry for it, or several', () => {
    const second = { ...keyRule, id: 'second', registry: calldataRequest.inbox };
    expect(codeOf({ policy: { rules: [batchRule] } })).toBe('rule-missing');
    expect(codeOf({ purpose: 'epoch' })).toBe('rule-missing');
    expect(codeOf({ key: { ...wish.key, purpose: 'state' } })).toBe('rule-missing');
    expect(codeOf({ policy: { rules: [keyRule, second] } })).toBe('usage');
    const third = { ...second, purposes: ['epoch'] as const };
    expect(codeOf({ policy: { rules: [keyRule, third] } })).toBe('made');
  });

  it('is none from a block that cannot be, or of a node that names no key', () => {
    expect(codeOf({ activationBlock: 0n })).toBe('usage');
    expect(codeOf({ activationBlock: 1n << 64n })).toBe('usage');
    expect(codeOf({ activationBlock: (1n << 64n) - 1n })).toBe('made');
    expect(codeOf({ key: { ...wish.key, keyId: '0x12' } })).toBe('admin-protocol');
  });
});

describe('a proof', () => {
  it('is of the account that the request names, and of nothing else that it says', () => {
    const { address, secret } = insecureTestAccount('key-request', 0);
    const request = { ...keyRequest(wish), account: address };
    const { r, s, yParity } = signDigest(popDigest(request), secret);
    const signature = { r: scalar(r), s: scalar(s), yParity };
    expect(proofOf(request, signature)).toHaveLength(65);
    const refused = expect.objectContaining({ code: 'bad-proof' });
    expect(() => proofOf(keyRequest(wish), signature)).toThrow(refused);
    expect(() => proofOf({ ...request, activationBlock: 121n }, signature)).toThrow(refused);
  });

  it('is written with all that it says, numbers as text', () => {
    const request = keyRequest(wish);
    const proof = new Uint8Array(65).fill(7);
    const fields = {
      ...{ l1ChainId: '31337', registry: request.registry, purpose: 'batch', account: request.account },
      ...{ activation: '120', digest: to0x(popDigest(request)), proof: to0x(proof) },
    };
    expect(proofFields(request, proof)).toEqual(fields);
    const file = JSON.parse(latin1(proofFile(request, proof))) as object;
    expect(file).toEqual({ kind: 'conclave-key-proof', version: 1, ...fields });
  });
});
