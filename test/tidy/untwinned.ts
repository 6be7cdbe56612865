import type { Allowance } from './allowances.ts';

/** Files of `src` without a test of the same path in `test/unit`: each with the reason, and where it is tested. */
export const untwinned: readonly Allowance[] = [
  ['src/system/ports.ts', 'types only; test/compliance holds the suite of every port'],
];
