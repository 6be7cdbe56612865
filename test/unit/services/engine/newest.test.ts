import { expect, it } from 'vitest';

import { Newest } from '../../../../src/services/engine/newest.ts';

const held = (newest: Newest<number>, ...names: readonly string[]): readonly string[] =>
  names.filter((name) => newest.get(name) !== undefined);

it('forgets what was asked for longest ago, once there are too many', () => {
  const newest = new Newest<number>({ entries: 2, sizeBytes: 1_000_000 });
  newest.keep('a', 1, 10);
  newest.keep('b', 2, 10);
  expect(newest.get('a')).toBe(1);
  newest.keep('c', 3, 10);
  expect(held(newest, 'a', 'b', 'c')).toEqual(['a', 'c']);
});

it('forgets as many as the bytes of another one need', () => {
  const newest = new Newest<number>({ entries: 100, sizeBytes: 10_000 });
  for (const name of ['a', 'b', 'c']) newest.keep(name, 1, 3_000);
  expect(held(newest, 'a', 'b', 'c')).toEqual(['a', 'b', 'c']);
  newest.keep('d', 1, 5_000);
  expect(held(newest, 'a', 'b', 'c', 'd')).toEqual(['c', 'd']);
  // What is kept again is counted once.
  for (let i = 0; i < 10; i++) newest.keep('d', 2, 5_000);
  expect(held(newest, 'c', 'd')).toEqual(['c', 'd']);
  expect(newest.get('d')).toBe(2);
});

it('counts what each entry takes, be it ever so short', () => {
  const newest = new Newest<number>({ entries: 1_000_000, sizeBytes: 10_000 });
  const names = Array.from({ length: 1_000 }, (_, i) => String(i));
  for (const name of names) newest.keep(name, 1, 0);
  expect(held(newest, ...names)).toEqual(names.slice(-39));
});

it('does not keep what is too long by itself, and forgets nothing twice', () => {
  const newest = new Newest<number>({ entries: 100, sizeBytes: 10_000 });
  newest.keep('long', 1, 20_000);
  expect(newest.get('long')).toBeUndefined();
  for (const name of ['a', 'b', 'c']) newest.keep(name, 1, 3_000);
  expect(held(newest, 'a', 'b', 'c')).toEqual(['a', 'b', 'c']);
});
