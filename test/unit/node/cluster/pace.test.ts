import { expect, it } from 'vitest';

import { Pace } from '../../../../src/node/cluster/pace.ts';
import { SimClock } from '../../../sim/clock.ts';

it('does jobs in order and later, never within the call that brings them', () => {
  const clock = new SimClock();
  const pace = new Pace(clock);
  const done: number[] = [];
  for (let i = 0; i < 200; i++) pace.add(() => void done.push(i));
  expect(done).toEqual([]);
  clock.step();
  expect(done).toEqual(Array.from({ length: 64 }, (_, i) => i));
  while (clock.step());
  expect(done).toEqual(Array.from({ length: 200 }, (_, i) => i));
});

it('does jobs that jobs bring, behind those that wait', () => {
  const clock = new SimClock();
  const pace = new Pace(clock);
  const done: string[] = [];
  pace.add(() => {
    pace.add(() => void done.push('brought'));
    done.push('first');
  });
  pace.add(() => void done.push('second'));
  while (clock.step());
  expect(done).toEqual(['first', 'second', 'brought']);
});

it('goes on with the other jobs after one has failed', () => {
  const clock = new SimClock();
  const pace = new Pace(clock);
  const done: string[] = [];
  for (let i = 0; i < 65; i++)
    pace.add(() => {
      if (i === 0) throw new RangeError('a bug');
      done.push(`${i}`);
    });
  expect(() => clock.step()).toThrow(RangeError);
  while (clock.step());
  expect(done).toHaveLength(64);
});
