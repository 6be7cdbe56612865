import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { serveAuditPage } from '../../../src/apps/audit-page.ts';
import { InputError } from '../../../src/crypto/errors.ts';
import type { HttpServer } from '../../../src/system/http.ts';

const page = mkdtempSync(join(tmpdir(), 'page-'));
const servers: HttpServer[] = [];
const paths = ['a/lock.json', 'a/sign.jsonl', 'b b/%2e%2e/definition.json', 'gone/lock.json'];

/** What a browser must be told with every answer. [security, W02] */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; " +
  "connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
  "require-trusted-types-for 'script'";

async function serve(isServing: boolean): Promise<string> {
  const source = {
    list: () => paths,
    read: async (path: string) => {
      if (path.startsWith('gone')) throw new InputError('file-unreadable', path, 'gone');
      return new TextEncoder().encode(path);
    },
    part: async (path: string, from: number, length: number) =>
      new TextEncoder().encode(path).subarray(from, Math.min(from + length, from + 4)),
    leftOut: () => [{ path: 'c', why: 'is a link' }],
  };
  const served = isServing ? { name: 'sample', source } : undefined;
  const server = await serveAuditPage({ address: '127.0.0.1:0', page, served });
  servers.push(server);
  return `http://${server.address}`;
}

beforeAll(() => {
  writeFileSync(join(page, 'index.html'), '<meta name="conclave-files" content="" />');
  for (const name of ['style.css', 'page.js', 'audit.js', 'kzg.js', 'icon.svg'])
    writeFileSync(join(page, name), name);
});
afterAll(async () => {
  for (const server of servers) await server.close();
  rmSync(page, { recursive: true });
});

describe('the served page', () => {
  it('comes with the same headers on every answer, refusals too', async () => {
    const url = await serve(true);
    for (const [path, status] of [
      ['/', 200],
      ['/index.html', 200],
      ['/page.js', 200],
      ['/audit.js', 200],
      ['/kzg.js', 200],
      ['/style.css', 200],
      ['/icon.svg', 200],
      ['/files.json', 200],
      ['/files/0', 200],
      ['/files/4', 404],
      ['/nothing', 404],
    ] as const) {
      const answer = await fetch(url + path);
      expect([path, answer.status]).toEqual([path, status]);
      expect(answer.headers.get('content-security-policy')).toBe(policy);
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
      expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
      expect(answer.headers.get('cross-origin-opener-policy')).toBe('same-origin');
      expect(answer.headers.get('cross-origin-resource-policy')).toBe('same-origin');
      expect(answer.headers.get('x-frame-options')).toBe('DENY');
      expect(answer.headers.get('access-control-allow-origin')).toBeNull();
      expect(answer.headers.get('set-cookie')).toBeNull();
    }
  });

  it('is read only, and of this machine only', async () => {
    const url = await serve(true);
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS'])
      expect((await fetch(`${url}/files/0`, { method })).status).toBe(405);
    expect((await fetch(url, { headers: { origin: 'https://elsewhere.example' } })).status).toBe(403);
    const everywhere = serveAuditPage({ address: '0.0.0.0:0', page });
    await expect(everywhere).rejects.toMatchObject({ code: 'not-loopback' });
  });

  it('lists what can be picked, and says so itself', async () => {
    const url = await serve(true);
    expect(await (await fetch(url)).text()).toBe('<meta name="conclave-files" content="files.json" />');
    expect(await (await fetch(`${url}/files.json`)).json()).toEqual({
      folder: 'sample',
      paths,
      folders: [
        { kind: 'signature', path: 'a', names: ['lock.json', 'sign.jsonl'] },
        { kind: 'ceremony', path: 'b b/%2e%2e', names: ['definition.json'] },
        { kind: 'ceremony', path: 'gone', names: ['lock.json'] },
      ],
      leftOut: [{ path: 'c', why: 'is a link' }],
    });
  });

  it('hands out files of the list by their number, and no others', async () => {
    const url = await serve(true);
    for (const [i, path] of paths.slice(0, 3).entries()) {
      const answer = await fetch(`${url}/files/${i}`);
      expect(await answer.text()).toBe(path);
      expect(answer.headers.get('content-type')).toBe('application/octet-stream');
    }
    for (const name of [
      '3',
      '4',
      '-1',
      '01',
      '0x1',
      'a/lock.json',
      '..%2f..%2fetc%2fpasswd',
      '__proto__',
      '1e0',
    ])
      expect((await fetch(`${url}/files/${name}`)).status, name).toBe(404);
  });

  it('hands out parts of files, and says why it does not hand out others', async () => {
    const url = await serve(true);
    expect(await (await fetch(`${url}/files/0?from=0`)).text()).toBe('a/lo');
    expect(await (await fetch(`${url}/files/0?from=9`)).text()).toBe('on');
    for (const from of ['-1', '01', '1e3', '', '9'.repeat(16)])
      expect((await fetch(`${url}/files/0?from=${from}`)).status, from).toBe(404);
    const gone = await fetch(`${url}/files/3`);
    expect([gone.status, await gone.json()]).toEqual([404, { error: 'gone' }]);
  });

  it('of no folder has no list, and asks for none', async () => {
    const url = await serve(false);
    expect(await (await fetch(url)).text()).toBe('<meta name="conclave-files" content="" />');
    for (const path of ['/files.json', '/files/0']) expect((await fetch(url + path)).status).toBe(404);
  });
});
