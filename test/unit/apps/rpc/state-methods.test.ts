import { describe, expect, it } from 'vitest';

import { to0x } from '../../../../src/crypto/bytes.ts';
import { named } from '../../node/helpers.ts';
import { FakeWorld, alice, contract, known, signed } from './fake-world.ts';

async function world() {
  const made = new FakeWorld();
  made.extend();
  made.accounts.set(known(alice), { balance: 255n, nonce: 3n });
  made.accounts.set(contract, { code: Uint8Array.of(0x60, 0x00) });
  made.storage.set(`${contract}${to0x(new Uint8Array(32))}`, named('value'));
  return { made, call: made.rpc().call };
}

describe('the state of an account', () => {
  it('is given at the newest block unless another is named', async () => {
    const { made, call } = await world();
    expect(await call('eth_getBalance', alice.address)).toBe('0xff');
    expect(await call('eth_getBalance', alice.address, 'latest')).toBe('0xff');
    expect(await call('eth_getBalance', alice.address, { blockHash: to0x(made.head.block.hash) })).toBe(
      '0xff',
    );
    expect(await call('eth_getCode', contract, '0x0')).toBe('0x6000');
    expect(await call('eth_getStorageAt', contract, '0x0', 'safe')).toBe(to0x(named('value')));
  });

  it('that never was is empty', async () => {
    const { call } = await world();
    const nobody = `0x${'01'.repeat(20)}`;
    expect(await call('eth_getBalance', nobody, 'latest')).toBe('0x0');
    expect(await call('eth_getTransactionCount', nobody, 'latest')).toBe('0x0');
    expect(await call('eth_getCode', nobody, 'latest')).toBe('0x');
    expect(await call('eth_getStorageAt', nobody, '0x1', 'latest')).toBe(`0x${'00'.repeat(32)}`);
  });

  it('counts what waits only where that is asked for, and where there is a pool', async () => {
    const { made, call } = await world();
    await call('eth_sendRawTransaction', to0x(await signed(3)));
    expect(await call('eth_getTransactionCount', alice.address, 'latest')).toBe('0x3');
    expect(await call('eth_getTransactionCount', alice.address)).toBe('0x3');
    expect(await call('eth_getTransactionCount', alice.address, 'pending')).toBe('0x4');
    const { call: reader } = made.rpc({}, { pool: true });
    expect(await reader('eth_getTransactionCount', alice.address, 'pending')).toBe('0x3');
  });

  it('at a block that nobody has is refused', async () => {
    const { call } = await world();
    for (const [method, ...params] of [
      ['eth_getBalance', alice.address],
      ['eth_getTransactionCount', alice.address],
      ['eth_getCode', alice.address],
      ['eth_getStorageAt', alice.address, '0x0'],
    ] as const) {
      await expect(call(method, ...params, '0x99')).rejects.toMatchObject({
        ...{ code: -32000, message: 'header not found' },
      });
      await expect(call(method, ...params, to0x(named('none')))).rejects.toMatchObject({
        ...{ code: -32000, message: 'header for hash not found' },
      });
      await expect(call(method, '0x12')).rejects.toMatchObject({ code: -32602 });
    }
  });
});
