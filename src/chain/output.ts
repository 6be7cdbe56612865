import { equalBytes } from '../crypto/bytes.ts';
import { assert } from '../crypto/errors.ts';
import { contractTags } from '../crypto/tags.ts';
import { type Address, addressBytes, keccak256 } from '../ethereum/address.ts';
import type { L2Message } from '../ethereum/bridge-calls.ts';
import { contractDigest } from '../ethereum/contract-digest.ts';
import {
  type MessageTree,
  appendMessages,
  emptyMessageTree,
  messagePath,
  messageTreeRoot,
} from './message-tree.ts';

/** What an output root commits to. [IBridge.sol, OutputProof] */
export interface OutputContent {
  readonly blockNumber: bigint;
  /** 32 bytes each. */
  readonly blockHash: Uint8Array;
  readonly stateRoot: Uint8Array;
  /** Of the tree of messages to L1 at the end of the block. */
  readonly messageTreeRoot: Uint8Array;
}

/** The root of an output, 32 bytes. [Messages.sol, outputRoot] */
export const outputRoot = (l2ChainId: bigint, output: OutputContent): Uint8Array =>
  contractDigest(
    ...([contractTags.output, l2ChainId, output.blockNumber] as const),
    ...([output.blockHash, output.stateRoot, output.messageTreeRoot] as const),
  );

/** Leaf of a message to L1, 32 bytes. [Messages.sol, leafOf] */
export const l2MessageLeaf = ({ nonce, sender, target, token, amount, data }: L2Message): Uint8Array =>
  contractDigest(
    ...([contractTags.l2Message, nonce] as const),
    ...[sender, target, token].map(addressBytes),
    ...([amount, keccak256(data)] as const),
  );

/** A message on its way to L2. [IMessenger.sol, L1Message] */
export interface L1Message {
  readonly nonce: bigint;
  readonly sender: Address;
  readonly target: Address;
  /** u32: gas that the target gets at least. */
  readonly l2Gas: bigint;
  readonly data: Uint8Array;
}

/** Leaf of a message to L2, 32 bytes. [Messages.sol, l1Leaf] */
export const l1MessageLeaf = ({ nonce, sender, target, l2Gas, data }: L1Message): Uint8Array =>
  contractDigest(
    ...([contractTags.l1Message, nonce, addressBytes(sender), addressBytes(target)] as const),
    ...([l2Gas, keccak256(data)] as const),
  );

/** What `finalizeWithdrawal` is given beside the message and the number of the output. */
export interface WithdrawalProof {
  readonly output: OutputContent;
  /** 32 of 32 bytes, lowest first. */
  readonly path: readonly Uint8Array[];
}

/**
 * Proves a message by the leaves of all messages that L2 passed up to the block of an output, in their order.
 * `block` is that block.
 */
export function proveWithdrawal(
  message: L2Message,
  leaves: readonly Uint8Array[],
  block: Omit<OutputContent, 'messageTreeRoot'>,
): WithdrawalProof {
  const index = Number(message.nonce);
  const leaf = leaves[index];
  assert(leaf !== undefined && equalBytes(leaf, l2MessageLeaf(message)), 'the message stands at its nonce');
  const tree: MessageTree = appendMessages(emptyMessageTree, leaves);
  return { output: { ...block, messageTreeRoot: messageTreeRoot(tree) }, path: messagePath(leaves, index) };
}
