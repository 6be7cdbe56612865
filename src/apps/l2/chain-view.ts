import type { Rollup } from '../../chain/rollup.ts';
import { encodeSignedBlock } from '../../chain/signed-block.ts';
import type { L2Block } from '../../chain/block.ts';
import type { Heads } from '../../services/driver/machine.ts';
import type { BatchRecord } from '../../services/driver/records.ts';
import type { Driver } from '../../services/driver/service.ts';
import type { Executor } from '../../system/ports.ts';
import type { PlacedBatch, RpcChain, RpcHeads } from '../rpc/rpc-chain.ts';
import type { StageBook } from './stage-book.ts';

/** What the view is made from. */
export interface ChainViewDeps {
  readonly rollup: Rollup;
  readonly driver: Pick<Driver, 'toldHeads' | 'batches' | 'on'>;
  readonly executor: Pick<Executor, 'block' | 'transaction'>;
  readonly stages: StageBook;
  /** The leader's signature over a block of ours; `undefined` where this node has none. */
  readonly signatureOf: (block: L2Block) => Promise<Uint8Array | undefined>;
}

/** What users see of the chain beside execution: heads, batches, and how far a transaction has come. */
export function chainView(deps: ChainViewDeps): RpcChain {
  const { rollup, driver, executor, stages, signatureOf } = deps;
  return {
    rollup,
    heads: () => headsOf(driver.toldHeads()),
    syncing: () => undefined,
    batch: async (index) => placed(driver.batches.at(index)),
    batchOf: async (block) => placed(driver.batches.holding(block)),
    stages: async (transaction) => {
      const place = await executor.transaction(transaction);
      const executed = place && (await executor.block(place.blockHash));
      if (executed === undefined) return undefined;
      const { header, hash } = executed.block;
      return stages.stagesOf({
        ...{ number: header.number, timestamp: header.timestamp, hash },
        batch: driver.batches.holding(header.number),
        isFinal: header.number <= driver.toldHeads().finalized.number,
      });
    },
    signedBlock: async (hash) => {
      const executed = await executor.block(hash);
      if (executed === undefined || executed.block.header.number === 0n) return undefined;
      const signature = await signatureOf(executed.block);
      return signature && encodeSignedBlock({ block: executed.block, signature });
    },
    onHeads: (listener) =>
      driver.on((news) => {
        if (news.kind === 'heads') listener(headsOf(news.heads));
      }),
  };
}

const headsOf = ({ unsafe, safe, finalized }: Heads): RpcHeads => ({ unsafe, safe, finalized });

function placed(record: BatchRecord | undefined): PlacedBatch | undefined {
  if (record === undefined) return undefined;
  const { l1Block, l1BlockHash, l1Time: _time, outcome, leftOutForced: _left, ...batch } = record;
  return {
    batch,
    l1Block: { number: l1Block, hash: l1BlockHash },
    verdict: outcome === 'taken' ? 'valid' : { ignored: outcome },
  };
}
