import { type WithdrawalProof, l2MessageLeaf, outputRoot, proveWithdrawal } from '../../chain/output.ts';
import { equalBytes, to0x } from '../../crypto/bytes.ts';
import { InputError, OperationError } from '../../crypto/errors.ts';
import type { Address } from '../../ethereum/address.ts';
import type { L2Message } from '../../ethereum/bridge-calls.ts';
import { bridgeTopics, messagesPassed } from '../../ethereum/bridge-events.ts';
import { type OutputRecord, lastFinalOutput, lastOutput, outputAt } from '../../ethereum/bridge-views.ts';
import { predeploys } from '../../ethereum/l2-genesis.ts';
import type { BridgeChain } from '../../system/l1-client-chain.ts';

/** What a transaction let leave L2, and in which block. */
export interface Withdrawal {
  readonly block: bigint;
  /** One at least. */
  readonly messages: readonly L2Message[];
}

/** Finds what a transaction of L2 let leave. @throws InputError no-withdrawal */
export async function withdrawalIn(l2: BridgeChain, hash: Uint8Array): Promise<Withdrawal> {
  const receipt = await l2.receipt(hash);
  const logs = receipt?.logs.filter(({ address }) => address === predeploys.MessagePasser) ?? [];
  const messages = messagesPassed(logs);
  if (receipt !== undefined && messages.length > 0) return { block: receipt.block, messages };
  const why = receipt === undefined ? 'is in no block of L2' : 'let nothing leave L2';
  throw new InputError('no-withdrawal', 'hash', `${to0x(hash)} ${why}`);
}

/** An output, by its index. */
export interface NumberedOutput extends OutputRecord {
  readonly index: bigint;
  readonly isFinal: boolean;
}

/** The oldest output that stands and says something of a block; `undefined` while there is none. */
export async function outputCovering(
  l1: BridgeChain,
  outputs: Address,
  block: bigint,
): Promise<NumberedOutput | undefined> {
  const [last, final] = await Promise.all([
    l1.ask(outputs, lastOutput()),
    l1.ask(outputs, lastFinalOutput()),
  ]);
  let found: NumberedOutput | undefined;
  for (let index = last; index > 0n; index--) {
    const output = await l1.ask(outputs, outputAt(index));
    if (output.status === 'rejected') continue;
    // Those that stand go up, so none before this one can cover the block.
    if (output.l2Block < block) break;
    found = { ...output, index, isFinal: index <= final };
  }
  return found;
}

/**
 * Proves a message against an output, from all that ever left L2 up to its block. @throws OperationError
 * output-differs when L2 is not what the output says
 */
export async function proveAgainst(
  l2: BridgeChain,
  message: L2Message,
  output: NumberedOutput,
): Promise<WithdrawalProof> {
  const [block, l2ChainId, logs] = await Promise.all([
    l2.block(output.l2Block),
    l2.chainId(),
    l2.logs({
      ...{ address: predeploys.MessagePasser, topic: bridgeTopics.messagePassed },
      ...{ from: 1n, to: output.l2Block },
    }),
  ]);
  const leaves = messagesPassed(logs).map(l2MessageLeaf);
  const { number: blockNumber, hash: blockHash, stateRoot } = block;
  const proof = proveWithdrawal(message, leaves, { blockNumber, blockHash, stateRoot });
  if (equalBytes(outputRoot(l2ChainId, proof.output), output.outputRoot)) return proof;
  throw new OperationError(
    'output-differs',
    'fatal',
    `output ${output.index} is not what this L2 is after block ${output.l2Block}`,
  );
}
