import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';

import { serveExplorerPage } from '../../../src/apps/explorer-page.ts';
import type { HttpServer } from '../../../src/system/http.ts';

const page = mkdtempSync(join(tmpdir(), 'explorer-'));
const servers: HttpServer[] = [];

beforeAll(() => {
  writeFileSync(join(page, 'explorer.html'), `connect-src 'none'|name="conclave-rpc" content=""`);
  writeFileSync(join(page, 'bridge.html'), `connect-src 'none'|name="conclave-l1" content=""`);
  for (const name of ['style.css', 'explorer.css', 'bridge.css', 'explorer.js', 'bridge.js', 'icon.svg'])
    writeFileSync(join(page, name), name);
});
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});
afterAll(() => {
  rmSync(page, { recursive: true });
});

async function serve(rpc: string, l1?: string): Promise<string> {
  const server = await serveExplorerPage({ address: '127.0.0.1:0', page, rpc, l1 });
  servers.push(server);
  return `http://${server.address}`;
}

it('may reach its node, and nothing else', async () => {
  const url = await serve('https://rpc.example:8545/l2');
  const connect = 'connect-src https://rpc.example:8545/l2 wss://rpc.example:8545/l2';
  const first = await fetch(url);
  expect(await first.text()).toBe(`${connect}|name="conclave-rpc" content="https://rpc.example:8545/l2"`);
  for (const path of ['/', '/explorer.js', '/explorer.css', '/style.css', '/icon.svg']) {
    const { status, headers } = await fetch(url + path);
    expect([path, status]).toEqual([path, 200]);
    expect(headers.get('content-security-policy')).toContain(`; ${connect}; `);
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self'; /);
  }
  for (const path of ['/audit.js', '/index.html', '/x']) expect((await fetch(url + path)).status).toBe(404);
});

it('lets the bridge alone reach L1, and only one that was named', async () => {
  const url = await serve('http://127.0.0.1:8545', 'https://l1.example/');
  const connect = 'connect-src http://127.0.0.1:8545/ ws://127.0.0.1:8545/';
  const bridge = await fetch(`${url}/bridge.html`);
  expect(await bridge.text()).toBe(
    `${connect} https://l1.example/|name="conclave-l1" content="https://l1.example/"`,
  );
  expect(bridge.headers.get('content-security-policy')).toContain(`; ${connect} https://l1.example/; `);
  expect(await (await fetch(url)).text()).toMatch(`${connect}|`);
  const without = await serve('http://127.0.0.1:8545');
  expect(await (await fetch(`${without}/bridge.html`)).text()).toBe(
    `${connect}|name="conclave-l1" content=""`,
  );
});

it('takes no address of a node that would say more in a policy', async () => {
  for (const rpc of [
    ...[
      '',
      'rpc',
      'ftp://rpc.example/',
      'javascript:1',
      'https://user:word@rpc.example/',
      'http://[::1]:8545',
    ],
    ...[
      "https://rpc.example/;script-src'unsafe-inline'",
      'https://rpc.example/,*',
      'https://rpc.example/?key=1',
    ],
    ...['https://rpc.example/"><script>', 'https://*/', 'https://rpc.example/#a'],
  ])
    expect(() => serveExplorerPage({ address: '127.0.0.1:0', page, rpc }), rpc).toThrow(
      expect.objectContaining({ code: 'bad-address' }),
    );
  const [rpc, l1] = ['http://127.0.0.1:8545', "https://l1.example/;script-src'unsafe-inline'"];
  expect(() => serveExplorerPage({ address: '127.0.0.1:0', page, rpc, l1 })).toThrow(
    expect.objectContaining({ code: 'bad-address', path: '--l1' }),
  );
});

it('is of this machine only, and says where it was not built', async () => {
  const rpc = 'http://127.0.0.1:8545';
  await expect(serveExplorerPage({ address: '0.0.0.0:0', page, rpc })).rejects.toMatchObject({
    code: 'not-loopback',
  });
  expect(() => serveExplorerPage({ address: '127.0.0.1:0', page: join(page, 'none'), rpc })).toThrow(
    expect.objectContaining({ code: 'page-not-built' }),
  );
});
