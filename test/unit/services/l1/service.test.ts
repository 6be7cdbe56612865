import { describe, expect, it } from 'vitest';

import type { SealedBatch } from '../../../../src/chain/sealed-batch.ts';
import { repairJournal } from '../../../../src/services/l1/journal.ts';
import { settle } from '../../../sim/clock.ts';
import { PowerLoss } from '../../../sim/disk.ts';
import { batcher, sealed } from './sim-l1.ts';
import { World, all } from './world.ts';

describe('the submitter', () => {
  it('brings batches to finality, each once and in order', async () => {
    const world = new World(1);
    for (const batch of all(6)) world.service.submit(batch);
    await world.block();
    expect(world.phases).toContain('1 sent');
    await world.blocks(25);
    expect(world.l1.batches).toEqual([1n, 2n, 3n, 4n, 5n, 6n]);
    expect(world.ended).toEqual([1, 2, 3, 4, 5, 6].map((i) => `${i} final`));
    expect(world.cluster.asked).toHaveLength(3 * 6);
    expect(world.service.status()).toMatchObject({ open: 0, alarms: new Map() });
  });

  it('sends blobs from their account, and waits for finality where the account changes', async () => {
    const world = new World(2);
    for (const batch of [sealed(1n), sealed(2n, 'blobs'), sealed(3n, 'committee'), sealed(4n, 'blobs')])
      world.service.submit(batch);
    await world.blocks(6);
    expect(world.phases).toBe('1 mined, 2 sealed, 3 sealed, 4 sealed');
    await world.blocks(45);
    expect(world.l1.batches).toEqual([1n, 2n, 3n, 4n]);
    expect(world.ended).toHaveLength(4);
  });

  it('has at most four on their way', async () => {
    const world = new World(3);
    world.l1.isStuck = true;
    for (const batch of all(6)) world.service.submit(batch);
    await world.blocks(8);
    expect(world.phases).toBe('1 sent, 2 sent, 3 sent, 4 sent, 5 sealed, 6 sealed');
  });

  it('raises the price of what is stuck by the rule of its pool, and waits above the cap', async () => {
    for (const da of ['calldata', 'blobs'] as const) {
      const world = new World(4);
      world.service.submit(sealed(1n, da));
      await world.service.look();
      for (let turn = 0; turn < 6; turn++) await settle();
      world.l1.fee = { baseFee: 10_000n, tip: 100n, blobBaseFee: 10_000n };
      await world.blocks(12);
      expect(world.l1.batches).toEqual([1n]);
      world.service.submit(sealed(2n, da));
      world.l1.fee = { baseFee: 10n ** 7n, tip: 100n, blobBaseFee: 10n ** 7n };
      await world.blocks(3);
      expect(world.service.status().alarms.has('fee-cap')).toBe(true);
      expect(world.phases).toContain('2 sealed');
      world.l1.fee = { baseFee: 1_000n, tip: 100n, blobBaseFee: 1_000n };
      await world.blocks(3);
      expect(world.l1.batches).toEqual([1n, 2n]);
      expect(world.cluster.conflicts).toBe(0);
    }
  });

  it('sends the same bytes again after a drop or a reorg', async () => {
    const world = new World(5);
    world.service.submit(sealed(1n));
    await world.blocks(2);
    expect(world.phases).toBe('1 mined');
    const signatures = world.cluster.asked.length;
    world.l1.reorg(2, 1);
    world.l1.mine();
    world.l1.mine();
    await world.blocks(16);
    expect(world.l1.batches).toEqual([1n]);
    expect(world.ended).toEqual(['1 final']);
    expect(world.cluster.asked).toHaveLength(signatures);
  });

  it('stops an account that somebody else uses, until its operator has looked', async () => {
    const world = new World(6);
    await world.blocks(1);
    world.l1.foreign.set(batcher.address, 2n);
    await world.blocks(4);
    world.service.submit(sealed(1n));
    await world.blocks(3);
    expect(world.service.status().alarms.has('foreign-nonce')).toBe(true);
    expect(world.l1.batches).toEqual([]);
    const clear = (nonce: bigint) => world.service.clear(batcher.address, nonce);
    await expect(clear(3n)).rejects.toMatchObject({ code: 'nonce-differs' });
    await clear(2n);
    await expect(clear(2n)).rejects.toMatchObject({ code: 'not-stopped' });
    await world.blocks(4);
    expect(world.l1.batches).toEqual([1n]);
  });

  it('says what else needs somebody: pauses, silence, balance, derivation, changed bytes', async () => {
    const world = new World(7);
    world.service.pause();
    world.service.submit(sealed(1n));
    await world.blocks(2);
    expect(world.phases).toBe('1 sealed');
    world.restart([sealed(1n)]);
    expect(world.service.status().isPaused).toBe(true);
    world.service.resume();
    world.cluster.isDown = true;
    await world.blocks(2);
    expect(world.service.status().alarms.get('sign-refused')).toContain('no-node');
    world.cluster.isDown = false;
    await world.blocks(3);
    world.derived = false;
    world.service.submit(sealed(1n, 'calldata', 2));
    await world.block();
    const { alarms } = world.service.status();
    expect([...alarms.keys()]).toEqual(expect.arrayContaining(['batch-changed', 'batch-not-derivable']));
    world.l1.wei = 1n;
    world.service.submit(sealed(2n));
    await world.block();
    expect(world.service.status().alarms.has('balance-low')).toBe(true);
    expect(world.phases).toContain('2 sealed');
  });

  it('asks for a signature after its pause, however the clock on the wall jumps meanwhile', async () => {
    const world = new World(10);
    world.cluster.isDown = true;
    world.service.submit(sealed(1n));
    await world.blocks(2);
    world.cluster.isDown = false;
    world.clock.wallOffsetMs -= 3_600_000;
    await world.blocks(3);
    expect(world.l1.batches).toEqual([1n]);
  });

  it('says that a signature is late', async () => {
    const world = new World(8);
    let release = (): void => undefined;
    world.cluster.hold = new Promise((resolve) => {
      release = resolve;
    });
    world.service.submit(sealed(1n));
    await world.blocks(4);
    expect(world.service.status().alarms.has('sign-stale')).toBe(true);
    release();
    await world.blocks(2);
    expect(world.service.status().alarms.has('sign-stale')).toBe(false);
  });
});

describe('a submitter in bad weather', () => {
  const seeds = Array.from({ length: 40 }, (_, i) => i + 100);
  it.each(seeds)('brings every batch to finality once and in order (seed %i)', async (seed) => {
    const world = new World(seed);
    const { choices } = world.l1;
    const batches = Array.from({ length: 8 }, (_, i) =>
      sealed(BigInt(i + 1), choices.happens(0.4) ? 'blobs' : 'calldata'),
    );
    for (let height = 0; height < 200; height++) {
      for (const batch of batches.slice(0, Math.ceil(height / 4))) {
        const isOver = world.ended.includes(`${batch.index} final`);
        if (!isOver) world.service.submit(batch);
      }
      if (height < 60) storm(world, batches);
      else calm(world);
      await world.block();
    }
    await world.blocks(14);
    expect(world.l1.batches).toEqual(batches.map(({ index }) => index));
    expect([...new Set(world.ended)]).toEqual(batches.map(({ index }) => `${index} final`));
    expect(world.cluster.conflicts).toBe(0);
    expect(world.deaths).toEqual([]);
  });
});

function storm(world: World, batches: readonly SealedBatch[]): void {
  const { choices } = world.l1;
  world.l1.isStuck = choices.happens(0.3);
  world.l1.isDown = choices.happens(0.1);
  world.cluster.isDown = choices.happens(0.1);
  if (choices.happens(0.1)) world.l1.drop();
  if (choices.happens(0.1)) world.l1.reorg(1 + choices.below(6), 0.5);
  const spike = choices.happens(0.2) ? 10n : 1n;
  world.l1.fee = { baseFee: 1_000n * spike, tip: 100n, blobBaseFee: 1_000n * spike };
  if (!choices.happens(0.1)) return;
  world.disk.kill();
  world.restart(batches.filter(({ index }) => !world.ended.includes(`${index} final`)));
}

function calm(world: World): void {
  world.l1.isStuck = false;
  world.l1.isDown = false;
  world.cluster.isDown = false;
  world.l1.fee = { baseFee: 1_000n, tip: 100n, blobBaseFee: 1_000n };
}

describe('a submitter whose disk is full', () => {
  it('goes on when there is room, from what had become durable, and so does the next process', async () => {
    const batches = [sealed(1n), sealed(2n, 'blobs')];
    const whole = new World(30);
    whole.restart(batches);
    await whole.blocks(24);
    for (const [i, { call }] of whole.disk.trace.entries()) {
      // Reading needs no room. A failed fsync ends a process: nobody knows what is on the disk then.
      if (call === 'sync' || call === 'read') continue;
      const world = new World(i);
      world.restart(batches);
      world.disk.fault({ kind: 'error', code: 'ENOSPC', atCall: i + 1, isLasting: false });
      await world.blocks(13);
      world.disk.fault(undefined);
      world.restart(batches.filter(({ index }) => !isOver(world, index)));
      await world.blocks(13);
      expect(world.l1.batches, `call ${i + 1}`).toEqual([1n, 2n]);
      expect(world.phases).toBe('1 final, 2 final');
      expect(new Set(world.cluster.asked.map(({ digest }) => digest)).size).toBe(2);
      expect([world.cluster.conflicts, world.deaths]).toEqual([0, []]);
    }
  });
});

const isOver = (world: World, index: bigint): boolean => world.ended.includes(`${index} final`);

describe('a submitter whose power goes', () => {
  it('goes on after every cut of its journal, and signs no second content and nothing in vain', async () => {
    const batches = [sealed(1n), sealed(2n, 'blobs')];
    const whole = new World(20);
    whole.restart(batches);
    await whole.blocks(24);
    const calls = whole.disk.trace.length;
    expect(whole.ended).toEqual(['1 final', '2 final']);
    for (let atCall = 1; atCall <= calls; atCall++) {
      const bytes = atCall % 2 === 0 ? 0 : 7;
      const world = new World(atCall);
      world.disk.fault({ kind: 'power-loss', atCall, bytes });
      await untilDead(world, batches);
      world.disk.powerLoss();
      world.restart(batches.filter(({ index }) => !world.ended.includes(`${index} final`)));
      await world.blocks(26);
      expect(world.l1.batches, `call ${atCall}`).toEqual([1n, 2n]);
      expect(world.cluster.conflicts).toBe(0);
      // One rung each: the same digest may be asked for twice, another one never.
      expect(new Set(world.cluster.asked.map(({ digest }) => digest)).size, `call ${atCall}`).toBe(2);
    }
  });

  it('does not start on a journal that is damaged, and goes on after a repair', async () => {
    const world = new World(21);
    world.restart([sealed(1n)]);
    await world.blocks(14);
    const disk = world.disk.open();
    const bytes = disk.read('submitter/journal')!;
    const changed = bytes.slice();
    changed[bytes.length - 500]! ^= 1;
    disk.replace('submitter/journal', changed);
    expect(() => world.open(disk)).toThrow(expect.objectContaining({ code: 'submitter-journal-damaged' }));
    expect(() => world.open(disk)).toThrow('conclave sequencer repair');
    const signatures = new Set(world.cluster.asked.map(({ digest }) => digest)).size;
    expect(repairJournal(disk)).toBeGreaterThan(0);
    world.restart([sealed(1n)]);
    await world.blocks(14);
    expect(world.phases).toBe('1 final');
    expect(world.l1.batches).toEqual([1n]);
    expect(new Set(world.cluster.asked.map(({ digest }) => digest)).size).toBe(signatures);
    expect(world.cluster.conflicts).toBe(0);
  });
});

/** Until the simulated power is gone: a look throws it, or the shell reports it. */
async function untilDead(world: World, batches: readonly SealedBatch[]): Promise<void> {
  try {
    world.restart(batches);
    for (let i = 0; i < 24 && world.deaths.length === 0; i++) await world.block();
  } catch (error) {
    if (!(error instanceof PowerLoss)) throw error;
  }
}
