import { createConnection, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';

import { InputError, OperationError } from '../../../src/crypto/errors.ts';
import { createNetwork, isLoopback, parseAddress } from '../../../src/system/network.ts';
import type { Connection } from '../../../src/system/ports.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function listening(upgradeMs = 5_000) {
  const accepted: Connection[] = [];
  const network = createNetwork({ upgradeMs });
  const listener = await network.listen('127.0.0.1:0', (connection) => void accepted.push(connection));
  closers.push(listener.close);
  return { network, accepted, address: listener.address, port: parseAddress(listener.address).port };
}
const answered = (port: number, request: string): Promise<string> =>
  new Promise((resolve) => {
    let text = '';
    const socket = createConnection(port, '127.0.0.1', () => socket.write(request));
    socket.on('data', (data: Buffer) => void (text += data.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(text));
    socket.on('data', () => {
      if (text.includes('101 Switching')) socket.destroy();
    });
  });
const upgrade = (extra = '', path = '/link'): string =>
  `GET ${path} HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
  `Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n${extra}\r\n`;

describe('a listener', () => {
  it('binds loopback only, unless it is told otherwise', async () => {
    const network = createNetwork();
    await expect(network.listen('0.0.0.0:0', () => undefined)).rejects.toThrow(OperationError);
    await expect(network.listen('[::]:0', () => undefined)).rejects.toThrow(/reachable from other machines/);
    const wide = await createNetwork({ beyondLoopback: true }).listen('0.0.0.0:0', () => undefined);
    await wide.close();
  });

  it('upgrades a plain request', async () => {
    const { port } = await listening();
    expect(await answered(port, upgrade())).toContain('101 Switching Protocols');
  });

  it.each([
    ['a web page', upgrade('Origin: http://evil.example\r\n'), '403'],
    ['a page of its own address', upgrade('Origin: http://127.0.0.1\r\n'), '403'],
    ['an offer of compression', upgrade('Sec-WebSocket-Extensions: permessage-deflate\r\n'), '400'],
    ['another path', upgrade('', '/other'), '404'],
    ['a plain request', 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', '426'],
  ])('turns %s away', async (_, request, status) => {
    const { port, accepted } = await listening();
    expect(await answered(port, request)).toContain(`HTTP/1.1 ${status}`);
    expect(accepted).toEqual([]);
  });

  it('closes a connection that sends text', async () => {
    const { address, accepted } = await listening();
    const ws = new WebSocket(`ws://${address}/link`, { perMessageDeflate: false });
    closers.push(() => ws.terminate());
    const frames: Uint8Array[] = [];
    await new Promise((resolve) => ws.once('open', resolve));
    accepted[0]?.onFrame((frame) => void frames.push(frame));
    ws.send('text');
    await new Promise((resolve) => ws.once('close', resolve));
    expect(frames).toEqual([]);
  });

  it('closes a connection that is not admitted in time, and leaves one that is', async () => {
    const { network, address, accepted } = await listening(300);
    const stranger = await network.connect(`ws://${address}`);
    const member = await network.connect(`ws://${address}`);
    for (const connection of [stranger, member]) closers.push(() => connection.close('done'));
    let isMemberOpen = true;
    member.onClose(() => void (isMemberOpen = false));
    accepted[1]?.admitted();
    await new Promise<void>((resolve) => stranger.onClose(() => resolve()));
    expect(isMemberOpen).toBe(true);
    const echoed = new Promise((resolve) => member.onFrame(resolve));
    accepted[1]?.send(new Uint8Array([1]));
    expect(await echoed).toEqual(new Uint8Array([1]));
  });

  it('gives no more than 16 places to an address that does not show who it is', async () => {
    const { port } = await listening();
    const sockets: Socket[] = [];
    let closed = 0;
    for (let i = 0; i < 20; i++) {
      const socket = createConnection(port, '127.0.0.1');
      socket.on('close', () => void (closed += 1));
      socket.on('error', () => undefined);
      sockets.push(socket);
      await new Promise((resolve) => socket.once('connect', resolve));
    }
    closers.push(() => sockets.forEach((socket) => socket.destroy()));
    await new Promise<void>((resolve) => {
      const look = (): void => void (closed >= 4 ? resolve() : setImmediate(look));
      look();
    });
    expect(closed).toBe(4);
  });

  it('closes a connection that takes nothing for a while', async () => {
    const accepted: Connection[] = [];
    const network = createNetwork({ stallMs: 200 });
    const listener = await network.listen('127.0.0.1:0', (connection) => void accepted.push(connection));
    closers.push(listener.close);
    const socket = createConnection(parseAddress(listener.address).port, '127.0.0.1');
    closers.push(() => socket.destroy());
    socket.on('error', () => undefined);
    socket.write(upgrade());
    await new Promise((resolve) => socket.once('data', resolve));
    socket.pause();
    const reason = new Promise((resolve) => accepted[0]?.onClose(resolve));
    for (let i = 0; i < 15; i++) accepted[0]?.send(new Uint8Array(1024 * 1024));
    expect(await reason).toBe('outbound-stalled');
  });
});

describe('a dialler', () => {
  it('does not wait longer than its time for one that never answers', async () => {
    const { createServer } = await import('node:net');
    const server = createServer(() => undefined).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    closers.push(() => server.close());
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const attempt = createNetwork({ upgradeMs: 200 }).connect(`ws://127.0.0.1:${port}`);
    await expect(attempt).rejects.toMatchObject({ code: 'peer-unreachable', level: 'retry' });
  });

  it('names the address that it cannot reach', async () => {
    await expect(createNetwork().connect('ws://127.0.0.1:1')).rejects.toThrow(
      /127\.0\.0\.1:1 is unreachable/,
    );
  });

  it('takes addresses of one form only', async () => {
    await expect(createNetwork().connect('ws://user:secret@host:1')).rejects.toThrow(InputError);
    await expect(createNetwork().connect('http://host:1')).rejects.toThrow(InputError);
  });
});

describe('addresses', () => {
  it('are host:port, with brackets for IPv6', () => {
    expect(parseAddress('node-2.example.org:7610')).toEqual({ host: 'node-2.example.org', port: 7610 });
    expect(parseAddress('[::1]:80')).toEqual({ host: '::1', port: 80 });
    for (const text of ['host', 'host:', ':1', 'host:65536', 'a b:1', '::1:80', 'host:1/path', 'host:-1'])
      expect(() => parseAddress(text)).toThrow(InputError);
  });

  it('know loopback', () => {
    for (const host of ['127.0.0.1', '127.9.9.9', '::1', 'localhost']) expect(isLoopback(host)).toBe(true);
    for (const host of ['0.0.0.0', '10.0.0.1', '::', '127.evil.example', ''])
      expect(isLoopback(host)).toBe(false);
  });
});
