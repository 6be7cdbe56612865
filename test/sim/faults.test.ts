import { describe, expect, it } from 'vitest';

import { runTrial } from './faults.ts';

const seeds = Array.from({ length: 24 }, (_, i) => i + 1);

describe('a cluster in bad weather, with a liar in half of the runs (ATK-P34)', () => {
  it.each(seeds)('names nobody honest, and comes to one result or to none: seed %i', (seed) => {
    const { faults, scenario } = runTrial(seed);
    expect([scenario, faults]).toEqual([scenario, []]);
  });

  it('does the same for the same seed', () => {
    const again = [3, 5, 8].map((seed) => [runTrial(seed), runTrial(seed)] as const);
    for (const [one, two] of again) expect(one).toEqual(two);
  });
});
