import { describe, expect, it } from 'vitest';

import { type ContractName, contracts, creationOf, isRuntimeOf } from '../../../src/ethereum/contracts.ts';

const names = Object.keys(contracts) as ContractName[];

/** The code on chain of a contract whose immutables are all of this byte. */
function onChain(name: ContractName, byte: number): Uint8Array {
  const { from, to, immutables } = contracts[name].runtime;
  const code = creationOf(name).slice(from, to);
  for (const [start, length] of immutables) code.fill(byte, start, start + length);
  return code;
}

describe('the code of the contracts', () => {
  it.each(names)('%s is within the limit of EIP-170', (name) => {
    const { from, to } = contracts[name].runtime;
    expect(to - from).toBeGreaterThan(0);
    expect(to - from).toBeLessThanOrEqual(24_576);
    expect(to).toBeLessThanOrEqual(creationOf(name).length);
  });

  it.each(names)('%s is recognised on chain, whatever its immutables are', (name) => {
    expect(isRuntimeOf(name, onChain(name, 0))).toBe(true);
    expect(isRuntimeOf(name, onChain(name, 0xab))).toBe(true);
  });

  it.each(names)('%s with one other byte, or cut, is another contract', (name) => {
    const other = onChain(name, 0);
    other[0] = (other[0] ?? 0) ^ 1;
    expect(isRuntimeOf(name, other)).toBe(false);
    expect(isRuntimeOf(name, onChain(name, 0).subarray(1))).toBe(false);
    expect(isRuntimeOf(name, new Uint8Array(0))).toBe(false);
  });

  it('of different contracts differs', () => {
    for (const name of names)
      expect(names.filter((other) => isRuntimeOf(other, onChain(name, 0)))).toEqual([name]);
  });
});
