import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { jsonRpc } from '../../../src/system/json-rpc.ts';

const asked: unknown[] = [];
let answer = '{}';
const server = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => (body += String(chunk)));
  request.on('end', () => {
    asked.push(JSON.parse(body));
    response.end(answer);
  });
});
let url = '';
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());

describe('a JSON-RPC call', () => {
  it('sends method and parameters, numbered, and gives the result', async () => {
    answer = '{"result":"0x1"}';
    const rpc = jsonRpc(url);
    expect(await rpc('evm_mine')).toBe('0x1');
    await rpc('anvil_setBalance', ['0x00', '0x1']);
    expect(asked.slice(-2)).toEqual([
      { jsonrpc: '2.0', id: 1, method: 'evm_mine', params: [] },
      { jsonrpc: '2.0', id: 2, method: 'anvil_setBalance', params: ['0x00', '0x1'] },
    ]);
  });

  it('that is refused names its method and the reason', async () => {
    answer = '{"error":{"message":"not in this house"}}';
    await expect(jsonRpc(url)('evm_mine')).rejects.toThrow('evm_mine was refused: not in this house');
  });

  it('to nobody, or to somebody who speaks no JSON, is unreachable', async () => {
    const unreachable = expect.objectContaining({ code: 'l1-unreachable', level: 'retry' });
    await expect(jsonRpc('http://127.0.0.1:1')('evm_mine')).rejects.toThrow(unreachable);
    answer = 'hello';
    await expect(jsonRpc(url)('evm_mine')).rejects.toThrow(unreachable);
  });

  it('to somebody who answers with anything but an object is unreachable, and no fault of ours', async () => {
    for (const odd of ['null', '7', '"0x1"', '[]', '{'] as const) {
      answer = odd;
      await expect(jsonRpc(url)('evm_mine')).rejects.toMatchObject({ code: 'l1-unreachable' });
    }
    answer = '{"error":{}}';
    await expect(jsonRpc(url)('evm_mine')).rejects.toMatchObject({ code: 'l1-rejected' });
    answer = '{"result":"0x1","error":null}';
    expect(await jsonRpc(url)('evm_mine')).toBe('0x1');
  });

  it('to somebody whose answer has no end ends all the same', async () => {
    let sent = 0;
    const endless = createServer((_, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(1 << 20))) sent += 1;
      };
      response.on('drain', more);
      more();
    });
    await new Promise<void>((resolve) => endless.listen(0, '127.0.0.1', resolve));
    const { port } = endless.address() as AddressInfo;
    const refused = jsonRpc(`http://127.0.0.1:${port}`)('evm_mine');
    await expect(refused).rejects.toMatchObject({ code: 'l1-unreachable' });
    expect(sent).toBeLessThan(100);
    endless.closeAllConnections();
    endless.close();
  });
});
