import { expect, it } from 'vitest';

import { type SignRequest, encodeRequest } from '../../../src/chain/duty.ts';
import { InputError } from '../../../src/crypto/errors.ts';
import { Requests } from '../../../src/node/requests.ts';
import type { Clock } from '../../../src/system/ports.ts';
import { calldataRequest, keyRequest, reshareRequest } from '../chain/samples.ts';

/** Time that passes when somebody waits, and what happens meanwhile. */
function clockThat(passes: () => void): Clock {
  let now = 0;
  return {
    nowMs: () => now,
    monotonicMs: () => now,
    after: (durationMs, event) => {
      now += durationMs;
      passes();
      queueMicrotask(event);
      return () => undefined;
    },
  };
}

/** A node whose epoch 1 gives way to epoch 2 while a request waits; says with which epoch it was signed. */
async function askedOver(request: SignRequest): Promise<number> {
  const signed: number[] = [];
  const runtimeOf = (epochNo: number, isFrozen: boolean) => ({
    key: { record: { epochNo }, gate: { isFrozen } },
    sign: ({ keyEpoch }: { readonly keyEpoch: number }) => {
      signed.push(keyEpoch);
      return Promise.reject(new InputError('seen', 'request', 'it was asked'));
    },
  });
  let runtime = runtimeOf(1, true);
  const clock = clockThat(() => (runtime = runtimeOf(2, false)));
  const membership = () => ({ runtime, bytesSent: 0 }) as never;
  const requests = new Requests({ clock, records: {} as never, isStopped: () => false, membership });
  const asked = requests.sign(encodeRequest(request), { deadlineMs: 1_000 });
  await expect(asked).rejects.toMatchObject({ code: 'seen' });
  expect(signed).toHaveLength(1);
  return signed[0] ?? 0;
}

it.each([calldataRequest, keyRequest])(
  'a $kind goes on in the next epoch: its content is the same',
  async (request) => {
    expect(await askedOver(request)).toBe(2);
    // Who names another epoch than the one in service means that one.
    expect(await askedOver({ ...request, keyEpoch: 0 })).toBe(0);
  },
);

it('the test message of an epoch is about that epoch alone', async () => {
  expect(await askedOver(reshareRequest)).toBe(1);
});
