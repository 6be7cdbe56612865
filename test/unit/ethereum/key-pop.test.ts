import { bytesToHex, encodeAbiParameters, keccak256, recoverAddress, toHex } from 'viem/utils';
import { describe, expect, it } from 'vitest';

import { fromHex, to0x } from '../../../src/crypto/bytes.ts';
import { InputError } from '../../../src/crypto/errors.ts';
import { scalar } from '../../../src/crypto/secp256k1.ts';
import { parseAddress } from '../../../src/ethereum/address.ts';
import { decodeUnsigned } from '../../../src/ethereum/l1-tx.ts';
import {
  type KeyPromise,
  keyPurposeNumbers,
  keyPurposes,
  popDigest,
  proofBytes,
} from '../../../src/ethereum/key-pop.ts';
import { insecureTestAccount, signDigest } from '../../../scripts/lib/test-transactions.ts';

const promise: KeyPromise = {
  l1ChainId: 31_337n,
  registry: parseAddress('0x5FbDB2315678afecb367f032d93F642f64180aa3'),
  purpose: 'batch',
  activationBlock: 1_000n,
};

describe('the digest of a promise', () => {
  // Answers of popDigest of the compiled KeyRegistry at that address, on a chain with that id.
  it.each([
    ['batch', 1_000n, '0x47eb93ee06656341c6ab6520159179c6f494400a919077d984274de7afb7cecb'],
    ['blob', 1_000n, '0xde60ce0b1af5b5941f92ee25e87d8180b2452a289b084896d997386edcf07f1c'],
    ['epoch', 2n ** 64n - 1n, '0x9d18588007f441616ec651f97b262dc993e0592b160412467cafd1340379707e'],
  ] as const)('for %s from block %s on is the one of the contract', (purpose, activationBlock, digest) => {
    expect(to0x(popDigest({ ...promise, purpose, activationBlock }))).toBe(digest);
  });

  it('is another one for another chain, registry, purpose or block', () => {
    const changes: readonly Partial<KeyPromise>[] = [
      {},
      { l1ChainId: 1n },
      { registry: parseAddress('0x0000000000000000000000000000000000000001') },
      ...keyPurposes.slice(1).map((purpose) => ({ purpose })),
      { activationBlock: 1_001n },
    ];
    const digests = changes.map((change) => to0x(popDigest({ ...promise, ...change })));
    expect(new Set(digests).size).toBe(changes.length);
  });

  it('is of words that are no transaction', () => {
    const words = encodeAbiParameters(
      [{ type: 'bytes32' }, { type: 'uint256' }, { type: 'address' }, { type: 'uint8' }, { type: 'uint64' }],
      [keccak256(toHex('conclave/v1/key-pop')), 31_337n, promise.registry, 0, 1_000n],
    );
    expect(keccak256(words)).toBe(to0x(popDigest(promise)));
    const bytes = fromHex(words) ?? new Uint8Array(0);
    // A transaction begins with a type below 0x80, or with the head of a list.
    expect(bytes[0]).toBeGreaterThanOrEqual(0x80);
    expect(bytes[0]).toBeLessThan(0xc0);
    expect(() => decodeUnsigned(bytes)).toThrow(InputError);
  });

  it('has the numbers that the purposes have in the contract', () => {
    expect(keyPurposes.map((purpose) => keyPurposeNumbers[purpose])).toEqual([0, 1, 2, 3, 4]);
    expect(Object.keys(keyPurposeNumbers).sort()).toEqual([...keyPurposes].sort());
  });
});

describe('the bytes of a proof', () => {
  it('are r, s and 27 or 28, and recover the account', async () => {
    const { address, secret } = insecureTestAccount('key-pop', 0);
    for (const activationBlock of [1n, 2n, 3n, 4n, 5n, 6n]) {
      const digest = popDigest({ ...promise, activationBlock });
      const { r, s, yParity } = signDigest(digest, secret);
      const proof = proofBytes({ r: scalar(r), s: scalar(s), yParity });
      expect([proof.length, proof[64]]).toEqual([65, 27 + yParity]);
      const signer = await recoverAddress({ hash: bytesToHex(digest), signature: bytesToHex(proof) });
      expect(signer).toBe(address);
    }
  });

  it('are none for a high s', () => {
    const r = scalar(1n);
    const high = scalar(0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140n);
    expect(() => proofBytes({ r, s: high, yParity: 0 })).toThrow('high s');
  });
});
