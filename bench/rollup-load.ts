import { setTimeout as pause } from 'node:timers/promises';

import { to0x } from '../src/crypto/bytes.ts';
import { OperationError } from '../src/crypto/errors.ts';
import { type JsonRpc, jsonRpc } from '../src/system/json-rpc.ts';

/** Transactions in one request of JSON-RPC. */
const PER_REQUEST = 100;
/** Transactions that may be sent and in no block yet: a block has work, and the pool is never full. */
const AHEAD = 3_000;
/** Milliseconds between two looks for a block, and for a receipt. */
const [LOOK_MS, RECEIPT_MS] = [40, 4];
const PATIENCE_MS = 180_000;

/** Signed transactions, those of one account in the order of its nonces. */
export type Raws = readonly Uint8Array[];

/** The number of the newest block of a node. */
export const headNumber = async (rpc: JsonRpc): Promise<bigint> =>
  BigInt(String(await rpc('eth_blockNumber')));

/** Sends transactions as fast as blocks take them. Gives the number of the block with the last one. */
export async function runLoad(url: string, raws: Raws): Promise<bigint> {
  const rpc = jsonRpc(url);
  const end = performance.now() + PATIENCE_MS;
  let [sent, mined, at] = [0, 0, await headNumber(rpc)];
  while (mined < raws.length) {
    if (performance.now() > end) throw late(`${mined} of ${raws.length} transactions are in blocks`);
    const part = raws.slice(sent, Math.min(sent + PER_REQUEST, mined + AHEAD));
    await sendPart(url, part);
    sent += part.length;
    const isWaiting = sent === raws.length || sent >= mined + AHEAD;
    if (isWaiting) await pause(LOOK_MS);
    if (isWaiting || sent % 1_000 === 0) [mined, at] = await countMined(rpc, mined, at);
  }
  return at;
}

/** Sends so many transactions a second. */
export async function runTrickle(url: string, raws: Raws, perSecond: number): Promise<void> {
  const start = performance.now();
  for (let sent = 0; sent < raws.length;) {
    const due = Math.floor(((performance.now() - start) * perSecond) / 1_000);
    const part = raws.slice(sent, Math.min(due, sent + PER_REQUEST));
    await sendPart(url, part);
    sent += part.length;
    await pause(LOOK_MS);
  }
}

/** One request of JSON-RPC with many transactions. @throws OperationError child-failed when one is refused */
async function sendPart(url: string, raws: Raws): Promise<void> {
  if (raws.length === 0) return;
  const calls = raws.map((raw, id) => ({
    ...{ jsonrpc: '2.0', id, method: 'eth_sendRawTransaction', params: [to0x(raw)] },
  }));
  const headers = { 'content-type': 'application/json' };
  const reply = await fetch(url, { method: 'POST', headers, body: JSON.stringify(calls) });
  const answers = (await reply.json()) as readonly { readonly error?: { readonly message: string } }[];
  const bad = answers.find(({ error }) => error !== undefined);
  if (bad?.error !== undefined) throw new OperationError('child-failed', 'fatal', bad.error.message);
}

/** Adds what the blocks behind `at` hold, which only the load fills. */
async function countMined(rpc: JsonRpc, mined: number, at: bigint): Promise<[number, bigint]> {
  for (let [count, number] = [mined, at]; ; number++) {
    const found = await rpc('eth_getBlockTransactionCountByNumber', [`0x${(number + 1n).toString(16)}`]);
    if (typeof found !== 'string') return [count, number];
    count += Number(found);
  }
}

/** Waits until a node has derived a block from L1. */
export async function untilSafe(rpc: JsonRpc, block: bigint): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    const heads = (await rpc('conclave_getHeads')) as { readonly safe: { readonly number: string } };
    if (BigInt(heads.safe.number) >= block) return;
    if (performance.now() > end) throw late(`block ${block} is not safe`);
    await pause(LOOK_MS);
  }
}

/** Milliseconds from sending one transaction to its receipt. */
export async function softMs(rpc: JsonRpc, raw: Uint8Array): Promise<number> {
  const start = performance.now();
  const hash = await rpc('eth_sendRawTransaction', [to0x(raw)]);
  while ((await rpc('eth_getTransactionReceipt', [hash])) === null) await pause(RECEIPT_MS);
  return performance.now() - start;
}

const late = (what: string): OperationError =>
  new OperationError('child-failed', 'fatal', `not in time: ${what}`);
