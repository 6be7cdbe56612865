import { describe, expect, it } from 'vitest';

import { createRpc } from '../../../../src/apps/rpc/rpc.ts';
import type { RpcLimits } from '../../../../src/apps/rpc/limits.ts';
import type { RpcSocket } from '../../../../src/system/network-rpc-socket.ts';
import { to0x } from '../../../../src/crypto/bytes.ts';
import { named } from '../../node/helpers.ts';
import { FakeWorld, contract, signed } from './fake-world.ts';

const rest = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
type Sent = Readonly<Record<string, unknown>>;

/** A WebSocket without a network. */
function fakeSocket() {
  const sent: Sent[] = [];
  let onFrame: (frame: Uint8Array) => Promise<void> = async () => undefined;
  let onClose: (code: number) => void = () => undefined;
  const socket: RpcSocket = {
    send: (text) => sent.push(JSON.parse(text) as Sent) > 0,
    onFrame: (handler) => void (onFrame = handler),
    onClose: (handler) => void (onClose = handler),
    close: () => undefined,
  };
  const call = async (method: string, ...params: readonly unknown[]): Promise<Sent> => {
    const before = sent.length;
    await onFrame(new TextEncoder().encode(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })));
    return sent.slice(before).find((one) => 'id' in one)!;
  };
  const told = (): readonly unknown[] =>
    sent.flatMap((one) => (one['method'] === 'eth_subscription' ? [one['params']] : []));
  return { socket, sent, call, told, hangUp: () => onClose(1006) };
}

function serving(limits: Partial<RpcLimits> = {}) {
  const world = new FakeWorld();
  const rpc = createRpc({ version: 'test', minTip: 0n, limits }, world.backend());
  const connect = () => {
    const end = fakeSocket();
    rpc.accept(end.socket);
    return end;
  };
  return { world, rpc, connect };
}

describe('subscriptions', () => {
  it('to heads tell every new header', async () => {
    const { world, connect } = serving();
    const { call, told } = connect();
    const { result } = await call('eth_subscribe', 'newHeads');
    const made = [world.extend(), world.extend()];
    await rest();
    expect(told()).toEqual(
      made.map(({ block }) => ({
        subscription: result,
        result: expect.objectContaining({ hash: to0x(block.hash) }),
      })),
    );
    expect(JSON.stringify(told())).not.toContain('"transactions"');
  });

  it('to logs tell those that match', async () => {
    const { world, connect } = serving();
    const { call, told } = connect();
    await call('eth_subscribe', 'logs', { address: contract, topics: [to0x(named('a'))] });
    await call('eth_subscribe', 'logs');
    const logs = ['a', 'b'].map((name) => ({ address: contract, topics: [named(name)], data: named('d') }));
    world.extend([{ raw: await signed(0), logs }]);
    await rest();
    expect(told()).toHaveLength(3);
  });

  it('to logs tell nothing more to a socket that is closed', async () => {
    const { world, rpc, connect } = serving();
    const { socket, call, sent } = connect();
    let tries = 0;
    let answerOf: (frame: Uint8Array) => Promise<void> = async () => undefined;
    const send = (text: string) => {
      tries += 1;
      return socket.send(text) && tries < 4;
    };
    rpc.accept({ ...socket, send, onFrame: (handler) => void (answerOf = handler) });
    const asked = { jsonrpc: '2.0', id: 1, method: 'eth_subscribe', params: ['logs'] };
    await answerOf(new TextEncoder().encode(JSON.stringify(asked)));
    const log = { address: contract, topics: [], data: named('d') };
    world.extend([{ raw: await signed(0), logs: Array.from({ length: 50 }, () => log) }]);
    await rest();
    expect([tries, sent.length]).toEqual([4, 4]);
    // Others are told all.
    await call('eth_subscribe', 'logs');
    world.extend([{ raw: await signed(1), logs: [log, log] }]);
    await rest();
    expect(sent).toHaveLength(8);
  });

  it('to transactions tell hashes of those that were sent, once', async () => {
    const { rpc, connect } = serving();
    const [one, two] = [connect(), connect()];
    await one.call('eth_subscribe', 'newPendingTransactions');
    const raw = to0x(await signed(0));
    const { result } = await two.call('eth_sendRawTransaction', raw);
    await two.call('eth_sendRawTransaction', raw);
    expect(one.told()).toEqual([expect.objectContaining({ result })]);
    expect(two.told()).toEqual([]);
    rpc.close();
  });

  it('to syncing tell when a node falls behind and when it is there again', async () => {
    const { world, connect } = serving();
    const { call, told } = connect();
    await call('eth_subscribe', 'syncing');
    world.moved();
    world.progress = { startingBlock: 1n, currentBlock: 2n, highestBlock: 30n };
    world.moved();
    world.moved();
    world.progress = undefined;
    world.moved();
    expect(told()).toEqual([
      expect.objectContaining({
        result: {
          syncing: true,
          status: { startingBlock: '0x1', currentBlock: '0x2', highestBlock: '0x1e' },
        },
      }),
      expect.objectContaining({ result: false }),
    ]);
  });

  it('tell nothing before the answer that gives their name', async () => {
    const { world, connect } = serving();
    const { socket, sent } = connect();
    let answerOf: (frame: Uint8Array) => Promise<void> = async () => undefined;
    const rpc = createRpc({ version: 'test', minTip: 0n }, world.backend());
    rpc.accept({ ...socket, onFrame: (handler) => void (answerOf = handler) });
    const raw = to0x(await signed(0));
    const batch = [
      { jsonrpc: '2.0', id: 1, method: 'eth_subscribe', params: ['newPendingTransactions'] },
      { jsonrpc: '2.0', id: 2, method: 'eth_sendRawTransaction', params: [raw] },
    ];
    await answerOf(new TextEncoder().encode(JSON.stringify(batch)));
    expect(sent.map((one) => Array.isArray(one))).toEqual([true, false]);
  });

  it('end when they are cancelled, and with their socket', async () => {
    const { world, connect } = serving({ subscriptions: 2 });
    const [one, two] = [connect(), connect()];
    const { result: id } = await one.call('eth_subscribe', 'newHeads');
    expect(await two.call('eth_unsubscribe', id)).toMatchObject({
      error: { code: -32000, message: 'subscription not found' },
    });
    expect(await one.call('eth_unsubscribe', id)).toMatchObject({ result: true });
    expect(await one.call('eth_unsubscribe', id)).toHaveProperty('error');
    await two.call('eth_subscribe', 'newHeads');
    await two.call('eth_subscribe', 'newHeads');
    two.hangUp();
    world.extend();
    await rest();
    expect([...one.told(), ...two.told()]).toEqual([]);
    // What ended has made room.
    expect(await one.call('eth_subscribe', 'newHeads')).toHaveProperty('result');
  });

  it('are so many and no more, of one socket and of all', async () => {
    const { connect } = serving({ subscriptions: 3, socketSubscriptions: 2 });
    const [one, two] = [connect(), connect()];
    for (let i = 0; i < 2; i++) expect(await one.call('eth_subscribe', 'newHeads')).toHaveProperty('result');
    const refused = { error: { code: -32005, message: 'too many subscriptions' } };
    expect(await one.call('eth_subscribe', 'newHeads')).toMatchObject(refused);
    expect(await two.call('eth_subscribe', 'newHeads')).toHaveProperty('result');
    expect(await two.call('eth_subscribe', 'newHeads')).toMatchObject(refused);
  });

  it('of other names there are none, and none over HTTP', async () => {
    const { world, connect } = serving();
    const { call } = connect();
    expect(await call('eth_subscribe', 'newBlocks')).toMatchObject({
      error: { code: -32601, message: 'no "newBlocks" subscription in eth namespace' },
    });
    for (const params of [[], [7], ['logs', 7], ['newPendingTransactions', true], ['x'.repeat(99)]])
      expect(await call('eth_subscribe', ...params)).toMatchObject({ error: { code: -32602 } });
    await expect(world.rpc().call('eth_subscribe', 'newHeads')).rejects.toMatchObject({
      ...{ code: -32601, message: 'notifications not supported' },
    });
    await expect(world.rpc().call('eth_unsubscribe', '0x1')).rejects.toMatchObject({
      message: 'subscription not found',
    });
  });
});
