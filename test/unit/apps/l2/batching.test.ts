import { expect, it } from 'vitest';

import { prepareBlobs, refuseBehindL1 } from '../../../../src/apps/l2/batching.ts';
import { silent } from '../../../../src/apps/guard-folder.ts';
import type { L2Base } from '../../../../src/apps/l2/base.ts';

const hash = new Uint8Array(32);
const position = { number: 0n, hash, timestamp: 0n, origin: 0n, epoch: 0n, view: 0n, orderedUpTo: 0n };

/** A node that has read L1 to one block, while L1 stands at another. */
const nodeAt = (read: bigint, head: bigint): Parameters<typeof refuseBehindL1>[0] => ({
  l1: { head: () => Promise.resolve({ number: head, hash, parentHash: hash }) },
  driver: {
    heads: (): ReturnType<L2Base['driver']['heads']> => ({
      ...{ unsafe: position, safe: position, finalized: position },
      l1: { number: read, hash },
    }),
  },
});

it('batches begin when the driver has read L1 to its head, and not before', async () => {
  await expect(refuseBehindL1(nodeAt(4n, 5n))).rejects.toMatchObject({ code: 'l1-not-read', level: 'retry' });
  await expect(refuseBehindL1(nodeAt(5n, 5n))).resolves.toBeUndefined();
  await expect(refuseBehindL1(nodeAt(6n, 5n))).resolves.toBeUndefined();
});

it('what blobs need is loaded before anybody is served, where payloads may go to blobs', async () => {
  let loads = 0;
  const load = (): Promise<never> => {
    loads++;
    return Promise.reject(new Error('enough for a test'));
  };
  const prepare = (da: 'auto' | 'calldata' | 'blobs' | 'committee'): Promise<void> =>
    prepareBlobs({ batches: { da } }, silent, load);
  await prepare('calldata');
  expect(loads).toBe(0);
  for (const da of ['auto', 'blobs', 'committee'] as const)
    await expect(prepare(da)).rejects.toThrow('enough');
  expect(loads).toBe(3);
});
