import type { UpdateKeyRequest } from '../../chain/duty-update-key.ts';
import { aboveMarks, unless } from './checks.ts';
import type { Check, PolicyInput, UpdateKeyRule } from './verdict.ts';

/**
 * The checks of a request for the proof of an account, in the order in which they are made. What the proof
 * says follows from the request alone: there is no content to look into.
 */
export function refuseUpdateKey(
  rule: UpdateKeyRule,
  request: UpdateKeyRequest,
  input: PolicyInput,
): readonly Check[] {
  const { l1, key } = input;
  const { l1ChainId, account, registry, purpose, activationBlock } = request;
  const head = l1?.head;
  return [
    () => unless(l1ChainId === rule.l1ChainId, 'wrong-chain', `l1ChainId ${l1ChainId}`),
    () =>
      unless(
        l1 === undefined || l1.chainId === rule.l1ChainId,
        'wrong-chain',
        'the L1 endpoint is of another chain',
      ),
    () => unless(account === key?.address, 'key-denied', `account ${account}`),
    () => unless(registry === rule.registry, 'wrong-target', `registry ${registry}`),
    () => unless(rule.purposes.includes(purpose), 'purpose-denied', `rule ${rule.id} has no ${purpose}`),
    () =>
      unless(
        head === undefined || activationBlock > head,
        'activation-past',
        `block ${activationBlock} is there, L1 is at ${head}`,
      ),
    () =>
      unless(
        head === undefined || activationBlock <= head + rule.maxAheadBlocks,
        'activation-too-far',
        `block ${activationBlock} is more than ${rule.maxAheadBlocks} after ${head}`,
      ),
    () => aboveMarks(input),
  ];
}
