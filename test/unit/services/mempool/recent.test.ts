import { describe, expect, it } from 'vitest';

import { RecentAnswers } from '../../../../src/services/mempool/recent.ts';

const answer = { kind: 'refused', code: 'tx-type', message: 'no' } as const;

describe('recent answers', () => {
  it('are remembered for a minute and no longer', () => {
    const recent = new RecentAnswers();
    recent.put('a', answer, 1_000);
    expect(recent.get('a', 60_999)).toBe(answer);
    expect(recent.get('a', 61_000)).toBeUndefined();
    expect(recent.get('b', 1_000)).toBeUndefined();
  });

  it('are 10,000 at most: the oldest goes first, and one that is given again is young again', () => {
    const recent = new RecentAnswers();
    for (let n = 0; n < 10_000; n++) recent.put(`${n}`, answer, 0);
    recent.put('0', answer, 0);
    recent.put('one more', answer, 0);
    expect(recent.get('0', 0)).toBe(answer);
    expect(recent.get('1', 0)).toBeUndefined();
    expect(recent.get('2', 0)).toBe(answer);
  });

  it('can be forgotten', () => {
    const recent = new RecentAnswers();
    recent.put('a', answer, 0);
    recent.forget('a');
    expect(recent.get('a', 0)).toBeUndefined();
  });
});
