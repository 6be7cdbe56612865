import { afterAll, describe, expect, it } from 'vitest';

import { startRpc } from '../../../../src/apps/rpc/rpc.ts';
import { rpcCodes } from '../../../../src/apps/rpc/rpc-error.ts';
import { to0x } from '../../../../src/crypto/bytes.ts';
import { systemClock } from '../../../../src/system/clock.ts';
import { named } from '../../node/helpers.ts';
import { FakeWorld, alice, contract, signed } from './fake-world.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

async function world() {
  const made = new FakeWorld();
  const logs = [{ address: contract, topics: [named('a')], data: named('data') }];
  const raw = await signed(0);
  made.extend([{ raw, logs }]);
  made.extend();
  const { backend, ...rest } = { ...made.rpc(), backend: { ...made.backend(), clock: systemClock } };
  return { made, raw, backend, ...rest };
}

describe('the server of an L2', () => {
  it('serves all methods over HTTP', async () => {
    const { backend } = await world();
    const server = await startRpc({ address: '127.0.0.1:0' }, { version: 'v', minTip: 0n }, backend);
    afterAll(() => server.close());
    const body = JSON.stringify({ jsonrpc: '2.0', id: 'x', method: 'eth_blockNumber' });
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`http://${server.address}`, { method: 'POST', body, headers });
    expect(await answer.json()).toEqual({ jsonrpc: '2.0', id: 'x', result: '0x2' });
  });

  it('has every method that wallets, libraries and explorers call', async () => {
    const { methods } = await world();
    const eth = [
      ...['accounts', 'blobBaseFee', 'blockNumber', 'call', 'chainId', 'createAccessList'],
      ...['estimateGas', 'feeHistory', 'getProof'],
      ...['gasPrice', 'getBalance', 'getBlockByHash', 'getBlockByNumber', 'getBlockReceipts', 'getCode'],
      ...['getBlockTransactionCountByHash', 'getBlockTransactionCountByNumber', 'getFilterChanges'],
      ...['getFilterLogs', 'getHeaderByHash', 'getHeaderByNumber', 'getLogs', 'getRawTransactionByHash'],
      ...['getStorageAt', 'getTransactionByBlockHashAndIndex', 'getTransactionByBlockNumberAndIndex'],
      ...['getTransactionByHash', 'getTransactionCount', 'getTransactionReceipt'],
      ...['getUncleByBlockHashAndIndex', 'getUncleByBlockNumberAndIndex', 'getUncleCountByBlockHash'],
      ...['getUncleCountByBlockNumber', 'maxPriorityFeePerGas', 'newBlockFilter', 'newFilter'],
      ...['newPendingTransactionFilter', 'sendRawTransaction', 'subscribe', 'syncing', 'uninstallFilter'],
      'unsubscribe',
    ].map((name) => `eth_${name}`);
    const rest = [
      ...['net_listening', 'net_peerCount', 'net_version', 'web3_clientVersion', 'web3_sha3'],
      ...['txpool_content', 'txpool_contentFrom', 'txpool_status', 'debug_getRawBlock'],
    ];
    const own = ['Batch', 'BatchOfBlock', 'Heads', 'InclusionProof', 'Origin', 'Output', 'RawBlock', 'Rollup']
      .concat('TxStatus', 'WithdrawalProof')
      .map((name) => `conclave_get${name}`);
    expect(Object.keys(methods).sort()).toEqual([...eth, ...rest, ...own].sort());
  });
});

/** Numbers that are the same on every machine. [xorshift32] */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const codes = new Set<number>(Object.values(rpcCodes));
const OURS = rpcCodes.internal;

/** What is wrong with an answer; empty for one that a client can use. */
function faultOf(text: string | undefined): string {
  if (text === undefined) return '';
  const answers: unknown = JSON.parse(text);
  for (const one of Array.isArray(answers) ? (answers as unknown[]) : [answers]) {
    const { jsonrpc, id, result, error } = one as Record<string, unknown>;
    if (jsonrpc !== '2.0' || id === undefined) return `no envelope: ${text}`;
    if ((result === undefined) === (error === undefined)) return `neither or both: ${text}`;
    const { code, message } = (error ?? { code: 0, message: '' }) as { code: number; message: unknown };
    if (error !== undefined && !codes.has(code)) return `unknown code: ${text}`;
    if (code === OURS) return `our own fault: ${text}`;
    if (typeof message !== 'string' || message.length > 400) return `no short message: ${text}`;
  }
  return '';
}

describe('whatever comes in', () => {
  it('is answered with a code, for every method and 100,000 bodies', { timeout: 240_000 }, async () => {
    const { made, raw, answer, methods } = await world();
    const pick = seeded(0x51ed);
    const names = Object.keys(methods);
    const block = to0x(made.head.block.hash);
    const tx = to0x(made.canonical[1]!.receipts[0]!.hash);
    const grains: readonly unknown[] = [
      ...[
        'latest',
        'pending',
        'earliest',
        'safe',
        'finalized',
        'certified',
        'newest',
        '',
        '0x',
        '0x0',
        '0x1',
      ],
      ...['0x02', '0xffffffffffffffff', '0x1ffffffffffffffff', `0x${'f'.repeat(64)}`, `0x${'0'.repeat(65)}`],
      ...[block, tx, alice.address, contract, contract.toLowerCase(), to0x(raw), '0x1234', '0x123', '0xzz'],
      ...['newHeads', 'logs', 'syncing', 'newPendingTransactions', '\u0000', '\ud800', 'constructor'],
      ...[0, 1, -1, 1.5, 1e300, 2 ** 53, true, false, null, [], {}, [[]], [null], [50], [0, 50, 100]],
      ...[{ blockHash: block }, { blockNumber: '0x1' }, { blockHash: block, requireCanonical: true }],
      ...[
        { fromBlock: '0x0', toBlock: 'latest' },
        { blockHash: block },
        { topics: [null, [to0x(named('a'))]] },
      ],
      ...[
        { to: contract, data: '0x12' },
        { from: alice.address, to: contract, value: '0x1', gas: '0x5208' },
        { [contract]: { balance: '0x1', nonce: '0x2', code: '0x5b', state: {} } },
        { [contract]: { stateDiff: { [block]: tx } } },
        { number: '0x5', time: '0x6', gasLimit: '0x7', baseFeePerGas: '0x1', prevRandao: block },
      ],
      ...[[block, '0x1', '0x'], ['0x0', '0x00'], [contract]],
    ];
    const keys = [
      ...['to', 'from', 'data', 'input', 'value', 'gas', 'gasPrice', 'maxFeePerGas', 'accessList', 'address'],
      ...[
        'topics',
        'fromBlock',
        'toBlock',
        'blockHash',
        'blockNumber',
        '__proto__',
        'chainId',
        'storageKeys',
        ...['balance', 'nonce', 'code', 'state', 'stateDiff', 'time', 'number', 'feeRecipient', contract],
      ],
    ];
    const grain = (depth: number): unknown => {
      const kind = pick(12);
      if (depth > 3 || kind < 9) return grains[pick(grains.length)];
      if (kind === 9) return Array.from({ length: pick(4) }, () => grain(depth + 1));
      return Object.fromEntries(
        Array.from({ length: pick(5) }, () => [keys[pick(keys.length)], grain(depth + 1)]),
      );
    };
    const callOf = (method: unknown): unknown => ({
      ...{ jsonrpc: pick(50) === 0 ? grain(2) : '2.0', id: pick(50) === 0 ? grain(2) : 1, method },
      params: pick(50) === 0 ? grain(0) : Array.from({ length: pick(5) }, () => grain(0)),
    });
    const bent = (text: string): Uint8Array => {
      const bytes = bytesOf(text);
      for (let i = pick(4); i > 0; i--) bytes[pick(bytes.length)] = pick(256);
      return bytes.subarray(0, pick(4) === 0 ? pick(bytes.length) : bytes.length);
    };
    const faults: string[] = [];
    let results = 0;
    const check = async (body: Uint8Array): Promise<void> => {
      const text = await answer(body);
      if (text?.includes('"result":') === true) results += 1;
      const fault = faultOf(text);
      if (fault !== '') faults.push(fault);
    };
    for (let i = 0; i < 70_000; i++) await check(bytesOf(JSON.stringify(callOf(names[i % names.length]))));
    for (let i = 0; i < 20_000; i++) {
      const calls = Array.from({ length: 1 + pick(3) }, () =>
        callOf(pick(9) === 0 ? grain(2) : names[pick(names.length)]),
      );
      await check(bent(JSON.stringify(pick(2) === 0 ? calls[0] : calls)));
    }
    for (let i = 0; i < 10_000; i++)
      await check(
        Uint8Array.from({ length: pick(40) }, () => (pick(2) === 0 ? pick(256) : 0x5b + pick(0x22))),
      );
    expect(made.log.lines.slice(0, 5)).toEqual([]);
    expect(faults.slice(0, 5)).toEqual([]);
    // Not all of it is nonsense.
    expect(results).toBeGreaterThan(5_000);
  });
});
