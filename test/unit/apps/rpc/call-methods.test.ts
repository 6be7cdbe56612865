import { describe, expect, it } from 'vitest';

import type { CallRequest, CallResult } from '../../../../src/chain/execution.ts';
import { FakeWorld, alice, bob, contract, known } from './fake-world.ts';

const result = (more: Partial<CallResult> = {}): CallResult => ({
  ...{ isSuccess: true, output: Uint8Array.of(7), gasUsed: 50_000n, fault: undefined },
  ...more,
});
/** Needs this much gas, and uses half of it. */
const needing =
  (gas: bigint) =>
  (call: CallRequest): CallResult =>
    (call.gas ?? 0n) >= gas
      ? result({ gasUsed: gas / 2n })
      : result({ isSuccess: false, fault: 'out of gas', output: new Uint8Array(0) });

const slot = (n: number): string => `0x${n.toString(16).padStart(64, '0')}`;

function world() {
  const made = new FakeWorld();
  made.accounts.set(known(alice), { balance: 10n ** 18n });
  made.accounts.set(contract, { code: Uint8Array.of(0) });
  made.onCall = () => result();
  return { made, call: made.rpc().call };
}

describe('a call', () => {
  it('is executed as described, and gives what it returned', async () => {
    const { made, call } = world();
    const described = { from: alice.address, to: contract, value: '0x5', data: '0x1234', gas: '0x10000' };
    expect(await call('eth_call', described, 'latest')).toBe('0x07');
    expect(made.calls).toEqual([
      {
        ...{ from: known(alice), to: contract, value: 5n, data: Uint8Array.of(0x12, 0x34) },
        ...{ gas: 0x10000n, gasPrice: undefined },
      },
    ]);
  });

  it('has the gas of a block, and no more than that', async () => {
    const { made, call } = world();
    await call('eth_call', { to: contract });
    await call('eth_call', { to: contract, gas: '0xffffffffff' });
    expect(made.calls.map(({ gas }) => gas)).toEqual([30_000_000n, 30_000_000n]);
  });

  it('that reverts says why', async () => {
    const { made, call } = world();
    made.onCall = () => result({ isSuccess: false, fault: 'revert', output: Uint8Array.of(1) });
    await expect(call('eth_call', { to: contract })).rejects.toMatchObject({
      ...{ code: 3, message: 'execution reverted', data: '0x01' },
    });
    made.onCall = () => result({ isSuccess: false, fault: 'invalid opcode' });
    await expect(call('eth_call', { to: contract })).rejects.toMatchObject({
      ...{ code: -32000, message: 'invalid opcode' },
    });
  });

  it('is refused where its sender could not pay, or pays too little for gas', async () => {
    const { call } = world();
    const poor = { from: bob.address, to: contract };
    await expect(call('eth_call', { ...poor, value: '0x1' })).rejects.toMatchObject({
      code: -32000,
      message: `insufficient funds for gas * price + value: address ${bob.address} have 0 want 1`,
    });
    await expect(
      call('eth_call', { ...poor, gas: '0x10000', maxFeePerGas: '0x3b9aca00' }),
    ).rejects.toMatchObject({ message: expect.stringContaining('insufficient funds') });
    await expect(call('eth_call', { to: contract, gasPrice: '0x1' })).rejects.toMatchObject({
      code: -32000,
      message: expect.stringContaining('max fee per gas less than block base fee'),
    });
    expect(await call('eth_call', { from: alice.address, to: contract, value: '0x1' })).toBe('0x07');
  });

  it('is not described in a contradictory way', async () => {
    const { call } = world();
    for (const [object, message] of [
      [{ input: '0x01', data: '0x02' }, 'both "data" and "input" are set and not equal'],
      [{ gasPrice: '0x1', maxFeePerGas: '0x1' }, 'both gasPrice and'],
      [{ maxFeePerGas: '0x1', maxPriorityFeePerGas: '0x2' }, 'maxFeePerGas (1) < maxPriorityFeePerGas (2)'],
      [{ chainId: '0x1' }, `chainId does not match node's (have=1, want=7117)`],
      [{ to: 'bob' }, 'field to: hex string without 0x prefix'],
      [{ blobVersionedHashes: [] }, 'field blobVersionedHashes is not supported'],
      [{ accessList: [{}] }, 'field accessList: item 0: field address is missing'],
    ] as const)
      await expect(call('eth_call', object, 'latest')).rejects.toMatchObject({
        ...{ code: -32602, message: expect.stringContaining(message) },
      });
    expect(await call('eth_call', { data: '0x01', input: '0x01' }, 'latest', {}, null)).toBe('0x07');
  });
});

describe('overrides', () => {
  const rich = { [bob.address]: { balance: '0x64' } };

  it('are what a call finds in place of what there is', async () => {
    const { made, call } = world();
    const accounts = { [contract]: { code: '0x5b', nonce: '0x7', stateDiff: { [slot(1)]: slot(2) } } };
    const block = { number: '0x9', time: '0xa', baseFeePerGas: '0xb', feeRecipient: bob.address };
    await call('eth_call', { to: contract }, 'latest', accounts, block);
    expect(made.calls[0]).toMatchObject({
      accounts: [{ account: contract, code: Uint8Array.of(0x5b), nonce: 7n, isWhole: false }],
      block: { number: 9n, timestamp: 10n, baseFeePerGas: 11n, coinbase: known(bob) },
    });
  });

  it('pay for a call, and say what is a transfer', async () => {
    const { made, call } = world();
    const poor = { from: bob.address, to: alice.address, value: '0x64' };
    await expect(call('eth_call', poor)).rejects.toThrow('insufficient funds');
    expect(await call('eth_call', poor, 'latest', rich)).toBe('0x07');
    expect(await call('eth_estimateGas', poor, 'latest', rich)).toBe('0x5208');
    made.calls.length = 0;
    await call('eth_estimateGas', poor, 'latest', { ...rich, [alice.address]: { code: '0x00' } });
    expect(made.calls.length).toBeGreaterThan(0);
    const price = { from: alice.address, to: contract, gasPrice: '0x5' };
    await expect(call('eth_call', price)).rejects.toThrow('max fee per gas less than block base fee');
    expect(await call('eth_call', price, 'latest', null, { baseFeePerGas: '0x5' })).toBe('0x07');
  });
});

describe('an estimate', () => {
  it('of a transfer is what every transfer costs', async () => {
    const { made, call } = world();
    expect(await call('eth_estimateGas', { from: alice.address, to: bob.address, value: '0x1' })).toBe(
      '0x5208',
    );
    expect(made.calls).toEqual([]);
  });

  it('is enough, and hardly more, also where a call needs more than it uses in the end', async () => {
    for (const needed of [21_001n, 53_000n, 1_000_000n, 29_999_999n]) {
      const { made, call } = world();
      made.onCall = needing(needed);
      const gas = BigInt((await call('eth_estimateGas', { to: contract, data: '0x01' })) as string);
      expect(gas).toBeGreaterThanOrEqual(needed);
      expect(Number(gas)).toBeLessThanOrEqual(Number(needed) * 1.016);
      expect(made.calls.length).toBeLessThan(25);
    }
  });

  it('executes what has no code but is a precompile, and what creates a contract', async () => {
    const { made, call } = world();
    await call('eth_estimateGas', { to: `0x${'0'.repeat(39)}4` });
    await call('eth_estimateGas', { data: '0x00' });
    expect(made.calls.length).toBeGreaterThan(1);
  });

  it('is made with the access list, which is paid for up front', async () => {
    const { made, call } = world();
    made.onCall = needing(100_000n);
    const accessList = [{ address: contract, storageKeys: [`0x${'00'.repeat(32)}`] }];
    await call('eth_estimateGas', { to: bob.address, accessList });
    expect(made.calls.length).toBeGreaterThan(1);
    for (const one of made.calls)
      expect(one.accessList).toEqual([{ address: contract, storageKeys: [new Uint8Array(32)] }]);
  });

  it('is given up when its executions have taken too long together', async () => {
    const { made, call } = world();
    const limited = needing(25_000_000n);
    made.onCall = (one) => {
      made.clock.move(1_100);
      return limited(one);
    };
    await expect(call('eth_estimateGas', { to: contract })).rejects.toMatchObject({
      ...{ code: -32000, message: 'execution aborted (timeout = 5s)' },
    });
    expect(made.calls.length).toBe(6);
  });

  it('is refused where the call fails with all gas that it may have', async () => {
    const { made, call } = world();
    made.onCall = needing(60_000n);
    await expect(call('eth_estimateGas', { to: contract, gas: '0xc350' })).rejects.toMatchObject({
      ...{ code: -32000, message: 'gas required exceeds allowance (50000)' },
    });
    const fees = { from: alice.address, maxFeePerGas: '0x10' };
    await expect(call('eth_estimateGas', { to: contract, ...fees })).rejects.toMatchObject({
      message: expect.stringContaining('max fee per gas less than block base fee'),
    });
    // An ether buys 50,000 units at this price.
    const dear = { from: alice.address, to: contract, gasPrice: `0x${(20n * 10n ** 12n).toString(16)}` };
    await expect(call('eth_estimateGas', dear)).rejects.toMatchObject({
      message: 'gas required exceeds allowance (50000)',
    });
    made.onCall = () => result({ isSuccess: false, fault: 'revert', output: Uint8Array.of(1) });
    await expect(call('eth_estimateGas', { to: contract })).rejects.toMatchObject({ code: 3, data: '0x01' });
  });
});
