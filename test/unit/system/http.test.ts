import { createConnection } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';

import { parseAddress } from '../../../src/system/network.ts';
import { type HttpServer, serveHttp } from '../../../src/system/http.ts';

const servers: HttpServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function serving() {
  const server = await serveHttp({
    address: '127.0.0.1:0',
    allowedHosts: ['node.example.org'],
    routes: {
      '/livez': () => ({ status: 200, body: { ok: true } }),
      '/v1/keys/': (path, query) => ({ status: 200, body: { path, page: query.get('page') } }),
      '/v1/keys/deep/': () => ({ status: 200, body: 'deep' }),
      '/metrics': () => ({ status: 200, body: 'a_total 1\n', type: 'text/plain; version=0.0.4' }),
      '/bytes': async () => ({ status: 200, body: Uint8Array.of(0, 255), type: 'application/octet-stream' }),
      '/broken': () => Promise.reject(new RangeError('our own fault')),
    },
  });
  servers.push(server);
  return { server, url: `http://${server.address}` };
}
const raw = (server: HttpServer, request: string): Promise<string> =>
  new Promise((resolve) => {
    let text = '';
    const socket = createConnection(parseAddress(server.address).port, '127.0.0.1', () =>
      socket.write(request),
    );
    socket.on('data', (data: Buffer) => void (text += data.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(text));
  });
const get = (path: string, headers: string): string =>
  `GET ${path} HTTP/1.1\r\n${headers}connection: close\r\n\r\n`;

describe('the read-only server', () => {
  it('answers listed paths with JSON, and with nothing that a browser would run', async () => {
    const { url } = await serving();
    const answer = await fetch(`${url}/livez`);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ ok: true });
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  it('answers text where a route says so', async () => {
    const { url } = await serving();
    const answer = await fetch(`${url}/metrics`);
    expect(await answer.text()).toBe('a_total 1\n');
    expect(answer.headers.get('content-type')).toContain('text/plain');
  });

  it('answers bytes as they are, and later where a route has to wait', async () => {
    const { url } = await serving();
    const answer = await fetch(`${url}/bytes`);
    expect(new Uint8Array(await answer.arrayBuffer())).toEqual(Uint8Array.of(0, 255));
  });

  it('goes on when a route fails, and does not say how', async () => {
    const { url } = await serving();
    const answer = await fetch(`${url}/broken`);
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain('our own fault');
    expect((await fetch(`${url}/livez`)).status).toBe(200);
  });

  it('gives a route that ends in a slash all below it, the longest first, with the query', async () => {
    const { url } = await serving();
    expect(await (await fetch(`${url}/v1/keys/0xab?page=2`)).json()).toEqual({
      path: '/v1/keys/0xab',
      page: '2',
    });
    expect(await (await fetch(`${url}/v1/keys/deep/x`)).json()).toBe('deep');
  });

  it('knows no other path, not even one that every object has', async () => {
    const { url } = await serving();
    for (const path of ['/', '/livez/', '/other', '/constructor', '/__proto__', '/v1/keys'])
      expect((await fetch(url + path)).status, path).toBe(404);
  });

  it('is read only', async () => {
    const { url } = await serving();
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'HEAD']) {
      const answer = await fetch(`${url}/livez`, { method });
      expect(answer.status, method).toBe(405);
      expect(answer.headers.get('allow')).toBe('GET');
    }
  });

  it('answers its own names only: a name that was made to point here is refused', async () => {
    const { server } = await serving();
    for (const [host, status] of [
      ['127.0.0.1:9001', '200'],
      ['localhost', '200'],
      ['[::1]:80', '200'],
      ['NODE.example.org:1', '200'],
      ['evil.example', '403'],
      ['node.example.org.evil.example', '403'],
      ['127.0.0.1.evil.example', '403'],
    ])
      expect(await raw(server, get('/livez', `host: ${host}\r\n`)), host).toContain(`HTTP/1.1 ${status}`);
    expect(await raw(server, get('/livez', ''))).toContain('HTTP/1.1 400');
  });

  it('refuses a page of another origin', async () => {
    const { server } = await serving();
    const request = get('/livez', 'host: localhost\r\norigin: http://evil.example\r\n');
    expect(await raw(server, request)).toContain('HTTP/1.1 403');
  });

  it('refuses a body, a long path and large headers', async () => {
    const { server } = await serving();
    const host = 'host: localhost\r\n';
    expect(await raw(server, get('/livez', `${host}content-length: 5\r\n`))).toContain(' 413 ');
    expect(await raw(server, get(`/${'x'.repeat(2_000)}`, host))).toContain(' 414 ');
    expect(await raw(server, get('/livez', `${host}x: ${'y'.repeat(9_000)}\r\n`))).not.toContain('200');
    expect(await raw(server, get('/livez', host))).toContain(' 200 ');
  });

  it('binds loopback only, unless names are allowed', async () => {
    const routes = {};
    await expect(serveHttp({ address: '0.0.0.0:0', routes })).rejects.toMatchObject({ code: 'not-loopback' });
    servers.push(await serveHttp({ address: '0.0.0.0:0', routes, allowedHosts: ['node.example.org'] }));
  });

  it('says that its port is taken', async () => {
    const { server } = await serving();
    const again = serveHttp({ address: server.address, routes: {} });
    await expect(again).rejects.toMatchObject({ code: 'port-in-use' });
  });
});
