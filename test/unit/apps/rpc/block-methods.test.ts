import { describe, expect, it } from 'vitest';

import { equalBytes, to0x } from '../../../../src/crypto/bytes.ts';
import { named } from '../../node/helpers.ts';
import { FakeWorld, signed } from './fake-world.ts';

async function world() {
  const made = new FakeWorld();
  made.extend([{ raw: await signed(0) }, { raw: await signed(1) }]);
  made.extend();
  return { made, call: made.rpc().call };
}
type Block = Readonly<Record<string, unknown>>;

describe('blocks', () => {
  it('are found by number, tag and hash', async () => {
    const { made, call } = await world();
    const hashes = made.canonical.map(({ block }) => to0x(block.hash));
    made.safeAt = 1;
    for (const [name, index] of [
      ['0x0', 0],
      ['earliest', 0],
      ['finalized', 0],
      ['safe', 1],
      ['0x1', 1],
      ['latest', 2],
      ['pending', 2],
      ['certified', 2],
    ] as const)
      expect(((await call('eth_getBlockByNumber', name, false)) as Block)['hash'], name).toBe(hashes[index]);
    expect(((await call('eth_getBlockByHash', hashes[1], false)) as Block)['number']).toBe('0x1');
    expect(await call('eth_blockNumber')).toBe('0x2');
  });

  it('that nobody has are null', async () => {
    const { call } = await world();
    expect(await call('eth_getBlockByNumber', '0x3', false)).toBeNull();
    expect(await call('eth_getBlockByHash', to0x(named('none')), true)).toBeNull();
    expect(await call('eth_getBlockTransactionCountByNumber', '0x3')).toBeNull();
    expect(await call('eth_getUncleCountByBlockNumber', '0x3')).toBeNull();
    expect(await call('eth_getBlockReceipts', '0x3')).toBeNull();
    await expect(call('debug_getRawBlock', '0x3')).rejects.toMatchObject({
      ...{ code: -32000, message: 'header not found' },
    });
  });

  it('have transactions whole or by hash', async () => {
    const { made, call } = await world();
    const hashes = made.canonical[1]!.receipts.map(({ hash }) => to0x(hash));
    expect(((await call('eth_getBlockByNumber', '0x1')) as Block)['transactions']).toEqual(hashes);
    const full = (await call('eth_getBlockByNumber', '0x1', true)) as { transactions: Block[] };
    expect(full.transactions.map(({ hash }) => hash)).toEqual(hashes);
    expect(await call('eth_getBlockTransactionCountByNumber', '0x1')).toBe('0x2');
    const hash = to0x(made.canonical[1]!.block.hash);
    expect(await call('eth_getBlockTransactionCountByHash', hash)).toBe('0x2');
    const receipts = (await call('eth_getBlockReceipts', { blockHash: hash })) as Block[];
    expect(receipts.map(({ transactionHash }) => transactionHash)).toEqual(hashes);
  });

  it('have headers of their own and no uncles', async () => {
    const { made, call } = await world();
    const hash = to0x(made.head.block.hash);
    expect(await call('eth_getHeaderByNumber', 'latest')).toMatchObject({ hash });
    expect(await call('eth_getHeaderByHash', hash)).not.toHaveProperty('transactions');
    expect(await call('eth_getUncleCountByBlockHash', hash)).toBe('0x0');
    expect(await call('eth_getUncleCountByBlockNumber', 'latest')).toBe('0x0');
    expect(await call('eth_getUncleByBlockHashAndIndex', hash, '0x0')).toBeNull();
    expect(await call('eth_getUncleByBlockNumberAndIndex', 'latest', '0x0')).toBeNull();
  });

  it('beside the canonical chain are found by hash, unless they must be canonical', async () => {
    const { made, call } = await world();
    const side = made.head;
    made.extend([], made.canonical[1], 'another');
    expect(equalBytes(made.head.block.hash, side.block.hash)).toBe(false);
    const blockHash = to0x(side.block.hash);
    expect(await call('eth_getBlockReceipts', { blockHash })).toEqual([]);
    expect(await call('eth_getBlockByHash', blockHash, false)).toMatchObject({ hash: blockHash });
    const own = { blockHash: to0x(made.head.block.hash), requireCanonical: true };
    expect(await call('eth_getBlockReceipts', own)).toEqual([]);
    await expect(call('eth_getBlockReceipts', { blockHash, requireCanonical: true })).rejects.toMatchObject({
      ...{ code: -32000, message: 'hash is not currently canonical' },
    });
  });

  it('are asked for in the right form only', async () => {
    const { call } = await world();
    await expect(call('eth_getBlockByNumber', 'newest')).rejects.toMatchObject({
      ...{ code: -32602, message: 'invalid argument 0: hex string without 0x prefix' },
    });
    await expect(call('eth_getBlockByNumber', 'latest', 'yes')).rejects.toMatchObject({
      message: 'invalid argument 1: not a boolean',
    });
    await expect(call('eth_getBlockByHash', '0x1')).rejects.toMatchObject({ code: -32602 });
    await expect(call('eth_getBlockByNumber')).rejects.toMatchObject({
      message: 'missing value for required argument 0',
    });
  });
});
