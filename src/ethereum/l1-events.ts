import type { Log } from 'viem';
import { decodeFunctionData, hexToBytes, parseEventLogs } from 'viem/utils';

import { to0x } from '../crypto/bytes.ts';
import { type BatchAppended, type BatchHeader, type L1Log, batchesAppended } from './abi.ts';
import { type Address, parseAddress } from './address.ts';
import { batchInboxAbi } from './contracts/batch-inbox.ts';
import { bridgeAbi } from './contracts/bridge.ts';
import { forcedInboxAbi } from './contracts/forced-inbox.ts';
import { outputsAbi } from './contracts/outputs.ts';

/** What contracts of L1 said to L2; places are those of logs in what was given. */
export interface L1Events {
  readonly credits: readonly { readonly nonce: bigint; readonly to: Address; readonly gwei: bigint }[];
  /** Leaves, 32 bytes each. */
  readonly messages: readonly Uint8Array[];
  /** Raw transactions. */
  readonly forced: readonly Uint8Array[];
  readonly outputs: readonly {
    readonly index: bigint;
    readonly outputRoot: Uint8Array;
    readonly l2Block: bigint;
    readonly proposer: Address;
  }[];
}

/** Where the contracts are. */
export interface L1Places {
  readonly bridge: Address;
  readonly forcedInbox: Address;
  readonly outputs: Address;
}

/** viem asks for a whole log, though it reads these three fields only. */
const whole = ({ address, topics: [first, ...rest], data }: L1Log): Log => ({
  ...{ address, data: to0x(data), topics: first === undefined ? [] : [to0x(first), ...rest.map(to0x)] },
  ...{ blockHash: null, blockNumber: null, blockTimestamp: undefined, logIndex: null },
  ...{ transactionHash: null, transactionIndex: null, removed: false },
});

const of = (logs: readonly L1Log[], place: Address): Log[] =>
  logs.filter(({ address }) => address === place).map(whole);

/** All that these logs say to L2, but for batches; logs of other contracts are passed over. */
export function l1EventsOf(logs: readonly L1Log[], places: L1Places): L1Events {
  const bridge = of(logs, places.bridge);
  const abi = bridgeAbi;
  const credits = parseEventLogs({ abi, eventName: 'NativeCredit', logs: bridge });
  const messages = parseEventLogs({ abi, eventName: 'MessageQueued', logs: bridge });
  const forced = parseEventLogs({
    ...{ abi: forcedInboxAbi, eventName: 'ForcedTxQueued', logs: of(logs, places.forcedInbox) },
  });
  const outputs = parseEventLogs({
    ...{ abi: outputsAbi, eventName: 'OutputProposed', logs: of(logs, places.outputs) },
  });
  return {
    credits: credits.map(({ args }) => ({
      ...{ nonce: args.nonce, to: parseAddress(args.to), gwei: args.amountGwei },
    })),
    messages: messages.map(({ args }) => hexToBytes(args.leaf)),
    forced: forced.map(({ args }) => hexToBytes(args.rawTx)),
    outputs: outputs.map(({ args }) => ({
      ...{ index: args.index, outputRoot: hexToBytes(args.outputRoot), l2Block: args.l2Block },
      proposer: parseAddress(args.proposer),
    })),
  };
}

/** The batches that an inbox took by the logs of one transaction, and those that were posted again. */
export function inboxEventsOf(
  logs: readonly L1Log[],
  inbox: Address,
): { readonly appended: readonly BatchAppended[]; readonly reposted: readonly bigint[] } {
  const reposted = parseEventLogs({
    ...{ abi: batchInboxAbi, eventName: 'PayloadReposted', logs: of(logs, inbox) },
  });
  return { appended: batchesAppended(logs, inbox), reposted: reposted.map(({ args }) => args.index) };
}

/** A call of the inbox by anybody, with whatever certificate; `payload` is empty for blobs. */
export interface SeenInboxCall {
  readonly name: 'submitBatch' | 'submitBlobBatch' | 'repost';
  readonly header: BatchHeader;
  readonly payload: Uint8Array;
}

/** The call that calldata makes; `undefined` for any other. Whether it came through, the logs say. */
export function seenInboxCall(data: Uint8Array): SeenInboxCall | undefined {
  try {
    const { functionName, args } = decodeFunctionData({ abi: batchInboxAbi, data: to0x(data) });
    switch (functionName) {
      case 'submitBatch':
      case 'repost':
        return { name: functionName, header: headerOf(args[0]), payload: hexToBytes(args[1]) };
      case 'submitBlobBatch':
        return { name: functionName, header: headerOf(args[0]), payload: new Uint8Array(0) };
      default:
        return undefined;
    }
  } catch {
    return undefined; // no call of these
  }
}

type AbiHeader = {
  readonly [K in keyof BatchHeader]: BatchHeader[K] extends Uint8Array ? `0x${string}` : BatchHeader[K];
};

const headerOf = (record: AbiHeader): BatchHeader => ({
  ...record,
  ...{ parentHash: bytesOf(record.parentHash), lastHash: bytesOf(record.lastHash) },
  ...{ blocksRoot: bytesOf(record.blocksRoot), payloadHash: bytesOf(record.payloadHash) },
});
const bytesOf = (hex: `0x${string}`): Uint8Array => hexToBytes(hex);
