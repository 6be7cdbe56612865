import { expect, test } from 'vitest';

import { batchRules, firstRefusal, refuse, updateKeyRules } from '../../../../src/node/policy/verdict.ts';
import { batchRule, blobRule, keyRule } from './policy-fixture.ts';

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

test('rules of one kind are found among those of all kinds', () => {
  const policy = { rules: [batchRule, keyRule, blobRule] };
  expect(batchRules(policy)).toEqual([batchRule, blobRule]);
  expect(updateKeyRules(policy)).toEqual([keyRule]);
});
