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
  'accepted rejected',
  'accepted aborted',
  'accepted timed-out',
  'gathering executing',
  'gathering rejected',
  'gathering aborted',
  'gathering timed-out',
  'executing prepared',
  'executing aborted',
  'executing timed-out',
  'executing failed',
  'prepared checking',
  'prepared aborted',
  'prepared timed-out',
  'prepared failed',
  'checking complete',
  'checking failed',
  'checking timed-out',
];
const states: readonly CeremonyState[] = [
  ...(['proposed', 'accepted', 'gathering', 'executing', 'prepared', 'checking', 'complete'] as const),
  ...(['rejected', 'aborted', 'timed-out', 'failed'] as const),
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
  it('is over where nothing follows', () => {
    const over = states.filter((state) => isOver(state));
    expect(over).toEqual(['complete', 'rejected', 'aborted', 'timed-out', 'failed']);
  });
});
