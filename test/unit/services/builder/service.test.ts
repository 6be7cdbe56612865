import { describe, expect, test } from 'vitest';

import { planBlock } from '../../../../src/chain/attributes.ts';
import { type L2Header, blockHash, nextBaseFee } from '../../../../src/chain/block.ts';
import type { BuildRequest, ExecutedBlock, TxRefusal } from '../../../../src/chain/execution.ts';
import { type Rollup, blockLimits } from '../../../../src/chain/rollup.ts';
import { soleSequencer } from '../../../../src/chain/sequencer-set.ts';
import { sealerOf } from '../../../../src/chain/signed-block.ts';
import { bigintToBytes, concat, u8 } from '../../../../src/crypto/bytes.ts';
import { Bug, OperationError } from '../../../../src/crypto/errors.ts';
import { parseAddress } from '../../../../src/ethereum/address.ts';
import { SealBook } from '../../../../src/services/builder/seal-book.ts';
import { Builder, type Built } from '../../../../src/services/builder/service.ts';
import { insecureTestAccount, signDigest } from '../../../../scripts/lib/test-transactions.ts';
import { SimClock } from '../../../sim/clock.ts';
import { memoryDisk, memoryLog } from '../../node/helpers.ts';

const zero = parseAddress(`0x${'00'.repeat(20)}`);
const word = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const leader = insecureTestAccount('builder', 1);
const origin = { number: 5n, hash: word(5), timestamp: 1_750_000_990n, messageRoot: word(6) };
const rollup: Rollup = {
  ...{ l1ChainId: 31_337n, l2ChainId: 71_001n },
  genesis: { hash: word(1), stateRoot: word(2), timestamp: 1n, origin },
  ...{ inbox: zero, bridge: zero, forcedInbox: zero, outputs: zero },
  ...{ slotMs: 250, maxDrift: 600n, sequencingWindow: 60n, phase2Height: 3n },
};
const genesis: L2Header = {
  ...{ parentHash: word(0), number: 0n, timestamp: 1_750_000_990n, coinbase: zero, gasUsed: 0n },
  ...{ gasLimit: 30_000_000n, baseFeePerGas: 1_000_000_000n, extraData: new Uint8Array(0) },
  ...{ prevRandao: word(0), parentBeaconBlockRoot: word(0), stateRoot: word(2), receiptsRoot: word(3) },
  ...{ transactionsRoot: word(3), withdrawalsRoot: word(3), logsBloom: new Uint8Array(256) },
};

const executedOf = (header: L2Header, transactions: readonly Uint8Array[]): ExecutedBlock => ({
  block: { header, hash: blockHash(header), transactions, withdrawals: [] },
  ...{ receipts: [], forcedCount: 0, carry: 0n, nextWithdrawal: 0n },
});

/** A builder on an engine that executes nothing and takes all but what a test has it refuse. */
function bench(disk = memoryDisk()) {
  const log = memoryLog();
  const clock = new SimClock();
  clock.wallOffsetMs = 1_750_001_000_000;
  const seen: { asked: BuildRequest[]; published: Built[]; dropped: Uint8Array[] } = {
    ...{ asked: [], published: [], dropped: [] },
  };
  const pool = {
    waiting: [Uint8Array.of(1), Uint8Array.of(2)],
    asked: [] as { gas: bigint; baseFee: bigint }[],
  };
  const engine: {
    head: ExecutedBlock;
    refused: { at: number; reason: TxRefusal }[];
    fault?: Error;
    origin: typeof origin;
  } = { head: executedOf(genesis, []), refused: [], origin };
  const book = SealBook.open(disk, 'seal', false);
  const builder = new Builder(
    { rollup, self: leader.address, idleMs: 2_000, maxUnsafeBlocks: 100 },
    {
      ...{ clock, log, book, set: soleSequencer(leader.address) },
      executor: {
        build: (request) => {
          if (engine.fault !== undefined) return Promise.reject(engine.fault);
          seen.asked.push(request);
          const parent = { ...engine.head.block, carry: 0n, nextWithdrawal: 0n };
          const { header } = planBlock(parent, request.attributes);
          const raws = [...request.transactions].map(({ raw }) => raw);
          const executed = executedOf({ ...genesis, ...header }, raws);
          return Promise.resolve({ kind: 'built', executed, refused: engine.refused });
        },
      },
      pool: {
        candidates: (limits) => {
          pool.asked.push(limits);
          return pool.waiting.map((raw) => ({ raw }));
        },
        size: () => ({ ready: pool.waiting.length, queued: 0, bytes: 0 }),
      },
      head: () => Promise.resolve({ executed: engine.head, origin: engine.origin }),
      safeNumber: () => 0n,
      l1Time: () => origin.timestamp,
      nextOrigin: () => undefined,
      sign: (digest) => {
        const { r, s, yParity } = signDigest(digest, leader.secret);
        return Promise.resolve(concat(bigintToBytes(r, 32), bigintToBytes(s, 32), u8(27 + yParity)));
      },
      publish: (built) => {
        engine.head = built.executed;
        seen.published.push(built);
        return Promise.resolve();
      },
      dropped: (raws) => void seen.dropped.push(...raws),
    },
  );
  return { builder, log, clock, seen, pool, engine, book, disk };
}

const builtIn = (result: Awaited<ReturnType<Builder['slot']>>): Built => {
  if (typeof result === 'string') throw new Error(`idle: ${result}`);
  return result;
};

test('a slot gives a block of what waits, sealed by the leader, and publishes it', async () => {
  const { builder, seen } = bench();
  const { signed, executed } = builtIn(await builder.slot());
  expect(executed.block.transactions).toEqual([Uint8Array.of(1), Uint8Array.of(2)]);
  expect(sealerOf(rollup.l2ChainId, signed)).toBe(leader.address);
  expect(seen.published).toHaveLength(1);
  expect(seen.asked[0]).toMatchObject({ parent: blockHash(genesis), mode: 'pick' });
});

test('the pool is asked for what fits a block at all, and pays the fee of the next', async () => {
  const { builder, pool } = bench();
  const built = builtIn(await builder.slot());
  await builder.slot();
  expect(pool.asked).toEqual([
    { gas: blockLimits.gas, baseFee: nextBaseFee(genesis) },
    { gas: blockLimits.gas, baseFee: nextBaseFee(built.executed.block.header) },
  ]);
});

test('what took too long is named to the pool, and what the next head will show is not', async () => {
  const { builder, seen, engine } = bench();
  engine.refused = [
    { at: 0, reason: 'nonce-too-low' },
    { at: 1, reason: 'too-slow' },
  ];
  await builder.slot();
  expect(seen.dropped).toEqual([Uint8Array.of(2)]);
});

test('a place is on disk before its signature is made', async () => {
  const { builder, disk, seen } = bench();
  disk.fault = { code: 'disk-full', level: 'retry' };
  await expect(builder.slot()).rejects.toThrow(OperationError);
  expect(seen.published).toEqual([]);
  disk.fault = undefined;
  await builder.slot();
  expect(SealBook.open(disk, 'seal', false).last).toMatchObject({ number: 1n, view: 0n });
});

test('nothing is built on a head whose origin L1 has replaced by another of its number', async () => {
  const { builder, engine } = bench();
  builtIn(await builder.slot());
  engine.origin = { ...origin, hash: word(55) };
  expect(await builder.slot()).toBe('origin-gone');
  engine.origin = origin;
  builtIn(await builder.slot());
});

test('a head that went back is built on in a later view', async () => {
  const { builder, engine } = bench();
  const [first] = [engine.head];
  builtIn(await builder.slot());
  engine.head = first;
  const again = builtIn(await builder.slot());
  expect(again.signed.block.header.extraData[12]).toBe(1);
});

test('with nothing to do there is one empty block in a while, and one word in the log', async () => {
  const { builder, pool, clock, log } = bench();
  await builder.slot();
  pool.waiting = [];
  expect(await builder.slot()).toBe('nothing-to-do');
  await clock.advance(2_000);
  expect(builtIn(await builder.slot()).executed.block.transactions).toEqual([]);
  expect(log.lines).toEqual([]);
});

describe('the clockwork', () => {
  test('builds in every slot, at whole multiples of its length, until it is stopped', async () => {
    const { builder, clock, seen } = bench();
    builder.start();
    await clock.advance(750);
    await builder.stop();
    await clock.advance(1_000);
    expect(seen.published).toHaveLength(3);
  });

  test('goes on after a fault of the machine, and says it', async () => {
    const { builder, clock, seen, engine, log } = bench();
    engine.fault = new OperationError('engine-failed', 'retry', 'no');
    builder.start();
    await clock.advance(250);
    delete engine.fault;
    await clock.advance(250);
    await builder.stop();
    expect(seen.published).toHaveLength(1);
    expect(log.lines).toMatchObject([{ level: 'error', fields: { reason: 'engine-failed' } }]);
  });

  test('raises no alarm where L1 moved the head under it', async () => {
    const { builder, clock, engine, log } = bench();
    engine.fault = new OperationError('l2-parent-moved', 'retry', 'moved');
    builder.start();
    await clock.advance(250);
    await builder.stop();
    expect(log.lines).toMatchObject([{ level: 'warn', fields: { reason: 'l2-parent-moved' } }]);
  });

  test('does not outlive a bug of ours', async () => {
    const { builder, engine } = bench();
    engine.fault = new Bug('wrong');
    await expect(builder.slot()).rejects.toThrow(Bug);
  });
});
