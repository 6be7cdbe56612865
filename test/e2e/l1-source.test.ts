import { type IncomingMessage, type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { encodeFunctionData } from 'viem/utils';

import { BLOB_BYTES, packBlobs } from '../../src/chain/blobs.ts';
import { emptyMessageTree, messageTreeRoot } from '../../src/chain/message-tree.ts';
import type { Rollup } from '../../src/chain/rollup.ts';
import { ascii, to0x } from '../../src/crypto/bytes.ts';
import { Secret } from '../../src/crypto/secret.ts';
import { encodeInboxCall, type BatchHeader } from '../../src/ethereum/abi.ts';
import { type Address, keccak256 } from '../../src/ethereum/address.ts';
import { versionedHash } from '../../src/ethereum/blob-tx.ts';
import { contracts as abis } from '../../src/ethereum/contracts.ts';
import { signDigest as signAsContractsRead } from '../../src/ethereum/deployment-tx.ts';
import { type Anvil, startAnvil } from '../../src/system/anvil.ts';
import { systemClock } from '../../src/system/clock.ts';
import { deployContracts, devAccount, nameKeys, sendAs } from '../../src/system/dev-l1.ts';
import { kzg } from '../../src/system/kzg.ts';
import { checkAnchor } from '../../src/system/l1-client-block.ts';
import { connectL1Source } from '../../src/system/l1-client-source.ts';
import type { L1Source } from '../../src/system/ports.ts';
import { silent } from '../../src/apps/guard-folder.ts';
import { insecureTestAccount, makeTransactions } from '../../scripts/lib/test-transactions.ts';

// One real L1 for the file, and before it an endpoint that changes answers on their way.
const l2ChainId = 71_001n;
const group = insecureTestAccount('e2e-l1-source', 0);
const [forcedTx = new Uint8Array(0)] = makeTransactions({
  ...{ seed: 'e2e-l1-source', l2ChainId, accounts: 1, transactions: 1 },
});

let anvil: Anvil;
let rollup: Rollup;
let proxy: Server;
let proxyUrl: string;
let dev: Address;
/** The block with the batch, and that with a message and a forced transaction. */
let batchBlock: bigint;
let saidBlock: bigint;

type Json = Record<string, unknown>;
/** What becomes of an answer; `undefined` for none at all. */
let tamper: (method: string, result: unknown, params: readonly unknown[]) => unknown = (_, result) => result;

const payload = ascii('some payload');
const header: BatchHeader = {
  ...{ index: 1n, firstBlock: 1n, lastBlock: 2n, parentHash: keccak256(ascii('parent')) },
  ...{ lastHash: keccak256(ascii('last')), blocksRoot: keccak256(ascii('root')), lastOrigin: 7n, da: 0 },
  ...{ compression: 12, payloadSize: payload.length, payloadHash: keccak256(payload), setId: 0n },
};

beforeAll(async () => {
  anvil = await startAnvil();
  dev = await devAccount(anvil);
  const placed = await deployContracts(anvil, l2ChainId);
  const sign = (digest: Uint8Array): Promise<Uint8Array> =>
    signAsContractsRead(digest, new Secret('group key', group.secret.slice()));
  await nameKeys(anvil, placed, { account: group.address, sign });
  const zero = new Uint8Array(32);
  const origin = { number: 0n, hash: zero, timestamp: 0n, messageRoot: messageTreeRoot(emptyMessageTree) };
  rollup = {
    ...{ l1ChainId: 31_337n, l2ChainId, inbox: placed.inbox, bridge: placed.at('Bridge') },
    ...{ forcedInbox: placed.at('ForcedInbox'), outputs: placed.at('Outputs') },
    genesis: { hash: zero, stateRoot: zero, timestamp: 0n, origin },
    ...{ slotMs: 1_000, maxDrift: 60n, sequencingWindow: 10n, phase2Height: 0n },
  };
  await anvil.rpc('anvil_impersonateAccount', [group.address]);
  await anvil.rpc('anvil_setBalance', [group.address, '0xde0b6b3a7640000']);
  const submit = encodeInboxCall({ kind: 'submit-batch', header, payload });
  batchBlock = blockOf(await sendAs(anvil, { from: group.address, to: rollup.inbox, data: to0x(submit) }));
  await anvil.rpc('evm_setAutomine', [false]);
  const first = Number(await anvil.rpc('eth_getTransactionCount', [dev, 'latest']));
  const value = '0xde0b6b3a7640000';
  const calls = [
    { to: rollup.bridge, data: messageCall('0x01') },
    { to: rollup.forcedInbox, data: forcedCall(), value },
    { to: rollup.bridge, data: messageCall('0x02') },
  ];
  const sent: unknown[] = [];
  for (const [i, call] of calls.entries()) {
    const nonce = `0x${(first + i).toString(16)}`;
    sent.push(await anvil.rpc('eth_sendTransaction', [{ from: dev, nonce, gas: '0x7a120', ...call }]));
  }
  await anvil.rpc('evm_mine');
  await anvil.rpc('evm_setAutomine', [true]);
  saidBlock = blockOf({ ...((await anvil.rpc('eth_getTransactionReceipt', [sent[0]])) ?? {}) });
  proxy = createServer(
    (request, reply) =>
      void forward(request).then((text) => {
        if (text !== undefined) reply.end(text);
      }),
  );
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  proxyUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
}, 120_000);

afterAll(async () => {
  proxy?.closeAllConnections();
  proxy?.close();
  await anvil?.stop();
});
afterEach(() => {
  tamper = (_, result) => result;
});

const blockOf = (receipt: Json): bigint => BigInt(String(receipt['blockNumber']));
const messageCall = (data: `0x${string}`): string =>
  encodeFunctionData({ abi: abis.Bridge.abi, functionName: 'sendMessage', args: [dev, data, 50_000] });
const forcedCall = (): string =>
  encodeFunctionData({ abi: abis.ForcedInbox.abi, functionName: 'enqueue', args: [to0x(forcedTx)] });

/** What is answered when blobs are asked for. */
let blobs: readonly Uint8Array[] = [];

async function forward(request: IncomingMessage): Promise<string | undefined> {
  if (request.method === 'GET') return JSON.stringify({ data: blobs.map(to0x) });
  let body = '';
  for await (const chunk of request) body += String(chunk);
  const { id, method, params } = JSON.parse(body) as { id: number; method: string; params: unknown[] };
  const result = tamper(method, await anvil.rpc(method, params), params);
  return result === undefined ? undefined : JSON.stringify({ jsonrpc: '2.0', id, result });
}

const connect = (urls: readonly string[], callTimeoutMs = 5_000): Promise<L1Source> =>
  connectL1Source({ urls, rollup, callTimeoutMs }, { clock: systemClock, log: silent });
const coded = (code: string): unknown => expect.objectContaining({ code });
/** Changes one field of the answers to a method. */
const changing =
  (wanted: string, change: (result: Json) => unknown): typeof tamper =>
  (method, result) =>
    method === wanted && typeof result === 'object' ? change({ ...result }) : result;

describe('L1, read through an endpoint that nobody believes', () => {
  it('says what its contracts said, in the order of their logs', async () => {
    const l1 = await connect([anvil.url]);
    const said = await l1.facts(saidBlock);
    expect(said?.forced).toEqual([forcedTx]);
    expect(said?.messages).toHaveLength(2);
    const found = await l1.facts(batchBlock);
    expect(found?.batches).toMatchObject([
      { index: 1n, data: payload, sender: group.address, compression: 12 },
    ]);
    expect(found?.parentHash).toEqual((await l1.facts(batchBlock - 1n))?.hash);
    expect(await l1.facts(10_000n)).toBeUndefined();
    const head = await l1.head('latest');
    expect(head.number).toBe(saidBlock);
    expect((await l1.head('finalized')).number).toBeLessThanOrEqual(head.number);
  });

  const lies: readonly (readonly [string, () => typeof tamper])[] = [
    [
      'another time in a header',
      () => changing('eth_getBlockByNumber', (block) => ({ ...block, timestamp: '0x1' })),
    ],
    [
      'another hash of a block',
      () => changing('eth_getBlockByNumber', (block) => ({ ...block, hash: to0x(keccak256(payload)) })),
    ],
    [
      'a header without a field',
      () => changing('eth_getBlockByNumber', ({ requestsHash: _, ...block }) => block),
    ],
    [
      'a bloom that hides a contract',
      () => changing('eth_getBlockByNumber', (block) => ({ ...block, logsBloom: `0x${'00'.repeat(256)}` })),
    ],
    [
      'a receipt less',
      () => (method, result) =>
        method === 'eth_getBlockReceipts' && Array.isArray(result) ? result.slice(1) : result,
    ],
    [
      'receipts in another order',
      () => (method, result) =>
        method === 'eth_getBlockReceipts' && Array.isArray(result) ? result.toReversed() : result,
    ],
    [
      'a log less',
      () => (method, result) =>
        method === 'eth_getBlockReceipts' && Array.isArray(result)
          ? result.map((receipt: Json) => ({ ...receipt, logs: [] }))
          : result,
    ],
    [
      'a log that nobody wrote',
      () => (method, result) =>
        method === 'eth_getBlockReceipts' && Array.isArray(result)
          ? result.map((receipt: Json) => ({
              ...receipt,
              logs: [...(receipt['logs'] as Json[]), ...(receipt['logs'] as Json[])],
            }))
          : result,
    ],
    ['no receipts', () => (method, result) => (method === 'eth_getBlockReceipts' ? null : result)],
    [
      'something that is no block',
      () => (method, result) => (method === 'eth_getBlockByNumber' ? 7 : result),
    ],
  ];
  it.each(lies)('finds out %s, and asks the next endpoint', async (_, lie) => {
    const honest = await connect([anvil.url]);
    const pair = await connect([proxyUrl, anvil.url]);
    const alone = await connect([proxyUrl]);
    tamper = lie();
    await expect(alone.facts(saidBlock)).rejects.toThrow(coded('l1-lies'));
    expect(await pair.facts(saidBlock)).toEqual(await honest.facts(saidBlock));
  });

  it('finds out that another block was given than was asked for', async () => {
    const alone = await connect([proxyUrl]);
    const other = await anvil.rpc('eth_getBlockByNumber', ['0x1', false]);
    tamper = (method, result) => (method === 'eth_getBlockByNumber' ? other : result);
    await expect(alone.facts(saidBlock)).rejects.toThrow('was asked for, not 1');
  });

  it('believes no transaction that its event does not prove; a root proves the others', async () => {
    const alone = await connect([proxyUrl]);
    tamper = changing('eth_getTransactionByBlockHashAndIndex', (tx) => ({ ...tx, input: '0x', to: dev }));
    expect((await alone.facts(batchBlock))?.batches).toMatchObject([{ index: 1n, data: payload }]);
    tamper = (method, result, params) =>
      method === 'eth_getRawTransactionByHash'
        ? '0xc0'
        : changing('eth_getTransactionByBlockHashAndIndex', (tx) => ({ ...tx, input: '0x' }))(
            method,
            result,
            params,
          );
    await expect(alone.facts(batchBlock)).rejects.toThrow(coded('l1-lies'));
  });

  it('takes only blobs with the hashes that the chain holds, then judges what they pack', async () => {
    const alone = await connect([proxyUrl]);
    const [batch] = (await alone.facts(batchBlock))?.batches ?? [];
    if (batch === undefined) throw new RangeError('there is a batch');
    const { commitment } = await kzg();
    const read = async (
      wanted: readonly Uint8Array[],
      served: readonly Uint8Array[],
    ): Promise<Uint8Array> => {
      const blobHashes = (await Promise.all(wanted.map(commitment))).map(versionedHash);
      blobs = served;
      return alone.blobPayload(batchBlock, { ...batch, blobHashes });
    };
    const [good, other] = [packBlobs(payload), packBlobs(ascii('another payload'))];
    expect(await read(good, good)).toEqual(payload);
    await expect(read(good, other)).rejects.toThrow(coded('l1-lies'));
    // None of these is for derivation to judge: others may have the right ones.
    const tooLarge = new Uint8Array(BLOB_BYTES).fill(255);
    for (const wrong of [new Uint8Array(0), new Uint8Array(5), tooLarge])
      await expect(read(good, [wrong])).rejects.toThrow(coded('l1-lies'));
    await expect(read(good, [])).rejects.toThrow(coded('no-blobs'));
    // These are the right ones, and hold no payload: the same for everybody.
    const unpacked = new Uint8Array(BLOB_BYTES).fill(1);
    await expect(read([unpacked], [unpacked])).rejects.toThrow(coded('blob-malformed'));
  });

  it('refuses another chain, at the start and after a fault', async () => {
    tamper = (method, result) => (method === 'eth_chainId' ? '0x1' : result);
    await expect(connect([proxyUrl])).rejects.toThrow(coded('wrong-chain'));
    await expect(connect([proxyUrl, anvil.url])).resolves.toBeDefined();
    tamper = (_, result) => result;
    const alone = await connect([proxyUrl]);
    tamper = (method, result) => (method === 'eth_getBlockByNumber' ? 7 : result);
    await expect(alone.head('latest')).rejects.toThrow(coded('l1-lies'));
    tamper = (method, result) => (method === 'eth_chainId' ? '0x1' : result);
    await expect(alone.head('latest')).rejects.toThrow(coded('wrong-chain'));
  });

  it('leaves an endpoint that stalls, or is not there, for the next', async () => {
    const pair = await connect([proxyUrl, anvil.url], 500);
    const alone = await connect([proxyUrl], 500);
    tamper = () => undefined;
    expect((await pair.head('latest')).number).toBe(saidBlock);
    await expect(alone.head('latest')).rejects.toThrow(coded('l1-unreachable'));
    await expect(connect(['http://127.0.0.1:1'])).rejects.toThrow(coded('l1-unreachable'));
    await expect(connect(['http://127.0.0.1:1', anvil.url])).resolves.toBeDefined();
  });

  it('asks for receipts only where the bloom may hold one of its contracts', async () => {
    const alone = await connect([proxyUrl]);
    let asked = 0;
    tamper = (method, result) => {
      if (method === 'eth_getBlockReceipts') asked++;
      return result;
    };
    await anvil.rpc('evm_mine');
    const quiet = await alone.facts(saidBlock + 1n);
    expect(quiet).toMatchObject({ credits: [], messages: [], forced: [], batches: [] });
    expect(asked).toBe(0);
  });
});

it('an endpoint that does not have what another one called final is not asked', async () => {
  const source = await connectL1Source({ urls: [anvil.url], rollup }, { clock: systemClock, log: silent });
  const { number: latest, hash } = await source.head('latest');
  const ask = (anchor: { readonly number: bigint; readonly hash: Uint8Array }): Promise<void> =>
    checkAnchor(anvil.rpc, anvil.url, anchor);
  await expect(ask({ number: latest, hash })).resolves.toBeUndefined();
  const refused = { code: 'l1-disagreement', message: expect.stringContaining(`${anvil.url} has`) };
  await expect(ask({ number: latest, hash: keccak256(hash) })).rejects.toMatchObject(refused);
  await expect(ask({ number: latest + 9n, hash })).rejects.toMatchObject(refused);
});
