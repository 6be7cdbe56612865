import { describe, expect, it } from 'vitest';

import { readBlockBatch } from '../../../../src/chain/block-batch.ts';
import type { ExecutedBlock } from '../../../../src/chain/execution.ts';
import { type SealedBatch, blocksIn } from '../../../../src/chain/sealed-batch.ts';
import { toHex } from '../../../../src/crypto/bytes.ts';
import { OperationError } from '../../../../src/crypto/errors.ts';
import type { PlaceChoice } from '../../../../src/services/batcher/place-choice.ts';
import { BatcherService } from '../../../../src/services/batcher/service.ts';
import { verifyBatch } from '../../../../src/services/verifier/verify-batch.ts';
import { brotli } from '../../../../src/system/compression.ts';
import { SimClock, settle } from '../../../sim/clock.ts';
import { PowerLoss, SimDisk } from '../../../sim/disk.ts';
import { keptLog } from '../../../sim/log.ts';
import { blocksOf, rollupOf } from '../../chain/blocks-samples.ts';
import { blobHash } from '../../chain/samples.ts';

const blocks = blocksOf(12);
const others = blocksOf(12, 'another chain');
const rollup = rollupOf(blocks);
const certificate = new Uint8Array(80).fill(4);
const genesisEnd = { index: 0n, lastBlock: 0n, lastHash: blocks[0]!.block.hash };

class World {
  readonly clock = new SimClock();
  readonly handed: SealedBatch[] = [];
  readonly deaths: unknown[] = [];
  readonly disk: SimDisk;
  chain: readonly ExecutedBlock[] = blocks;
  head = 3n;
  open = 0;
  fee = { baseFee: 100n, tip: 1n, blobBaseFee: 10n ** 6n };
  fees = () => this.fee;
  hasCommittee = true;
  isSigned = true;
  onL1 = genesisEnd;
  batcher: BatcherService;

  constructor(seed = 1) {
    this.disk = new SimDisk(seed);
    this.clock.wallOffsetMs = 1_700_000_000_000;
    this.batcher = this.start();
  }

  start(place: PlaceChoice = 'auto'): BatcherService {
    this.batcher = new BatcherService(
      { rollup, maxAge: 60n, maxOpen: 4, turnMs: 1_000, place },
      {
        ...{ disk: this.disk.open(), clock: this.clock, log: keptLog(), brotli },
        chain: {
          head: () => this.head,
          block: async (number) => (number > this.head ? undefined : this.chain[Number(number)]),
        },
        versionedHashes: async () => [blobHash],
        certify: async () => (this.hasCommittee ? certificate : undefined),
        fees: async () => this.fees(),
        lastOnL1: () => this.onL1,
        submitter: {
          submit: (batch) => void this.handed.push(batch),
          open: () => this.open,
          giveUp: () => !this.isSigned,
        },
        fatal: (error) => void this.deaths.push(error),
      },
    );
    return this.batcher;
  }
}

describe('the batcher', () => {
  it('goes on from where L1 stands, where that is beyond its own last batch', async () => {
    const world = new World();
    world.clock.wallOffsetMs += 62_000;
    expect(blocksIn((await world.batcher.turn())!).lastBlock).toBe(3n);
    // L1 has taken the batch, and has made two blocks alone since.
    world.onL1 = { index: 1n, lastBlock: 5n, lastHash: blocks[5]!.block.hash };
    world.head = 7n;
    world.clock.wallOffsetMs += 62_000;
    const next = await world.batcher.turn();
    expect(next).toMatchObject({ index: 2n, parentHash: blocks[5]!.block.hash });
    expect(blocksIn(next!)).toEqual({ firstBlock: 6n, lastBlock: 7n });
  });

  it('packs no block that does not stand on the one before: the chain changes while it is read', async () => {
    const world = new World();
    world.chain = [...blocks.slice(0, 3), ...others.slice(3)];
    world.head = 5n;
    world.clock.wallOffsetMs += 62_000;
    expect(blocksIn((await world.batcher.turn())!)).toEqual({ firstBlock: 1n, lastBlock: 2n });
  });

  it('seals what is old enough, contiguous, and as a verifier derives it', async () => {
    const world = new World();
    expect(await world.batcher.turn()).toBeUndefined();
    world.clock.wallOffsetMs += 62_000;
    const first = await world.batcher.turn();
    world.head = 7n;
    world.clock.wallOffsetMs += 62_000;
    const second = await world.batcher.turn();
    expect([first, second].map((batch) => batch && blocksIn(batch))).toEqual([
      { firstBlock: 1n, lastBlock: 3n },
      { firstBlock: 4n, lastBlock: 7n },
    ]);
    expect(world.handed).toEqual([first, second]);
    const own = { rollup, block: async (number: bigint) => blocks[Number(number)], agreed: () => [] };
    const verdict = await verifyBatch(
      first!,
      { ...own, lastOnL1: () => genesisEnd },
      { brotli, zlib: brotli },
    );
    expect(verdict).toMatchObject({ kind: 'ok' });
    if (verdict.kind !== 'ok') return;
    expect(
      await verifyBatch(second!, { ...own, lastOnL1: () => verdict.end }, { brotli, zlib: brotli }),
    ).toMatchObject({ kind: 'ok' });
  });

  it('takes the cheaper place, unless it is told one, and says where it is told', async () => {
    const world = new World();
    world.batcher.flush();
    expect((await world.batcher.turn())?.da).toBe('calldata');
    world.head = 6n;
    world.fee = { baseFee: 10n ** 9n, tip: 1n, blobBaseFee: 1n };
    world.batcher.flush();
    expect(await world.batcher.turn()).toMatchObject({ da: 'blobs', blobVersionedHashes: [blobHash] });
    world.head = 8n;
    world.batcher.choose('calldata');
    world.batcher.flush();
    expect((await world.batcher.turn())?.da).toBe('calldata');
    expect(world.start().status()).toMatchObject({ choice: 'calldata', isFlush: false, lastIndex: 3n });
    // What is written into the settings later counts more.
    expect(world.start('blobs').status()).toMatchObject({ choice: 'blobs' });
    expect(world.start('auto').status()).toMatchObject({ choice: 'auto' });
  });

  it('asks the committee, and goes to L1 where it does not certify in time', async () => {
    const world = new World();
    world.batcher.choose('committee');
    world.batcher.flush();
    expect(await world.batcher.turn()).toMatchObject({ da: 'committee', dacCertificate: certificate });
    world.hasCommittee = false;
    world.head = 6n;
    world.batcher.flush();
    const batch = await world.batcher.turn();
    expect(batch).toMatchObject({ da: 'calldata', dacCertificate: new Uint8Array(0) });
    expect(readBlockBatch(batch!.payload, { brotli, zlib: brotli }).da).toBe(0);
  });

  it('waits while too many are on their way, and for a chain that it has sealed', async () => {
    const world = new World();
    world.open = 4;
    world.batcher.flush();
    expect(await world.batcher.turn()).toBeUndefined();
    world.open = 0;
    await world.batcher.turn();
    world.chain = others;
    world.head = 6n;
    world.batcher.flush();
    expect(await world.batcher.turn()).toBeUndefined();
    expect(world.batcher.status().alarm).toContain('is not on the chain');
    world.chain = blocks;
    expect(await world.batcher.turn()).toMatchObject({ index: 2n });
    expect(world.batcher.status()).toMatchObject({ alarm: undefined, isFlush: false });
  });

  it('drops what it has read of a chain that was replaced before it was sealed', async () => {
    const world = new World();
    await world.batcher.turn();
    world.chain = [blocks[0]!, ...others.slice(1)];
    world.batcher.flush();
    const batch = await world.batcher.turn();
    expect(toHex(batch!.lastHash)).toBe(toHex(others[3]!.block.hash));
  });

  it('keeps the last batch and forgets those before it, once they are final', async () => {
    const world = new World();
    for (const head of [3n, 6n, 9n]) {
      world.head = head;
      world.batcher.flush();
      await world.batcher.turn();
    }
    for (const index of [1n, 2n, 3n]) world.batcher.ended(index, 'failed');
    world.start();
    expect(world.handed.slice(-3).map(({ index }) => index)).toEqual([1n, 2n, 3n]);
    for (const index of [1n, 2n, 3n]) world.batcher.ended(index, 'final');
    world.handed.length = 0;
    world.start();
    expect(world.handed.map(({ index }) => index)).toEqual([3n]);
  });

  it('never hands out a second content for an index, wherever the power goes', async () => {
    const whole = new World();
    await run(whole);
    expect(whole.handed).toHaveLength(3);
    for (let atCall = 1; atCall <= whole.disk.trace.length; atCall++) {
      const world = new World(atCall);
      world.disk.fault({ kind: 'power-loss', atCall, bytes: 9 * (atCall % 2) });
      try {
        await run(world);
      } catch (error) {
        if (!(error instanceof PowerLoss)) throw error;
      }
      world.disk.powerLoss();
      // By now the cheaper place is another one: what is sealed stays as it was.
      world.fee = { baseFee: 10n ** 9n, tip: 1n, blobBaseFee: 1n };
      world.start();
      await run(world);
      const contents = new Map<bigint, string>();
      for (const { index, payload } of world.handed) {
        expect(contents.get(index) ?? toHex(payload), `call ${atCall}`).toBe(toHex(payload));
        contents.set(index, toHex(payload));
      }
      const blocksOfAll = [...new Map(world.handed.map((batch) => [batch.index, batch])).values()].map(
        blocksIn,
      );
      expect(blocksOfAll.at(-1)?.lastBlock).toBe(9n);
      for (const [i, { firstBlock }] of blocksOfAll.entries())
        expect(firstBlock).toBe((blocksOfAll[i - 1]?.lastBlock ?? blocksOfAll[0]!.firstBlock - 1n) + 1n);
    }
  });

  it('takes its turns by the clock, through faults of L1, until it is stopped', async () => {
    const world = new World();
    const turns = async (): Promise<bigint> => {
      await world.clock.advance(1_000);
      for (let i = 0; i < 30; i++) await settle();
      return world.batcher.status().lastIndex;
    };
    world.fees = () => {
      throw new OperationError('l1-unreachable', 'retry', 'nobody answers');
    };
    world.batcher.flush();
    world.batcher.start();
    expect(await turns()).toBe(0n);
    world.fees = () => world.fee;
    expect(await turns()).toBe(1n);
    world.head = 6n;
    world.batcher.flush();
    expect(await turns()).toBe(2n);
    world.batcher.stop();
    world.head = 9n;
    world.batcher.flush();
    expect(await turns()).toBe(2n);
    expect(world.deaths).toEqual([]);
  });

  it('ends at a fault of its own, and says so', async () => {
    const world = new World();
    const fault = new RangeError('no memory');
    world.fees = () => {
      throw fault;
    };
    world.batcher.flush();
    world.batcher.start();
    for (let turn = 0; turn < 3; turn++) {
      await world.clock.advance(1_000);
      for (let i = 0; i < 30; i++) await settle();
    }
    expect(world.deaths).toEqual([fault]);
  });

  it('takes one turn at a time', async () => {
    const world = new World();
    world.batcher.flush();
    const [first, second] = await Promise.all([world.batcher.turn(), world.batcher.turn()]);
    expect([first?.index, second]).toEqual([1n, undefined]);
    expect(world.handed).toHaveLength(1);
  });

  it('gives up from the first batch that it may on, and none before the stale one', async () => {
    const world = new World();
    for (const head of [3n, 6n, 9n]) {
      world.head = head;
      world.batcher.flush();
      await world.batcher.turn();
    }
    // L1 has the first, and the own chain has other blocks from the fourth on.
    world.onL1 = { index: 1n, lastBlock: 3n, lastHash: blocks[3]!.block.hash };
    world.chain = [...blocks.slice(0, 4), ...others.slice(4)];
    await world.batcher.turn();
    expect(world.batcher.status().lastIndex).toBe(3n);
    world.isSigned = false;
    await world.batcher.turn();
    expect(world.batcher.status().lastIndex).toBe(1n);
    expect(world.disk.open().list('batcher/sealed')).toEqual(['1'.padStart(20, '0')]);
  });

  it('does not start on a damaged batch', async () => {
    const world = new World();
    world.batcher.flush();
    await world.batcher.turn();
    const path = `/data/batcher/sealed/${'1'.padStart(20, '0')}`;
    const disk = world.disk.open();
    const inside = path.replace('/data/', '');
    const bytes = disk.read(inside)!;
    bytes[60]! ^= 1;
    disk.replace(inside, bytes);
    expect(() => world.start()).toThrow(expect.objectContaining({ code: 'sealed-damaged' }));
  });
});

/** Three batches, of which the first ends. */
async function run(world: World): Promise<void> {
  for (const head of [3n, 6n, 9n]) {
    world.head = head;
    world.batcher.flush();
    await world.batcher.turn();
    if (head === 6n) world.batcher.ended(1n, 'final');
  }
}
