import { WebSocket } from 'ws';

import { to0x } from '../src/crypto/bytes.ts';
import { Bug } from '../src/crypto/errors.ts';
import { predeploys } from '../src/ethereum/l2-genesis.ts';
import { labTx } from '../test/corpus/lab.ts';
import { accounts, startL2Node } from '../test/e2e/l2-node.ts';
import { type Context, measureOn } from './context.ts';
import { quantile, rounded } from './measure.ts';
import { type RpcMethod, rpcMethods as methods } from './rows.ts';

/** Milliseconds between two rounds; in each, every method is called once. */
const ROUND_MS = 10;
/** Milliseconds between two blocks. */
const BLOCK_MS = 250;
const SECONDS = { whole: 12, quick: 3 } as const;
/** Rounds at the beginning that are not counted: the compiler has not seen the code yet. */
const WARM_UP_ROUNDS = 100;

/**
 * What users wait for: calls over a WebSocket at a fixed rate, whether or not the ones before are answered,
 * while a chain with engine and pool makes blocks of the transfers. Client and node share one
 * thread, so the figures hold the work of both.
 */
export async function benchRpc(context: Context): Promise<void> {
  const [size] = context.plan.sizes;
  const [primitives] = context.plan.kinds;
  if (size === undefined || primitives === undefined) return;
  measureOn(primitives);
  const seconds = context.plan.effort.maxRuns > 5 ? SECONDS.whole : SECONDS.quick;
  const rounds = Math.round((seconds * 1_000) / ROUND_MS);
  context.say('rpc: signing transfers');
  const transfers = Array.from({ length: rounds }, (_, i) => transferOf(i));
  const node = await startL2Node({}, BLOCK_MS);
  try {
    const waited = await load(node.wsUrl, transfers);
    for (const method of methods) {
      const mine = waited.get(method) ?? [];
      const row = {
        bench: 'rpc',
        ...{ ...size, primitives, runs: mine.length, method },
        perSecond: Math.round((methods.length * 1_000) / ROUND_MS),
        ...{ p50Ms: rounded(quantile(mine, 0.5)), p99Ms: rounded(quantile(mine, 0.99)) },
      } as const;
      context.add(row, `${method} p50 ${row.p50Ms} ms, p99 ${row.p99Ms} ms`);
    }
  } finally {
    await node.close();
  }
}

function transferOf(i: number): string {
  const [from, to] = [accounts[i % accounts.length], accounts[0]];
  if (from === undefined || to === undefined) throw new Bug('there are accounts');
  return to0x(labTx(from, BigInt(Math.floor(i / accounts.length)), to.address));
}

const call = {
  to: predeploys.WMETIS,
  // balanceOf(address)
  data: `0x70a08231${'00'.repeat(12)}${predeploys.WMETIS.slice(2)}`,
};

const paramsOf = (method: RpcMethod, transfer: string): readonly unknown[] => {
  switch (method) {
    case 'eth_blockNumber':
      return [];
    case 'eth_getBalance':
      return [predeploys.FeeVault, 'latest'];
    case 'eth_call':
      return [call, 'latest'];
    case 'eth_sendRawTransaction':
      return [transfer];
  }
};

/** Milliseconds that each call of each method waited for its answer. */
async function load(
  url: string,
  transfers: readonly string[],
): Promise<ReadonlyMap<RpcMethod, readonly number[]>> {
  const ws = new WebSocket(url);
  await new Promise((resolve) => ws.once('open', resolve));
  const sent = new Map<
    number,
    { readonly method: RpcMethod; readonly atMs: number; readonly counts: boolean }
  >();
  const waited = new Map<RpcMethod, number[]>(methods.map((method) => [method, []]));
  let answered = 0;
  const done = new Promise<void>((resolve, reject) => {
    ws.on('message', (data: Buffer) => {
      const { id, error } = JSON.parse(data.toString()) as { id: number; error?: { message: string } };
      const one = sent.get(id);
      if (error !== undefined || one === undefined)
        return reject(new Bug(`refused: ${error?.message ?? ''}`));
      if (one.counts) waited.get(one.method)?.push(performance.now() - one.atMs);
      answered += 1;
      if (answered === transfers.length * methods.length) resolve();
    });
  });
  let id = 0;
  const startedMs = performance.now();
  for (const [round, transfer] of transfers.entries()) {
    const dueMs = startedMs + round * ROUND_MS;
    if (dueMs > performance.now()) await new Promise((next) => setTimeout(next, dueMs - performance.now()));
    for (const method of methods) {
      // A round that begins late has waited already.
      sent.set(++id, { method, atMs: dueMs, counts: round >= WARM_UP_ROUNDS });
      ws.send(JSON.stringify({ jsonrpc: '2.0', id, method, params: paramsOf(method, transfer) }));
    }
  }
  await done;
  ws.close();
  return waited;
}
