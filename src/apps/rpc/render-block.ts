import { to0x } from '../../crypto/bytes.ts';
import { type L2Block, encodeHeader, encodeWithdrawal } from '../../chain/block.ts';
import type { ExecutedBlock } from '../../chain/execution.ts';
import { isListPart, rlpBytes, rlpList } from '../../ethereum/rlp-parts.ts';
import { plain, quantity } from './output.ts';
import { renderTx } from './render-tx.ts';

/** A block or a header as it is printed. */
type Printed = Readonly<Record<string, unknown>>;

/** keccak256(rlp([])) */
const NO_UNCLES = '0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347';

/** A header with its hash; fields that no block of this chain uses have the values after the merge. */
export function renderHeader({ hash, header }: Pick<L2Block, 'hash' | 'header'>): Printed {
  return {
    ...{ number: quantity(header.number), hash: to0x(hash), parentHash: to0x(header.parentHash) },
    ...{ sha3Uncles: NO_UNCLES, miner: plain(header.coinbase), stateRoot: to0x(header.stateRoot) },
    transactionsRoot: to0x(header.transactionsRoot),
    ...{ receiptsRoot: to0x(header.receiptsRoot), logsBloom: to0x(header.logsBloom) },
    ...{ difficulty: '0x0', nonce: '0x0000000000000000', mixHash: to0x(header.prevRandao) },
    ...{ gasLimit: quantity(header.gasLimit), gasUsed: quantity(header.gasUsed) },
    ...{ timestamp: quantity(header.timestamp), extraData: to0x(header.extraData) },
    ...{ baseFeePerGas: quantity(header.baseFeePerGas), withdrawalsRoot: to0x(header.withdrawalsRoot) },
    ...{ blobGasUsed: '0x0', excessBlobGas: '0x0' },
    parentBeaconBlockRoot: to0x(header.parentBeaconBlockRoot),
  };
}

/** A block, with whole transactions or with their hashes. */
export function renderBlock(executed: ExecutedBlock, isFull: boolean): Printed {
  const { block, receipts } = executed;
  return {
    ...renderHeader(block),
    ...{ totalDifficulty: '0x0', size: quantity(encodeBlock(block).length), uncles: [] },
    transactions: receipts.map(({ hash }, index) => (isFull ? renderTx({ executed, index }) : to0x(hash))),
    withdrawals: block.withdrawals.map(({ index, address, gwei }) => ({
      ...{ index: quantity(index), validatorIndex: '0x0' },
      ...{ address: plain(address), amount: quantity(gwei) },
    })),
  };
}

/** A block as execution clients encode it: [header, transactions, uncles, withdrawals]. [EIP-4895] */
export const encodeBlock = ({ header, transactions, withdrawals }: L2Block): Uint8Array =>
  rlpList([
    encodeHeader(header),
    // A transaction of type 0 is a list of its own; one of a later type stands as bytes.
    rlpList(transactions.map((raw) => (isListPart(raw) ? raw : rlpBytes(raw)))),
    ...[rlpList([]), rlpList(withdrawals.map(encodeWithdrawal))],
  ]);
