import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { readGenesis } from '../../chain/genesis.ts';
import { to0x } from '../../crypto/bytes.ts';
import { OperationError } from '../../crypto/errors.ts';
import { installPrimitives } from '../../crypto/primitives.ts';
import { parseAddress } from '../../ethereum/address.ts';
import { memoryFiles } from '../../services/driver/memory-files.ts';
import { type Driver, type DriverDeps, type DriverNews, openDriver } from '../../services/driver/service.ts';
import { createExecutor } from '../../services/engine/executor.ts';
import { systemClock } from '../../system/clock.ts';
import { batchCompressors } from '../../system/compression.ts';
import { connectL1Source } from '../../system/l1-client-source.ts';
import { nativePrimitives } from '../../system/native.ts';
import type { Executor } from '../../system/ports.ts';
import { committeeOf } from '../dac-http.ts';
import { exits } from '../exit-codes.ts';
import { silent } from '../guard-folder.ts';
import { checkGenesis } from '../l2/config.ts';
import { type Output, progress, result } from '../output.ts';
import { readRollupFile } from '../rollup-file.ts';
import { readUserFile } from '../user-file.ts';
import { type Cli, usage } from './context.ts';

/** Flags of `l2 derive`. */
export interface DeriveFlags {
  readonly l1: readonly string[];
  readonly rollup: string;
  readonly genesis: string;
  readonly fromScratch: true;
  readonly folder?: string;
  readonly expect?: string;
  /** `account=url` of members of the committee. */
  readonly member: readonly string[];
}

const MAX_GENESIS_BYTES = 268_435_456;
/** L1 blocks between two words on the way. */
const SAY_EVERY = 1_000n;
/** How often in a row L1 may fail to answer before the command does, and milliseconds between. */
const MAX_FAILURES = 5;
const PAUSE_MS = 1_000;

/** Derives all of L2 that L1 holds now, and prints where it ends. */
export async function derive(cli: Cli, flags: DeriveFlags): Promise<void> {
  const native = nativePrimitives();
  if (native !== undefined) installPrimitives(native);
  const rollup = readRollupFile(readUserFile(flags.rollup), flags.rollup);
  const genesis = readGenesis(readUserFile(flags.genesis, MAX_GENESIS_BYTES), flags.genesis);
  checkGenesis(genesis, rollup, flags.genesis);
  const { expect } = flags;
  if (expect !== undefined && !/^0x[0-9a-fA-F]{64}$/.test(expect))
    throw usage('--expect', `${expect.slice(0, 70)} is no hash of a block`);
  const committee = committeeIn(flags, rollup.l2ChainId);
  const folder = flags.folder ?? mkdtempSync(join(tmpdir(), 'conclave-derive-'));
  const l1 = await connectL1Source({ urls: flags.l1, rollup }, { clock: systemClock, log: silent });
  const executor = await createExecutor({ folder, genesis, rollup });
  try {
    const driver = await openDriver(
      { rollup, originDepth: 0n, pollMs: PAUSE_MS },
      {
        ...{ l1, executor, compressors: batchCompressors, disk: memoryFiles(), clock: systemClock },
        ...{ log: silent, committee },
      },
    );
    await report(cli.output, flags, driver, executor);
  } finally {
    await executor.close();
    if (flags.folder === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

/** Milliseconds for a member. */
const MEMBER_MS = 30_000;

/** Who is asked for payloads that are not on L1; one that nobody serves is waited for. */
function committeeIn({ member }: DeriveFlags, l2ChainId: bigint): NonNullable<DriverDeps['committee']> {
  const members = member.map((text) => {
    const at = text.indexOf('=');
    const [account, url] = [text.slice(0, at), text.slice(at + 1)];
    if (!/^https?:\/\/./.test(url)) throw usage('--member', `${text.slice(0, 80)} is not account=url`);
    return { account: parseAddress(account, '--member'), url };
  });
  const deps = { l2ChainId, clock: systemClock, log: silent };
  const committee = committeeOf({ members, required: 1, timeout: MEMBER_MS }, deps);
  return (batch) => committee.fetch(batch.payloadHash);
}

async function report(
  output: Output,
  { expect }: DeriveFlags,
  driver: Driver,
  executor: Executor,
): Promise<void> {
  const counts = { taken: 0, ignored: 0, fallback: 0 };
  driver.on((news) => {
    count(output, counts, news);
  });
  const start = systemClock.monotonicMs();
  await readAll(output, driver);
  const seconds = (systemClock.monotonicMs() - start) / 1_000;
  const { safe, l1 } = driver.heads();
  const head = await executor.block(safe.number);
  const hash = to0x(safe.hash);
  const stateRoot = to0x(head?.block.header.stateRoot ?? new Uint8Array(0));
  const isExpected = expect === undefined || expect.toLowerCase() === hash;
  const rate = Math.round(Number(safe.number) / Math.max(seconds, 0.001));
  const value = {
    ...{ number: String(safe.number), hash, stateRoot, l1Block: String(l1.number), l1Hash: to0x(l1.hash) },
    ...{ batches: { taken: counts.taken, ignored: counts.ignored }, fallbackBlocks: counts.fallback },
    ...{ seconds: Math.round(seconds * 1_000) / 1_000, blocksPerSecond: rate, ok: isExpected },
  };
  result(output, value, [
    `block       ${value.number}`,
    `hash        ${hash}`,
    `state root  ${stateRoot}`,
    `L1 block    ${value.l1Block} ${value.l1Hash}`,
    `batches     ${counts.taken} taken, ${counts.ignored} ignored; ${counts.fallback} blocks by L1 alone`,
    `time        ${value.seconds} s, ${rate} blocks/s`,
    ...(isExpected ? [] : [output.paint('bad', `expected    ${expect}: another head`)]),
  ]);
  if (!isExpected) process.exitCode = exits.verification;
}

function count(
  output: Output,
  counts: { taken: number; ignored: number; fallback: number },
  news: DriverNews,
): void {
  if (news.kind === 'fallback') counts.fallback++;
  if (news.kind === 'batch-undone') counts[news.batch.outcome === 'taken' ? 'taken' : 'ignored']--;
  if (news.kind !== 'batch') return;
  const { index, outcome, firstBlock, lastBlock, l1Block, leftOutForced } = news.batch;
  const isTaken = outcome === 'taken';
  counts[isTaken ? 'taken' : 'ignored']++;
  progress(
    output,
    {
      ...{ type: 'batch', index: String(index), outcome, firstBlock: String(firstBlock) },
      ...{ lastBlock: String(lastBlock), l1Block: String(l1Block), leftOutForced },
    },
    ...(isTaken ? [] : [`batch ${index} in L1 block ${l1Block} is ignored: ${outcome}`]),
  );
}

/** Up to the newest block of L1, through its reorgs. @throws OperationError where L1 fails again and again */
async function readAll(output: Output, driver: Driver): Promise<void> {
  for (let failures = 0; ;) {
    try {
      if (!(await driver.step())) return;
      failures = 0;
    } catch (error) {
      const isPassing = error instanceof OperationError && error.level === 'retry';
      if (!isPassing || ++failures >= MAX_FAILURES) throw error;
      await new Promise<void>((resolve) => void systemClock.after(PAUSE_MS, resolve));
      continue;
    }
    const { l1, safe } = driver.heads();
    if (l1.number % SAY_EVERY === 0n)
      progress(
        output,
        { type: 'progress', l1Block: String(l1.number), block: String(safe.number) },
        `L1 block ${l1.number}: block ${safe.number}`,
      );
  }
}
