import { describe, expect, it } from 'vitest';

import { to0x } from '../../../../src/crypto/bytes.ts';
import { FakeWorld, alice, bob, signed } from './fake-world.ts';

describe('a node', () => {
  it('says who it is', async () => {
    const { call } = new FakeWorld().rpc();
    expect(await call('eth_chainId')).toBe('0x1bcd');
    expect(await call('net_version')).toBe('7117');
    expect(await call('net_listening')).toBe(true);
    expect(await call('net_peerCount')).toBe('0x0');
    expect(await call('web3_clientVersion')).toBe('conclave/test');
    expect(await call('eth_accounts')).toEqual([]);
    expect(await call('web3_sha3', '0x68656c6c6f20776f726c64')).toBe(
      '0x47173285a8d7341e5e972fc677286384f802f8ef42a5ec5f03bbfa254cb01fad',
    );
  });

  it('says how far it is behind', async () => {
    const world = new FakeWorld();
    const { call } = world.rpc();
    expect(await call('eth_syncing')).toBe(false);
    world.progress = { startingBlock: 0n, currentBlock: 5n, highestBlock: 16n };
    expect(await call('eth_syncing')).toEqual({
      ...{ startingBlock: '0x0', currentBlock: '0x5', highestBlock: '0x10' },
    });
  });

  it('says what waits', async () => {
    const world = new FakeWorld();
    const { call } = world.rpc();
    expect(await call('txpool_contentFrom', alice.address)).toEqual({ pending: {}, queued: {} });
    const hashes = [];
    for (const nonce of [0, 1]) hashes.push(await call('eth_sendRawTransaction', to0x(await signed(nonce))));
    expect(await call('txpool_status')).toEqual({ pending: '0x2', queued: '0x2' });
    const own = {
      0: expect.objectContaining({ hash: hashes[0], blockHash: null }),
      1: expect.objectContaining({ hash: hashes[1] }),
    };
    expect(await call('txpool_content')).toEqual({ pending: { [alice.address]: own }, queued: {} });
    expect(await call('txpool_contentFrom', alice.address)).toEqual({ pending: own, queued: {} });
    expect(await call('txpool_contentFrom', bob.address)).toEqual({ pending: {}, queued: {} });
    await expect(world.rpc({}, { pool: true }).call('txpool_status')).rejects.toMatchObject({ code: -32000 });
  });

  it('finds the sender of what waits where the pool does not say it', async () => {
    const world = new FakeWorld();
    const raw = await signed(0);
    const pool = { ...world.pool, candidates: () => [{ raw }] };
    Object.assign(world, { pool });
    expect(await world.rpc().call('txpool_content')).toHaveProperty(['pending', alice.address, '0']);
  });
});
