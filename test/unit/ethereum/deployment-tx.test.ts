import { parseTransaction, recoverTransactionAddress } from 'viem';
import { describe, expect, it } from 'vitest';

import { to0x } from '../../../src/crypto/bytes.ts';
import { Secret } from '../../../src/crypto/secret.ts';
import { keccak256 } from '../../../src/ethereum/address.ts';
import {
  type DeploymentTx,
  accountOfKey,
  signDeployment,
  signDigest,
} from '../../../src/ethereum/deployment-tx.ts';
import { signerOf } from '../../../src/ethereum/first-key.ts';

const key = (): Secret => new Secret('key of a test', new Uint8Array(32).fill(1));
const tx: DeploymentTx = {
  ...{ chainId: 31_337n, nonce: 3n, gasLimit: 100_000n, maxFeePerGas: 7n, maxPriorityFeePerGas: 2n },
  data: Uint8Array.of(0x60, 0x00),
};

describe('a transaction of a deployment', () => {
  it('is signed by the account of the key, and says what it was given', async () => {
    const { raw, hash } = await signDeployment(tx, key());
    const serializedTransaction = to0x(raw) as `0x02${string}`;
    expect(await recoverTransactionAddress({ serializedTransaction })).toBe(accountOfKey(key()));
    expect(parseTransaction(serializedTransaction)).toMatchObject({
      ...{ chainId: 31_337, nonce: 3, gas: 100_000n, maxFeePerGas: 7n, maxPriorityFeePerGas: 2n },
      data: '0x6000',
    });
    expect(parseTransaction(serializedTransaction).to).toBeUndefined();
    expect(hash).toEqual(keccak256(raw));
  });

  it('calls a contract where one is named', async () => {
    const to = accountOfKey(key());
    const { raw } = await signDeployment({ ...tx, to }, key());
    expect(parseTransaction(to0x(raw)).to).toBe(to.toLowerCase());
  });

  it('is the same whenever it is signed', async () =>
    expect(await signDeployment(tx, key())).toEqual(await signDeployment(tx, key())));
});

describe('the signature of a key over a digest', () => {
  it('is of its account, in 65 bytes, and always the same', async () => {
    const digest = new Uint8Array(32).fill(3);
    const signature = await signDigest(digest, key());
    expect(signature).toHaveLength(65);
    expect(signerOf(digest, signature)).toBe(accountOfKey(key()));
    expect(await signDigest(digest, key())).toEqual(signature);
  });
});

describe('a key that is none', () => {
  it.each([0x00, 0xff])('of bytes %i is refused, without a word of it', (byte) => {
    const bad = new Secret('key of a test', new Uint8Array(32).fill(byte));
    expect(() => accountOfKey(bad)).toThrow(
      expect.objectContaining({
        code: 'bad-account',
        message: 'the key is no key of an account: 32 bytes in hex',
      }),
    );
  });
});
