import { describe, expect, it } from 'vitest';

import { durationMs, shortDuration } from '../../../src/apps/duration.ts';

describe('a duration', () => {
  it.each([
    ['250ms', 250],
    ['8s', 8_000],
    ['10m', 600_000],
    ['24h', 86_400_000],
    ['30d', 2_592_000_000],
  ])('%s is read', (text, ms) => {
    expect(durationMs(text)).toBe(ms);
  });

  it.each(['', '8', '8 s', '-1s', '1.5s', '08s', '1w', '9999999999s', 's'])('%j is refused', (text) => {
    expect(durationMs(text)).toBeUndefined();
  });

  it('is short for people', () => {
    expect([3, 999, 3_240, 61_000, 7_800_000].map(shortDuration)).toEqual([
      '3 ms',
      '999 ms',
      '3.2 s',
      '1m01s',
      '2h10m',
    ]);
  });
});
