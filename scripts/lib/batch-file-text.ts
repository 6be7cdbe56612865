import { to0x } from '../../src/crypto/bytes.ts';
import { type BatchPlan, makeTransactions } from './test-transactions.ts';

/** The text of a batch file: a comment that says where it is from, then a raw transaction a line. */
export const batchFileText = (plan: BatchPlan): string =>
  [
    `# ${plan.transactions} signed transactions of ${plan.accounts} accounts for L2 chain ${plan.l2ChainId}`,
    `# made by scripts/make-batch.ts from the public seed "${plan.seed}": these keys are worth nothing`,
    ...makeTransactions(plan).map(to0x),
    '',
  ].join('\n');
