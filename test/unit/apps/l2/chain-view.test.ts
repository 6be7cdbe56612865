import { expect, it } from 'vitest';

import { chainView } from '../../../../src/apps/l2/chain-view.ts';
import { StageBook } from '../../../../src/apps/l2/stage-book.ts';
import type { Driver } from '../../../../src/services/driver/service.ts';
import { FakeExecutor, l1Hash, rollup } from '../../chain/fake-executor.ts';

it('names no head that the engine does not know yet by its number', () => {
  const at = (number: bigint): ReturnType<Driver['heads']>['unsafe'] => ({
    ...{ number, hash: l1Hash(number), timestamp: number, origin: 1n, epoch: 0n, view: 0n, orderedUpTo: 0n },
  });
  const headsAt = (number: bigint): ReturnType<Driver['heads']> => ({
    ...{ unsafe: at(number), safe: at(0n), finalized: at(0n), l1: { number: 1n, hash: l1Hash(1n) } },
  });
  const driver: Pick<Driver, 'heads' | 'toldHeads' | 'batches' | 'on'> = {
    batches: { at: () => undefined, holding: () => undefined, last: () => undefined },
    ...{ heads: () => headsAt(8n), toldHeads: () => headsAt(7n), on: () => () => undefined },
  };
  const view = chainView({
    ...{ rollup, driver, stages: new StageBook(), signatureOf: () => Promise.resolve(undefined) },
    executor: { block: new FakeExecutor().block, transaction: () => Promise.resolve(undefined) },
  });
  expect(view.heads().unsafe).toMatchObject({ number: 7n, hash: l1Hash(7n) });
});
