import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { to0x } from '../../../src/crypto/bytes.ts';
import { addressFromBytes } from '../../../src/ethereum/address.ts';
import { connectL1History } from '../../../src/system/l1-client-history.ts';

// A scripted endpoint; a real one is asked in test/e2e/audit-l1.test.ts.
let answers: Record<string, (params: readonly unknown[]) => unknown> = {};
const server = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => (body += String(chunk)));
  request.on('end', () => {
    const { id, method, params } = JSON.parse(body) as { id: number; method: string; params: unknown[] };
    const result = answers[method]?.(params) ?? null;
    const isError = result instanceof Error;
    const answer = isError ? { error: { code: -32_000, message: result.message } } : { result };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ jsonrpc: '2.0', id, ...answer }));
  });
});
let url = '';
const hash = new Uint8Array(32).fill(7);
const account = addressFromBytes(new Uint8Array(20).fill(0xab));

beforeAll(async () => {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());

const connect = (more: typeof answers) => {
  answers = { eth_chainId: () => '0x7', ...more };
  return connectL1History(url, 7n);
};

describe('the past of an L1', () => {
  it('is refused of another chain, and of one that is down', async () => {
    answers = { eth_chainId: () => '0x8' };
    await expect(connectL1History(url, 7n)).rejects.toMatchObject({ code: 'wrong-chain' });
    await expect(connectL1History('http://127.0.0.1:1', 7n)).rejects.toMatchObject({
      code: 'l1-unreachable',
    });
  });

  it('is how many transactions an account had sent up to a block', async () => {
    const asked: unknown[] = [];
    const l1 = await connect({
      eth_blockNumber: () => '0x20',
      eth_getTransactionCount: (params) => {
        asked.push(params);
        return '0x3';
      },
    });
    expect(await l1.head()).toBe(32n);
    expect(await l1.nonceAt(account, 5n)).toBe(3n);
    expect(asked).toEqual([[account, '0x5']]);
  });

  it('says an error where old blocks are gone', async () => {
    const l1 = await connect({ eth_getTransactionCount: () => new Error('missing trie node') });
    await expect(l1.nonceAt(account, 5n)).rejects.toMatchObject({ name: 'OperationError' });
  });

  it('is the block of a transaction, or none', async () => {
    const receipt = { transactionHash: to0x(hash), blockNumber: '0x9', logs: [], status: '0x1', type: '0x2' };
    const l1 = await connect({ eth_getTransactionReceipt: () => receipt });
    expect(await l1.minedIn(hash)).toBe(9n);
    answers = { ...answers, eth_getTransactionReceipt: () => null };
    expect(await l1.minedIn(hash)).toBeUndefined();
  });

  it('is what a block holds: who sent, with which number and which r', async () => {
    const tx = {
      hash: to0x(hash),
      from: account.toUpperCase().replace('0X', '0x'),
      nonce: '0x4',
      r: '0x0a',
      s: '0x1',
    };
    const rest = { v: '0x0', type: '0x2', gas: '0x1', value: '0x0', input: '0x', blockNumber: '0x9' };
    const block = { number: '0x9', hash: to0x(hash), transactions: [{ ...tx, ...rest }], timestamp: '0x0' };
    const l1 = await connect({ eth_getBlockByNumber: ([, full]) => (full === true ? block : null) });
    expect(await l1.sentIn(9n)).toEqual([{ hash, from: account, nonce: 4n, r: 10n }]);
  });
});
