import { expect, it } from 'vitest';

import type { Heads } from '../../../../web/explorer/answers.ts';
import { type Shown, load } from '../../../../web/explorer/load.ts';
import type { Call, L2Node } from '../../../../web/explorer/node.ts';
import { routeOf } from '../../../../web/explorer/route.ts';

const hash = (of: number, number: bigint, index = 0): string =>
  `0x${(BigInt(of) * 10n ** 12n + number * 10_000n + BigInt(index)).toString(16).padStart(64, '0')}`;
const account = `0x${'11'.repeat(20)}`;
const hex = (value: bigint | number): string => `0x${value.toString(16)}`;

/** A chain of so many blocks, with transactions in some. */
function chainOf(last: bigint, transactionsIn: (number: bigint) => number): L2Node & { calls: () => number } {
  let calls = 0;
  const blockAt = (number: bigint): unknown => ({
    ...{ number: hex(number), hash: hash(1, number), parentHash: hash(1, number - 1n), timestamp: '0x1' },
    ...{ gasUsed: '0x0', gasLimit: '0x0', baseFeePerGas: '0x1', miner: account, stateRoot: hash(2, number) },
    transactions: Array.from({ length: transactionsIn(number) }, (_, i) => hash(3, number, i)),
  });
  const txAt = (name: string): unknown => ({
    ...{ hash: name, blockNumber: hex((BigInt(name) - 3n * 10n ** 12n) / 10_000n), from: account, to: null },
    ...{ nonce: '0x0', value: '0x0', gas: '0x0', gasPrice: '0x0', type: '0x2', input: '0x' },
  });
  const answer = ({ method, params: [first] }: Call<unknown>): unknown => {
    calls++;
    const text = String(first);
    if (method === 'eth_getTransactionByHash') return txAt(text);
    if (method === 'eth_getBlockByNumber') return BigInt(text) <= last ? blockAt(BigInt(text)) : null;
    return method === 'conclave_getOrigin' ? '0x1' : null;
  };
  const ask = async <T>(call: Call<T>): Promise<T> => call.read(answer(call), call.method);
  return { ask, askAll: (all) => Promise.all(all.map(ask)), calls: () => calls };
}

const headsAt = (number: bigint): Heads => {
  const id = { number, hash: hash(1, number) };
  return { unsafe: id, safe: id, finalized: id };
};
async function shown<P extends Shown['page']>(
  node: L2Node,
  last: bigint,
  address: string,
  page: P,
): Promise<Extract<Shown, { page: P }>> {
  const found = await load(node, headsAt(last), routeOf(address));
  if (found.page !== page) throw new Error(`it shows ${found.page}`);
  // The page was compared.
  return found as Extract<Shown, { page: P }>;
}

it('pages through blocks without a gap, and knows both ends', async () => {
  const node = chainOf(70n, () => 0);
  const newest = await shown(node, 70n, '#/blocks', 'blocks');
  expect(newest.blocks.map(({ block }) => block.number)).toEqual(
    Array.from({ length: 25 }, (_, i) => 70n - BigInt(i)),
  );
  expect(newest.around).toEqual({ newer: undefined, older: 45n });
  expect((await shown(node, 70n, '#/blocks/45', 'blocks')).around).toEqual({ newer: 70n, older: 20n });
  const oldest = await shown(node, 70n, '#/blocks/20', 'blocks');
  expect(oldest.blocks.at(-1)?.block.number).toBe(0n);
  expect(oldest.around).toEqual({ newer: 45n, older: undefined });
  expect((await shown(node, 70n, '#/blocks/999', 'blocks')).blocks[0]?.block.number).toBe(70n);
});

it('pages through transactions by whole blocks, newest first, and each transaction once', async () => {
  const node = chainOf(300n, (number) => (number % 7n === 0n ? 3 : 0));
  const seen: string[] = [];
  let address = '#/txs';
  for (let pages = 0; pages < 20; pages++) {
    const { txs, around } = await shown(node, 300n, address, 'txs');
    seen.push(...txs.map((tx) => tx.hash));
    if (around.older === undefined) break;
    address = `#/txs/${around.older}`;
  }
  const wanted = Array.from({ length: 301 }, (_, i) => 300n - BigInt(i))
    .filter((number) => number % 7n === 0n)
    .flatMap((number) => [2, 1, 0].map((i) => hash(3, number, i)));
  expect(seen).toEqual(wanted);
});

it('looks through 500 empty blocks and no more, and takes 100 transactions of a full one', async () => {
  const empty = chainOf(5_000n, () => 0);
  const { to, around, txs } = await shown(empty, 5_000n, '#/txs', 'txs');
  expect([to, around.older, txs.length, empty.calls()]).toEqual([4_501n, 4_500n, 0, 500]);
  const full = chainOf(9n, () => 1_000);
  const list = await shown(full, 9n, '#/txs', 'txs');
  expect([list.txs.length, list.to, list.around.older]).toEqual([100, 9n, 8n]);
});

it('shows a block in parts of 100 transactions', async () => {
  const node = chainOf(3n, () => 250);
  const last = await shown(node, 3n, '#/block/2/3', 'block');
  expect(last.txs.map((tx) => tx?.hash)).toEqual(Array.from({ length: 50 }, (_, i) => hash(3, 2n, 200 + i)));
  expect((await shown(node, 3n, '#/block/2/4', 'block')).txs).toEqual([]);
});
