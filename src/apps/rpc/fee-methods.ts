import { nextBaseFee } from '../../chain/block.ts';
import type { ExecutedBlock } from '../../chain/execution.ts';
import { breathe } from '../../services/engine/breathe.ts';
import { type Backend, needBlock } from './backend.ts';
import type { Methods } from './method.ts';
import { quantity } from './output.ts';
import * as params from './params.ts';
import { invalidParams } from './rpc-error.ts';

/** Blocks that a suggestion is drawn from. */
const SAMPLE_BLOCKS = 20n;

/** What gas costs, has cost and is likely to cost. */
export function feeMethods(backend: Backend): Methods {
  const newest = (): Promise<ExecutedBlock> => needBlock(backend, params.latest);
  return {
    eth_gasPrice: {
      most: 0,
      run: async () => {
        const { block } = await newest();
        return quantity(nextBaseFee(block.header) + (await suggestedTip(backend)));
      },
    },
    eth_maxPriorityFeePerGas: { most: 0, run: async () => quantity(await suggestedTip(backend)) },
    // No transaction of this chain carries a blob.
    eth_blobBaseFee: { most: 0, run: () => '0x1' },
    eth_feeHistory: {
      most: 3,
      isHeavy: true,
      run: async (list) => {
        const count = list.at(0, aCount);
        const last = await needBlock(backend, list.at(1, params.blockNumber));
        const percentiles = list.maybe(2, params.listOf(aPercentile, backend.limits.feePercentiles)) ?? [];
        percentiles.forEach((percentile, i) => {
          if (percentile < (percentiles[i - 1] ?? 0))
            throw invalidParams(
              `invalid reward percentile: #${i - 1}:${percentiles[i - 1]} >= #${i}:${percentile}`,
            );
        });
        const most = count < backend.limits.feeBlocks ? count : backend.limits.feeBlocks;
        return feeHistory(await blocksUpTo(backend, last, most), percentiles);
      },
    },
  };
}

/** A number of blocks: also decimal, as some clients have it. */
const aCount: params.Read<bigint> = (value) => {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return BigInt(value);
  if (typeof value === 'string' && /^(0|[1-9][0-9]{0,18})$/.test(value)) return BigInt(value);
  return params.aNumber(value);
};

const aPercentile: params.Read<number> = (value) => {
  if (typeof value !== 'number' || !(value >= 0 && value <= 100))
    throw invalidParams('invalid reward percentile');
  return value;
};

/** At most `count` blocks that end in `last`, by ascending number. */
async function blocksUpTo(
  { executor }: Backend,
  last: ExecutedBlock,
  count: bigint,
): Promise<readonly ExecutedBlock[]> {
  const out: ExecutedBlock[] = [];
  for (let at: ExecutedBlock | undefined = last; at !== undefined && BigInt(out.length) < count;) {
    out.push(at);
    await breathe();
    at = at.block.header.number === 0n ? undefined : await executor.block(at.block.header.parentHash);
  }
  return out.reverse();
}

/** [execution APIs, eth_feeHistory] */
function feeHistory(
  blocks: readonly ExecutedBlock[],
  percentiles: readonly number[],
): Readonly<Record<string, unknown>> {
  const [oldest, newest] = [blocks[0]?.block.header, blocks.at(-1)?.block.header];
  if (oldest === undefined || newest === undefined) return { oldestBlock: '0x0', gasUsedRatio: [] };
  const fees = blocks.map(({ block }) => block.header.baseFeePerGas);
  return {
    oldestBlock: quantity(oldest.number),
    baseFeePerGas: [...fees, nextBaseFee(newest)].map(quantity),
    gasUsedRatio: blocks.map(({ block }) => Number(block.header.gasUsed) / Number(block.header.gasLimit)),
    baseFeePerBlobGas: [...fees, 0n].map(() => '0x1'),
    blobGasUsedRatio: fees.map(() => 0),
    ...(percentiles.length > 0 ? { reward: blocks.map((block) => rewards(block, percentiles)) } : {}),
  };
}

/** The tips under which these shares of the gas of a block were bought. */
function rewards({ block, receipts }: ExecutedBlock, percentiles: readonly number[]): readonly string[] {
  const { baseFeePerGas, gasUsed } = block.header;
  const bought = receipts
    .map((receipt) => ({ tip: receipt.effectiveGasPrice - baseFeePerGas, gas: receipt.gasUsed }))
    .sort((a, b) => (a.tip < b.tip ? -1 : a.tip > b.tip ? 1 : 0));
  let [at, sum] = [0, bought[0]?.gas ?? 0n];
  return percentiles.map((percentile) => {
    const wanted = (Number(gasUsed) * percentile) / 100;
    while (Number(sum) < wanted && at < bought.length - 1) sum += bought[++at]?.gas ?? 0n;
    return quantity(bought[at]?.tip ?? 0n);
  });
}

/**
 * The median of what the transactions of the last blocks paid on top of the base fee, and the pool's least
 * tip where that is more, or where nobody sent anything.
 */
async function suggestedTip(backend: Backend): Promise<bigint> {
  const blocks = await blocksUpTo(backend, await needBlock(backend, params.latest), SAMPLE_BLOCKS);
  const tips = blocks
    .flatMap(({ block, receipts }) =>
      receipts.map(({ effectiveGasPrice }) => effectiveGasPrice - block.header.baseFeePerGas),
    )
    .sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const median = tips[tips.length >> 1] ?? 0n;
  return median > backend.minTip ? median : backend.minTip;
}
