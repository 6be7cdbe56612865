import { expect, it } from 'vitest';

import type { TxStatus } from '../../../../web/explorer/answers.ts';
import { steps } from '../../../../web/explorer/timeline.ts';

const nothing: TxStatus = {
  ...{ status: 'pending', soft: null, batched: null, signed: null, safe: null, finalized: null },
};

it('tells each stage, and how long it took', () => {
  const found = steps({
    ...nothing,
    soft: { timeMs: 1_000, reference: '0xaa' },
    batched: { timeMs: 1_250, reference: '0x1' },
    signed: { timeMs: 3_250, reference: '0xbb' },
  });
  expect(found.map(({ isReached }) => isReached)).toEqual([true, true, true, false, false]);
  expect(found.map(({ since }) => since)).toEqual(['', '+250 ms', '+2 s, 2.3 s in all', '', '']);
  expect(found[3]?.at).toBe('not yet');
});

it('of which this node has seen the later ones only says so', () => {
  const found = steps({ ...nothing, safe: { timeMs: 5, reference: null } });
  expect(found.map(({ at }) => at).slice(0, 3)).toEqual(Array(3).fill('not seen by this node'));
  expect(found.map(({ isReached }) => isReached)).toEqual([true, true, true, true, false]);
  expect(found[3]?.since).toBe('');
  expect(found[4]?.at).toBe('not yet');
});
