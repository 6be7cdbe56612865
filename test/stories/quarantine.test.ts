import { afterAll, beforeAll, expect, it } from 'vitest';

import { encodeBatch } from '../../src/chain/batch.ts';
import { type SubmitBatchRequest, encodeRequest } from '../../src/chain/duty.ts';
import { feesAt, gasLimitOf } from '../../src/chain/fees.ts';
import { newestLock } from '../../src/apps/newest-lock.ts';
import { fromHex } from '../../src/crypto/bytes.ts';
import { parseAddress } from '../../src/ethereum/address.ts';
import type { SignReport } from '../../src/node/api.ts';
import { guardPlaceOf, initGuard, repairGuard } from '../../src/node/guard-care.ts';
import { defaultGuardLimits } from '../../src/node/guard-rules.ts';
import { rebuildManifest } from '../../src/node/manifest-rebuild.ts';
import { ManifestStore } from '../../src/node/manifest.ts';
import { brotli } from '../../src/system/compression.ts';
import { makeTransactions } from '../../scripts/lib/test-transactions.ts';
import { type Resident, plan, policy, reopen, settle, until } from './house.ts';

// What an operator loses, what the node says, and what brings it back: it never signs what it has forgotten.

const residents: Resident[] = [];
const at = (seat: number): Resident => {
  const found = residents[seat - 1];
  if (found === undefined) throw new RangeError(`no resident ${seat}`);
  return found;
};
const keyOf = ({ node }: Resident) => {
  const { key } = node.status();
  if (key === undefined) throw new RangeError('no key');
  return key;
};

function request(number: bigint, seed = 'story'): SubmitBatchRequest {
  const key = keyOf(at(1));
  const transactions = makeTransactions({ seed, l2ChainId: 71001n, accounts: 2, transactions: 3 });
  const batch = {
    index: number,
    da: 'calldata',
    l2ChainId: 71001n,
    compression: 'none',
    transactions,
  } as const;
  const payload = encodeBatch(batch, brotli);
  return {
    ...{ kind: 'submit-batch', keyId: fromHex(key.keyId) ?? new Uint8Array(0), keyEpoch: 0 },
    ...{ sender: parseAddress(key.address), l1ChainId: 31337n, l2ChainId: 71001n },
    inbox: policy.rules[0]?.inbox ?? parseAddress(key.address),
    ...{ batchIndex: number, da: 'calldata', payload, nonce: number },
    gasLimit: gasLimitOf('calldata', payload.length),
    ...feesAt('calldata', { baseFee: 10n ** 9n, tip: 10n ** 9n, blobBaseFee: 1n }, 0),
    blobVersionedHashes: [],
  };
}
const sign = (by: number, asked: SubmitBatchRequest, signers?: readonly number[]): Promise<SignReport> =>
  at(by).node.sign(encodeRequest(asked), { signers, deadlineMs: 20_000 });

/** What the operator of a stopped node works on. */
const careOf = ({ disk, log }: Resident, hasManifest = true) => ({
  ...{ disk, log, keys: 'keys', limits: defaultGuardLimits, record: newestLock(disk, 'ceremonies').record },
  manifest: hasManifest ? ManifestStore.open(disk) : undefined,
});
async function restart(seat: number): Promise<Resident> {
  const again = reopen(at(seat));
  residents[seat - 1] = again;
  await again.node.start();
  return again;
}
const release = { withoutL1: true, isConfirmed: true };
const linked = async (seat: number): Promise<void> => {
  const count = (): number =>
    at(seat)
      .node.status()
      .members.filter(({ state }) => state === 'connected').length;
  await until('linked', () => count() === 3);
};

beforeAll(async () => {
  for (let i = 0; i < 4; i++) residents.push(settle(27_680 + i));
  const definition = plan(residents, 3);
  for (const { node } of residents) {
    await node.start();
    await node.accept(node.join(definition).id);
  }
  const id = at(1).node.ceremonies()[0]?.id ?? '';
  at(1).node.execute(id, { whenReady: true });
  await until('complete', () => residents.every(({ node }) => node.ceremonies()[0]?.state === 'complete'));
  await sign(1, request(1n), [1, 2, 3]);
}, 60_000);
afterAll(async () => {
  for (const { node } of residents) await node.stop();
});

it('a node that has lost its register does not start, and says which command helps', async () => {
  await at(3).node.stop();
  const { disk } = at(3);
  disk.files.delete(guardPlaceOf('keys', careOf(at(3)).record).path);
  await expect(reopen(at(3)).node.start()).rejects.toMatchObject({
    code: 'safety-state-missing',
    message: expect.stringMatching(/conclave guard init --from-l1 --from-peers/),
  });
});

it('with a new register it signs nothing, also after another restart, and the others go on', async () => {
  initGuard(careOf(at(3)), []);
  expect((await restart(3)).node.status().state).toBe('quarantine');
  await linked(3);
  await expect(sign(3, request(2n))).rejects.toMatchObject({ code: 'quarantine' });
  await expect(sign(1, request(2n), [1, 2, 3])).rejects.toMatchObject({
    message: expect.stringMatching(/refused \(quarantine/),
  });
  expect((await sign(1, request(2n))).signers).toEqual([1, 2, 4]);
  await at(3).node.stop();
  expect((await restart(3)).node.status().state).toBe('quarantine');
}, 60_000);

it('it is released when enough members have answered, and never signs what they signed', async () => {
  for (const seat of [1, 2]) await at(seat).node.stop();
  await until(
    'alone',
    () =>
      at(3)
        .node.status()
        .members.filter((m) => m.state === 'connected').length <= 1,
  );
  await expect(at(3).node.guard().release(release)).rejects.toMatchObject({
    code: 'release-refused',
    message: expect.stringMatching(/1 of the 2 members/),
  });
  for (const seat of [1, 2]) await restart(seat);
  await linked(3);
  const shown = await at(3)
    .node.guard()
    .release({ ...release, isConfirmed: false });
  expect(shown.quarantine?.marks.map(({ lane, low }) => `${lane} ${low}`)).toEqual([
    ...['nonce 2', 'batch 2', 'batch 2'],
  ]);
  expect((await at(3).node.guard().release(release)).quarantine).toBeUndefined();
  for (const number of [1n, 2n])
    await expect(sign(3, request(number, 'other'))).rejects.toMatchObject({ code: 'below-watermark' });
  expect((await sign(3, request(3n), [1, 2, 3])).signers).toEqual([1, 2, 3]);
}, 90_000);

it('a damaged register stops the node; what is sound of it is kept, until the release', async () => {
  await at(3).node.stop();
  const { path } = guardPlaceOf('keys', careOf(at(3)).record);
  const { files } = at(3).disk;
  const bytes = files.get(path) ?? new Uint8Array(0);
  files.set(
    path,
    bytes.map((byte, i) => (i === bytes.length - 30 ? byte ^ 1 : byte)),
  );
  await expect(reopen(at(3)).node.start()).rejects.toMatchObject({
    code: 'safety-state-damaged',
    message: expect.stringMatching(/byte \d+.*conclave guard repair/),
  });
  expect(repairGuard(careOf(at(3)), '1').problem).toMatch(/byte \d+/);
  await restart(3);
  await linked(3);
  await at(3).node.guard().release(release);
  await expect(sign(3, request(3n, 'other'))).rejects.toMatchObject({ code: 'below-watermark' });
}, 60_000);

it('without its manifest it does not start; rebuilt, it starts in quarantine', async () => {
  await at(3).node.stop();
  at(3).disk.files.delete('manifest');
  expect(() => reopen(at(3))).toThrow(/conclave node doctor --rebuild-manifest/);
  rebuildManifest({ ...careOf(at(3), false), nowMs: Date.now() });
  expect((await restart(3)).node.status().state).toBe('quarantine');
  await linked(3);
  await at(3).node.guard().release(release);
  expect((await sign(3, request(4n), [1, 2, 3])).signers).toEqual([1, 2, 3]);
}, 60_000);
