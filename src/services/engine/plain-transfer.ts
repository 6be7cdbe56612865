import { equalBytes } from '../../crypto/bytes.ts';
import { NEW_ACCOUNT, NO_CODE } from './account.ts';
import { accountKey, keyOf } from './key.ts';
import type { Machine, MachineBlock } from './machine.ts';
import type { Message, Outcome } from './message.ts';

const NOTHING = new Uint8Array(0);
const BALANCE_BITS = 256n;

/**
 * A transaction that only moves money to an account without code, by arithmetic alone: most transactions are
 * such, and the machine would take several times as long to come to the same. `undefined`, and nothing
 * changed, for every other one. The transaction is valid, as for `applyTransaction`. [ADR 0023]
 */
export function plainTransfer(
  { evm, state: { draft } }: Machine,
  { header }: MachineBlock,
  { from, to, value, gasPrice, intrinsicGas }: Message,
): Outcome | undefined {
  // An account that is empty afterwards would have to go: what moves nothing is left to the machine.
  if (to === undefined || value === 0n || evm.getPrecompile(to) !== undefined) return undefined;
  const [sender, recipient, vault] = [accountKey(from), accountKey(to), keyOf(header.coinbase.bytes)];
  if (draft.account(vault) === undefined) return undefined;
  const { balance, codeHash } = draft.account(recipient) ?? NEW_ACCOUNT;
  if (!equalBytes(codeHash, NO_CODE) || (balance + value) >> BALANCE_BITS !== 0n) return undefined;
  const payer = draft.account(sender) ?? NEW_ACCOUNT;
  const paid = value + intrinsicGas * gasPrice;
  draft.setAccount(sender, { ...payer, nonce: payer.nonce + 1n, balance: payer.balance - paid });
  const tip = gasPrice - (header.baseFeePerGas ?? 0n);
  for (const [key, wei] of [[recipient, value] as const, [vault, intrinsicGas * tip] as const]) {
    const account = draft.account(key) ?? NEW_ACCOUNT;
    draft.setAccount(key, { ...account, balance: account.balance + wei });
  }
  return {
    ...{ isSuccess: true, fault: undefined, output: NOTHING, gasUsed: intrinsicGas },
    ...{ created: undefined, logs: [] },
  };
}
