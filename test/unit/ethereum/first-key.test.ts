import { encodeAbiParameters, encodeFunctionResult, hexToBytes, keccak256, toHex } from 'viem';
import { describe, expect, it } from 'vitest';

import { insecureTestAccount } from '../../../scripts/lib/test-transactions.ts';
import { concat, to0x } from '../../../src/crypto/bytes.ts';
import { Secret } from '../../../src/crypto/secret.ts';
import { parseAddress } from '../../../src/ethereum/address.ts';
import { contracts } from '../../../src/ethereum/contracts.ts';
import { signDigest } from '../../../src/ethereum/deployment-tx.ts';
import {
  type FirstKey,
  certificateOf,
  checkProof,
  firstKeyDigest,
  isMajority,
  registryViews,
  signerOf,
} from '../../../src/ethereum/first-key.ts';
import { popDigest } from '../../../src/ethereum/key-pop.ts';

const accounts = Array.from({ length: 9 }, (_, i) => insecureTestAccount('first-key', i));
const [group] = accounts;
if (group === undefined) throw new RangeError('there are nine accounts');
const key: FirstKey = {
  ...{ l1ChainId: 31_337n, purpose: 'blob', activationBlock: 77n, account: group.address },
  registry: parseAddress(`0x${'ab'.repeat(20)}`),
};
const digest = firstKeyDigest(key, 0n);
const sign = (of: Uint8Array, i: number): Promise<Uint8Array> =>
  signDigest(of, new Secret('key of a test', accounts[i]?.secret.slice() ?? new Uint8Array(32)));
const members = accounts.map(({ address }) => ({ signer: address, power: 1n }));
const words = async (...who: readonly number[]) =>
  Promise.all(who.map(async (i) => ({ path: `word-${i}`, signature: await sign(digest, i) })));
const coded = (code: string): unknown => expect.objectContaining({ code });

describe('what members sign of a first key', () => {
  it('is what the registry makes of the same words', () => {
    const types = ['bytes32', 'uint256', 'address', 'uint8', 'address', 'uint64', 'uint256'] as const;
    const tag = keccak256(toHex('conclave/v1/first-key'));
    const encoded = encodeAbiParameters(
      types.map((type) => ({ type })),
      [tag, 31_337n, key.registry, 3, key.account, 77n, 2n],
    );
    expect(to0x(firstKeyDigest(key, 2n))).toBe(keccak256(encoded));
  });
});

describe('a signature as contracts read it', () => {
  it('names who made it', async () =>
    expect(signerOf(digest, await sign(digest, 4))).toBe(accounts[4]?.address));

  it('is none when it is short, has another v, or zeros', async () => {
    const good = await sign(digest, 4);
    expect(signerOf(digest, good.subarray(0, 64))).toBeUndefined();
    expect(signerOf(digest, concat(good, Uint8Array.of(0)))).toBeUndefined();
    expect(signerOf(digest, concat(good.subarray(0, 64), Uint8Array.of(1)))).toBeUndefined();
    expect(signerOf(digest, concat(new Uint8Array(64), Uint8Array.of(27)))).toBeUndefined();
  });

  it('proves an account for one purpose and block', async () => {
    const proof = await sign(popDigest(key), 0);
    expect(() => checkProof(key, proof)).not.toThrow();
    expect(() => checkProof({ ...key, purpose: 'batch' }, proof)).toThrow(coded('bad-proof'));
    expect(() => checkProof({ ...key, activationBlock: 78n }, proof)).toThrow(coded('bad-proof'));
    expect(() => checkProof(key, proof.subarray(1))).toThrow(coded('bad-proof'));
  });
});

describe('a certificate', () => {
  it('is a bitmap, lowest bit first, and signatures in the order of the set', async () => {
    const given = await words(8, 2, 0, 5, 1, 3, 7);
    const certificate = certificateOf(members, digest, given);
    expect(certificate.subarray(0, 2)).toEqual(Uint8Array.of(0b1010_1111, 0b1));
    const ordered = await words(0, 1, 2, 3, 5, 7, 8);
    expect(certificate.subarray(2)).toEqual(concat(...ordered.map(({ signature }) => signature)));
  });

  it('counts a member once, however often it signs', async () => {
    const given = await words(0, 1, 2, 3, 4, 5, 5, 5);
    expect(() => certificateOf(members, digest, given)).toThrow(coded('certificate-weak'));
  });

  it('needs more than two thirds of the power', async () => {
    expect([isMajority(6n, 9n), isMajority(7n, 9n)]).toEqual([false, true]);
    const heavy = members.map((member, i) => (i === 0 ? { ...member, power: 17n } : member));
    expect(certificateOf(heavy, digest, await words(0))[0]).toBe(1);
    expect(() => certificateOf(members, digest, [])).toThrow(coded('certificate-weak'));
  });

  it('takes no signature of a stranger, nor of something else', async () => {
    const given = await words(0, 1);
    expect(() => certificateOf(members.slice(1), digest, given)).toThrow(coded('not-a-set-member'));
    const other = firstKeyDigest({ ...key, activationBlock: 78n }, 0n);
    expect(() => certificateOf(members, other, given)).toThrow(coded('not-a-set-member'));
  });
});

describe('the answers of the registry', () => {
  it('are read as they were written', () => {
    const { abi } = contracts.KeyRegistry;
    const set = members.map(({ signer, power }) => ({ signer, power }));
    const answer = encodeFunctionResult({ abi, functionName: 'memberSet', result: [set, 9n, 5n] });
    expect(registryViews.readMembers(hexToBytes(answer))).toEqual(members);
    const account = encodeFunctionResult({ abi, functionName: 'keyAt', result: key.account });
    expect(registryViews.readAccount(hexToBytes(account))).toBe(key.account);
  });
});
