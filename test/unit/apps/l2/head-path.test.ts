import { expect, test } from 'vitest';

import { headPath, poolNews } from '../../../../src/apps/l2/head-path.ts';
import type { L2Header } from '../../../../src/chain/block.ts';
import type { ExecutedBlock, TxReceipt } from '../../../../src/chain/execution.ts';
import { to0x } from '../../../../src/crypto/bytes.ts';
import { predeploys } from '../../../../src/ethereum/l2-genesis.ts';

const word = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const receipt = (byte: number): TxReceipt => ({
  ...{ hash: word(byte), type: 2, from: predeploys.WMETIS, to: undefined, created: undefined },
  ...{ isSuccess: true, gasUsed: 1n, cumulativeGasUsed: 1n, effectiveGasPrice: 1n, logs: [] },
});
/** A block named by a byte, with one forced transaction and one of a user. */
function block(byte: number, parent: number, number: bigint): ExecutedBlock {
  const header: L2Header = {
    ...{ parentHash: word(parent), number, timestamp: number, coinbase: predeploys.FeeVault },
    ...{ gasLimit: 1n, gasUsed: 0n, baseFeePerGas: 0n, extraData: new Uint8Array(0), prevRandao: word(0) },
    ...{ parentBeaconBlockRoot: word(0), stateRoot: word(0), transactionsRoot: word(0) },
    ...{ receiptsRoot: word(0), withdrawalsRoot: word(0), logsBloom: new Uint8Array(256) },
  };
  const transactions = [Uint8Array.of(byte, 0), Uint8Array.of(byte, 1)];
  return {
    block: { header, hash: word(byte), transactions, withdrawals: [] },
    ...{ receipts: [receipt(byte)], forcedCount: 1, carry: 0n, nextWithdrawal: 0n },
  };
}
const blocks = [block(1, 0, 1n), block(2, 1, 2n), block(3, 2, 3n), block(12, 1, 2n), block(13, 12, 3n)];
const held = new Map(blocks.map((executed) => [to0x(executed.block.hash), executed]));
const executor = { block: async (at: Uint8Array | bigint) => held.get(to0x(at as Uint8Array)) };
const at = (byte: number): ExecutedBlock => held.get(to0x(word(byte)))!;
const names = (list: readonly ExecutedBlock[]) => list.map(({ block: { hash } }) => hash[0]);

test('a chain that grew has nothing left, and its new blocks oldest first', async () => {
  const { left, taken } = await headPath(executor, at(1), at(3));
  expect([names(left), names(taken)]).toEqual([[], [2, 3]]);
});

test('a chain that stayed has no path, one that went back leaves newest first', async () => {
  expect(await headPath(executor, at(3), at(3))).toEqual({ left: [], taken: [] });
  expect(names((await headPath(executor, at(3), at(1))).left)).toEqual([3, 2]);
});

test('another branch is taken from the last block that both have', async () => {
  const { left, taken } = await headPath(executor, at(3), at(13));
  expect([names(left), names(taken)]).toEqual([
    [3, 2],
    [12, 13],
  ]);
});

test('a pool hears of what was mined, and gets back what users sent, oldest first', async () => {
  const { mined, returned } = poolNews(await headPath(executor, at(3), at(13)));
  expect(mined.map(({ hash }) => hash[0])).toEqual([12, 13]);
  expect(returned).toEqual([Uint8Array.of(2, 1), Uint8Array.of(3, 1)]);
});
