import { describe, expect, it } from 'vitest';

import type { ExecutedBlock } from '../../../../src/chain/execution.ts';
import { equalBytes, toHex } from '../../../../src/crypto/bytes.ts';
import { OperationError } from '../../../../src/crypto/errors.ts';
import { decodeInboxCall } from '../../../../src/ethereum/abi.ts';
import { BatcherService } from '../../../../src/services/batcher/service.ts';
import type { End } from '../../../../src/services/batcher/stale.ts';
import { SubmitterService } from '../../../../src/services/l1/service.ts';
import { brotli } from '../../../../src/system/compression.ts';
import { SimClock, settle } from '../../../sim/clock.ts';
import { PowerLoss, SimDisk } from '../../../sim/disk.ts';
import { keptLog } from '../../../sim/log.ts';
import { blocksOf, rollupOf } from '../../chain/blocks-samples.ts';
import { SimCluster, SimL1, settings } from './sim-l1.ts';

const blocks = blocksOf(12);
const [genesis] = blocks;
/** The chain after L1 has made block 1 alone. */
const others = [genesis!, ...blocksOf(12, 'another chain').slice(1)];

/** Batcher and submitter on one disk, before an L1 that takes a batch only where it goes on from the last. */
class World {
  readonly clock = new SimClock();
  readonly cluster = new SimCluster();
  readonly disk: SimDisk;
  readonly l1: SimL1;
  readonly deaths: unknown[] = [];
  chain: readonly ExecutedBlock[] = blocks;
  head = 3n;
  isFallback = false;
  submitter: SubmitterService;
  batcher: BatcherService;

  constructor(seed: number) {
    this.disk = new SimDisk(seed);
    this.l1 = new SimL1(seed);
    this.clock.wallOffsetMs = 1_700_000_100_000;
    [this.submitter, this.batcher] = this.open();
  }

  /** Both, as after a start. */
  open(): readonly [SubmitterService, BatcherService] {
    const disk = this.disk.open();
    const fatal = (error: unknown): void => void this.deaths.push(error);
    const common = { disk, clock: this.clock, log: keptLog(), fatal };
    const submitter = new SubmitterService(settings, {
      ...{ ...common, l1: this.l1.port, cluster: this.cluster, withBlobs: async (raw) => raw },
      derived: (index) => ({ isTaken: true, l1Hash: this.l1.hashOf(index) }),
      ended: (index, how) => this.batcher.ended(index, how),
    });
    const batcher = new BatcherService(
      { rollup: rollupOf(blocks), maxAge: 0n, maxOpen: 4, turnMs: 1_000, place: 'auto' },
      {
        ...{ ...common, brotli, submitter: submitterPort(submitter), lastOnL1: () => this.lastOnL1() },
        chain: {
          head: () => this.head,
          block: async (number) => (number > this.head ? undefined : this.chain[Number(number)]),
        },
        ...{ versionedHashes: async () => [], certify: async () => undefined },
        fees: async () => ({ baseFee: 1n, tip: 1n, blobBaseFee: 10n ** 6n }),
      },
    );
    [this.submitter, this.batcher] = [submitter, batcher];
    return [submitter, batcher];
  }

  /** What a driver would say: batches that do not begin at the safe head use up an index, no more. */
  lastOnL1(): End {
    const safe = this.isFallback ? 1 : 0;
    let end: End = { index: 0n, lastBlock: BigInt(safe), lastHash: this.chain[safe]!.block.hash };
    for (const { tx, isSuccess } of this.l1.blocks.flatMap(({ txs }) => txs)) {
      const { header } = decodeInboxCall(tx.tx.data);
      if (!isSuccess || !('parentHash' in header)) continue;
      const { index, lastBlock, lastHash, parentHash } = header;
      end = equalBytes(parentHash, end.lastHash) ? { index, lastBlock, lastHash } : { ...end, index };
    }
    return end;
  }

  /** L1 makes a block alone, and the sequencer goes on behind it. */
  fallback(): void {
    [this.chain, this.isFallback, this.head] = [others, true, 6n];
  }

  get isDone(): boolean {
    return this.lastOnL1().lastBlock === this.head && this.submitter.status().open === 0;
  }

  async turn(): Promise<void> {
    await this.batcher.turn();
    await this.look();
  }

  async look(): Promise<void> {
    await this.submitter.look();
    for (let i = 0; i < 6; i++) await settle();
  }

  async blocks(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      for (let k = 0; k < 3; k++) await this.turn();
      await this.clock.advance(12_000);
      this.l1.mine();
    }
  }
}

const submitterPort = (
  submitter: SubmitterService,
): ConstructorParameters<typeof BatcherService>[1]['submitter'] => ({
  submit: (batch) => {
    submitter.submit(batch);
  },
  open: () => submitter.status().open,
  giveUp: (index) => submitter.giveUp(index),
});

/** Nobody signs the first batch before L1 makes a block alone. */
async function unsignedRun(world: World): Promise<void> {
  world.cluster.isDown = true;
  await world.blocks(2);
  world.fallback();
  await world.blocks(1);
  world.cluster.isDown = false;
  for (let i = 0; i < 14 && !world.isDone; i++) await world.blocks(1);
}

describe('batches whose blocks are gone', () => {
  it('are given up where nobody signed them, and their index gets the blocks of the chain', async () => {
    const world = new World(1);
    await unsignedRun(world);
    expect(world.lastOnL1()).toEqual({ index: 1n, lastBlock: 6n, lastHash: others[6]!.block.hash });
    expect(world.submitter.status()).toMatchObject({ open: 0, alarms: new Map() });
    expect(world.submitter.status().accounts[0]).toMatchObject({ nextNonce: 1n });
    expect(world.cluster.conflicts).toBe(0);
    expect(world.disk.open().list('batcher/given-up')).toEqual(['00000000-1']);
  });

  it('are sent all the same once they are signed; those behind go on from what L1 made of it', async () => {
    const world = new World(2);
    world.l1.isStuck = true;
    await world.blocks(1);
    world.cluster.isDown = true;
    world.head = 5n;
    await world.blocks(1);
    expect(world.submitter.status().batches.map(({ phase }) => phase)).toEqual(['sent', 'requested']);
    world.fallback();
    expect(world.submitter.giveUp(1n)).toBe(false);
    await world.blocks(1);
    expect(world.submitter.status().batches.map(({ phase }) => phase)).toEqual(['sent']);
    expect(world.batcher.status().alarm).toContain('is not on the chain');
    [world.cluster.isDown, world.l1.isStuck] = [false, false];
    await world.blocks(20);
    expect(world.l1.batches).toEqual([1n, 2n]);
    expect(world.lastOnL1()).toEqual({ index: 2n, lastBlock: 6n, lastHash: others[6]!.block.hash });
    expect(world.cluster.conflicts).toBe(0);
    expect(world.batcher.status().alarm).toBeUndefined();
  });

  it('stay while a signature is awaited, which may still come', async () => {
    const world = new World(3);
    let release = (): void => undefined;
    world.cluster.hold = new Promise((resolve) => {
      release = resolve;
    });
    await world.turn();
    await world.turn();
    expect(world.submitter.giveUp(1n)).toBe(false);
    release();
    await world.look();
    expect(world.submitter.giveUp(1n)).toBe(false);
    expect(world.submitter.status().batches).toMatchObject([{ index: 1n, phase: 'sent' }]);
  });

  it('are named where a signer that approved them holds their index', async () => {
    const world = new World(4);
    world.cluster.isDown = true;
    await world.blocks(2);
    world.fallback();
    await world.turn();
    const { sign } = world.cluster;
    const held = { sign: () => Promise.reject(new OperationError('guard-conflict', 'fatal', 'held')) };
    Object.assign(world.cluster, held);
    await world.blocks(2);
    expect(world.submitter.status().alarms.get('index-held')).toContain(
      'may hold batch 1 and nonce 0 for 0x',
    );
    world.open();
    Object.assign(world.cluster, held);
    await world.blocks(2);
    expect(world.submitter.status().alarms.has('index-held')).toBe(true);
    Object.assign(world.cluster, { sign, isDown: false });
    await world.blocks(10);
    expect(world.submitter.status().alarms).toEqual(new Map());
    expect(world.l1.batches).toEqual([1n]);
  });

  it('leave one signed content for each index, wherever the power goes', async () => {
    const whole = new World(5);
    await unsignedRun(whole);
    for (let atCall = 1; atCall <= whole.disk.trace.length; atCall++) {
      const world = new World(atCall);
      world.disk.fault({ kind: 'power-loss', atCall, bytes: 9 * (atCall % 2) });
      try {
        await unsignedRun(world);
      } catch (error) {
        if (!(error instanceof PowerLoss)) throw error;
      }
      world.disk.powerLoss();
      world.fallback();
      world.cluster.isDown = false;
      world.open();
      for (let i = 0; i < 24 && !world.isDone; i++) await world.blocks(1);
      const { lastBlock, lastHash } = world.lastOnL1();
      expect([lastBlock, toHex(lastHash)], `call ${atCall}`).toEqual([6n, toHex(others[6]!.block.hash)]);
      expect(world.cluster.conflicts, `call ${atCall}`).toBe(0);
      expect(world.submitter.status().alarms, `call ${atCall}`).toEqual(new Map());
    }
  });
});
