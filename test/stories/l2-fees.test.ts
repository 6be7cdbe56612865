import { afterAll, beforeAll, expect, test } from 'vitest';

import type { Fees } from '../../src/chain/fees.ts';
import { batchesAt, hexOf, saidBy } from './l2-look.ts';
import { type Asked, GuardedSigners } from './l2-signers.ts';
import { type TownNode, Town, headsAt, until } from './l2-town.ts';

// Blocks of L1 come when the story says so, at the price that it says; one batch is on its way at a time, and
// the next one as soon as that is final, two blocks later.
const GWEI = 10n ** 9n;
const CAP = 100n * GWEI;
const BUMP_AFTER = 2;
const signers = new GuardedSigners(CAP, 200n * GWEI);
let da = 'calldata';

let town: Town;
let node: TownNode;
let tip: bigint;
beforeAll(async () => {
  town = await Town.found({
    ...{ cluster: signers, l1Epoch: 1 },
    settings: (text) =>
      text
        .replace('da: calldata, max_age: 2s', `da: ${da}, max_age: 2s, max_unfinal: 1`)
        .replace('bump_after: 3', `bump_after: ${BUMP_AFTER}`),
  });
  await town.anvil.rpc('evm_setAutomine', [false]);
  await mineAt(1n, 3);
  node = await town.sequencer();
  tip = BigInt(String(await town.anvil.rpc('eth_maxPriorityFeePerGas')));
}, 60_000);
afterAll(() => town.end());

/** Mines blocks of L1 with a base fee, each seen by the submitter. */
async function mineAt(gwei: bigint, count = 1): Promise<void> {
  for (let i = 0; i < count; i++) {
    await town.anvil.rpc('anvil_setNextBlockBaseFeePerGas', [hexOf(gwei * GWEI)]);
    await town.anvil.rpc('evm_mine');
  }
}

const askedFor = (index: bigint): readonly Asked[] => signers.signed.filter((one) => one.index === index);
/** Waits until a batch was signed so many times, and the pool of L1 has the newest of these. */
async function waits(index: bigint, prices: number): Promise<PoolTx> {
  await until(
    async () => askedFor(index).length,
    (count) => count === prices,
  );
  const fee = hexOf(askedFor(index).at(-1)?.fees.maxFeePerGas ?? 0n);
  // The first blob of a process takes seconds.
  const found = await until(poolTx, (tx) => tx?.maxFeePerGas === fee, 60_000);
  if (found === undefined) throw new Error('it was there');
  return found;
}
interface PoolTx {
  readonly hash: string;
  readonly maxFeePerGas: string;
}
/** What waits in the pool of L1: one transaction, or none. */
async function poolTx(): Promise<PoolTx | undefined> {
  const { pending, queued } = (await town.anvil.rpc('txpool_content')) as Record<
    string,
    Record<string, Record<string, PoolTx>>
  >;
  const all = [pending, queued].flatMap((part) =>
    Object.values(part ?? {}).flatMap((one) => Object.values(one)),
  );
  expect(all.length).toBeLessThanOrEqual(1);
  return all[0];
}
/** The batch on L1, once the own driver has read it: taken, and in the transaction of one of its prices. */
async function onL1(index: bigint): Promise<string> {
  const batches = await until(
    () => batchesAt(node),
    (all) => BigInt(all.length) === index,
  );
  expect(batches.map(({ isValid }) => isValid)).toEqual(batches.map(() => true));
  return batches.at(-1)?.l1TransactionHash ?? '';
}
const alarms = (): readonly unknown[] =>
  town.words
    .filter(({ event }) => event.startsWith('alarm '))
    .map(({ event, fields }) => [event, fields['detail']]);
const feesOf = (index: bigint): readonly Fees[] => askedFor(index).map(({ fees }) => fees);
const calldata = (maxFeePerGas: bigint, maxPriorityFeePerGas: bigint): Fees => ({
  maxFeePerGas,
  maxPriorityFeePerGas,
  maxFeePerBlobGas: 0n,
});

test('a spike by ten is climbed in one step that no signer has to decide on anew', async () => {
  const first = await waits(1n, 1);
  await mineAt(10n, BUMP_AFTER);
  const second = await waits(1n, 2);
  expect(second.hash).not.toBe(first.hash);
  await mineAt(10n);
  expect(await onL1(1n)).toBe(second.hash);
  expect(feesOf(1n)).toEqual([
    calldata(2n * GWEI + tip, tip),
    calldata(20n * GWEI + tip, (3n * tip + 1n) / 2n),
  ]);
  expect(alarms()).toEqual([]);
  await mineAt(10n, 3);
}, 60_000);

test('above the cap nothing is offered, an alarm says so, and it goes on when fees fall', async () => {
  await waits(2n, 1);
  await mineAt(150n, BUMP_AFTER);
  await until(
    async () => askedFor(2n).length,
    (count) => count === 2,
  );
  // From when the last price was sent, so many blocks must pass in vain.
  await until(
    async () => (await mineAt(150n), alarms()),
    (all) => all.length > 0,
  );
  expect(alarms()).toEqual([['alarm fee-cap', 'batch 2 waits']]);
  // L2 does not wait for L1.
  const before = BigInt((await headsAt(node)).unsafe.number);
  await until(
    async () => (await headsAt(node)).unsafe.number,
    (number) => BigInt(number) > before,
  );
  const batches = await until(
    async () => (await mineAt(20n), batchesAt(node)),
    (all) => all.length === 2,
  );
  expect(batches[1]).toMatchObject({ isValid: true });
  const sent = await town.anvil.rpc('eth_getTransactionByHash', [batches[1]?.l1TransactionHash]);
  expect(sent).toMatchObject({ maxFeePerGas: hexOf(CAP) });
  await until(
    async () => alarms(),
    (all) => all.length === 2,
  );
  expect(alarms()[1]).toEqual(['alarm fee-cap is over', undefined]);
  expect(feesOf(2n)).toEqual([calldata(20n * GWEI + tip, tip), calldata(CAP, (3n * tip + 1n) / 2n)]);
  await mineAt(20n, 3);
}, 60_000);

test('what L1 has dropped is sent again with the same bytes, and nobody signs', async () => {
  const sent = await waits(3n, 1);
  expect(await town.anvil.rpc('anvil_dropTransaction', [sent.hash])).toBe(sent.hash);
  await mineAt(20n, 2);
  const again = await until(poolTx, (tx) => tx !== undefined);
  expect(again?.hash).toBe(sent.hash);
  await mineAt(20n);
  expect(await onL1(3n)).toBe(sent.hash);
  expect(askedFor(3n)).toHaveLength(1);
  await mineAt(20n, 3);
}, 60_000);

test.each([
  ['calldata', 4n],
  ['blobs', 5n],
])(
  'what is stuck at a good price is replaced by the rule of its pool: %s',
  async (place, index) => {
    const first = await waits(index, 1);
    const latest = (await town.anvil.rpc('eth_getBlockByNumber', ['latest', false])) as { gasLimit: string };
    // Enough for whoever looks at the inbox, and too little for a batch.
    await town.anvil.rpc('evm_setBlockGasLimit', [hexOf(400_000n)]);
    await until(
      async () => (await mineAt(20n), askedFor(index).length),
      (count) => count === 2,
    );
    await town.anvil.rpc('evm_setBlockGasLimit', [latest.gasLimit]);
    const second = await waits(index, 2);
    expect(second.hash).not.toBe(first.hash);
    await mineAt(20n);
    expect(await onL1(index)).toBe(second.hash);
    const [one, two] = feesOf(index);
    const raise = (fee = 0n): bigint => (place === 'blobs' ? 2n * fee : (3n * fee + 1n) / 2n);
    expect(two).toEqual({
      maxFeePerGas: raise(one?.maxFeePerGas),
      maxPriorityFeePerGas: raise(one?.maxPriorityFeePerGas),
      maxFeePerBlobGas: raise(one?.maxFeePerBlobGas),
    });
    expect(one?.maxFeePerBlobGas === 0n).toBe(place === 'calldata');
    // The next one goes by blobs, as its operator wants it from then on.
    await node.stop();
    da = 'blobs';
    await mineAt(20n, 3);
    node = await town.sequencer();
  },
  180_000,
);

test('each index and each nonce has had one content, and no guard has refused anything', () => {
  // The next one may be on its way already.
  const all = signers.signed.filter(({ index }) => index <= 5n);
  const [first] = all;
  const names = (pick: (one: Asked) => string): number => new Set(all.map(pick)).size;
  expect(names(({ content }) => content)).toBe(5);
  expect(names(({ index, content }) => `${index} ${content}`)).toBe(5);
  expect(names(({ nonce, content }) => `${nonce} ${content}`)).toBe(5);
  expect(all.map(({ index, nonce }) => nonce - index)).toEqual(all.map(() => (first?.nonce ?? 0n) - 1n));
  expect(signers.refused).toEqual([]);
  // What a pool turned away meanwhile was too cheap, and no alarm but that of the cap was ever needed.
  const turnedAway = saidBy(town, 'sequencer', 'transaction is not taken').map(
    ({ fields }) => fields['reason'],
  );
  expect(new Set([...turnedAway, 'fee-too-low', 'l1-unreachable']).size).toBe(2);
  expect(alarms()).toHaveLength(2);
});
