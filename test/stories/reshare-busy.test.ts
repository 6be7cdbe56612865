import { afterAll, beforeAll, expect, it } from 'vitest';

import { digestOf, encodeRequest } from '../../src/chain/duty.ts';
import { toHex } from '../../src/crypto/bytes.ts';
import type { SignReport } from '../../src/node/api.ts';
import { batchFor, keyOf, signBatch, signerOf } from './batches.ts';
import { type Resident, newestLock } from './house.ts';
import { change, linked, makeKey, ready, settleAll, stopAll } from './village.ts';

let residents: Resident[] = [];
const among = (...indices: readonly number[]): Resident[] =>
  indices.flatMap((index) => residents[index - 1] ?? []);
let address = '';
/** The number of the next batch. */
let next = 1n;

beforeAll(async () => {
  residents = await settleAll(6, 27_710);
  await makeKey(among(1, 2, 3), 2);
  ({ address } = keyOf(residents[0]!));
}, 60_000);
afterAll(async () => {
  await stopAll(residents);
});

/**
 * Asks for one batch after the other until it is told to stop. Returns what was asked, and what came of it.
 */
function asking(by: Resident, from: bigint) {
  let isOver = false;
  const made: { readonly epoch: number; readonly digest: string; readonly signer: string }[] = [];
  const run = async (): Promise<void> => {
    for (let index = from; !isOver; index++) {
      const asked = batchFor(by, index);
      const report: SignReport = await by.node.sign(encodeRequest(asked), { deadlineMs: 20_000 });
      const signer = signerOf(asked, report);
      made.push({ epoch: asked.keyEpoch, digest: toHex(digestOf(asked)), signer });
    }
  };
  const running = run();
  return {
    made,
    stop: async () => {
      isOver = true;
      await running;
      return made;
    },
  };
}

it(
  'who asks for signatures while the epoch changes gets every one of them',
  { timeout: 60_000 },
  async () => {
    const [first] = among(1);
    const requests = asking(first!, 1n);
    await change(among(1, 2, 3), { kind: 'refresh' });
    const soFar = requests.made.length;
    await ready(among(1, 2, 3));
    await expect.poll(() => requests.made.length, { timeout: 20_000 }).toBeGreaterThan(soFar + 1);
    const made = await requests.stop();
    next = BigInt(made.length) + 1n;
    expect(made.every(({ signer }) => signer === address)).toBe(true);
    expect(new Set(made.map(({ digest }) => digest)).size).toBe(made.length);
    expect(made[0]?.epoch).toBe(0);
    expect(newestLock(first!).record.epochNo).toBe(1);
    // What was signed in the old epoch is signed: another content for it is refused in the new one.
    const other = encodeRequest(batchFor(first!, 1n, 'other'));
    await expect(first!.node.sign(other, { deadlineMs: 5_000 })).rejects.toMatchObject({
      code: 'guard-conflict',
    });
    const again = batchFor(first!, 1n);
    expect(signerOf(again, await first!.node.sign(encodeRequest(again), { deadlineMs: 20_000 }))).toBe(
      address,
    );
  },
);

it('a whole committee hands the key to another one', { timeout: 60_000 }, async () => {
  const [old, young] = [among(1, 2, 3), among(4, 5, 6)];
  await change([...old, ...young], { add: young, remove: ['1', '2', '3'] }, old);
  await ready(young);
  expect(old.map(({ node }) => node.status().state)).toEqual(['left', 'left', 'left']);
  expect(newestLock(young[0]!).record.members.map(({ index }) => index)).toEqual([4, 5, 6]);
  await linked(young);
  const made = await signBatch(young[0]!, next, [4, 6]);
  expect(made).toEqual({ address, signers: [4, 6] });
  // Who was not there knows what was signed before all the same.
  const other = encodeRequest(batchFor(young[1]!, 1n, 'other'));
  await expect(young[1]!.node.sign(other, { deadlineMs: 5_000 })).rejects.toMatchObject({
    code: 'below-watermark',
  });
});
