import type { TxLog, TxReceipt } from '../../chain/execution.ts';
import { concat, u8 } from '../../crypto/bytes.ts';
import { addressBytes } from '../../ethereum/address.ts';
import { rlpBytes, rlpList, rlpNumber } from '../../ethereum/rlp-parts.ts';
import { bloomOf } from './bloom.ts';

/** A log as RLP has it. */
export const encodeLog = ({ address, topics, data }: TxLog): Uint8Array =>
  rlpList([rlpBytes(addressBytes(address)), rlpList(topics.map(rlpBytes)), rlpBytes(data)]);

/** A receipt as the trie under `receiptsRoot` holds it, and the bloom in it. [EIP-2718, EIP-658] */
export function encodeReceipt(receipt: TxReceipt): {
  readonly bytes: Uint8Array;
  readonly bloom: Uint8Array;
} {
  const { type, isSuccess, cumulativeGasUsed, logs } = receipt;
  const bloom = bloomOf(logs);
  const body = rlpList([
    ...[rlpNumber(isSuccess ? 1n : 0n), rlpNumber(cumulativeGasUsed), rlpBytes(bloom)],
    rlpList(logs.map(encodeLog)),
  ]);
  return { bytes: type === 0 ? body : concat(u8(type), body), bloom };
}
