import { encodeFunctionData, hexToBytes } from 'viem/utils';

import { to0x } from '../crypto/bytes.ts';
import type { Address } from './address.ts';
import { type ContractCall, type OpenedOutput, openedForAbi } from './bridge-calls.ts';
import { contracts } from './contracts.ts';

/** Where a block stands in the batches. [IOutputs.sol, Placement] */
export interface BlockPlacement {
  /** 0 for a block that is in no batch. */
  readonly batchIndex: bigint;
  readonly position: bigint;
  /** 32 bytes each, from the leaf up. */
  readonly path: readonly Uint8Array[];
}

const placed = ({ batchIndex, position, path }: BlockPlacement) =>
  ({ batchIndex, blockPos: position, path: path.map(to0x) }) as const;

const abi = contracts.DisputeGame.abi;

/** Adds METIS wei to the deposit out of which bonds are taken; Outputs must be allowed to take them. */
export const bondCall = (outputs: Address, account: Address, amount: bigint): ContractCall => ({
  to: outputs,
  data: hexToBytes(
    encodeFunctionData({ abi: contracts.Outputs.abi, functionName: 'deposit', args: [account, amount] }),
  ),
});

/** Claims what L2 is after a block, under the bond of who sends it. [Outputs.sol, proposeOutput] */
export const proposeCall = (
  outputs: Address,
  index: bigint,
  output: OpenedOutput,
  place: BlockPlacement,
): ContractCall => ({
  to: outputs,
  data: hexToBytes(
    encodeFunctionData({
      ...{ abi: contracts.Outputs.abi, functionName: 'proposeOutput' },
      args: [index, openedForAbi(output), placed(place), 0n, '0x'],
    }),
  ),
});

/** A move in a game about an output. Roots have 32 bytes. [DisputeGame.sol] */
export type GameMove =
  | { readonly kind: 'open'; readonly outputIndex: bigint; readonly counterRoot: Uint8Array }
  | { readonly kind: 'publish'; readonly id: bigint; readonly middle: bigint; readonly root: Uint8Array }
  | { readonly kind: 'choose'; readonly id: bigint; readonly isLowerHalf: boolean }
  | {
      readonly kind: 'reveal';
      readonly id: bigint;
      readonly output: OpenedOutput;
      readonly place: BlockPlacement;
    }
  | { readonly kind: 'judge'; readonly id: bigint; readonly verifier: Address; readonly evidence: Uint8Array }
  | { readonly kind: 'claim-timeout'; readonly id: bigint }
  | { readonly kind: 'give-up'; readonly id: bigint };

/** The call that makes a move. */
export const moveCall = (game: Address, move: GameMove): ContractCall => ({
  to: game,
  data: hexToBytes(dataOf(move)),
});

function dataOf(move: GameMove): `0x${string}` {
  switch (move.kind) {
    case 'open':
      return encodeFunctionData({
        ...{ abi, functionName: 'open', args: [move.outputIndex, to0x(move.counterRoot)] },
      });
    case 'publish':
      return encodeFunctionData({
        ...{ abi, functionName: 'publish', args: [move.id, move.middle, to0x(move.root)] },
      });
    case 'choose':
      return encodeFunctionData({ abi, functionName: 'choose', args: [move.id, move.isLowerHalf] });
    case 'reveal':
      return encodeFunctionData({
        ...{ abi, functionName: 'reveal', args: [move.id, openedForAbi(move.output), placed(move.place)] },
      });
    case 'judge':
      return encodeFunctionData({
        ...{ abi, functionName: 'judge', args: [move.id, move.verifier, to0x(move.evidence)] },
      });
    case 'claim-timeout':
      return encodeFunctionData({ abi, functionName: 'claimTimeout', args: [move.id] });
    case 'give-up':
      return encodeFunctionData({ abi, functionName: 'giveUp', args: [move.id] });
  }
}
