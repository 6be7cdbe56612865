import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Bug } from '../src/crypto/errors.ts';
import { keccak256 } from '../src/ethereum/address.ts';
import { decodeL2Tx } from '../src/ethereum/l2-tx.ts';
import { Mempool, poolLimits } from '../src/services/mempool/service.ts';
import { systemClock } from '../src/system/clock.ts';
import { openDisk } from '../src/system/disk.ts';
import type { Disk } from '../src/system/ports.ts';
import { CHAIN, headAt, signed } from '../test/unit/services/mempool/harness.ts';
import { memoryLog } from '../test/unit/node/helpers.ts';
import { type Context, measureOn } from './context.ts';
import { rounded } from './measure.ts';

/** As many as the pool holds, and as many again that pay more. */
const ACCOUNTS = poolLimits.ready / poolLimits.perAccount;
/** Requests that come at the same time. */
const AT_A_TIME = 500;

/** Transfers before anything is measured. */
const WARM_UP = 1_000;

/** What the state says of every account: it is rich, and has sent nothing. */
const account = {
  ...{ nonce: 0n, balance: 1n << 100n },
  ...{ codeHash: keccak256(new Uint8Array(0)), storageRoot: new Uint8Array(32) },
};

const transfers = (firstAccount: number, tip: number): readonly Uint8Array[] =>
  Array.from({ length: poolLimits.ready }, (_, i) =>
    signed({ from: firstAccount + (i % ACCOUNTS), nonce: Math.floor(i / ACCOUNTS), tip }),
  );

/**
 * Transfers that users send to the pool, in one thread: reading with the recovery of the sender alone, then
 * admission without a disk, with the disk of this machine, and into a pool that is full of cheaper ones.
 */
export async function benchPool(context: Context): Promise<void> {
  const [size] = context.plan.sizes;
  const [kind] = context.plan.kinds;
  if (size === undefined || kind === undefined) return;
  measureOn(kind);
  context.say('pool: signing transfers');
  const [first, second] = [transfers(0, 10), transfers(ACCOUNTS, 20)];
  for (const primitives of context.plan.kinds) {
    measureOn(primitives);
    await admit(await poolOn(nowhere), first.slice(0, WARM_UP));
    const readMs = 1000 * (await secondsOf(() => void first.map((raw) => decodeL2Tx(raw, CHAIN))));
    const pool = await poolOn(nowhere);
    const perSecond = first.length / (await secondsOf(() => admit(pool, first)));
    const perSecondFull = second.length / (await secondsOf(() => admit(pool, second)));
    const folder = mkdtempSync(join(tmpdir(), 'conclave-bench-pool-'));
    try {
      const durable = await poolOn(openDisk({ folder }));
      const perSecondOnDisk = first.length / (await secondsOf(() => admit(durable, first)));
      const row = {
        bench: 'pool',
        ...{ ...size, primitives, runs: first.length },
        readMsPerTx: rounded(readMs / first.length),
        ...{ perSecond: Math.round(perSecond), perSecondFull: Math.round(perSecondFull) },
        perSecondOnDisk: Math.round(perSecondOnDisk),
      } as const;
      context.add(row, `${row.perSecondOnDisk} a second on disk, ${row.perSecond} without`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
}

/** A disk that forgets at once: what is left is the work of the pool. */
const nowhere: Disk = {
  ...{ read: () => undefined, append: () => undefined, replace: () => undefined, create: () => undefined },
  ...{ truncate: () => undefined, move: () => undefined, remove: () => undefined, shred: () => undefined },
  ...{ list: () => [], freeBytes: () => 1e12 },
};

const poolOn = (disk: Disk): Promise<Mempool> =>
  Mempool.open(
    {
      ...{ chainId: CHAIN, minTip: 1n, allowed: undefined, path: 'pool/journal.log' },
      limits: poolLimits,
    },
    { disk, clock: systemClock, log: memoryLog(), state: { account: () => Promise.resolve(account) } },
    headAt(1),
  );

async function admit(pool: Mempool, raws: readonly Uint8Array[]): Promise<void> {
  for (let at = 0; at < raws.length; at += AT_A_TIME) {
    const answers = await Promise.all(raws.slice(at, at + AT_A_TIME).map((raw) => pool.add(raw)));
    if (answers.some(({ kind }) => kind === 'refused')) throw new Bug('a transfer was refused');
  }
}

async function secondsOf(work: () => void | Promise<void>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return (performance.now() - startedMs) / 1000;
}
