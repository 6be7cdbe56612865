import { to0x } from '../../crypto/bytes.ts';
import { assert } from '../../crypto/errors.ts';
import type { L2Block } from '../../chain/block.ts';
import type { ExecutedBlock, PlacedLog, TxLog, TxReceipt } from '../../chain/execution.ts';
import type { Address } from '../../ethereum/address.ts';
import { type UnprovenL2Tx, readUnprovenTx } from '../../ethereum/l2-tx.ts';
import { bloomOf } from '../../services/engine/bloom.ts';
import { plain, quantity } from './output.ts';

/** A transaction, a receipt or a log as it is printed. */
type Printed = Readonly<Record<string, unknown>>;

/** Where a transaction stands in a block. */
export interface TxPlace {
  readonly executed: ExecutedBlock;
  readonly index: number;
}

/** Raw bytes of a transaction, and its receipt. */
export function txAt({ executed, index }: TxPlace): {
  readonly raw: Uint8Array;
  readonly receipt: TxReceipt;
} {
  const [raw, receipt] = [executed.block.transactions[index], executed.receipts[index]];
  assert(raw !== undefined && receipt !== undefined, 'each transaction has a receipt');
  return { raw, receipt };
}

/** A transaction of a block. */
export function renderTx(place: TxPlace): Printed {
  const { raw, receipt } = txAt(place);
  const { block } = place.executed;
  return {
    ...{ blockHash: to0x(block.hash), blockNumber: quantity(block.header.number) },
    transactionIndex: quantity(place.index),
    ...txFields(readUnprovenTx(raw), receipt.from, receipt.effectiveGasPrice),
  };
}

/** A transaction that waits for a block. */
export const renderPendingTx = (tx: UnprovenL2Tx, from: Address): Printed => ({
  ...{ blockHash: null, blockNumber: null, transactionIndex: null },
  ...txFields(tx, from, tx.maxFeePerGas),
});

function txFields(tx: UnprovenL2Tx, from: Address, gasPrice: bigint): Printed {
  const { type, chainId, signature } = tx;
  const v = type === 0 ? legacyV(chainId, signature.yParity) : BigInt(signature.yParity);
  return {
    ...{ hash: to0x(tx.hash), type: quantity(type), from: plain(from) },
    ...{ to: tx.to === undefined ? null : plain(tx.to), nonce: quantity(tx.nonce) },
    ...{ gas: quantity(tx.gasLimit), value: quantity(tx.value), input: to0x(tx.data) },
    gasPrice: quantity(gasPrice),
    ...(type === 2
      ? {
          maxFeePerGas: quantity(tx.maxFeePerGas),
          maxPriorityFeePerGas: quantity(tx.maxPriorityFeePerGas),
        }
      : {}),
    ...(chainId === undefined ? {} : { chainId: quantity(chainId) }),
    ...(type === 0
      ? {}
      : {
          accessList: tx.accessList.map((entry) => ({
            address: plain(entry.address),
            storageKeys: entry.storageKeys.map(to0x),
          })),
          yParity: quantity(signature.yParity),
        }),
    ...{ v: quantity(v), r: quantity(signature.r), s: quantity(signature.s) },
  };
}

/** [EIP-155] */
const legacyV = (chainId: bigint | undefined, yParity: 0 | 1): bigint =>
  (chainId === undefined ? 27n : 35n + 2n * chainId) + BigInt(yParity);

/** The receipt of a transaction; `firstLog` is the place in the block of its first log. */
function renderReceipt(place: TxPlace, firstLog: number): Printed {
  const { receipt } = txAt(place);
  const { block } = place.executed;
  return {
    ...{ transactionHash: to0x(receipt.hash), transactionIndex: quantity(place.index) },
    ...{ blockHash: to0x(block.hash), blockNumber: quantity(block.header.number) },
    ...{ from: plain(receipt.from), to: receipt.to === undefined ? null : plain(receipt.to) },
    contractAddress: receipt.created === undefined ? null : plain(receipt.created),
    ...{ type: quantity(receipt.type), status: quantity(receipt.isSuccess ? 1 : 0) },
    gasUsed: quantity(receipt.gasUsed),
    cumulativeGasUsed: quantity(receipt.cumulativeGasUsed),
    effectiveGasPrice: quantity(receipt.effectiveGasPrice),
    logsBloom: to0x(bloomOf(receipt.logs)),
    logs: receipt.logs.map((log, i) =>
      renderLog(placedLog(log, { block, receipt, index: place.index, logIndex: firstLog + i })),
    ),
  };
}

interface LogPlace {
  readonly block: L2Block;
  readonly receipt: TxReceipt;
  readonly index: number;
  readonly logIndex: number;
}

const placedLog = (log: TxLog, { block, receipt, index, logIndex }: LogPlace): PlacedLog => ({
  ...log,
  ...{ blockNumber: block.header.number, blockHash: block.hash, transactionHash: receipt.hash },
  ...{ transactionIndex: index, logIndex },
});

/** All receipts of a block, or those at `only`. */
export function renderReceipts(executed: ExecutedBlock, only?: number): readonly Printed[] {
  let logs = 0;
  const out: Printed[] = [];
  executed.receipts.forEach((receipt, index) => {
    if (only === undefined || only === index) out.push(renderReceipt({ executed, index }, logs));
    logs += receipt.logs.length;
  });
  return out;
}

/** All logs of a block, in their order. */
export function logsOfBlock({ block, receipts }: ExecutedBlock): readonly PlacedLog[] {
  const out: PlacedLog[] = [];
  receipts.forEach((receipt, index) => {
    for (const log of receipt.logs) out.push(placedLog(log, { block, receipt, index, logIndex: out.length }));
  });
  return out;
}

/** A log; `isRemoved` where the block that held it is no longer canonical. */
export const renderLog = (log: PlacedLog, isRemoved = false): Printed => ({
  ...{ address: plain(log.address), topics: log.topics.map(to0x), data: to0x(log.data) },
  ...{ blockNumber: quantity(log.blockNumber), blockHash: to0x(log.blockHash) },
  transactionHash: to0x(log.transactionHash),
  ...{ transactionIndex: quantity(log.transactionIndex), logIndex: quantity(log.logIndex) },
  removed: isRemoved,
});
