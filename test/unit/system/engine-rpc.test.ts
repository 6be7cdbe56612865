import { createHmac } from 'node:crypto';
import { type IncomingMessage, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { Secret } from '../../../src/crypto/secret.ts';
import { engineRpc, engineToken, parseEngineSecret } from '../../../src/system/engine-rpc.ts';

const key = new Uint8Array(32).fill(0x5e);
const secret = new Secret('test', key.slice());
const asked: { readonly body: unknown; readonly authorization: string | undefined }[] = [];
let [status, answer] = [200, '{}'];
const read = async (request: IncomingMessage): Promise<string> => {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return body;
};
const server = createServer((request, response) => {
  void read(request).then((body) => {
    asked.push({ body: JSON.parse(body), authorization: request.headers.authorization });
    response.writeHead(status).end(answer);
  });
});
let url = '';
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());
const rpc = (at = url) => engineRpc({ url: at, secret }, { nowMs: () => 1_700_000_000_999 });
const coded = (code: string, level: string) => expect.objectContaining({ code, level }) as unknown;

describe('a token for an engine', () => {
  it('is the time in whole seconds, under the secret that both know', () => {
    const [head = '', claims = '', mac] = engineToken(secret, 1_700_000_000_999).split('.');
    const plain = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString());
    expect(plain(head)).toEqual({ alg: 'HS256', typ: 'JWT' });
    expect(plain(claims)).toEqual({ iat: 1_700_000_000 });
    expect(mac).toBe(createHmac('sha256', key).update(`${head}.${claims}`).digest('base64url'));
  });

  it('is made with a secret of 64 hex digits, and with nothing else', () => {
    const hex = '5e'.repeat(32);
    for (const text of [hex, `0x${hex}\n`])
      expect(parseEngineSecret(text, 'file').use((bytes) => Buffer.from(bytes).toString('hex'))).toBe(hex);
    for (const text of ['', hex.slice(2), `${hex}00`, 'z'.repeat(64)])
      expect(() => parseEngineSecret(text, 'file')).toThrow(
        expect.objectContaining({ code: 'bad-engine-secret', path: 'file' }),
      );
  });
});

describe('a call of an engine', () => {
  it('carries a token, and is numbered', async () => {
    answer = '{"result":null}';
    const call = rpc();
    expect(await call('eth_chainId', [])).toEqual({ kind: 'result', result: null });
    await call('engine_newPayloadV3', [1, 'two']);
    const authorization = `Bearer ${engineToken(secret, 1_700_000_000_000)}`;
    expect(asked.slice(-2)).toEqual([
      { authorization, body: { jsonrpc: '2.0', id: 1, method: 'eth_chainId', params: [] } },
      { authorization, body: { jsonrpc: '2.0', id: 2, method: 'engine_newPayloadV3', params: [1, 'two'] } },
    ]);
  });

  it('that is refused gives code and words, cut to what people read', async () => {
    answer = JSON.stringify({ error: { code: -38002, message: 'x'.repeat(500) } });
    expect(await rpc()('m', [])).toEqual({ kind: 'error', code: -38002, message: 'x'.repeat(300) });
  });

  it.each([401, 403])('with a token that is not taken says so: HTTP %i', async (code) => {
    [status, answer] = [code, 'stale token'];
    await expect(rpc()('m', [])).rejects.toThrow(coded('engine-refuses-us', 'retry'));
    await expect(rpc()('m', [])).rejects.toThrow('stale token');
    answer = '';
    await expect(rpc()('m', [])).rejects.toThrow(`HTTP ${code}`);
    status = 200;
  });

  it('to nobody, or to what is no engine, has a code', async () => {
    await expect(rpc('http://127.0.0.1:1')('m', [])).rejects.toThrow(coded('engine-unreachable', 'retry'));
    for (const said of [
      'hello',
      '[]',
      '{}',
      'null',
      '{"error":{"code":"x","message":"y"}}',
      '{"error":{}}',
    ]) {
      answer = said;
      await expect(rpc()('m', [])).rejects.toThrow(coded('engine-failed', 'retry'));
    }
  });
});
