import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { addressFromBytes } from '../../../src/ethereum/address.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { type DeploymentL1, connectDeploymentL1 } from '../../../src/system/l1-client-deploy.ts';

// A scripted endpoint: test/e2e/contracts.test.ts deploys on a real one; here are the answers that are none.
let answers: Readonly<Record<string, unknown>> = {};
const server = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => (body += String(chunk)));
  request.on('end', () => {
    const { id, method } = JSON.parse(body) as { readonly id: number; readonly method: string };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ jsonrpc: '2.0', id, result: answers[method] ?? null }));
  });
});
const chain = { eth_chainId: '0x7a69' };
const block = { number: '0x0', hash: `0x${'ab'.repeat(32)}`, timestamp: '0x65', transactions: [] };
const account = addressFromBytes(new Uint8Array(20).fill(1));
const nothing = new Uint8Array(0);
const coded = (code: string): unknown => expect.objectContaining({ code });

let l1: DeploymentL1;
const url = (): string => `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
beforeAll(async () => {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
});
beforeEach(async () => {
  answers = chain;
  l1 = await connectDeploymentL1(url(), { clock: systemClock });
});
afterAll(() => void server.close());

describe('what a deployment asks of L1', () => {
  it('is read as bytes and numbers', async () => {
    answers = { ...chain, eth_call: '0x0102', eth_getStorageAt: '0x03', eth_getBlockByNumber: block };
    expect(await l1.call(account, nothing)).toEqual(Uint8Array.of(1, 2));
    expect(await l1.slot(account, new Uint8Array(32))).toEqual(Uint8Array.of(3));
    expect(await l1.genesis()).toEqual(new Uint8Array(32).fill(0xab));
    expect(await l1.time()).toBe(101n);
    expect(await l1.chainId()).toBe(31_337n);
  });

  it('is nothing where there is no contract', async () => {
    answers = { ...chain, eth_call: '0x' };
    expect(await l1.call(account, nothing)).toEqual(nothing);
    expect(await l1.slot(account, new Uint8Array(32))).toEqual(nothing);
  });

  it.each([
    ['half a byte', { eth_call: '0xabc' }, () => l1.call(account, nothing)],
    ['a number for bytes', { eth_call: 12 }, () => l1.call(account, nothing)],
    ['words for a slot', { eth_getStorageAt: 'yes' }, () => l1.slot(account, new Uint8Array(32))],
    ['a block without a hash', { eth_getBlockByNumber: { ...block, hash: null } }, () => l1.genesis()],
    ['a hash that is short', { eth_getBlockByNumber: { ...block, hash: '0xab' } }, () => l1.genesis()],
    ['a block without a time', { eth_getBlockByNumber: { ...block, timestamp: null } }, () => l1.time()],
  ] as const)('is refused when it is %s', async (_, answer, ask) => {
    answers = { ...chain, ...answer };
    await expect(ask()).rejects.toEqual(coded('l1-rejected'));
  });
});
