import { expect, it } from 'vitest';

import { OperationError } from '../../../../src/crypto/errors.ts';
import type { L1Reads } from '../../../../src/system/ports.ts';
import { batcher, sealed } from './sim-l1.ts';
import { World, all } from './world.ts';

/** Batch 1 is signed and swallowed, and the endpoint says that it was reverted in a block that is final. */
async function swallowed(world: World, nonces: bigint): Promise<void> {
  world.l1.isStuck = true;
  await world.blocks(10);
  world.service.submit(sealed(1n));
  await world.service.look();
  await world.block();
  world.l1.drop();
  const { hash: blockHash, number: block } = world.l1.blocks[1]!;
  world.l1.lie = ({ fees }: L1Reads) => ({
    receipt: async (hash) => ({
      ...{ status: 'reverted', hash, block, blockHash, from: batcher.address, gasUsed: 1n },
      ...{ gasPrice: (await fees()).baseFee, blobGasUsed: 0n, logs: [] },
    }),
    nonce: async () => nonces,
  });
  await world.blocks(2);
}

it('a receipt alone ends nothing: the nonce has to be used for good', async () => {
  const world = new World(1);
  await swallowed(world, 0n);
  expect(world.phases).toBe('1 mined');
  [world.l1.lie, world.l1.isStuck] = [undefined, false];
  await world.blocks(14);
  expect([world.phases, world.l1.batches]).toEqual(['1 final', [1n]]);
});

it('what a lie has ended goes on where L1 has not used its nonce, before a retry and after', async () => {
  for (const isRetried of [false, true]) {
    const world = new World(2);
    await swallowed(world, 1n);
    expect(world.phases).toBe('1 failed');
    const { sign } = world.cluster;
    if (isRetried) {
      const refusal = new OperationError('reissue-unsupported', 'fatal', 'not final');
      Object.assign(world.cluster, { sign: () => Promise.reject(refusal) });
      await world.service.retry();
      await world.blocks(2);
      expect(world.phases).toBe('1 failed, 1 requested');
    }
    Object.assign(world.cluster, { sign });
    [world.l1.lie, world.l1.isStuck] = [undefined, false];
    await expect(world.service.retry()).rejects.toMatchObject({
      code: isRetried ? 'nothing-failed' : 'account-busy',
    });
    await world.blocks(2);
    for (const batch of all(2)) world.service.submit(batch);
    await world.blocks(14);
    expect([world.phases, world.l1.batches]).toEqual(['1 final, 2 final', [1n, 2n]]);
    expect([world.cluster.conflicts, world.deaths]).toEqual([0, []]);
  }
});
