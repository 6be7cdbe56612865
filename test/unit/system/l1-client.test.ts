import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';

import { type Abi, decodeFunctionData, encodeFunctionResult } from 'viem';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { to0x } from '../../../src/crypto/bytes.ts';
import { addressFromBytes } from '../../../src/ethereum/address.ts';
import { contracts } from '../../../src/ethereum/contracts.ts';
import { connectL1 } from '../../../src/system/l1-client.ts';
import type { Clock, L1 } from '../../../src/system/ports.ts';

// A scripted endpoint: what a real one answers is in test/e2e/l1.test.ts; here are the answers that hurt.
type Answer = (params: readonly unknown[]) => unknown;
let answers: Record<string, Answer> = {};
let asked: string[] = [];
class Refusal {
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }
}
const server = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => (body += String(chunk)));
  request.on('end', () => {
    if (request.method === 'GET') return void response.writeHead(200).end(answers['blobs']!([]) as string);
    const { id, method, params } = JSON.parse(body) as { id: number; method: string; params: unknown[] };
    asked.push(method);
    const result = answers[method]?.(params ?? []) ?? null;
    if (result === 'drop') return void request.socket.destroy();
    const error =
      result instanceof Refusal ? { error: { code: -32_000, message: result.message } } : { result };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ jsonrpc: '2.0', id, ...error }));
  });
});
const hash = new Uint8Array(32).fill(7);
const tx = { raw: Uint8Array.of(2, 1), hash };
const account = addressFromBytes(new Uint8Array(20).fill(1));
const coded = (code: string): unknown => expect.objectContaining({ code });
const found = {
  hash: to0x(hash),
  from: account,
  input: '0x',
  nonce: '0x0',
  gas: '0x1',
  value: '0x0',
  type: '0x2',
};

/** Time that passes only when somebody waits. */
function manualClock(): Clock & { waits: number } {
  let now = 0;
  const clock = {
    waits: 0,
    nowMs: () => now,
    monotonicMs: () => now,
    after: (durationMs: number, event: () => void) => {
      now += durationMs;
      clock.waits += 1;
      queueMicrotask(event);
      return () => undefined;
    },
  };
  return clock;
}

let url = '';
let clock = manualClock();
let l1: L1;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());
beforeEach(async () => {
  answers = { eth_chainId: () => '0x7a69' };
  clock = manualClock();
  l1 = await connectL1({ url, chainId: 31_337n, pollMs: 100 }, { clock });
  asked = [];
});
const sends = (): number => asked.filter((method) => method === 'eth_sendRawTransaction').length;

describe('sending to L1', () => {
  it('happens once, whatever the endpoint answers: repeating is decided by the caller', async () => {
    for (const answer of ['drop', new Refusal('internal error'), new Refusal('the pool is full')]) {
      asked = [];
      answers['eth_sendRawTransaction'] = () => answer;
      await expect(l1.send(tx)).rejects.toThrow(coded(answer === 'drop' ? 'l1-unreachable' : 'l1-rejected'));
      expect(sends()).toBe(1);
    }
  });

  it('is done when the chain holds the transaction, though the answer was lost', async () => {
    answers['eth_sendRawTransaction'] = () => 'drop';
    answers['eth_getTransactionByHash'] = () => found;
    await l1.send(tx);
    expect(sends()).toBe(1);
  });

  it('is done when the pool knows the transaction already', async () => {
    answers['eth_sendRawTransaction'] = () => new Refusal('already known');
    await l1.send(tx);
  });

  it('is done when the nonce is used by this very transaction, and refused when by another', async () => {
    answers['eth_sendRawTransaction'] = () => new Refusal('nonce too low');
    await expect(l1.send(tx)).rejects.toThrow(coded('nonce-too-low'));
    answers['eth_getTransactionByHash'] = () => found;
    await l1.send(tx);
  });

  it('is refused when the endpoint names another transaction', async () => {
    answers['eth_sendRawTransaction'] = () => to0x(new Uint8Array(32));
    await expect(l1.send(tx)).rejects.toThrow(coded('l1-rejected'));
  });

  it('does not happen when the endpoint has become another chain', async () => {
    answers['eth_chainId'] = () => '0x1';
    await expect(l1.send(tx)).rejects.toThrow(coded('wrong-chain'));
    expect(sends()).toBe(0);
  });
});

describe('waiting for L1', () => {
  const receipt = {
    transactionHash: to0x(hash),
    blockNumber: '0x5',
    blockHash: to0x(hash),
    from: account,
    gasUsed: '0x5208',
    effectiveGasPrice: '0x2',
    logs: [],
    type: '0x2',
  };

  it('looks again at its own pace until the receipt is there', async () => {
    let looks = 0;
    answers['eth_getTransactionReceipt'] = () => (++looks < 4 ? null : { ...receipt, status: '0x1' });
    expect(await l1.mined(hash, 10_000)).toMatchObject({
      block: 5n,
      from: account,
      gasPrice: 2n,
      blobGasUsed: 0n,
    });
    expect(clock.waits).toBe(3);
  });

  it('ends at its deadline, and at a revert', async () => {
    await expect(l1.mined(hash, 1_000)).rejects.toThrow(coded('receipt-timeout'));
    expect(clock.waits).toBe(10);
    answers['eth_getTransactionReceipt'] = () => ({ ...receipt, status: '0x0' });
    await expect(l1.mined(hash, 1_000)).rejects.toThrow(coded('l1-reverted'));
  });
});

describe('blobs of L1', () => {
  it.each([
    ['fewer than asked for', '{"data":[]}'],
    ['what is no hex', '{"data":["zz"]}'],
    ['another shape', '{"blobs":[]}'],
    ['nothing', 'null'],
    ['half an answer', '{"data":["0x'],
  ])('are absent when the endpoint gives %s', async (_, text) => {
    answers['blobs'] = () => text;
    await expect(l1.blobs(1n, [hash])).rejects.toThrow(coded('no-blobs'));
  });
});

describe('an inbox', () => {
  const [inbox, registry] = [5, 6].map((byte) => addressFromBytes(new Uint8Array(20).fill(byte)));
  if (inbox === undefined || registry === undefined) throw new RangeError('there are two');
  const NOBODY = addressFromBytes(new Uint8Array(20));
  const abi: Abi = [...contracts.BatchInbox.abi, ...contracts.KeyRegistry.abi];
  /** Purpose and block of each account that was asked for. */
  let looked: (readonly unknown[])[] = [];
  const standing = (authMode: number): void => {
    looked = [];
    const values: Record<string, unknown> = { l2ChainId: 71_001n, lastIndex: 4n, authMode, registry };
    answers['eth_getCode'] = () => '0x60';
    answers['eth_blockNumber'] = () => '0x64';
    answers['eth_call'] = ([call]) => {
      const { to, data } = call as { to: string; data: `0x${string}` };
      const { functionName, args = [] } = decodeFunctionData({ abi, data });
      expect(to.toLowerCase()).toBe((functionName === 'keyAt' ? registry : inbox).toLowerCase());
      if (functionName === 'keyAt') looked.push(args);
      const result = functionName === 'keyAt' ? (args[0] === 0 ? account : NOBODY) : values[functionName];
      return encodeFunctionResult({ abi, functionName, result });
    };
  };

  it.each([
    [0, 'sender'],
    [1, 'quorum'],
    [2, 'both'],
  ] as const)('of mode %i says whose word it takes: %s', async (mode, authMode) => {
    standing(mode);
    const accounts = { calldata: account, blobs: undefined };
    const state = { l2ChainId: 71_001n, lastIndex: 4n, authMode, registry, accounts };
    expect(await l1.inbox(inbox)).toEqual(state);
    // Batch is purpose 0, blob is 3; what is sent now is at the earliest in the next block.
    expect(looked.toSorted()).toEqual([
      [0, 101n],
      [3, 101n],
    ]);
  });

  it('of a mode that nobody knows is refused, and so is an account without code', async () => {
    standing(3);
    await expect(l1.inbox(inbox)).rejects.toThrow(coded('l1-rejected'));
    answers['eth_getCode'] = () => '0x';
    await expect(l1.inbox(inbox)).rejects.toThrow(coded('l1-no-inbox'));
  });
});

it('the hash of a block that the chain does not have is an answer', async () => {
  answers['eth_getBlockByNumber'] = ([number]) =>
    number === '0x9' ? { number: '0x9', hash: to0x(hash), transactions: [] } : null;
  expect([await l1.hashAt(9n), await l1.hashAt(10n)]).toEqual([hash, undefined]);
});
