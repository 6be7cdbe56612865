import { concat, u8 } from '../crypto/bytes.ts';
import type { L1Log } from './abi.ts';
import { addressBytes } from './address.ts';
import { encodeRlp, rlpInteger } from './rlp.ts';

/** A receipt of L1 as far as the root over the receipts of its block binds it. */
export interface BoundReceipt {
  readonly type: number;
  readonly isSuccess: boolean;
  readonly cumulativeGasUsed: bigint;
  /** 256 bytes */
  readonly logsBloom: Uint8Array;
  readonly logs: readonly L1Log[];
}

/** A leaf under `receiptsRoot`. [EIP-658, EIP-2718] */
export function encodeL1Receipt({
  type,
  isSuccess,
  cumulativeGasUsed,
  logsBloom,
  logs,
}: BoundReceipt): Uint8Array {
  const list = encodeRlp([
    ...[rlpInteger(isSuccess ? 1n : 0n), rlpInteger(cumulativeGasUsed), logsBloom],
    logs.map(({ address, topics, data }) => [addressBytes(address), topics, data]),
  ]);
  return type === 0 ? list : concat(u8(type), list);
}
