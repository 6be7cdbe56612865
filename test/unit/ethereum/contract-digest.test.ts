import { encodeAbiParameters, keccak256, stringToHex } from 'viem/utils';
import { describe, expect, it } from 'vitest';

import { to0x } from '../../../src/crypto/bytes.ts';
import { contractTags } from '../../../src/crypto/tags.ts';
import { addressBytes, addressFromBytes } from '../../../src/ethereum/address.ts';
import { abiWord, contractDigest } from '../../../src/ethereum/contract-digest.ts';

const account = addressFromBytes(new Uint8Array(20).fill(0xab));

describe('a digest that contracts make too', () => {
  it('is keccak over what abi.encode makes of the tag and the values', () => {
    const types = ['bytes32', 'uint64', 'address', 'bytes32'].map((type) => ({ type }));
    const hash = new Uint8Array(32).fill(7);
    const tag = keccak256(stringToHex('conclave/v1/batch'));
    expect(to0x(contractDigest(contractTags.batch, 71_001n, addressBytes(account), hash))).toBe(
      keccak256(encodeAbiParameters(types, [tag, 71_001n, account, to0x(hash)])),
    );
  });

  it('differs between purposes', () => {
    expect(contractDigest(contractTags.batch, 1n)).not.toEqual(contractDigest(contractTags.batchBlockV0, 1n));
  });

  it('takes values of one word only', () => {
    expect(abiWord(258)).toHaveLength(32);
    expect(to0x(abiWord(258)).endsWith('0102')).toBe(true);
    expect(() => abiWord(new Uint8Array(33))).toThrow('a word of 33 bytes');
    expect(() => abiWord(1n << 256n)).toThrow();
  });
});
