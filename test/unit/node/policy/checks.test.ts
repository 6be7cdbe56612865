import { expect, test } from 'vitest';

import { aboveMarks, unless } from '../../../../src/node/policy/checks.ts';
import { batchInput, keyInput } from './policy-fixture.ts';

test('what holds is no refusal, and what does not is the stated one', () => {
  expect(unless(true, 'tx-type', 'a')).toBeUndefined();
  expect(unless(false, 'tx-type', 'a')).toEqual({ kind: 'refused', reason: 'tx-type', detail: 'a' });
});

test('a number at or below the low mark of its lane is refused, and the lane is named', () => {
  const at = (lane: string, low: bigint) => (slot: { lane: string }) =>
    slot.lane === lane ? low : undefined;
  const cases = [
    [keyInput, 'key-update', 1_000n],
    [batchInput, 'nonce', 2n],
    [batchInput, 'batch', 7n],
  ] as const;
  for (const [input, lane, number] of cases) {
    expect(aboveMarks({ ...input, lowMarkOf: at(lane, number - 1n) })).toBeUndefined();
    expect(aboveMarks({ ...input, lowMarkOf: at(lane, number) })).toEqual({
      kind: 'refused',
      reason: 'below-watermark',
      detail: `${lane} ${number} is not above ${number}`,
    });
  }
});
