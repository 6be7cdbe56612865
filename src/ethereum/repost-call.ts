import { encodeFunctionData, getAbiItem, hexToBytes, toEventSelector } from 'viem/utils';

import { to0x } from '../crypto/bytes.ts';
import { type BatchHeader, recordOf } from './abi.ts';
import type { Address } from './address.ts';
import type { ContractCall } from './bridge-calls.ts';
import { batchInboxAbi } from './contracts/batch-inbox.ts';

/** Posts a payload that a committee has lost; whoever calls it. [BatchInbox.sol, repost] */
export const repostCall = (inbox: Address, header: BatchHeader, payload: Uint8Array): ContractCall => ({
  to: inbox,
  data: hexToBytes(
    encodeFunctionData({
      ...{ abi: batchInboxAbi, functionName: 'repost', args: [recordOf(header), to0x(payload)] },
    }),
  ),
});

/** The first topic of what the inbox says of a payload that was posted again; the second is the index. */
export const repostTopic: Uint8Array = hexToBytes(
  toEventSelector(getAbiItem({ abi: batchInboxAbi, name: 'PayloadReposted' })),
);
