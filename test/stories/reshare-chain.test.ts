import { afterAll, beforeAll, expect, it } from 'vitest';

import { equalBytes } from '../../src/crypto/bytes.ts';
import { lockHash } from '../../src/chain/lock.ts';
import { keyOf, signBatch } from './batches.ts';
import { type Resident, newestLock } from './house.ts';
import { all, change, linked, makeKey, ready, settleAll, stopAll } from './village.ts';

// One key through three epochs after its first: refreshed, grown with a higher threshold, shrunk with a
// lower one.

let residents: Resident[] = [];
const among = (...indices: readonly number[]): Resident[] =>
  indices.flatMap((index) => residents[index - 1] ?? []);
const shares = ({ disk }: Resident): readonly string[] =>
  [...disk.files.keys()].filter((path) => path.startsWith('keys/') && path.includes('share-'));
let address = '';

beforeAll(async () => {
  residents = await settleAll(5, 27_700);
  await makeKey(among(1, 2, 3), 2);
  ({ address } = keyOf(residents[0]!));
}, 60_000);
afterAll(async () => {
  await stopAll(residents);
});

/** The epoch of these, made from the one before, with one lock at all and one share each. */
async function expectEpoch(epoch: number, members: readonly Resident[], required: number): Promise<void> {
  await ready(members);
  const locks = members.map(newestLock);
  for (const { record } of locks) expect([record.epochNo, record.threshold]).toEqual([epoch, required]);
  expect(new Set(locks.map((lock) => String(lockHash(lock)))).size).toBe(1);
  expect(members.map((one) => keyOf(one).address)).toEqual(members.map(() => address));
  await all('one share each', members, (one) => shares(one).length === 1);
}

it('a refresh gives the same committee new shares, of the same key', { timeout: 60_000 }, async () => {
  const [first] = among(1);
  expect(await signBatch(first!, 1n)).toMatchObject({ address });
  const before = newestLock(first!);
  await change(among(1, 2, 3), { kind: 'refresh' });
  await expectEpoch(1, among(1, 2, 3), 2);
  const after = newestLock(first!);
  expect(equalBytes(after.previousLockHash!, lockHash(before))).toBe(true);
  expect(after.record.commitments[1]?.equals(before.record.commitments[1]!)).toBe(false);
  expect(await signBatch(first!, 2n, [1, 3])).toEqual({ address, signers: [1, 3] });
});

it('two join, and three must sign instead of two', { timeout: 60_000 }, async () => {
  await change(residents, { add: among(4, 5), required: 3 });
  await expectEpoch(2, residents, 3);
  await linked(residents);
  expect(await signBatch(residents[0]!, 3n, [1, 4, 5])).toEqual({ address, signers: [1, 4, 5] });
  expect(await signBatch(residents[4]!, 4n, [3, 4, 5])).toEqual({ address, signers: [3, 4, 5] });
});

it('two leave, and two must sign instead of three', { timeout: 60_000 }, async () => {
  await change(residents, { remove: ['2', '3'], required: 2 }, among(2, 3));
  await expectEpoch(3, among(1, 4, 5), 2);
  expect(await signBatch(residents[0]!, 5n, [1, 5])).toEqual({ address, signers: [1, 5] });
  for (const one of among(2, 3)) {
    expect(one.node.status()).toMatchObject({ state: 'left', key: undefined });
    expect(shares(one)).toEqual([]);
  }
  await expect(signBatch(residents[1]!, 6n)).rejects.toThrow('no key');
});
