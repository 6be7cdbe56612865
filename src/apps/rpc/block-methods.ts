import { to0x } from '../../crypto/bytes.ts';
import type { ExecutedBlock } from '../../chain/execution.ts';
import { type Backend, findBlock, needBlock } from './backend.ts';
import type { Method, Methods } from './method.ts';
import { quantity } from './output.ts';
import * as params from './params.ts';
import { encodeBlock, renderBlock, renderHeader } from './render-block.ts';
import { renderReceipts } from './render-tx.ts';

/** A block named by its number or by its hash alone. */
const byNumber = params.blockNumber;
const byHash: params.Read<params.BlockRef> = (value) => ({
  ...{ kind: 'hash', hash: params.hash(value), mustBeCanonical: false },
});

/** Blocks, and what is counted in them. */
export function blockMethods(backend: Backend): Methods {
  /** Prints something of the block that the first parameter names, or null where there is no such block. */
  const ofBlock = (
    read: params.Read<params.BlockRef>,
    print: (executed: ExecutedBlock, list: params.Params) => unknown,
    most = 1,
  ): Method => ({
    most,
    run: async (list) => {
      const executed = await findBlock(backend, list.at(0, read));
      return executed === undefined ? null : print(executed, list);
    },
  });
  const whole = (executed: ExecutedBlock, list: params.Params): unknown =>
    renderBlock(executed, list.maybe(1, params.aBoolean) ?? false);
  const header = ({ block }: ExecutedBlock): unknown => renderHeader(block);
  const count = ({ block }: ExecutedBlock): unknown => quantity(block.transactions.length);
  const receipts = (executed: ExecutedBlock): unknown => renderReceipts(executed);
  return {
    eth_blockNumber: { most: 0, run: () => quantity(backend.chain.heads().unsafe.number) },
    eth_getBlockByNumber: ofBlock(byNumber, whole, 2),
    eth_getBlockByHash: ofBlock(byHash, whole, 2),
    eth_getHeaderByNumber: ofBlock(byNumber, header),
    eth_getHeaderByHash: ofBlock(byHash, header),
    eth_getBlockTransactionCountByNumber: ofBlock(byNumber, count),
    eth_getBlockTransactionCountByHash: ofBlock(byHash, count),
    eth_getUncleCountByBlockNumber: ofBlock(byNumber, () => '0x0'),
    eth_getUncleCountByBlockHash: ofBlock(byHash, () => '0x0'),
    eth_getUncleByBlockNumberAndIndex: ofBlock(byNumber, () => null, 2),
    eth_getUncleByBlockHashAndIndex: ofBlock(byHash, () => null, 2),
    eth_getBlockReceipts: ofBlock(params.blockRef, receipts),
    debug_getRawBlock: {
      most: 1,
      run: async (list) => to0x(encodeBlock((await needBlock(backend, list.at(0, params.blockRef))).block)),
    },
  };
}
