import { describe, expect, it } from 'vitest';

import { isLegalThreshold } from '../../../../src/protocols/epoch.ts';
import { after, expectNoMixture, expectSameKey, heldEpoch, seats } from '../support/reshare-run.ts';

/** All legal committees of up to five. */
const shapes = [2, 3, 4, 5].flatMap((n) =>
  Array.from({ length: n }, (_, i) => [i + 1, n] as const).filter(([t]) => isLegalThreshold(t, n)),
);

/** Seats of the old committee: not the first ones, and with a gap. */
const OLD = seats(2, 3, 5, 8, 13);

/** Which seats the new committee takes: most of the old ones, none of them, or some between others. */
const overlaps = {
  'grows or shrinks': seats(2, 3, 5, 8, 13),
  'replaces all': seats(1, 4, 6, 7, 9),
  'replaces some': seats(1, 3, 7, 8, 21),
} as const;

describe('the epoch after a reshare', () => {
  it('there are eight committees of up to five', () => {
    expect(shapes.map(([t, n]) => `${t} of ${n}`)).toEqual([
      ...['2 of 2', '2 of 3', '3 of 3', '3 of 4', '4 of 4', '3 of 5', '4 of 5', '5 of 5'],
    ]);
  });

  it.each(shapes)('ATK-P28: from %i of %i to every committee: the key and its quorums stay', (t, n) => {
    const old = heldEpoch(t, OLD.slice(0, n), `${t} of ${n}`);
    const ways = Object.values(overlaps);
    for (const [i, [threshold, size]] of shapes.entries()) {
      // One of the three ways for each pair of committees, and all of them from the usual one.
      for (const to of t === 3 && n === 4 ? ways : [ways[(t + n + i) % ways.length] ?? []]) {
        const next = after(old, threshold, to.slice(0, size));
        expectSameKey(old, next);
        expectNoMixture(old, next);
      }
    }
  });
});
