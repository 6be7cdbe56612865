import { encodeFunctionData, hexToBytes } from 'viem/utils';

import { to0x } from '../crypto/bytes.ts';
import { assert } from '../crypto/errors.ts';
import { type Address, parseAddress } from './address.ts';
import { bridgeAbi } from './contracts/bridge.ts';
import { forcedInboxAbi } from './contracts/forced-inbox.ts';
import { l2TokenBridgeAbi } from './contracts/l2-token-bridge.ts';
import { messagePasserAbi } from './contracts/message-passer.ts';
import { messengerAbi } from './contracts/messenger.ts';
import { metisTokenAbi } from './contracts/metis-token.ts';
import { predeploys } from './l2-genesis.ts';

/** A call of a contract, ready to be sent. `value` in wei. */
export interface ContractCall {
  readonly to: Address;
  readonly data: Uint8Array;
  readonly value?: bigint | undefined;
}

/** A message that left L2. Amounts in wei. [IBridge.sol, L2Message] */
export interface L2Message {
  readonly nonce: bigint;
  readonly sender: Address;
  readonly target: Address;
  /** Zero stands for METIS. */
  readonly token: Address;
  readonly amount: bigint;
  readonly data: Uint8Array;
}

/** A message on its way to L2. [IMessenger.sol, L1Message] */
export interface ArrivingMessage {
  readonly nonce: bigint;
  readonly sender: Address;
  readonly target: Address;
  /** u32 */
  readonly l2Gas: bigint;
  readonly data: Uint8Array;
}

/** What an output root commits to; 32 bytes each but for the number. [IBridge.sol, OutputProof] */
export interface OpenedOutput {
  readonly blockNumber: bigint;
  readonly blockHash: Uint8Array;
  readonly stateRoot: Uint8Array;
  readonly messageTreeRoot: Uint8Array;
}

/** The token that stands for METIS in a message to L1. */
export const METIS: Address = parseAddress(`0x${'00'.repeat(20)}`);

type Hash = `0x${string}`;
type Siblings<Found extends readonly Hash[] = readonly []> = Found['length'] extends 32
  ? Found
  : Siblings<readonly [...Found, Hash]>;

const isWhole = (path: readonly Hash[]): path is Siblings => path.length === 32;

function pathOf(siblings: readonly Uint8Array[]): Siblings {
  const path = siblings.map(to0x);
  assert(isWhole(path), `a path of ${path.length} siblings`);
  return path;
}

/** An output as contracts are given it. */
export const openedForAbi = (
  output: OpenedOutput,
): { readonly [K in keyof OpenedOutput]: OpenedOutput[K] extends Uint8Array ? Hash : OpenedOutput[K] } => ({
  ...{ blockNumber: output.blockNumber, blockHash: to0x(output.blockHash) },
  ...{ stateRoot: to0x(output.stateRoot), messageTreeRoot: to0x(output.messageTreeRoot) },
});

const bytes = (hex: Hash): Uint8Array => hexToBytes(hex);

/** Lets somebody take so much of a token, in wei. [EIP-20] */
export const approveCall = (token: Address, spender: Address, amount: bigint): ContractCall => ({
  to: token,
  data: bytes(
    encodeFunctionData({
      ...{ abi: metisTokenAbi, functionName: 'approve', args: [spender, amount] },
    }),
  ),
});

/** METIS, or a registered token, on its way to L2. */
export interface Deposit {
  readonly bridge: Address;
  readonly l2ChainId: bigint;
  readonly token: Address;
  readonly to: Address;
  /** Wei, not zero. */
  readonly amount: bigint;
  /** u32: gas that the delivery of a token gets on L2; unused for METIS. */
  readonly l2Gas: number;
  /** Wei: what the bridge asks for. */
  readonly fee: bigint;
}

/** Deposits what the bridge may take already. [Bridge.sol] */
export const depositCall = ({ bridge, l2ChainId, token, to, amount, l2Gas, fee }: Deposit): ContractCall => ({
  ...{ to: bridge, value: fee },
  data: bytes(
    encodeFunctionData({
      ...{ abi: bridgeAbi, functionName: 'depositERC20ToByChainId' },
      args: [l2ChainId, token, METIS, to, amount, l2Gas, '0x'],
    }),
  ),
});

/** Puts a signed transaction of L2 where nobody can leave it out; `fee` in wei. [ForcedInbox.sol] */
export const forceCall = (forcedInbox: Address, raw: Uint8Array, fee: bigint): ContractCall => ({
  ...{ to: forcedInbox, value: fee },
  data: bytes(encodeFunctionData({ abi: forcedInboxAbi, functionName: 'enqueue', args: [to0x(raw)] })),
});

/** Lets METIS, or what L2 has of a token of L1, leave L2. [MessagePasser.sol, L2TokenBridge.sol] */
export function withdrawCall(token: Address, to: Address, amount: bigint): ContractCall {
  const args = [token, to, amount] as const;
  if (token === METIS) {
    const call = { abi: messagePasserAbi, functionName: 'withdraw', args } as const;
    return { to: predeploys.MessagePasser, value: amount, data: bytes(encodeFunctionData(call)) };
  }
  const call = { abi: l2TokenBridgeAbi, functionName: 'withdraw', args } as const;
  return { to: predeploys.L2TokenBridge, data: bytes(encodeFunctionData(call)) };
}

/** A message that left L2, and what shows it to L1. */
export interface Finalization {
  readonly bridge: Address;
  readonly message: L2Message;
  readonly outputIndex: bigint;
  readonly output: OpenedOutput;
  /** 32 of 32 bytes, lowest first. */
  readonly path: readonly Uint8Array[];
}

/** Releases on L1 what left L2. [Bridge.sol] */
export const finalizeCall = ({ bridge, message, outputIndex, output, path }: Finalization): ContractCall => ({
  to: bridge,
  data: bytes(
    encodeFunctionData({
      ...{ abi: bridgeAbi, functionName: 'finalizeWithdrawal' },
      args: [
        { ...message, data: to0x(message.data) },
        ...([outputIndex, openedForAbi(output), pathOf(path)] as const),
      ],
    }),
  ),
});

/** What a block of L2 says of L1; 32 bytes each. */
export interface Checkpoint {
  /** Unix seconds: of the L2 block. */
  readonly timestamp: bigint;
  readonly originNumber: bigint;
  readonly originHash: Uint8Array;
  readonly messageRoot: Uint8Array;
}

/** Proves to Messenger which messages L1 had sent. [Messenger.sol] */
export const checkpointCall = (checkpoint: Checkpoint): ContractCall => ({
  to: predeploys.Messenger,
  data: bytes(
    encodeFunctionData({
      ...{ abi: messengerAbi, functionName: 'checkpoint' },
      args: [
        ...([checkpoint.timestamp, checkpoint.originNumber] as const),
        ...([to0x(checkpoint.originHash), to0x(checkpoint.messageRoot)] as const),
      ],
    }),
  ),
});

/** Delivers a message on L2. [Messenger.sol] */
export const relayCall = (message: ArrivingMessage, path: readonly Uint8Array[]): ContractCall => ({
  to: predeploys.Messenger,
  data: bytes(
    encodeFunctionData({
      ...{ abi: messengerAbi, functionName: 'relay' },
      args: [{ ...message, l2Gas: Number(message.l2Gas), data: to0x(message.data) }, pathOf(path)],
    }),
  ),
});
