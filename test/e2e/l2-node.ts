import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { RpcChain, RpcHeads } from '../../src/apps/rpc/rpc-chain.ts';
import { type RpcPlace, startRpc } from '../../src/apps/rpc/rpc.ts';
import { blockLimits, type Rollup } from '../../src/chain/rollup.ts';
import { nextBaseFee } from '../../src/chain/block.ts';
import type { ExecutedBlock } from '../../src/chain/execution.ts';
import type { CallThreadsOptions } from '../../src/services/engine/call-threads.ts';
import { createExecutor } from '../../src/services/engine/executor.ts';
import { Mempool, poolLimits } from '../../src/services/mempool/service.ts';
import { systemClock } from '../../src/system/clock.ts';
import { openDisk } from '../../src/system/disk.ts';
import type { Executor, Log, TxPool } from '../../src/system/ports.ts';
import { systemRng } from '../../src/system/rng.ts';
import { createWorkers } from '../../src/system/worker-threads.ts';
import type { TestAccount } from '../../scripts/lib/test-transactions.ts';
import { CHAIN_ID, GENESIS_TIME, labAccounts, labAttributes, labGenesis } from '../corpus/lab.ts';

/**
 * A small L2 in this process: real engine, real pool, real server; a block whenever something waits, and now
 * and then an empty one, for clients that wait for another.
 */
export interface L2Node {
  readonly url: string;
  readonly wsUrl: string;
  readonly executor: Executor;
  readonly head: () => ExecutedBlock;
  readonly close: () => Promise<void>;
}

/** Accounts with METIS. */
export const accounts: readonly TestAccount[] = labAccounts(64);

/** Milliseconds, so that tests need not wait. */
const TICK_MS = 20;
/** So many in vain, and an empty block is built. */
const IDLE_TICKS = 10;

const silent: Log = {
  ...{ error: () => undefined, warn: () => undefined, info: () => undefined, debug: () => undefined },
  child: () => silent,
};

/** One thread for calls, as a machine of two cores has. */
const calls: CallThreadsOptions = {
  workers: createWorkers({ entry: new URL('../../src/apps/call-worker.ts', import.meta.url) }),
  ...{ clock: systemClock, count: 1, limitMs: 5_000 },
};

/** Starts one; `tickMs` is the time between two looks into the pool. */
export async function startL2Node(
  place: Partial<RpcPlace> = {},
  tickMs: number = TICK_MS,
  hasThread = true,
): Promise<L2Node> {
  const folder = mkdtempSync(join(tmpdir(), 'l2-node-'));
  const genesis = labGenesis(accounts);
  const executor = await createExecutor({
    ...{ folder: join(folder, 'engine'), genesis, rollup: { phase2Height: 0n, slotMs: 1_000 } },
    ...(hasThread && { calls }),
  });
  let head = (await executor.block(0n))!;
  const pool = await Mempool.open(
    { chainId: CHAIN_ID, minTip: 0n, allowed: undefined, path: 'pool/journal', limits: poolLimits },
    { disk: openDisk({ folder: join(folder, 'data') }), clock: systemClock, log: silent, state: executor },
    head.block,
  );
  const listeners = new Set<(heads: RpcHeads) => void>();
  const heads = (): RpcHeads => {
    const unsafe = { number: head.block.header.number, hash: head.block.hash };
    return { unsafe, safe: unsafe, finalized: unsafe };
  };
  const rollup = rollupFrom(head);
  const chain: RpcChain = {
    ...{ rollup, heads, syncing: () => undefined, batch: async () => undefined },
    ...{ batchOf: async () => undefined, stages: async () => undefined, signedBlock: async () => undefined },
    onHeads: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  const build = async (): Promise<void> => {
    head = await buildOn(executor, pool, head);
    await executor.setHeads({
      ...{ unsafe: head.block.hash, safe: head.block.hash, finalized: head.block.hash },
    });
    await pool.onHead(head.block, head.receipts, []);
    for (const listener of listeners) listener(heads());
  };
  const server = await startRpc(
    { address: '127.0.0.1:0', ...place },
    { version: 'conclave/test', minTip: 0n },
    { chain, executor, pool, clock: systemClock, rng: systemRng, log: silent },
  );
  const stop = producing(pool, build, tickMs);
  return {
    ...{ url: `http://${server.address}`, wsUrl: `ws://${server.address}`, executor, head: () => head },
    close: async () => {
      await stop();
      await server.close();
      await executor.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function buildOn(executor: Executor, pool: TxPool, parent: ExecutedBlock): Promise<ExecutedBlock> {
  const result = await executor.build({
    ...{
      parent: parent.block.hash,
      attributes: labAttributes(parent.block.header.number + 1n),
      mode: 'pick',
    },
    transactions: pool.candidates({ gas: blockLimits.gas, baseFee: nextBaseFee(parent.block.header) }),
  });
  if (result.kind !== 'built') throw new Error(`not executable: ${result.reason}`);
  return result.executed;
}

/** Builds one block after another until it is stopped. */
function producing(pool: TxPool, build: () => Promise<void>, tickMs: number): () => Promise<void> {
  let [isBusy, idle, last] = [false, 0, Promise.resolve()];
  const timer = setInterval(() => {
    if (isBusy || (pool.size().ready === 0 && ++idle < IDLE_TICKS)) return;
    [isBusy, idle] = [true, 0];
    last = build().finally(() => void (isBusy = false));
  }, tickMs);
  return async () => {
    clearInterval(timer);
    await last;
  };
}

function rollupFrom({ block }: ExecutedBlock): Rollup {
  const [account] = accounts;
  const { address } = account!;
  return {
    ...{ l1ChainId: 31_337n, l2ChainId: CHAIN_ID },
    genesis: {
      ...{ hash: block.hash, stateRoot: block.header.stateRoot, timestamp: GENESIS_TIME },
      origin: labAttributes(1n).origin,
    },
    ...{ inbox: address, bridge: address, forcedInbox: address, outputs: address },
    ...{ slotMs: 1_000, maxDrift: 600n, sequencingWindow: 3_600n, phase2Height: 0n },
  };
}
