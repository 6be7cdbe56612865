import { expect, test } from 'vitest';

import { firstRefusal, refuse } from '../../../../src/node/policy/verdict.ts';

test('the first check that fails gives the reason, and none after it is asked', () => {
  let asked = 0;
  const never = (): undefined => {
    asked += 1;
    return undefined;
  };
  expect(firstRefusal([() => undefined, () => refuse('tx-type', 'a'), never])).toMatchObject({
    reason: 'tx-type',
  });
  expect(asked).toBe(0);
  expect(firstRefusal([never])).toBeUndefined();
});
