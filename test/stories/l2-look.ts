import type { Anvil } from '../../src/system/anvil.ts';
import { systemClock } from '../../src/system/clock.ts';
import { connectL1 } from '../../src/system/l1-client.ts';
import { type Town, type TownNode, headsAt, until } from './l2-town.ts';

/** A batch on L1, as a node tells it. */
export interface SeenBatch {
  readonly index: string;
  readonly firstBlock: string;
  readonly lastBlock: string;
  readonly lastHash: string;
  readonly da: string;
  readonly l1TransactionHash: string;
  readonly l1Block: { readonly number: string; readonly hash: string };
  readonly isValid: boolean | null;
}

/** A block of L2, as a node tells it. */
export interface SeenBlock {
  readonly number: string;
  readonly hash: string;
  readonly parentHash: string;
  readonly timestamp: string;
  readonly transactions: readonly string[];
}

export const hexOf = (value: bigint): string => `0x${value.toString(16)}`;

/** Where L1 stands. */
export const l1Number = async ({ rpc }: Pick<Anvil, 'rpc'>): Promise<bigint> =>
  BigInt(String(await rpc('eth_blockNumber')));

/** All batches that a node has read from L1, oldest first. */
export async function batchesAt({ rpc }: TownNode): Promise<readonly SeenBatch[]> {
  const found: SeenBatch[] = [];
  for (;;) {
    const next = await rpc('conclave_getBatch', [hexOf(BigInt(found.length + 1))]);
    if (next === null) return found;
    found.push(next as SeenBatch);
  }
}

/** The safe head of a node that has read every batch of L1. */
export async function lastOnL1(town: Town, node: TownNode): Promise<bigint> {
  const { url } = town.anvil;
  const l1 = await connectL1({ url, chainId: town.rollup.l1ChainId }, { clock: systemClock });
  const { lastIndex } = await l1.inbox(town.rollup.inbox);
  await until(
    async () => (await batchesAt(node)).length,
    (count) => BigInt(count) >= lastIndex,
  );
  return BigInt((await headsAt(node)).safe.number);
}

export const blockOf = async ({ rpc }: TownNode, number: bigint): Promise<SeenBlock> =>
  (await rpc('eth_getBlockByNumber', [hexOf(number), false])) as SeenBlock;

/** The receipt of a transaction, as soon as a node has one. */
export const receiptAt = async (
  { url, rpc }: TownNode,
  hash: string,
  timeoutMs = 60_000,
): Promise<{ readonly blockNumber: string }> => {
  const found = await until(
    async () => ({ url, hash, receipt: await rpc('eth_getTransactionReceipt', [hash]) }),
    ({ receipt }) => receipt !== null,
    timeoutMs,
  );
  return found.receipt as { readonly blockNumber: string };
};

/** What a node of a town has said under a name. */
export const saidBy = ({ words }: Town, node: string, event: string): readonly Town['words'][number][] =>
  words.filter((word) => word.node === node && word.event === event);
