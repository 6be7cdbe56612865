import { expect, test } from 'vitest';

import { judgedBy, lastBatch } from '../../../../src/apps/l2/verifier.ts';
import type { Driver } from '../../../../src/services/driver/service.ts';
import { l1Hash } from '../../chain/fake-executor.ts';

const safe = {
  ...{ number: 3n, hash: l1Hash(3n), timestamp: 1n, origin: 1n, epoch: 0n, view: 0n, orderedUpTo: 0n },
};
const driver: Pick<Driver, 'batches' | 'heads'> = {
  batches: { at: () => undefined, holding: () => undefined, last: () => undefined },
  heads: () => ({ unsafe: safe, safe, finalized: safe, l1: { number: 1n, hash: l1Hash(1n) } }),
};

test('the first batch begins behind the blocks that L1 has made alone before it', () => {
  expect(lastBatch(driver)).toEqual({ index: 0n, lastBlock: 3n, lastHash: l1Hash(3n) });
});

test('nobody is told that a chain is right of which two engines say different things', async () => {
  const questions = { answer: async () => ({ status: 200, body: { verdict: 'ok' } }) as const };
  const ask = async (witness?: Parameters<typeof judgedBy>[0]) =>
    (await judgedBy(witness ?? (() => undefined), questions, new Uint8Array(0))).body;
  expect(await ask()).toEqual({ verdict: 'ok' });
  expect(await ask(() => ({ state: 'away', why: 'no answer' }))).toEqual({ verdict: 'ok' });
  expect(await ask(() => ({ state: 'differs', why: 'another stateRoot' }))).toEqual({
    verdict: 'refused',
    reason: 'the second engine differs: another stateRoot',
  });
});
