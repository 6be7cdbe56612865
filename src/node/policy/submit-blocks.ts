import type { SubmitBlocksRequest } from '../../chain/duty-submit-blocks.ts';
import { onlyUsesNonce, refuseSubmitBatch } from './submit-batch.ts';
import { type Check, type PolicyInput, type Refused, type SubmitBlocksRule, refuse } from './verdict.ts';

/**
 * The checks of a request to append a batch of blocks: those of every batch, and then the word of this node's
 * own verifier, which alone knows whether the blocks are those of the chain. What can only use its nonce up
 * was judged when the guard took it. [sequencer, 7.4 rule 4]
 */
export const refuseSubmitBlocks = (
  rule: SubmitBlocksRule,
  request: SubmitBlocksRequest,
  input: PolicyInput,
): readonly Check[] => [
  ...refuseSubmitBatch(rule, request, input),
  () => (onlyUsesNonce(request, input) ? undefined : ownVerdict(rule, input)),
];

function ownVerdict({ verifier }: SubmitBlocksRule, { verdict }: PolicyInput): Refused | undefined {
  if (verifier === 'none' || verdict?.kind === 'ok') return undefined;
  if (verdict?.kind === 'refused') return refuse('verifier-refused', verdict.reason);
  return refuse('verifier-unreachable', verdict?.reason ?? 'nobody was asked');
}
