import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeFunctionData } from 'viem/utils';

import { thisMachine } from '../../src/apps/l2/machine.ts';
import { to0x } from '../../src/crypto/bytes.ts';
import { keccak256, parseAddress } from '../../src/ethereum/address.ts';
import { contracts } from '../../src/ethereum/contracts.ts';
import { devAccount } from '../../src/system/dev-l1.ts';
import { signTestTx } from '../../scripts/lib/test-transactions.ts';
import { batchesAt, blockOf, hexOf, l1Number, lastOnL1, receiptAt } from './l2-look.ts';
import { type TownNode, L2_CHAIN, Town, citizen, headsAt, until } from './l2-town.ts';

// An L1 whose clock is behind, so that hundreds of its blocks are mined at once and none is of the future.
const BEHIND_SECONDS = 400;
const WINDOW = 96n;
const GRACE = WINDOW / 8n;
/** Whom nobody else pays. */
const poor = { address: parseAddress(`0x${'ab'.repeat(20)}`), wei: 12_345n } as const;

/** Milliseconds that have passed on L1 and not here. */
let passedMs = 0;
let town: Town;
let verifier: TownNode;
beforeAll(async () => {
  const clock = { ...thisMachine.clock, nowMs: () => thisMachine.clock.nowMs() + passedMs };
  town = await Town.found({
    ...{ sequencingWindow: WINDOW, machine: { ...thisMachine, clock } },
    l1Flags: ['--timestamp', String(Math.floor(Date.now() / 1000) - BEHIND_SECONDS)],
  });
  verifier = await town.verifier('verifier');
}, 120_000);
afterAll(() => town.end());

const originOf = async (number: bigint): Promise<bigint> =>
  BigInt(String(await verifier.rpc('conclave_getOrigin', [hexOf(number)])));
/** Puts a transaction of a citizen into the queue of L1; gives its hash and the L1 block. */
async function force(): Promise<{ readonly hash: string; readonly at: bigint }> {
  const raw = signTestTx(
    {
      ...{ type: 2, chainId: L2_CHAIN, nonce: 0n, to: poor.address, value: poor.wei, gasLimit: 21_000n },
      ...{ fee: 10n ** 10n, tip: 10n ** 9n, data: new Uint8Array(0) },
    },
    citizen(3).secret,
  );
  const data = encodeFunctionData({
    ...{ abi: contracts.ForcedInbox.abi, functionName: 'enqueue', args: [to0x(raw)] },
  });
  const call = { from: await devAccount(town.anvil), to: town.rollup.forcedInbox, data };
  const tx = await town.anvil.rpc('eth_sendTransaction', [{ ...call, value: '0xde0b6b3a7640000' }]);
  await town.mine();
  const found = await town.anvil.rpc('eth_getTransactionReceipt', [tx]);
  const { status, blockNumber } = found as { status: string; blockNumber: string };
  expect(status).toBe('0x1');
  return { hash: to0x(keccak256(raw)), at: BigInt(blockNumber) };
}

/** Mines up to a block of L1. */
async function mineTo(number: bigint): Promise<void> {
  const missing = number - (await l1Number(town.anvil));
  await town.anvil.rpc('anvil_mine', [hexOf(missing), '0x1']);
  passedMs += 1_000 * Number(missing);
}

test('a sequencer that falls silent keeps no forced transaction out, comes back and builds on', async () => {
  const before = await town.sequencer();
  await town.anvil.rpc('evm_setIntervalMining', [1]);
  await receiptAt(verifier, await town.send(before, 0, {}));
  await town.anvil.rpc('evm_setIntervalMining', [0]);
  // Acknowledged, in a block, and in no batch: what only the sequencer's disk has.
  const soft = await town.send(before, 1, { value: 7n });
  await receiptAt(before, soft);
  await before.stop();
  await town.anvil.rpc('anvil_dropAllTransactions');
  await town.mine(3);
  const { hash, at } = await force();

  const last = await lastOnL1(town, verifier);
  const taken = await batchesAt(verifier);
  const lastOrigin = await originOf(last);
  // The first block of L1 at which it makes blocks alone, and the first such a window after the queue.
  const due = BigInt(taken.at(-1)?.l1Block.number ?? 0) + WINDOW;
  const steps = (at + WINDOW - due + GRACE - 1n) / GRACE;
  const deadline = due + steps * GRACE;
  await mineTo(deadline - 1n);
  const held = due + (steps - 1n) * GRACE - WINDOW;
  await until(
    async () => (await headsAt(verifier)).safe.number,
    (number) => BigInt(number) === last + held - lastOrigin,
    60_000,
  );
  expect(await verifier.rpc('eth_getTransactionReceipt', [hash])).toBeNull();
  await mineTo(deadline);
  const receipt = await receiptAt(verifier, hash);

  // Exactly one block for each origin that is a window old, empty but for the queue.
  const made = last + deadline - WINDOW - lastOrigin;
  expect(BigInt((await headsAt(verifier)).safe.number)).toBe(made);
  for (let number = last + 1n; number <= made; number++) {
    const [block, parent] = [await blockOf(verifier, number), await blockOf(verifier, number - 1n)];
    const origin = lastOrigin + number - last;
    expect(await originOf(number)).toBe(origin);
    expect(block).toMatchObject({ parentHash: parent.hash, transactions: origin === at ? [hash] : [] });
    expect(BigInt(block.timestamp)).toBeGreaterThan(BigInt(parent.timestamp));
  }
  expect(receipt).toMatchObject({ status: '0x1', blockNumber: hexOf(last + at - lastOrigin) });
  expect(await verifier.rpc('eth_getBalance', [poor.address, 'latest'])).toBe(hexOf(poor.wei));
  expect(await verifier.rpc('eth_getTransactionReceipt', [soft])).toBeNull();

  const after = await town.sequencer();
  const again = await until(
    () => after.rpc('eth_getTransactionReceipt', [soft]) as Promise<{ blockNumber: string } | null>,
    (found) => found !== null && BigInt(found.blockNumber) > made,
  );
  expect((await blockOf(after, made)).hash).toBe((await blockOf(verifier, made)).hash);
  await town.anvil.rpc('evm_setIntervalMining', [1]);
  expect(await receiptAt(verifier, soft)).toEqual(again);
  const batches = await batchesAt(verifier);
  expect(batches.slice(0, taken.length)).toEqual(taken);
  // A batch that was signed before goes to L1 all the same, and is passed over there.
  const [next] = batches.slice(taken.length).filter(({ isValid }) => isValid === true);
  expect(next).toMatchObject({ firstBlock: hexOf(made + 1n) });
  expect(town.words.filter(({ level }) => level === 'error')).toEqual([]);
}, 120_000);
