import { describe, expect, test, vi } from 'vitest';

import { judgedBy, lastBatch, runningOf } from '../../../../src/apps/l2/verifier.ts';
import { OperationError } from '../../../../src/crypto/errors.ts';
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

describe('a node', () => {
  const fault = new OperationError('engine-write-failed', 'fatal', 'the volume is full');
  const never = new Promise<OperationError>(() => undefined);

  test('ends once, however often that is asked', async () => {
    const close = vi.fn(async () => undefined);
    const node = runningOf('127.0.0.1:1', never, close);
    await Promise.all([node.stop(), node.stop()]);
    await node.ended;
    expect(close).toHaveBeenCalledOnce();
  });

  test('ends by itself of what it cannot go on from, closed first, and says what that was', async () => {
    const steps: string[] = [];
    const node = runningOf('127.0.0.1:1', Promise.resolve(fault), async () => {
      await Promise.resolve();
      steps.push('closed');
    });
    await node.ended.catch((error: unknown) => steps.push(error === fault ? 'ended' : 'otherwise'));
    expect(steps).toEqual(['closed', 'ended']);
    await node.stop();
    expect(steps).toEqual(['closed', 'ended']);
  });

  test('says its fault also where it cannot be closed', async () => {
    const node = runningOf('127.0.0.1:1', Promise.resolve(fault), () => Promise.reject(new Error('busy')));
    await expect(node.ended).rejects.toBe(fault);
  });
});
