import { availableParallelism } from 'node:os';
import { join } from 'node:path';

import type { OperationError } from '../../crypto/errors.ts';
import { installPrimitives, primitives } from '../../crypto/primitives.ts';
import type { CallThreadsOptions } from '../../services/engine/call-threads.ts';
import { createExecutor } from '../../services/engine/executor.ts';
import { type Driver, type DriverNews, openDriver } from '../../services/driver/service.ts';
import type { DriverDeps } from '../../services/driver/service.ts';
import { batchCompressors } from '../../system/compression.ts';
import { openDisk } from '../../system/disk.ts';
import { type FolderLease, takeFolder } from '../../system/folder-lease.ts';
import { connectL1Source } from '../../system/l1-client-source.ts';
import { nativePrimitives } from '../../system/native.ts';
import type { Clock, Disk, Executor, L1Source, Log } from '../../system/ports.ts';
import { besides, createWorkers } from '../../system/worker-threads.ts';
import type { L2Config } from './config.ts';
import { type L2Machine, thisMachine } from './machine.ts';
import { StageBook } from './stage-book.ts';

/** What every node of L2 has, whether it builds or follows. */
export interface L2Base {
  readonly config: L2Config;
  readonly log: Log;
  readonly clock: Clock;
  readonly lease: FolderLease;
  readonly disk: Disk;
  readonly executor: Executor;
  readonly l1: L1Source;
  readonly driver: Driver;
  readonly stages: StageBook;
  /** What this node does not go on from: the first such fault of its own machine. */
  readonly failed: Promise<OperationError>;
  /** Ends the driver and the engine, and gives the folder back. */
  readonly close: () => Promise<void>;
}

/** What `openBase` is told. */
export interface BaseOptions {
  readonly config: L2Config;
  readonly log: Log;
  /** Left out: the machine of this process. */
  readonly machine?: L2Machine | undefined;
}

/**
 * Opens the folder of a node, its engine, and what follows L1. Nothing runs yet.
 * @throws OperationError lease-held | engine-busy | engine-damaged | l1-unreachable | wrong-chain
 */
export async function openBase(
  { config, log, machine: { clock, files: calls } = thisMachine }: BaseOptions,
  committee?: DriverDeps['committee'],
): Promise<L2Base> {
  const { dataDir, settings, rollup, genesis } = config;
  chooseImplementations(log);
  const lease = await takeFolder(dataDir, clock.nowMs());
  let executor: Executor | undefined;
  let fail: (error: OperationError) => void = () => undefined;
  const failed = new Promise<OperationError>((resolve) => {
    fail = resolve;
  });
  try {
    const disk = openDisk({ folder: dataDir }, calls);
    const files = disk.list('engine');
    executor = await createExecutor({
      ...{ folder: join(dataDir, 'engine'), files, failed: fail },
      ...{ genesis, rollup, calls: callThreads(clock) },
    });
    const l1 = await connectL1Source({ urls: settings.l1.rpc, rollup }, { clock, log });
    const driver = await openDriver(
      { rollup, originDepth: BigInt(settings.l1.confirmations), pollMs: settings.l1.poll },
      {
        ...{ l1, executor, disk, log, clock, compressors: batchCompressors },
        ...(committee !== undefined && { committee }),
      },
    );
    const stages = new StageBook();
    driver.on((news) => {
      tellStages(stages, driver, news, clock.nowMs());
      tellLog(log, news);
      if (news.kind === 'stopped') fail(news.error);
    });
    const engine = executor;
    const close = async (): Promise<void> => {
      await driver.stop();
      await engine.close();
      await lease.release();
    };
    return { config, log, clock, lease, disk, executor, l1, driver, stages, failed, close };
  } catch (error) {
    await executor?.close();
    await lease.release();
    throw error;
  }
}

/** Most threads for calls, and milliseconds that one call may take. */
const [MOST_THREADS, CALL_MS] = [4, 5_000] as const;

/** One core is left to the thread that builds blocks. */
const callThreads = (clock: Clock): CallThreadsOptions => ({
  workers: createWorkers({ entry: besides(import.meta.url, '../call-worker'), maxHeapMiB: 512 }),
  clock,
  count: Math.min(MOST_THREADS, Math.max(1, availableParallelism() - 1)),
  limitMs: CALL_MS,
});

/** The native operations where this machine has them. */
function chooseImplementations(log: Log): void {
  const native = nativePrimitives((reason) => {
    log.warn('native operations are not available, the slow ones run', { reason });
  });
  if (native !== undefined) installPrimitives(native);
  log.info('operations chosen', { name: primitives().name });
}

/** What an operator wants to know of L1 and of blocks that are taken back. */
function tellLog(log: Log, news: DriverNews): void {
  if (news.kind === 'unsafe-cut')
    log.warn('blocks were taken back', { from: String(news.from.number), to: String(news.to.number) });
  if (news.kind === 'batch-undone') log.warn('l1 took a batch back', { index: String(news.batch.index) });
  if (news.kind === 'fallback') log.warn('l1 made a block alone', { number: String(news.block.number) });
}

function tellStages(stages: StageBook, driver: Driver, news: DriverNews, now: number): void {
  if (news.kind === 'batch' && news.batch.outcome === 'taken') stages.safe(news.batch.index, now);
  if (news.kind === 'batch-undone') stages.undone(news.batch.index);
  if (news.kind !== 'heads') return;
  const last = driver.batches.holding(news.heads.finalized.number);
  if (last !== undefined) stages.finalized(last.index, now);
}
