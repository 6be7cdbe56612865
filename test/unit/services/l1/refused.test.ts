import { describe, expect, it } from 'vitest';

import { OperationError } from '../../../../src/crypto/errors.ts';
import { batcher, sealed } from './sim-l1.ts';
import { World, all } from './world.ts';

describe('a submitter whose batch L1 did not take', () => {
  it('stops at a batch that the inbox refused, and signs nothing after it', async () => {
    const world = new World(9);
    world.l1.refused.add(1n);
    world.service.submit(sealed(1n));
    await world.blocks(3);
    expect(world.service.status().alarms.has('batch-reverted')).toBe(true);
    await world.blocks(12);
    world.service.submit(sealed(2n));
    await world.blocks(3);
    expect(world.ended).toEqual(['1 failed']);
    expect(world.phases).toBe('1 failed, 2 sealed');
    world.restart([sealed(1n), sealed(2n)]);
    await world.block();
    expect(world.service.status().alarms.has('batch-reverted')).toBe(true);
    world.l1.refused.clear();
    world.cluster.isUsed = (nonce) => nonce < 1n;
    await world.service.retry();
    await world.blocks(12);
    expect(world.l1.batches).toEqual([1n, 2n]);
    expect(world.cluster.conflicts).toBe(0);
  });

  it('signs nothing behind what the inbox refused, so that a retry finds nothing on its way', async () => {
    const world = new World(12);
    world.l1.refused.add(2n);
    for (const batch of all(8)) world.service.submit(batch);
    await world.blocks(14);
    const ends = world.service.status().batches.map(({ phase }) => phase);
    const open = ends.filter((phase) => phase !== 'failed' && phase !== 'sealed');
    expect([ends[0], ends[1], open]).toEqual(['final', 'failed', ['final']]);
    const signatures = world.cluster.asked.length;
    await world.blocks(20);
    expect(world.cluster.asked).toHaveLength(signatures);
    world.l1.refused.clear();
    world.cluster.isUsed = (nonce) => nonce < world.l1.nonceOf(batcher.address);
    await world.service.retry();
    await world.blocks(40);
    expect(world.l1.batches).toEqual([1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n]);
    expect(world.cluster.conflicts).toBe(0);
  });

  it('lets an account go on, and sends what lost its nonce under another', async () => {
    const world = new World(10);
    world.cluster.isUsed = (nonce) => nonce < 2n;
    world.l1.isStuck = true;
    for (const batch of all(2)) world.service.submit(batch);
    await world.blocks(3);
    world.l1.drop();
    world.l1.foreign.set(batcher.address, 1n);
    await world.blocks(6);
    expect(world.service.status().alarms.has('foreign-nonce')).toBe(true);
    await world.service.clear(batcher.address, 1n);
    expect(world.phases).toBe('1 failed, 2 sent');
    await expect(world.service.retry()).rejects.toMatchObject({ code: 'account-busy' });
    world.l1.isStuck = false;
    await world.blocks(12);
    expect(world.phases).toBe('1 failed, 2 failed');
    expect(world.service.status().alarms.get('batch-reverted')).toContain('conclave sequencer retry');
    await world.service.retry();
    await world.blocks(12);
    expect(world.l1.batches).toEqual([1n, 2n]);
    expect(world.cluster.conflicts).toBe(0);
    await expect(world.service.retry()).rejects.toMatchObject({ code: 'nothing-failed' });
    world.restart(all(3));
    await world.blocks(12);
    expect(world.l1.batches).toEqual([1n, 2n, 3n]);
  });

  it('goes on behind the batches that L1 has from elsewhere, once its operator has looked', async () => {
    const world = new World(11);
    world.service.submit(sealed(1n));
    await world.blocks(12);
    const other = new World(11);
    other.l1.blocks = world.l1.blocks;
    other.cluster.isUsed = (nonce) => nonce < 1n;
    other.service.submit(sealed(2n));
    await other.blocks(12);
    expect(world.l1.batches).toEqual([1n, 2n]);
    for (const batch of all(3)) world.service.submit(batch);
    await world.blocks(4);
    expect([...world.service.status().alarms.keys()]).toContain('foreign-nonce');
    await world.service.clear(batcher.address, 2n);
    await world.blocks(12);
    expect(world.l1.batches).toEqual([1n, 2n, 3n]);
    expect(world.service.status().alarms).toEqual(new Map());
  });

  it('says that L1 has what failed here from somebody else, and goes on behind it', async () => {
    const world = new World(13);
    world.service.submit(sealed(1n));
    await world.service.look();
    world.l1.foreignIndex = 1n;
    await world.blocks(12);
    for (const batch of all(3)) world.service.submit(batch);
    await world.blocks(2);
    expect(world.phases).toBe('1 failed, 2 sealed, 3 sealed');
    await expect(world.service.retry()).rejects.toMatchObject({ code: 'index-on-l1' });
    expect(world.service.status().alarms.has('index-taken')).toBe(true);
    const clear = () => world.service.clear(batcher.address, world.l1.nonceOf(batcher.address));
    // As long as a reorg may take it back, nobody goes on behind it for ever.
    world.l1.foreignBlock = BigInt(world.l1.blocks.length) - 1n;
    await expect(clear()).rejects.toMatchObject({ code: 'account-busy' });
    await world.blocks(6);
    await expect(clear()).rejects.toMatchObject({ code: 'account-busy' });
    await world.block();
    await clear();
    await world.blocks(12);
    expect(world.l1.batches).toEqual([2n, 3n]);
    expect(world.service.status().alarms).toEqual(new Map());
  });

  it('counts nothing as open that L1 has from elsewhere, after a restart too', async () => {
    const world = new World(15);
    world.service.submit(sealed(1n));
    await world.blocks(12);
    world.service.pause();
    for (const batch of all(5)) world.service.submit(batch);
    world.l1.foreignIndex = 5n;
    await world.block();
    expect(world.service.status().open).toBe(4);
    world.service.resume();
    await world.block();
    expect(world.service.status().alarms.has('index-taken')).toBe(true);
    await world.service.clear(batcher.address, 1n);
    expect(world.service.status()).toMatchObject({ open: 0 });
    world.restart(all(6));
    expect(world.phases).toBe('1 final, 6 sealed');
    await world.blocks(14);
    expect(world.l1.batches).toEqual([1n, 6n]);
    expect(world.service.status().batches.map(({ index }) => index)).toEqual([1n, 6n]);
  });

  it('uses up the nonce of what signers hold and somebody else brought', async () => {
    const world = new World(16);
    world.cluster.isDown = true;
    for (const batch of all(2)) world.service.submit(batch);
    await world.block();
    world.l1.foreignIndex = 1n;
    await world.block();
    expect(world.phases).toBe('1 requested, 2 sealed');
    expect(world.service.status().alarms.get('index-taken')).toContain('batch 1');
    world.cluster.isDown = false;
    await world.blocks(14);
    expect(world.phases).toBe('1 failed, 2 final');
    expect(world.l1.nonceOf(batcher.address)).toBe(2n);
    expect(world.l1.batches).toEqual([2n]);
    expect(world.service.status().alarms).toEqual(new Map());
    expect(world.cluster.conflicts).toBe(0);
  });

  it('wants its operator where nothing was signed behind what the inbox reverted for that', async () => {
    const world = new World(21);
    world.cluster.isDown = true;
    world.service.submit(sealed(1n));
    await world.block();
    world.l1.foreignIndex = 1n;
    world.cluster.isDown = false;
    await world.blocks(14);
    world.service.submit(sealed(2n));
    await world.blocks(2);
    expect(world.phases).toBe('1 failed, 2 sealed');
    expect(world.service.status().alarms.get('batch-reverted')).toContain('"conclave sequencer clear"');
    await world.service.clear(batcher.address, 1n);
    await world.blocks(12);
    expect(world.l1.batches).toEqual([2n]);
    expect(world.service.status().alarms).toEqual(new Map());
  });

  it('says that L1 has more also while it is paused', async () => {
    const world = new World(22);
    world.service.pause();
    world.service.submit(sealed(1n));
    world.l1.foreignIndex = 1n;
    await world.block();
    expect(world.service.status().alarms.has('index-taken')).toBe(true);
    await world.service.clear(batcher.address, 0n);
    expect(world.service.status()).toMatchObject({ open: 0, isPaused: true });
  });

  it('lets go of what it has asked for in vain, where nobody signs what somebody else brought', async () => {
    const world = new World(17);
    const { sign } = world.cluster;
    const refuse = (code: string) => ({
      sign: () => Promise.reject(new OperationError(code, 'retry', code)),
    });
    Object.assign(world.cluster, refuse('below-watermark'));
    for (const batch of all(2)) world.service.submit(batch);
    await world.block();
    world.l1.foreignIndex = 1n;
    await world.block();
    Object.assign(world.cluster, refuse('guard-conflict'));
    await world.block();
    expect([...world.service.status().alarms.keys()]).toEqual(['sign-refused', 'index-taken']);
    await world.service.clear(batcher.address, 0n);
    expect(world.phases).toBe('2 sealed');
    Object.assign(world.cluster, refuse('guard-conflict'));
    await world.blocks(2);
    expect(world.service.status().alarms.get('index-held')).toContain('may hold batch 1 and nonce 0 for 0x');
    world.restart(all(2));
    await world.blocks(2);
    expect(world.service.status().alarms.get('index-held')).toContain('may hold batch 1 and nonce 0 for 0x');
    Object.assign(world.cluster, { sign });
    await world.clock.advance(600_000);
    await world.blocks(12);
    expect(world.l1.batches).toEqual([2n]);
    expect(world.service.status()).toMatchObject({ open: 0, alarms: new Map() });
    expect(world.cluster.conflicts).toBe(0);
  });

  it('says that somebody went on before anything was sealed here, and goes on behind that', async () => {
    const world = new World(18);
    world.service.submit(sealed(1n));
    await world.blocks(12);
    world.l1.foreignIndex = 3n;
    world.service.submit(sealed(4n));
    await world.blocks(2);
    expect(world.service.status().alarms.get('index-taken')).toContain('batch 3');
    await world.service.clear(batcher.address, 1n);
    await world.blocks(12);
    expect(world.l1.batches).toEqual([1n, 4n]);
    world.l1.foreignIndex = 5n;
    world.service.submit(sealed(6n));
    await world.blocks(2);
    expect(world.service.status().alarms.get('index-taken')).toContain('batch 5');
    expect(world.l1.batches).toEqual([1n, 4n]);
  });

  it('says so, too, where it has sealed and never asked', async () => {
    const world = new World(19);
    world.service.pause();
    for (const batch of all(4)) world.service.submit(batch);
    world.l1.foreignIndex = 4n;
    world.service.resume();
    await world.block();
    expect(world.service.status()).toMatchObject({ open: 4 });
    expect(world.service.status().alarms.has('index-taken')).toBe(true);
    await world.service.clear(batcher.address, 0n);
    expect(world.service.status()).toMatchObject({ open: 0 });
    world.service.submit(sealed(5n));
    await world.blocks(12);
    expect(world.l1.batches).toEqual([5n]);
  });

  it('begins behind what L1 has where it has never sealed any of it', async () => {
    const world = new World(20);
    world.l1.foreignIndex = 4n;
    world.service.submit(sealed(5n));
    await world.blocks(12);
    expect(world.l1.batches).toEqual([5n]);
    expect(world.service.status().alarms).toEqual(new Map());
  });

  it('goes on by itself where L1 has taken what came behind', async () => {
    const world = new World(14);
    for (const batch of all(3)) world.service.submit(batch);
    await world.service.look();
    world.l1.foreignIndex = 1n;
    await world.blocks(13);
    world.service.submit(sealed(4n));
    await world.blocks(12);
    expect(world.l1.batches).toEqual([2n, 3n, 4n]);
    expect(world.service.status().alarms).toEqual(new Map());
    await expect(world.service.retry()).rejects.toMatchObject({ code: 'nothing-failed' });
  });
});
