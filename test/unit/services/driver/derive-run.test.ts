import { describe, expect, it } from 'vitest';

import type { BlockAttributes } from '../../../../src/chain/attributes.ts';
import type { BuildRequest, ExecutedBlock } from '../../../../src/chain/execution.ts';
import { predeploys } from '../../../../src/ethereum/l2-genesis.ts';
import { buildOrReuse } from '../../../../src/services/driver/derive-run.ts';
import { pool } from '../../chain/derive-world.ts';
import { FakeExecutor, rollup } from '../../chain/fake-executor.ts';

const attributes: BlockAttributes = {
  ...{ timestamp: 1_001n, epoch: 0n, view: 0n, orderedUpTo: 0n, origin: rollup.genesis.origin },
  ...{ credits: [{ nonce: 0n, to: predeploys.FeeVault, gwei: 5n }], forced: [] },
};
const request: BuildRequest = {
  ...{ parent: rollup.genesis.hash, attributes, mode: 'exact' },
  transactions: pool.slice(0, 2).map((raw) => ({ raw })),
};

/** Whether something is executed where the own chain has the block that `request` gives, but for a change. */
async function isBuilt(asked: BuildRequest, change: Partial<ExecutedBlock> = {}): Promise<boolean> {
  const executor = new FakeExecutor();
  const made = executor.buildNow(request);
  if (made.kind !== 'built') throw new RangeError('it can be built');
  const held = { ...made.executed, ...change };
  const before = executor.builds;
  const build = buildOrReuse({
    build: executor.build,
    block: async (at) => (at === 1n ? held : executor.block(at)),
  });
  await build(asked);
  return executor.builds > before;
}

describe('a block of the own chain', () => {
  it('is taken where it is the one that would come out', async () => {
    expect(await isBuilt(request)).toBe(false);
  });

  it.each<[string, Partial<BlockAttributes>]>([
    ['another time', { timestamp: 1_002n }],
    ['another view', { view: 1n }],
    ['other credits', { credits: [] }],
    ['another amount', { credits: [{ nonce: 0n, to: predeploys.FeeVault, gwei: 6n }] }],
    ['another account', { credits: [{ nonce: 0n, to: rollup.inbox, gwei: 5n }] }],
    ['a forced transaction', { forced: pool.slice(3, 4) }],
  ])('is not taken for a request with %s', async (_, change) => {
    expect(await isBuilt({ ...request, attributes: { ...attributes, ...change } })).toBe(true);
  });

  it('is not taken for other transactions, fewer or more, nor where L1 forced some in', async () => {
    const [first, second] = request.transactions;
    if (first === undefined || second === undefined) throw new RangeError('there are two');
    for (const transactions of [[first], [second, first], [first, second, first], []])
      expect(await isBuilt({ ...request, transactions })).toBe(true);
    expect(await isBuilt(request, { forcedCount: 1 })).toBe(true);
  });
});
