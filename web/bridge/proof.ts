import { l2MessageLeaf, outputRoot } from '../../src/chain/output.ts';
import type { L2Message } from '../../src/ethereum/bridge-calls.ts';
import { rootOfMessage } from '../../src/chain/message-tree.ts';
import { equalBytes } from '../../src/crypto/bytes.ts';
import type { ProofAnswer } from './answers.ts';

/** Why a proof is not sent to L1, for the reader of the page. */
export class BadProof extends Error {}

/** What a proof must show. */
export interface Wanted {
  readonly l2ChainId: bigint;
  readonly message: L2Message;
  /** 32 bytes: what the output says on L1. */
  readonly outputRoot: Uint8Array;
}

/** Checks what a node gave as the contract will: a wrong one costs the fee of L1. @throws BadProof */
export function checkProof({ message, output, path }: ProofAnswer, wanted: Wanted): void {
  const leaf = l2MessageLeaf(wanted.message);
  if (!equalBytes(l2MessageLeaf(message), leaf)) throw new BadProof('The node proves another message.');
  if (!equalBytes(outputRoot(wanted.l2ChainId, output), wanted.outputRoot))
    throw new BadProof('The output on L1 is not what this node holds to be L2.');
  if (!equalBytes(rootOfMessage(leaf, Number(wanted.message.nonce), path), output.messageTreeRoot))
    throw new BadProof('The path of the node does not lead to the root of the output.');
}
