import { expect, it } from 'vitest';

import { parseAddress } from '../../../../src/ethereum/address.ts';
import { History } from '../../../../web/bridge/history.ts';
import type { Call, L2Node } from '../../../../web/explorer/node.ts';

const address = parseAddress(`0x${'11'.repeat(20)}`);
const word = (value: bigint): string => `0x${value.toString(16).padStart(64, '0')}`;

/** A chain with a log in each of these blocks; a hash tells which chain it is. */
function chainOf(blocks: ReadonlySet<bigint>) {
  const spans: [bigint, bigint][] = [];
  let chain = 1n;
  const ask = async <T>({ method, params: [filter], read }: Call<T>): Promise<T> => {
    const { fromBlock, toBlock } = filter as { fromBlock: string; toBlock: string };
    const [from, to] = [BigInt(fromBlock), BigInt(toBlock)];
    spans.push([from, to]);
    const found = [...blocks].filter((block) => block >= from && block <= to).sort((a, b) => Number(a - b));
    const logs = found.map((block) => ({
      ...{ address, topics: [word(1n)], data: '0x', blockNumber: `0x${block.toString(16)}` },
      transactionHash: word(chain * 1_000_000n + block),
    }));
    return read(logs, method);
  };
  const node: L2Node = { ask, askAll: (all) => Promise.all(all.map(ask)) };
  return { node, spans, fork: () => chain++ };
}

const rules = { first: 10n, span: 100n };
const blocksOf = (history: History): readonly bigint[] => history.logs.map(({ block }) => block);

it('reads the newest first, then back to the first block, and nothing twice', async () => {
  const { node, spans } = chainOf(new Set([10n, 150n, 399n, 480n, 500n]));
  const history = new History(node, { address, topics: [] }, rules);
  await history.look({ head: 500n, finalized: 450n });
  expect([blocksOf(history), history.from, history.isWhole]).toEqual([[500n, 480n], 451n, false]);
  while (!history.isWhole) await history.older();
  expect([blocksOf(history), history.from]).toEqual([[500n, 480n, 399n, 150n, 10n], 10n]);
  const asked = spans.length;
  await history.older();
  expect(spans).toHaveLength(asked);
  expect(spans.every(([from, to]) => from >= 10n && to - from < 100n)).toBe(true);
});

it('reads again what may have changed, and settles the rest', async () => {
  const { node, fork } = chainOf(new Set([440n, 460n, 520n]));
  const history = new History(node, { address, topics: [] }, rules);
  await history.look({ head: 500n, finalized: 430n });
  const [before] = history.logs;
  fork();
  await history.look({ head: 520n, finalized: 450n });
  expect(blocksOf(history)).toEqual([520n, 460n, 440n]);
  expect(history.logs[1]?.hash).not.toBe(before?.hash);
  const settled = history.logs[2]?.hash;
  fork();
  await history.look({ head: 520n, finalized: 450n });
  expect(history.logs[2]?.hash).toBe(settled);
});

it('reads no more than two spans anew where finality is far away', async () => {
  const { node, spans } = chainOf(new Set());
  const history = new History(node, { address, topics: [] }, rules);
  await history.look({ head: 5_000n, finalized: 0n });
  expect(spans).toEqual([
    [4_801n, 4_900n],
    [4_901n, 5_000n],
  ]);
});
