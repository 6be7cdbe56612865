import { describe, expect, it } from 'vitest';

import { to0x } from '../../../../src/crypto/bytes.ts';
import { keccak256 } from '../../../../src/ethereum/address.ts';
import { named } from '../../node/helpers.ts';
import { FakeWorld, signed } from './fake-world.ts';

describe('sending a transaction', () => {
  it('gives its hash, the second time too', async () => {
    const { call } = new FakeWorld().rpc();
    const raw = await signed(0);
    for (let i = 0; i < 2; i++)
      expect(await call('eth_sendRawTransaction', to0x(raw))).toBe(to0x(keccak256(raw)));
  });

  it('that the pool refuses gives the words of the pool', async () => {
    const made = new FakeWorld();
    made.onAdd = () => ({ kind: 'refused', code: 'nonce-too-low', message: 'nonce too low: next nonce 4' });
    await expect(made.rpc().call('eth_sendRawTransaction', '0x00')).rejects.toMatchObject({
      ...{ code: -32000, message: 'nonce too low: next nonce 4', data: { reason: 'nonce-too-low' } },
    });
  });

  it('goes nowhere on a node without a pool', async () => {
    const { call } = new FakeWorld().rpc({}, { pool: true });
    await expect(call('eth_sendRawTransaction', to0x(await signed(0)))).rejects.toMatchObject({
      ...{ code: -32000, message: 'this node takes no transactions' },
    });
    expect(await call('eth_getTransactionByHash', to0x(named('none')))).toBeNull();
  });
});

describe('a transaction', () => {
  it('is found while it waits, and in its block', async () => {
    const made = new FakeWorld();
    const { call } = made.rpc();
    const raw = await signed(0);
    const hash = await call('eth_sendRawTransaction', to0x(raw));
    expect(await call('eth_getTransactionByHash', hash)).toMatchObject({ hash, blockHash: null });
    expect(await call('eth_getRawTransactionByHash', hash)).toBe(to0x(raw));
    expect(await call('eth_getTransactionReceipt', hash)).toBeNull();
    made.waiting.length = 0;
    const { block } = made.extend([{ raw }]);
    const blockHash = to0x(block.hash);
    expect(await call('eth_getTransactionByHash', hash)).toMatchObject({ hash, blockHash });
    expect(await call('eth_getRawTransactionByHash', hash)).toBe(to0x(raw));
    expect(await call('eth_getTransactionReceipt', hash)).toMatchObject({ transactionHash: hash, blockHash });
    expect(await call('eth_getTransactionByBlockNumberAndIndex', '0x1', '0x0')).toMatchObject({ hash });
    expect(await call('eth_getTransactionByBlockHashAndIndex', blockHash, '0x0')).toMatchObject({ hash });
  });

  it('that nobody knows is null', async () => {
    const { call } = new FakeWorld().rpc();
    const hash = to0x(named('none'));
    for (const method of [
      'eth_getTransactionByHash',
      'eth_getRawTransactionByHash',
      'eth_getTransactionReceipt',
    ])
      expect(await call(method, hash)).toBeNull();
    for (const index of ['0x0', '0xffffffffffffffff'])
      expect(await call('eth_getTransactionByBlockNumberAndIndex', 'latest', index)).toBeNull();
    expect(await call('eth_getTransactionByBlockHashAndIndex', hash, '0x0')).toBeNull();
  });
});
