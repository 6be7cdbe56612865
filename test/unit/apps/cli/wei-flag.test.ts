import { expect, it } from 'vitest';

import { weiFlag } from '../../../../src/apps/cli/wei-flag.ts';

it('an amount is a whole number that a contract can count', () => {
  const most = (1n << 256n) - 1n;
  for (const amount of [0n, 1n, most]) expect(weiFlag('--wei', String(amount))).toBe(amount);
  for (const text of ['', '01', '-1', '1.5', '1e18', String(most + 1n), '9'.repeat(79)])
    expect(() => weiFlag('--wei', text)).toThrow(expect.objectContaining({ code: 'usage', path: '--wei' }));
});
