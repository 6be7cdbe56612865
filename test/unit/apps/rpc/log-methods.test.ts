import { describe, expect, it } from 'vitest';

import { to0x } from '../../../../src/crypto/bytes.ts';
import { parseAddress } from '../../../../src/ethereum/address.ts';
import { named } from '../../node/helpers.ts';
import { FakeWorld, contract, signed } from './fake-world.ts';

const other = parseAddress('0x00000000000000000000000000000000000000c2');
const log = (address: typeof contract, ...topics: string[]) => ({
  ...{ address, topics: topics.map(named), data: Uint8Array.of(topics.length) },
});
const topic = (name: string): string => to0x(named(name));

async function world() {
  const made = new FakeWorld();
  made.extend([{ raw: await signed(0), logs: [log(contract, 'a', 'x'), log(other, 'a', 'y')] }]);
  made.extend([
    { raw: await signed(1), logs: [log(contract)] },
    { raw: await signed(2), logs: [log(other, 'b')] },
  ]);
  made.extend();
  return { made, call: made.rpc().call };
}
type Log = Readonly<Record<string, unknown>>;
const places = (logs: unknown): readonly string[] =>
  (logs as readonly Log[]).map(({ blockNumber, logIndex }) => `${String(blockNumber)}/${String(logIndex)}`);
const all = { fromBlock: '0x0', toBlock: 'latest' };

describe('a search for logs', () => {
  it('finds by account and topics, any of several at each place', async () => {
    const { call } = await world();
    const search = async (filter: unknown) => places(await call('eth_getLogs', filter));
    expect(await search(all)).toEqual(['0x1/0x0', '0x1/0x1', '0x2/0x0', '0x2/0x1']);
    expect(await search({ ...all, address: contract })).toEqual(['0x1/0x0', '0x2/0x0']);
    expect(await search({ ...all, address: [contract, other] })).toHaveLength(4);
    expect(await search({ ...all, address: [] })).toHaveLength(4);
    expect(await search({ ...all, topics: [topic('a')] })).toEqual(['0x1/0x0', '0x1/0x1']);
    expect(await search({ ...all, topics: [[topic('a'), topic('b')]] })).toHaveLength(3);
    expect(await search({ ...all, topics: [null, topic('y')] })).toEqual(['0x1/0x1']);
    expect(await search({ ...all, topics: [null] })).toHaveLength(3);
    expect(await search({ ...all, topics: [[topic('a'), null]] })).toHaveLength(3);
    expect(await search({ ...all, topics: [topic('x')] })).toEqual([]);
    expect(await search({ ...all, topics: null, address: null })).toHaveLength(4);
  });

  it('covers the newest block unless it says otherwise, and ends at the head', async () => {
    const { call } = await world();
    expect(await call('eth_getLogs', {})).toEqual([]);
    expect(places(await call('eth_getLogs', { fromBlock: '0x2' }))).toEqual(['0x2/0x0', '0x2/0x1']);
    expect(places(await call('eth_getLogs', { fromBlock: '0x1', toBlock: '0x1' }))).toHaveLength(2);
    expect(places(await call('eth_getLogs', { fromBlock: 'earliest', toBlock: '0xffff' }))).toHaveLength(4);
    expect(await call('eth_getLogs', { fromBlock: '0x9', toBlock: '0x10' })).toEqual([]);
  });

  it('covers one block by its hash', async () => {
    const { made, call } = await world();
    const blockHash = to0x(made.canonical[1]!.block.hash);
    expect(places(await call('eth_getLogs', { blockHash, address: other }))).toEqual(['0x1/0x1']);
    await expect(call('eth_getLogs', { blockHash: topic('none') })).rejects.toMatchObject({ code: -32000 });
    await expect(call('eth_getLogs', { blockHash, fromBlock: '0x1' })).rejects.toMatchObject({
      message: expect.stringContaining('cannot specify both BlockHash and FromBlock/ToBlock'),
    });
  });

  it('has limits of blocks, results, accounts and topics', async () => {
    const { made, call } = await world();
    const { call: few } = made.rpc({ logBlocks: 2n, logResults: 2, filterValues: 1 });
    await expect(few('eth_getLogs', { fromBlock: '0x1', toBlock: '0x3' })).rejects.toMatchObject({
      ...{ code: -32005, message: 'query exceeds max block range 2' },
    });
    expect(await few('eth_getLogs', { fromBlock: '0x1', toBlock: '0x1' })).toHaveLength(2);
    await expect(made.rpc({ logResults: 3 }).call('eth_getLogs', all)).rejects.toMatchObject({
      ...{ code: -32005, message: 'query returned more than 3 results' },
    });
    const blockHash = to0x(made.canonical[1]!.block.hash);
    await expect(made.rpc({ logResults: 1 }).call('eth_getLogs', { blockHash })).rejects.toMatchObject({
      code: -32005,
    });
    await expect(few('eth_getLogs', { address: [contract, other] })).rejects.toMatchObject({ code: -32602 });
    await expect(call('eth_getLogs', { topics: [1, 2, 3, 4, 5] })).rejects.toMatchObject({
      ...{ code: -32602, message: expect.stringContaining('exceed max topics') },
    });
    await expect(call('eth_getLogs', { fromBlock: '0x2', toBlock: '0x1' })).rejects.toMatchObject({
      ...{ code: -32602, message: 'invalid block range params' },
    });
    for (const filter of [{ topics: 'a' }, { topics: [1] }, { address: 'x' }, { address: [{}] }, [], 'x'])
      await expect(call('eth_getLogs', filter)).rejects.toMatchObject({ code: -32602 });
  });
});

describe('filters over the wire', () => {
  it('collect blocks, logs and transactions until they are taken down', async () => {
    const { made, call } = await world();
    made.moved();
    await new Promise((resolve) => setImmediate(resolve));
    const ids = [
      await call('eth_newBlockFilter'),
      await call('eth_newFilter', { ...all, topics: [topic('c')] }),
      await call('eth_newPendingTransactionFilter'),
    ];
    const sent = await call('eth_sendRawTransaction', to0x(await signed(3)));
    const { block } = made.extend([{ raw: await signed(3), logs: [log(contract, 'c'), log(contract, 'd')] }]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(await call('eth_getFilterChanges', ids[0])).toEqual([to0x(block.hash)]);
    expect(places(await call('eth_getFilterChanges', ids[1]))).toEqual(['0x4/0x0']);
    expect(await call('eth_getFilterChanges', ids[2])).toEqual([sent]);
    for (const id of ids) expect(await call('eth_getFilterChanges', id)).toEqual([]);
    expect(places(await call('eth_getFilterLogs', ids[1]))).toEqual(['0x4/0x0']);
    await expect(call('eth_getFilterLogs', ids[0])).rejects.toMatchObject({ message: 'filter not found' });
    expect(await call('eth_uninstallFilter', ids[0])).toBe(true);
    expect(await call('eth_uninstallFilter', ids[0])).toBe(false);
    await expect(call('eth_getFilterChanges', ids[0])).rejects.toMatchObject({
      ...{ code: -32000, message: 'filter not found' },
    });
    await expect(call('eth_getFilterChanges', 7)).rejects.toMatchObject({ code: -32602 });
  });
});
