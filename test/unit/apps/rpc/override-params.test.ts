import { describe, expect, it } from 'vitest';

import { accountOverrides, blockOverrides } from '../../../../src/apps/rpc/override-params.ts';
import { bigintToBytes } from '../../../../src/crypto/bytes.ts';
import { bob, contract, known } from './fake-world.ts';

const word = (n: number): string => `0x${n.toString(16).padStart(64, '0')}`;

describe('overrides of accounts', () => {
  it('are fields, all slots or some of them', () => {
    const slots = [[bigintToBytes(1n, 32), bigintToBytes(2n, 32)]];
    const absent = { nonce: undefined, balance: undefined, code: undefined };
    expect(accountOverrides({ [contract.toLowerCase()]: { state: { [word(1)]: word(2) } } })).toEqual([
      { account: contract, ...absent, slots, isWhole: true },
    ]);
    expect(accountOverrides({ [contract]: { stateDiff: { [word(1)]: word(2) } } })).toEqual([
      { account: contract, ...absent, slots, isWhole: false },
    ]);
    expect(accountOverrides({ [contract]: { state: {} }, [bob.address]: { balance: '0x5' } })).toEqual([
      { account: contract, ...absent, slots: [], isWhole: true },
      { account: known(bob), ...absent, balance: 5n, slots: [], isWhole: false },
    ]);
    expect(accountOverrides({})).toEqual([]);
  });

  it('are refused where they say nothing that can be done', () => {
    const of = (given: unknown) => () => accountOverrides({ [contract]: given });
    expect(of({ state: {}, stateDiff: {} })).toThrow("has both 'state' and 'stateDiff'");
    expect(of({ movePrecompileToAddress: bob.address })).toThrow('movePrecompileToAddress is not supported');
    expect(of({ state: { '0x01': word(2) } })).toThrow('field state: hex string has length');
    expect(of({ nonce: '0x1ffffffffffffffff' })).toThrow('field nonce: hex number > 64 bits');
    expect(of(7)).toThrow('not an object');
    expect(() => accountOverrides({ bob: {} })).toThrow('hex string without 0x prefix');
    const many = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [word(i), word(i)]));
    expect(() => accountOverrides(many(1_001))).toThrow('more than 1000 accounts');
    expect(of({ state: many(10_001) })).toThrow('more than 10000 slots');
  });
});

describe('overrides of the block', () => {
  it('have the names that clients use', () => {
    const fields = { number: 1n, timestamp: 2n, gasLimit: 3n, coinbase: known(bob), baseFeePerGas: 4n };
    const prevRandao = bigintToBytes(5n, 32);
    const same = { number: '0x1', time: '0x2', gasLimit: '0x3' };
    for (const given of [
      { ...same, feeRecipient: bob.address, baseFeePerGas: '0x4', prevRandao: word(5) },
      { ...same, coinbase: bob.address, baseFee: '0x4', random: word(5) },
    ])
      expect(blockOverrides(given)).toEqual({ ...fields, prevRandao });
    for (const name of ['difficulty', 'blobBaseFee', 'beaconRoot', 'withdrawals'])
      expect(() => blockOverrides({ [name]: '0x1' })).toThrow(`field ${name} is not supported`);
  });
});
