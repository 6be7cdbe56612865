import type { Allowance } from './allowances.ts';

/** Files of `src` without a test of their own in `test/unit`: why, and where they are tested. */
export const untwinned: readonly Allowance[] = [
  ['src/system/ports.ts', 'types only; test/compliance holds the suite of every port'],
  ['src/ethereum/batch-inbox.ts', 'generated; contracts/test and test/e2e/l1.test.ts run it'],
  ['src/crypto/bulk.ts', 'types only; test/compliance/bulk.test.ts holds the suite of every implementation'],
];
