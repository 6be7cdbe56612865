import { describe, expect, it } from 'vitest';

import { publicKeyOf } from '../../../../src/protocols/epoch.ts';
import { outputOf, heldEpoch, runReshare, seats } from '../support/reshare-run.ts';

describe('x', () => {
  it('runs', () => {
    const epoch = heldEpoch(2, seats(1, 2, 3));
    const run = runReshare(epoch, { dealers: seats(1, 2), members: seats(2, 3, 4), threshold: 2 });
    for (const j of seats(1, 2, 3, 4)) {
      const out = outputOf(run, j);
      expect(publicKeyOf(out.prepared.record).equals(publicKeyOf(epoch.record))).toBe(true);
      expect(out.acks.length).toBe(3);
      expect(out.removed).toEqual([]);
    }
  });
});
