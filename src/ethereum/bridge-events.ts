import type { Log } from 'viem';
import { hexToBytes, parseEventLogs, toEventSelector, getAbiItem } from 'viem/utils';

import { to0x } from '../crypto/bytes.ts';
import type { L1Log } from './abi.ts';
import { type Address, parseAddress } from './address.ts';
import type { ArrivingMessage, L2Message } from './bridge-calls.ts';
import { bridgeAbi } from './contracts/bridge.ts';
import { forcedInboxAbi } from './contracts/forced-inbox.ts';
import { messagePasserAbi } from './contracts/message-passer.ts';

/** A deposit, as the bridge tells it. [BridgeDeposits.sol] */
export interface Deposited {
  readonly token: Address;
  readonly from: Address;
  readonly to: Address;
  /** Wei. */
  readonly amount: bigint;
}

/** What viem asks for of a log, though it reads three fields only. */
const whole = ({ address, topics: [first, ...rest], data }: L1Log): Log => ({
  ...{ address, data: to0x(data), topics: first === undefined ? [] : [to0x(first), ...rest.map(to0x)] },
  ...{ blockHash: null, blockNumber: null, blockTimestamp: undefined, logIndex: null },
  ...{ transactionHash: null, transactionIndex: null, removed: false },
});

/** The first topics, 32 bytes, by which logs are asked for. */
export const bridgeTopics: Readonly<
  Record<'messagePassed' | 'messageQueued' | 'deposited' | 'forced', Uint8Array>
> = {
  messagePassed: hexToBytes(toEventSelector(getAbiItem({ abi: messagePasserAbi, name: 'MessagePassed' }))),
  messageQueued: hexToBytes(toEventSelector(getAbiItem({ abi: bridgeAbi, name: 'MessageQueued' }))),
  deposited: hexToBytes(toEventSelector(getAbiItem({ abi: bridgeAbi, name: 'ERC20DepositInitiated' }))),
  forced: hexToBytes(toEventSelector(getAbiItem({ abi: forcedInboxAbi, name: 'ForcedTxQueued' }))),
};

/** The messages that left L2 by these logs of MessagePasser, in their order. */
export const messagesPassed = (logs: readonly L1Log[]): readonly L2Message[] =>
  parseEventLogs({
    ...{ abi: messagePasserAbi, eventName: 'MessagePassed', logs: logs.map(whole) },
  }).map(({ args }) => ({
    ...{ nonce: args.nonce, sender: parseAddress(args.sender), target: parseAddress(args.target) },
    ...{ token: parseAddress(args.token), amount: args.amount, data: hexToBytes(args.data) },
  }));

/** The messages on their way to L2 by these logs of the bridge, in their order. */
export const messagesQueued = (logs: readonly L1Log[]): readonly ArrivingMessage[] =>
  parseEventLogs({
    ...{ abi: bridgeAbi, eventName: 'MessageQueued', logs: logs.map(whole) },
  }).map(({ args }) => ({
    ...{ nonce: args.nonce, sender: parseAddress(args.sender), target: parseAddress(args.target) },
    ...{ l2Gas: BigInt(args.l2Gas), data: hexToBytes(args.data) },
  }));

/** What was deposited by these logs of the bridge, in their order: METIS or tokens, in wei. */
export const depositsInitiated = (logs: readonly L1Log[]): readonly Deposited[] =>
  parseEventLogs({ abi: bridgeAbi, eventName: 'ERC20DepositInitiated', logs: logs.map(whole) }).map(
    ({ args }) => ({
      ...{ token: parseAddress(args.l1Token), from: parseAddress(args.from) },
      ...{ to: parseAddress(args.to), amount: args.amount },
    }),
  );

/** The raw transactions that were forced by these logs of ForcedInbox, in their order. */
export const forcedQueued = (logs: readonly L1Log[]): readonly Uint8Array[] =>
  parseEventLogs({ abi: forcedInboxAbi, eventName: 'ForcedTxQueued', logs: logs.map(whole) }).map(
    ({ args }) => hexToBytes(args.rawTx),
  );
