import { to0x } from '../../crypto/bytes.ts';
import { type Backend, findBlock, needPool } from './backend.ts';
import type { Method, Methods } from './method.ts';
import type { PendingFeed } from './pending-feed.ts';
import * as params from './params.ts';
import { type TxPlace, renderPendingTx, renderReceipts, renderTx, txAt } from './render-tx.ts';
import { serverError } from './rpc-error.ts';

/** Transactions: those of blocks, those that wait, and new ones. */
export function txMethods(backend: Backend, pending: PendingFeed): Methods {
  return {
    eth_sendRawTransaction: {
      most: 1,
      sharesDisk: true,
      run: async (list) => {
        const answer = await needPool(backend).add(list.at(0, params.bytes));
        if (answer.kind === 'refused') throw serverError(answer.message, { reason: answer.code });
        if (!answer.isKnown) pending.announce(answer.hash);
        return to0x(answer.hash);
      },
    },
    eth_getTransactionByHash: {
      most: 1,
      run: async (list) => {
        const hash = list.at(0, params.hash);
        const place = await placeOf(backend, hash);
        if (place !== undefined) return renderTx(place);
        const tx = backend.pool?.get(hash);
        return tx === undefined ? null : renderPendingTx(tx, tx.sender);
      },
    },
    eth_getRawTransactionByHash: {
      most: 1,
      run: async (list) => {
        const hash = list.at(0, params.hash);
        const place = await placeOf(backend, hash);
        const raw = place === undefined ? backend.pool?.get(hash)?.raw : txAt(place).raw;
        return raw === undefined ? null : to0x(raw);
      },
    },
    eth_getTransactionReceipt: {
      most: 1,
      run: async (list) => {
        const place = await placeOf(backend, list.at(0, params.hash));
        return place === undefined ? null : (renderReceipts(place.executed, place.index)[0] ?? null);
      },
    },
    eth_getTransactionByBlockNumberAndIndex: byIndex(backend, params.blockNumber),
    eth_getTransactionByBlockHashAndIndex: byIndex(backend, (value) => ({
      ...{ kind: 'hash', hash: params.hash(value), mustBeCanonical: false },
    })),
  };
}

/** Where a transaction stands on the canonical chain. */
export async function placeOf({ executor }: Backend, hash: Uint8Array): Promise<TxPlace | undefined> {
  const found = await executor.transaction(hash);
  const executed = found === undefined ? undefined : await executor.block(found.blockHash);
  return found === undefined || executed === undefined ? undefined : { executed, index: found.index };
}

const byIndex = (backend: Backend, read: params.Read<params.BlockRef>): Method => ({
  most: 2,
  run: async (list) => {
    const [ref, index] = [list.at(0, read), list.at(1, params.aNumber)];
    const executed = await findBlock(backend, ref);
    if (executed === undefined || index >= BigInt(executed.block.transactions.length)) return null;
    return renderTx({ executed, index: Number(index) });
  },
});
