import { describe, expect, it } from 'vitest';

import { Bug } from '../../../../src/crypto/errors.ts';
import type { CeremonyState } from '../../../../src/node/api.ts';
import { become, isOver, mayBecome, steps } from '../../../../src/node/ceremony/machine.ts';

/** Written down apart from the table of the program, so that a change of either is seen. */
const permitted = [
  'proposed accepted',
  'proposed rejected',
  'proposed aborted',
  'proposed timed-out',
  'accepted gathering',
  'accepted left',
  'accepted rejected',
  'accepted aborted',
  'accepted timed-out',
  'gathering executing',
  'gathering left',
  'gathering rejected',
  'gathering aborted',
  'gathering timed-out',
  'executing prepared',
  'executing aborted',
  'executing timed-out',
  'executing failed',
  'prepared committed',
  'prepared checking',
  'prepared left',
  'prepared aborted',
  'prepared timed-out',
  'prepared failed',
  'committed checking',
  'committed left',
  'checking complete',
  'checking failed',
  'checking timed-out',
  'aborted committed',
  'aborted checking',
  'aborted left',
  'timed-out committed',
  'timed-out checking',
  'timed-out left',
  'failed committed',
  'failed checking',
  'failed left',
];
const states: readonly CeremonyState[] = [
  ...(['proposed', 'accepted', 'gathering', 'executing', 'prepared', 'committed'] as const),
  ...(['checking', 'complete', 'left', 'rejected', 'aborted', 'timed-out', 'failed'] as const),
];
const pairs = states.flatMap((from) => states.map((to) => [from, to] as const));

describe('a ceremony', () => {
  it('has exactly these states', () => {
    expect(Object.keys(steps).sort()).toEqual([...states].sort());
  });
  it.each(pairs.filter((pair) => permitted.includes(pair.join(' '))))('may go from %s to %s', (from, to) => {
    expect(mayBecome(from, to)).toBe(true);
    expect(become(from, to)).toBe(to);
  });
  it.each(pairs.filter((pair) => !permitted.includes(pair.join(' '))))(
    'never goes from %s to %s',
    (from, to) => {
      expect(mayBecome(from, to)).toBe(false);
      expect(() => become(from, to)).toThrow(Bug);
    },
  );
  it('is over where nothing more is expected', () => {
    const over = states.filter((state) => isOver(state));
    expect(over).toEqual(['complete', 'left', 'rejected', 'aborted', 'timed-out', 'failed']);
  });
});
