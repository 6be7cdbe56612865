import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { q } from '../../../src/crypto/secp256k1.ts';
import { recoverPublicKey } from '../../../src/crypto/ecdsa.ts';
import { scalar } from '../../../src/crypto/secp256k1.ts';
import { addressOf } from '../../../src/ethereum/address.ts';
import { MAX_S, recoverAddress } from '../../../src/ethereum/recover.ts';
import { insecureTestAccount, signDigest } from '../../../scripts/lib/test-transactions.ts';

const refused = expect.objectContaining({ code: 'tx-signature' });
const account = insecureTestAccount('recover', 0);
const digest = new Uint8Array(32).fill(7);
const good = signDigest(digest, account.secret);

describe('recovery of a sender', () => {
  it('agrees with the recovery of the library for any digest', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (message) => {
        const { r, s, yParity } = signDigest(message, account.secret);
        const key = recoverPublicKey(message, { r: scalar(r), s: scalar(s), yParity })!;
        expect(recoverAddress(message, { r, s, yParity })).toBe(addressOf(key));
        expect(recoverAddress(message, { r, s, yParity })).toBe(account.address);
      }),
      { seed: 2, numRuns: 20 },
    );
  });

  it.each([
    ['r = 0', { ...good, r: 0n }],
    ['r = the group order', { ...good, r: q }],
    ['s = 0', { ...good, s: 0n }],
    [
      'a high s, which is the same signature turned',
      { ...good, s: q - good.s, yParity: good.yParity ? 0 : 1 },
    ],
    ['the least high s', { ...good, s: MAX_S + 1n }],
    ['an r that is the x of no point', { ...good, r: 5n }],
  ] as const)('refuses %s', (_, signature) => {
    expect(() => recoverAddress(digest, signature)).toThrow(refused);
  });

  it('finds another account for the other parity', () => {
    const other = recoverAddress(digest, { ...good, yParity: good.yParity ? 0 : 1 });
    expect(other).not.toBe(account.address);
  });
});
