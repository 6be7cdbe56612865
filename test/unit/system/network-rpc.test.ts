import { createConnection } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';

import type { RpcSocket } from '../../../src/system/network-rpc-socket.ts';
import { type RpcServer, type RpcServerOptions, serveRpc } from '../../../src/system/network-rpc.ts';
import { parseAddress } from '../../../src/system/network.ts';

const servers: RpcServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function serving(options: Partial<RpcServerOptions> = {}) {
  const sockets: RpcSocket[] = [];
  const server = await serveRpc({
    address: '127.0.0.1:0',
    answer: async (body) => (body.length === 0 ? undefined : `"${new TextDecoder().decode(body)}"`),
    accept: (socket) => {
      sockets.push(socket);
      socket.onFrame(async (frame) => void socket.send(new TextDecoder().decode(frame)));
    },
    ...options,
  });
  servers.push(server);
  const port = parseAddress(server.address).port;
  const post = (body: string | Uint8Array<ArrayBuffer>, headers: Readonly<Record<string, string>> = {}) =>
    fetch(`http://${server.address}/`, {
      ...{ method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } },
    });
  return { server, port, post, sockets };
}

/** What comes back for raw bytes, until the server hangs up. */
const raw = (port: number, request: string): Promise<string> =>
  new Promise((resolve) => {
    let text = '';
    const socket = createConnection(port, '127.0.0.1', () => socket.write(request));
    socket.on('data', (data: Buffer) => void (text += data.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(text));
  });
const request = (method: string, headers: readonly string[], body = ''): string =>
  [`${method} / HTTP/1.1`, ...headers, 'connection: close', '', body].join('\r\n');

/** A WebSocket that is open, with all that comes. */
async function connected(server: RpcServer, options: ConstructorParameters<typeof WebSocket>[2] = {}) {
  const ws = new WebSocket(`ws://${server.address}/`, options);
  const got: string[] = [];
  ws.on('message', (data: Buffer) => void got.push(data.toString()));
  const closed = new Promise<number>((resolve) => ws.once('close', resolve));
  ws.on('error', () => undefined);
  await new Promise((resolve, reject) => {
    ws.once('open', resolve);
    ws.once('error', reject);
  });
  return { ws, got, closed };
}

describe('the server over HTTP', () => {
  it('answers posts of JSON, and says nothing where there is nothing to say', async () => {
    const { post } = await serving();
    const answer = await post('hello', { 'content-type': 'application/json; charset=utf-8' });
    expect([answer.status, await answer.text()]).toEqual([200, '"hello"']);
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    const nothing = await post('');
    expect([nothing.status, await nothing.text()]).toEqual([204, '']);
  });

  it('takes no other method and no other type', async () => {
    const { server, post } = await serving();
    for (const method of ['GET', 'PUT', 'DELETE', 'HEAD'])
      expect((await fetch(`http://${server.address}/`, { method })).status).toBe(405);
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/json2'])
      expect((await post('hello', { 'content-type': type })).status).toBe(415);
  });

  it('gives bytes that are posted to a path of their own to whoever serves it', async () => {
    const posts = { '/bytes': async (body: Uint8Array) => ({ status: 202, body: { length: body.length } }) };
    const { server, post } = await serving({ posts });
    const to = (path: string, type: string) =>
      fetch(`http://${server.address}${path}`, {
        method: 'POST',
        body: 'abc',
        headers: { 'content-type': type },
      });
    const answer = await to('/bytes', 'application/octet-stream');
    expect([answer.status, await answer.json()]).toEqual([202, { length: 3 }]);
    expect((await to('/bytes', 'application/json')).status).toBe(415);
    expect((await to('/toString', 'application/octet-stream')).status).toBe(415);
    expect(await (await post('hi')).text()).toBe('"hi"');
  });

  it('reads no body that is too long, announced or not', async () => {
    const { port, post } = await serving({ limits: { bodyBytes: 10 } });
    expect((await post('x'.repeat(10))).status).toBe(200);
    expect((await post('x'.repeat(11))).status).toBe(413);
    const head = ['host: localhost', 'content-type: application/json', 'transfer-encoding: chunked'];
    expect(await raw(port, request('POST', head, `b\r\n${'x'.repeat(11)}\r\n`))).toContain('HTTP/1.1 413');
  });

  it('waits for no body that does not come', async () => {
    const { port } = await serving({ limits: { requestMs: 200 } });
    const head = ['host: localhost', 'content-type: application/json', 'content-length: 9'];
    expect(await raw(port, request('POST', head, 'half'))).not.toContain('200 OK');
  });

  it('keeps so much for peers that do not read, and no more', async () => {
    const long = 'x'.repeat(16 << 20);
    const limits = { outboundBytesOfAll: 40 << 20 };
    const { port, post } = await serving({ limits, answer: async () => long });
    const head = ['host: localhost', 'content-type: application/json', 'content-length: 2'];
    const closed: number[] = [];
    const idle = [0, 1, 2, 3].map((i) => {
      const socket = createConnection(port, '127.0.0.1').pause();
      socket.on('error', () => undefined);
      socket.on('close', () => closed.push(i));
      socket.write(request('POST', head, 'hi'));
      return socket;
    });
    for (let i = 0; i < 4; i++) expect(await (await post('hi')).text()).toBe(long);
    for (const socket of idle) socket.resume();
    await expect.poll(() => closed.length).toBe(4);
    const whole = idle.filter(({ bytesRead }) => bytesRead > long.length);
    expect(whole.length).toBeGreaterThan(0);
    expect(whole.length).toBeLessThan(4);
  });

  it('ends a connection that takes nothing of its answer', async () => {
    const answer = async (body: Uint8Array) => 'x'.repeat(body.length > 2 ? 16 << 20 : 1);
    const { port, post } = await serving({ limits: { idleMs: 200, connections: 1 }, answer });
    const head = ['host: localhost', 'content-type: application/json', 'content-length: 4'];
    const socket = createConnection(port, '127.0.0.1').pause();
    socket.on('error', () => undefined);
    await new Promise<void>((resolve) => socket.write(request('POST', head, 'long'), () => resolve()));
    // Nobody else is let in as long as it holds the only place.
    const status = () =>
      post('hi').then(
        (got) => got.status,
        () => 0,
      );
    await expect.poll(status, { timeout: 5_000 }).toBe(200);
    socket.destroy();
  });

  it('answers under its own names only', async () => {
    const { port } = await serving({ allowedHosts: ['rpc.example.org'] });
    const to = (host: string) =>
      raw(
        port,
        request('POST', [`host: ${host}`, 'content-type: application/json', 'content-length: 2'], 'hi'),
      );
    expect(await to('localhost:8545')).toContain('HTTP/1.1 200');
    expect(await to('RPC.example.org')).toContain('HTTP/1.1 200');
    expect(await to('evil.example')).toContain('HTTP/1.1 403');
    const open = await serving({ allowedHosts: ['*'] });
    const head = ['host: evil.example', 'content-type: application/json', 'content-length: 2'];
    expect(await raw(open.port, request('POST', head, 'hi'))).toContain('HTTP/1.1 200');
  });

  it('answers pages of listed origins, and says so to their browser', async () => {
    const origin = 'https://wallet.example';
    const { server, post } = await serving({ origins: [origin] });
    const answer = await post('hi', { origin });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
    expect(answer.headers.get('vary')).toBe('origin');
    expect((await post('hi', { origin: 'https://evil.example' })).status).toBe(403);
    const asked = await fetch(`http://${server.address}/`, { method: 'OPTIONS', headers: { origin } });
    expect(asked.status).toBe(204);
    expect(asked.headers.get('access-control-allow-methods')).toBe('POST');
    expect(asked.headers.get('access-control-allow-headers')).toBe('content-type');
    const everyone = await serving({ origins: ['*'] });
    expect((await everyone.post('hi', { origin })).headers.get('access-control-allow-origin')).toBe('*');
    const nobody = await serving();
    expect((await nobody.post('hi', { origin })).status).toBe(403);
  });

  it('answers wallets that are extensions of a browser', async () => {
    const { server, post } = await serving();
    for (const scheme of ['chrome', 'moz', 'safari-web'])
      expect((await post('hi', { origin: `${scheme}-extension://abcdef` })).status).toBe(200);
    expect((await post('hi', { origin: 'https://chrome-extension://abcdef' })).status).toBe(403);
    expect((await post('hi', { origin: 'null' })).status).toBe(403);
    await connected(server, { origin: 'moz-extension://abcdef' });
  });

  it('is bound to this machine unless told otherwise', async () => {
    const options = { answer: async () => undefined, accept: () => undefined };
    await expect(serveRpc({ ...options, address: '0.0.0.0:0' })).rejects.toMatchObject({
      code: 'not-loopback',
    });
    const { server } = await serving();
    await expect(serveRpc({ ...options, address: server.address })).rejects.toMatchObject({
      code: 'port-in-use',
    });
    await serving({ address: '0.0.0.0:0', beyondLoopback: true });
  });

  it('holds so many connections and no more', async () => {
    const { port, server } = await serving({ limits: { connections: 1 } });
    const first = createConnection(port, '127.0.0.1');
    await new Promise((resolve) => first.once('connect', resolve));
    const second = createConnection(port, '127.0.0.1');
    second.on('error', () => undefined);
    await new Promise((resolve) => second.once('close', resolve));
    first.destroy();
    expect(server.address).toContain('127.0.0.1');
  });
});

describe('the server over WebSockets', () => {
  it('passes texts both ways, and tells of the end', async () => {
    const { server, sockets } = await serving();
    const { ws, got, closed } = await connected(server);
    const ended = new Promise((resolve) => sockets[0]!.onClose(resolve));
    ws.send('hello');
    await expect.poll(() => got).toEqual(['hello']);
    ws.close(1000);
    expect(await closed).toBe(1000);
    expect(await ended).toBe(1000);
    sockets[0]!.send('after the end');
  });

  it('takes no binary frame and none that is too long', async () => {
    const { server } = await serving({ limits: { bodyBytes: 10 } });
    const binary = await connected(server);
    binary.ws.send(Buffer.from('hello'), { binary: true });
    expect(await binary.closed).toBe(1003);
    const long = await connected(server);
    long.ws.send('x'.repeat(11));
    expect(await long.closed).toBe(1009);
  });

  it('opens none for foreign names and pages, and only so many', async () => {
    const { server } = await serving({ origins: ['https://wallet.example'], limits: { sockets: 1 } });
    await expect(connected(server, { origin: 'https://evil.example' })).rejects.toThrow('403');
    await expect(connected(server, { headers: { host: 'evil.example' } })).rejects.toThrow('403');
    const { ws, closed } = await connected(server, { origin: 'https://wallet.example' });
    await expect(connected(server)).rejects.toThrow('503');
    ws.close();
    await closed;
    // The room of one that has gone is free for another.
    await expect
      .poll(() =>
        connected(server).then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
  });

  it('works on so many frames of one peer at a time', async () => {
    const begun: string[] = [];
    const ends: (() => void)[] = [];
    const { server, post } = await serving({
      limits: { framesInFlight: 1 },
      accept: (socket) =>
        socket.onFrame((frame) => {
          begun.push(new TextDecoder().decode(frame));
          return new Promise((resolve) => void ends.push(resolve));
        }),
    });
    const { ws } = await connected(server);
    // Each is longer than what is read at a time, so that a pause is between any two.
    const big = 'x'.repeat(200_000);
    for (const name of ['a', 'b', 'c']) ws.send(name + big);
    await expect.poll(() => begun.length).toBe(1);
    for (let i = 0; i < 10; i++) await post('others are served meanwhile');
    expect(begun.map((text) => text[0])).toEqual(['a']);
    ends[0]!();
    await expect.poll(() => begun.length).toBeGreaterThan(1);
    ends[1]!();
    await expect.poll(() => begun.length).toBe(3);
  });

  it('cuts off a peer that does not take what it is told', async () => {
    const { server, sockets } = await serving({ limits: { outboundBytes: 100_000 } });
    const { ws, closed } = await connected(server);
    ws.pause();
    const ended = new Promise<number>((resolve) => sockets[0]!.onClose(resolve));
    for (let i = 0; i < 200; i++) sockets[0]!.send('x'.repeat(90_000));
    ws.resume();
    expect([1006, 1013]).toContain(await ended);
    expect([1006, 1013]).toContain(await closed);
  });

  it('ends a connection over which nothing comes back', async () => {
    const { server, sockets } = await serving({ limits: { idleMs: 100 } });
    const silent = await connected(server, { autoPong: false });
    const alive = await connected(server);
    const ended = new Promise<number>((resolve) => sockets[0]!.onClose(resolve));
    expect(await ended).toBe(1006);
    expect(await silent.closed).toBe(1006);
    expect(alive.ws.readyState).toBe(WebSocket.OPEN);
  });

  it('answers pings, and hangs up on a service that says so', async () => {
    const { server, sockets } = await serving();
    const { ws, closed } = await connected(server);
    const pong = new Promise<string>((resolve) =>
      ws.once('pong', (data: Buffer) => resolve(data.toString())),
    );
    ws.ping('still there?');
    expect(await pong).toBe('still there?');
    sockets[0]!.close(1001, 'going');
    expect(await closed).toBe(1001);
  });

  it('ends all of them with the server', async () => {
    const { server } = await serving();
    const { closed } = await connected(server);
    await server.close();
    expect(await closed).toBe(1006);
    servers.length = 0;
  });
});
