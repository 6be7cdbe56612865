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

test('a head that is named is found by its number, and no block before its head is named', async () => {
  const ask = async (...calls: readonly (readonly [string, ...unknown[]])[]): Promise<readonly unknown[]> => {
    const body = calls.map(([method, ...params], id) => ({ jsonrpc: '2.0', id, method, params }));
    const headers = { 'content-type': 'application/json' };
    const reply = await fetch(sequencer.url, { method: 'POST', headers, body: JSON.stringify(body) });
    return ((await reply.json()) as { readonly result: unknown }[]).map(({ result }) => result);
  };
  const wrong: string[] = [];
  let [next, built] = [BigInt((await headsAt(sequencer)).unsafe.number) + 1n, 0];
  for (const endMs = performance.now() + 20_000; built < 10 && performance.now() < endMs;) {
    const find = ['eth_getBlockByNumber', `0x${next.toString(16)}`, false] as const;
    // One call of a batch is answered after another, so each of these is later than the one before.
    const [before, heads, found, named] = await ask(find, ['conclave_getHeads'], find, ['eth_blockNumber']);
    const head = BigInt((heads as { readonly unsafe: { readonly number: string } }).unsafe.number);
    if (before !== null && head < next) wrong.push(`block ${next} is there, and the head is ${head}`);
    if (found === null && head >= next) wrong.push(`the head is ${head}, and block ${next} is not there`);
    if (BigInt(String(named)) < head) wrong.push(`the number goes back from ${head}`);
    if (head < next) continue;
    [next, built] = [head + 1n, built + 1];
  }
  expect(wrong).toEqual([]);
  expect(built).toBe(10);
}, 60_000);
