import { decodeFunctionResult, encodeFunctionData, hexToBytes } from 'viem/utils';

import { to0x } from '../crypto/bytes.ts';
import { OperationError } from '../crypto/errors.ts';
import { type Address, parseAddress } from './address.ts';
import { bridgeAbi } from './contracts/bridge.ts';
import { disputeGameAbi } from './contracts/dispute-game.ts';
import { forcedInboxAbi } from './contracts/forced-inbox.ts';
import { messagePasserAbi } from './contracts/message-passer.ts';
import { messengerAbi } from './contracts/messenger.ts';
import { metisTokenAbi } from './contracts/metis-token.ts';
import { outputsAbi } from './contracts/outputs.ts';

/** A question to a contract, and how its answer is read. @throws OperationError bad-answer by `read` */
export interface View<T> {
  readonly data: Uint8Array;
  readonly read: (answer: Uint8Array) => T;
}

/** Makes a question; whatever a contract answers that is none has one code. */
function view<T>(data: `0x${string}`, read: (answer: `0x${string}`) => T): View<T> {
  return {
    data: hexToBytes(data),
    read: (answer) => {
      try {
        return read(to0x(answer));
      } catch (cause) {
        throw new OperationError('bad-answer', 'fatal', 'a contract answers what it never would', { cause });
      }
    },
  };
}

const number = (value: bigint | number): bigint => BigInt(value);

/** Wei that a deposit or message costs. [Bridge.sol] */
export function bridgeFee(): View<bigint> {
  const call = { abi: bridgeAbi, functionName: 'fee' } as const;
  return view(encodeFunctionData(call), (data) => decodeFunctionResult({ ...call, data }));
}

/** The token on L1 that is METIS. [BridgeState.sol] */
export function bridgeMetis(): View<Address> {
  const call = { abi: bridgeAbi, functionName: 'metis' } as const;
  return view(encodeFunctionData(call), (data) => parseAddress(decodeFunctionResult({ ...call, data })));
}

/** What a token of L1 is on L2. [Bridge.sol] */
export function l2TokenOf(token: Address): View<Address> {
  const call = { abi: bridgeAbi, functionName: 'l2TokenOf', args: [token] } as const;
  return view(encodeFunctionData(call), (data) => parseAddress(decodeFunctionResult({ ...call, data })));
}

/** Whether a message was released on L1, by its leaf. [Bridge.sol] */
export function isSpent(leaf: Uint8Array): View<boolean> {
  const call = { abi: bridgeAbi, functionName: 'spent', args: [to0x(leaf)] } as const;
  return view(encodeFunctionData(call), (data) => decodeFunctionResult({ ...call, data }));
}

/** Wei for each gas of a forced transaction. [ForcedInbox.sol] */
export function forcedFeePerGas(): View<bigint> {
  const call = { abi: forcedInboxAbi, functionName: 'feePerGas' } as const;
  return view(encodeFunctionData(call), (data) => decodeFunctionResult({ ...call, data }));
}

/** How much of a token somebody may take, in wei. [EIP-20] */
export function allowanceOf(owner: Address, spender: Address): View<bigint> {
  const call = { abi: metisTokenAbi, functionName: 'allowance', args: [owner, spender] } as const;
  return view(encodeFunctionData(call), (data) => decodeFunctionResult({ ...call, data }));
}

/** Wei of a token that somebody has. [EIP-20] */
export function tokenBalance(owner: Address): View<bigint> {
  const call = { abi: metisTokenAbi, functionName: 'balanceOf', args: [owner] } as const;
  return view(encodeFunctionData(call), (data) => decodeFunctionResult({ ...call, data }));
}

/** Whether Messenger has delivered a message, by its leaf. [Messenger.sol] */
export function isRelayed(leaf: Uint8Array): View<boolean> {
  const call = { abi: messengerAbi, functionName: 'relayed', args: [to0x(leaf)] } as const;
  return view(encodeFunctionData(call), (data) => decodeFunctionResult({ ...call, data }));
}

/** The L1 block at which a root of messages was proven to Messenger; 0 for never. [Messenger.sol] */
export function provenAt(root: Uint8Array): View<bigint> {
  const call = { abi: messengerAbi, functionName: 'originOf', args: [to0x(root)] } as const;
  return view(encodeFunctionData(call), (data) => decodeFunctionResult({ ...call, data }));
}

/** The newest output. [Outputs.sol] */
export function lastOutput(): View<bigint> {
  const call = { abi: outputsAbi, functionName: 'lastIndex' } as const;
  return view(encodeFunctionData(call), (data) => number(decodeFunctionResult({ ...call, data })));
}

/** The newest output that is final. [Outputs.sol] */
export function lastFinalOutput(): View<bigint> {
  const call = { abi: outputsAbi, functionName: 'lastFinal' } as const;
  return view(encodeFunctionData(call), (data) => number(decodeFunctionResult({ ...call, data })));
}

/** METIS wei that an account has free for bonds, and that a new output takes. [Outputs.sol] */
export function depositOf(account: Address): View<bigint> {
  const call = { abi: outputsAbi, functionName: 'depositOf', args: [account] } as const;
  return view(encodeFunctionData(call), (data) => decodeFunctionResult({ ...call, data }));
}

/** METIS wei that a new output takes. [Outputs.sol] */
export function outputBond(): View<bigint> {
  const call = { abi: outputsAbi, functionName: 'outputBond' } as const;
  return view(encodeFunctionData(call), (data) => number(decodeFunctionResult({ ...call, data })));
}

const statuses = ['none', 'proposed', 'disputed', 'rejected'] as const;

/** A claim about L2. [IOutputs.sol, Output] */
export interface OutputRecord {
  /** 32 bytes */
  readonly outputRoot: Uint8Array;
  readonly l2Block: bigint;
  /** Unix seconds. */
  readonly windowEnd: bigint;
  readonly status: (typeof statuses)[number];
  readonly proposer: Address;
  /** METIS wei. */
  readonly bond: bigint;
}

/** A claim by its index. [Outputs.sol] */
export function outputAt(index: bigint): View<OutputRecord> {
  const call = { abi: outputsAbi, functionName: 'outputAt', args: [index] } as const;
  return view(encodeFunctionData(call), (data) => {
    const found = decodeFunctionResult({ ...call, data });
    return {
      ...{ outputRoot: hexToBytes(found.outputRoot), l2Block: found.l2Block, windowEnd: found.windowEnd },
      ...{ status: statuses[found.status] ?? 'none', proposer: parseAddress(found.proposer) },
      bond: found.bond,
    };
  });
}

const phases = ['none', 'publish', 'choose', 'reveal', 'judge', 'resolved'] as const;

/** A game about an output. Roots have 32 bytes. [IDisputeGame.sol, Game] */
export interface GameRecord {
  readonly id: bigint;
  readonly outputIndex: bigint;
  readonly low: bigint;
  readonly high: bigint;
  /** Unix seconds: of the next move, or of the verdict. */
  readonly deadline: bigint;
  readonly lowRoot: Uint8Array;
  readonly highRoot: Uint8Array;
  /** What was published for the block in the middle. */
  readonly midRoot: Uint8Array;
  readonly proposer: Address;
  readonly challenger: Address;
  readonly phase: (typeof phases)[number];
}

/** A game by its id. [DisputeGame.sol] */
export function gameAt(id: bigint): View<GameRecord> {
  const call = { abi: disputeGameAbi, functionName: 'gameAt', args: [id] } as const;
  return view(encodeFunctionData(call), (data) => {
    const found = decodeFunctionResult({ ...call, data });
    return {
      ...{ id, outputIndex: found.outputIndex, low: found.low, high: found.high, deadline: found.deadline },
      ...{ lowRoot: hexToBytes(found.lowRoot), highRoot: hexToBytes(found.highRoot) },
      ...{ midRoot: hexToBytes(found.midRoot), phase: phases[found.phase] ?? 'none' },
      ...{ proposer: parseAddress(found.proposer), challenger: parseAddress(found.challenger) },
    };
  });
}

/** The newest game; ids count from 1. [DisputeGame.sol] */
export function lastGame(): View<bigint> {
  const call = { abi: disputeGameAbi, functionName: 'lastGame' } as const;
  return view(encodeFunctionData(call), (data) => decodeFunctionResult({ ...call, data }));
}

/** The root of all messages that left L2, 32 bytes. [MessagePasser.sol] */
export function messageRootOf(): View<Uint8Array> {
  const call = { abi: messagePasserAbi, functionName: 'messageRoot' } as const;
  return view(encodeFunctionData(call), (data) => hexToBytes(decodeFunctionResult({ ...call, data })));
}
