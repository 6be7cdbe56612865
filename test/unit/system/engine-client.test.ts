import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { to0x } from '../../../src/crypto/bytes.ts';
import { Secret } from '../../../src/crypto/secret.ts';
import { connectEngine, payloadOf } from '../../../src/system/engine-client.ts';
import type { Engine } from '../../../src/system/ports.ts';
import { sampleBlock } from './sample-block.ts';

interface Call {
  readonly method: string;
  readonly params: readonly unknown[];
}
type Answer = { readonly result: unknown } | { readonly error: { code: number; message: string } };

const genesis = new Uint8Array(32).fill(9);
const block = sampleBlock();
const calls: Call[] = [];
/** What the engine says to a method, the first of its parameters behind it. */
let answers: Record<string, Answer> = {};
const server = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => (body += String(chunk)));
  request.on('end', () => {
    const call = JSON.parse(body) as Call;
    calls.push(call);
    const [first] = call.params;
    const key = typeof first === 'string' ? `${call.method} ${first}` : call.method;
    response.end(JSON.stringify(answers[key] ?? answers[call.method] ?? { result: null }));
  });
});
let url = '';
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());

const block0: Record<string, Answer> = { 'eth_getBlockByNumber 0x0': { result: { hash: to0x(genesis) } } };
async function connected(more: Record<string, Answer>): Promise<Engine> {
  const secret = new Secret('test', new Uint8Array(32));
  answers = { ...block0, ...more };
  const clock = { nowMs: () => 0 };
  return connectEngine({ name: 'geth', url, secret, genesis }, { clock });
}
const coded = (code: string, level: string) => expect.objectContaining({ code, level }) as unknown;
const status = (of: string, validationError?: string): Answer => ({
  result: { status: of, validationError },
});

describe('a block that is given to an engine', () => {
  it('crosses with every field, and what it says of L1 beside it', async () => {
    const engine = await connected({ engine_newPayloadV3: status('VALID') });
    expect(await engine.importBlock(block)).toEqual({ kind: 'valid' });
    const root = to0x(block.header.parentBeaconBlockRoot);
    expect(calls.at(-1)).toMatchObject({
      method: 'engine_newPayloadV3',
      params: [payloadOf(block), [], root],
    });
    const word = (byte: string) => `0x${byte.repeat(32)}`;
    expect(payloadOf(block)).toEqual({
      ...{ parentHash: word('01'), feeRecipient: '0x4c32000000000000000000000000000000000004' },
      ...{ stateRoot: word('04'), receiptsRoot: word('06'), logsBloom: `0x${'08'.repeat(256)}` },
      ...{ prevRandao: word('02'), blockNumber: '0x9', gasLimit: '0x1c9c380', gasUsed: '0x5208' },
      ...{ timestamp: '0x6b49d209', extraData: to0x(block.header.extraData), baseFeePerGas: '0x7' },
      ...{ blockHash: to0x(block.hash), transactions: ['0x02c0'], blobGasUsed: '0x0', excessBlobGas: '0x0' },
      withdrawals: [
        { index: '0x11', validatorIndex: '0x0', address: `0x${'ab'.repeat(20)}`, amount: '0xff' },
      ],
    });
  });

  it.each([
    ['invalid merkle root (remote: 01 local: 02) dberr: <nil>', 'stateRoot'],
    ['invalid receipt root hash (remote: 01 local: 02)', 'receiptsRoot'],
    ['invalid bloom (remote: 01  local: 02)', 'logsBloom'],
    ['invalid gas used (remote: 1 local: 2)', 'gasUsed'],
    ['invalid gasUsed: have 2, gasLimit 1', 'gasUsed'],
    ['invalid baseFee: have 1, want 2, parentBaseFee 3, parentGasUsed 4', 'baseFeePerGas'],
    ['invalid gas limit: have 1, want 2 +-= 3', 'gasLimit'],
    ['invalid timestamp', 'timestamp'],
    ['blockhash mismatch, want 01, got 02', 'hash'],
    ['could not apply tx 0 [0x01]: nonce too low: address 0x02, tx: 0 state: 1', 'transactions'],
  ])('and is refused, %s, has a wrong field', async (validationError, field) => {
    const engine = await connected({ engine_newPayloadV3: status('INVALID', validationError) });
    expect(await engine.importBlock(block)).toEqual({ kind: 'invalid', field });
  });

  it.each(['SYNCING', 'ACCEPTED'])('and is laid aside, %s, wants its parent first', async (of) => {
    const engine = await connected({ engine_newPayloadV3: status(of) });
    expect(await engine.importBlock(block)).toEqual({ kind: 'parent-unknown' });
  });

  it('gets no verdict of an engine that fails, or that says what none says', async () => {
    const failed = coded('engine-failed', 'retry');
    const engine = await connected({ engine_newPayloadV3: { error: { code: -32603, message: 'disk' } } });
    await expect(engine.importBlock(block)).rejects.toThrow(failed);
    await expect((await connected({})).importBlock(block)).rejects.toThrow(failed);
  });
});

const [unsafe, safe, finalized] = [3, 2, 1].map((byte) => new Uint8Array(32).fill(byte)) as [
  Uint8Array,
  Uint8Array,
  Uint8Array,
];
const heads = { unsafe, safe, finalized };
const held: Record<string, Answer> = Object.fromEntries(
  Object.values(heads).map((hash) => [`eth_getBlockByHash ${to0x(hash)}`, { result: { hash: to0x(hash) } }]),
);
const choice = (of: string): Record<string, Answer> => ({
  engine_forkchoiceUpdatedV3: { result: { payloadStatus: { status: of }, payloadId: null } },
});

describe('the heads of an engine', () => {
  it('are told as they are, without an order to build', async () => {
    const engine = await connected({ ...held, ...choice('VALID') });
    await engine.setHeads(heads);
    const [head, safeHash, final] = [unsafe, safe, finalized].map(to0x);
    expect(calls.at(-1)).toMatchObject({
      method: 'engine_forkchoiceUpdatedV3',
      params: [{ headBlockHash: head, safeBlockHash: safeHash, finalizedBlockHash: final }, null],
    });
  });

  it('are not told where it lacks one: it would look for it at peers', async () => {
    for (const missing of Object.keys(held)) {
      const engine = await connected({ ...held, [missing]: { result: null }, ...choice('VALID') });
      calls.length = 0;
      await expect(engine.setHeads(heads)).rejects.toThrow(coded('engine-unknown-block', 'reset'));
      expect(calls.map(({ method }) => method)).not.toContain('engine_forkchoiceUpdatedV3');
    }
  });

  it('are refused where they are on two chains, or not there any more', async () => {
    const two = {
      engine_forkchoiceUpdatedV3: { error: { code: -38002, message: 'safe block not in chain' } },
    };
    for (const said of [two, choice('SYNCING')]) {
      const engine = await connected({ ...held, ...said });
      await expect(engine.setHeads(heads)).rejects.toThrow(coded('engine-unknown-block', 'reset'));
    }
    for (const said of [choice('INVALID'), {}]) {
      const engine = await connected({ ...held, ...said });
      await expect(engine.setHeads(heads)).rejects.toThrow(coded('engine-failed', 'retry'));
    }
  });

  it('are what it holds now, and block 0 before it was told any', async () => {
    const at = (tag: string, hash: Uint8Array): Record<string, Answer> => ({
      [`eth_getBlockByNumber ${tag}`]: { result: { hash: to0x(hash) } },
    });
    const all = { ...at('latest', unsafe), ...at('safe', safe), ...at('finalized', finalized) };
    expect(await (await connected(all)).heads()).toEqual(heads);
    const none = { error: { code: -32_000, message: 'safe block not found' } };
    const fresh = { 'eth_getBlockByNumber safe': none, 'eth_getBlockByNumber finalized': none };
    const told = await (await connected({ ...at('latest', genesis), ...fresh })).heads();
    expect(told).toEqual({ unsafe: genesis, safe: genesis, finalized: genesis });
  });
});

it('an engine of another chain is left alone', async () => {
  for (const result of [{ hash: to0x(unsafe) }, null, { hash: 'x' }])
    await expect(connected({ 'eth_getBlockByNumber 0x0': { result } })).rejects.toThrow(
      coded('wrong-chain', 'fatal'),
    );
});
