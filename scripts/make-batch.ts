/**
 * Writes a file of real signed L2 transactions, one a line, for `conclave sign batch --file`.
 * Usage: npx tsx scripts/make-batch.ts [--out FILE] [--count N] [--accounts N] [--seed TEXT] [--chain-id N]
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { batchFileText } from './lib/batch-file-text.ts';

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: 'batch.txt' },
    count: { type: 'string', default: '120' },
    accounts: { type: 'string', default: '24' },
    seed: { type: 'string', default: 'conclave-demo' },
    'chain-id': { type: 'string', default: '71001' },
  },
});

const numberOf = (name: 'count' | 'accounts'): number => {
  const value = Number(values[name]);
  if (Number.isInteger(value) && value > 0) return value;
  console.error(`--${name} is ${values[name]}, not a positive integer`);
  process.exit(2);
};

const plan = {
  seed: values.seed,
  l2ChainId: BigInt(values['chain-id']),
  accounts: numberOf('accounts'),
  transactions: numberOf('count'),
};
writeFileSync(values.out, batchFileText(plan));
console.log(
  `wrote ${values.out}: ${plan.transactions} signed transactions of ${plan.accounts} accounts ` +
    `for L2 chain ${plan.l2ChainId}, from the public seed "${plan.seed}"`,
);
