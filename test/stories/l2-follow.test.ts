import { afterAll, beforeAll, expect, test } from 'vitest';

import { type TownNode, Town, headsAt, until } from './l2-town.ts';

let town: Town;
let sequencer: TownNode;
let verifier: TownNode;
beforeAll(async () => {
  town = await Town.found();
  sequencer = await town.sequencer();
  verifier = await town.verifier('verifier', sequencer);
}, 60_000);
afterAll(() => town.end());

test('a transaction is in a block within moments, and a verifier executes the same block', async () => {
  await town.mine(3);
  const hash = await town.send(sequencer, 0, {});
  const receipt = await until(
    () => sequencer.rpc('eth_getTransactionReceipt', [hash]),
    (found) => found !== null,
  );
  expect(receipt).toMatchObject({ status: '0x1', transactionHash: hash });
  const again = await until(
    () => verifier.rpc('eth_getTransactionReceipt', [hash]),
    (found) => found !== null,
  );
  expect(again).toEqual(receipt);
  await town.anvil.rpc('evm_setIntervalMining', [1]);
  const { blockNumber } = receipt as { blockNumber: string };
  await until(
    async () => (await headsAt(verifier)).safe.number,
    (safe) => BigInt(safe) >= BigInt(blockNumber),
  );
  // The sequencer may read the same block of L1 a moment after the verifier.
  const status = await until(
    async () => (await sequencer.rpc('conclave_getTxStatus', [hash])) as Record<string, { timeMs: number }>,
    (found) => found['safe'] !== null,
  );
  const times = ['soft', 'batched', 'signed', 'safe'].map((stage) => status[stage]?.timeMs ?? 0);
  expect(times).toEqual(times.toSorted((one, other) => one - other));
  expect(times[0]).toBeGreaterThan(0);
  expect(town.words.filter(({ level }) => level === 'error')).toEqual([]);
}, 60_000);
