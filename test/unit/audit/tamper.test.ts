import { describe, expect, test } from 'vitest';

import { makeWorld } from './support/logs.ts';
import {
  bytePlaces,
  entryPlaces,
  every,
  headPlaces,
  judgesOf,
  unfound,
  untouched,
} from './support/places.ts';

// A sample of the places; `npm run tamper` tries all of them.
const world = makeWorld();
const judges = await judgesOf(world);

describe('a single place that was changed', () => {
  test('is found in every kind of file, and nothing in files as they are', async () => {
    const whole = untouched(judges.files);
    expect(await unfound(judges, whole)).toHaveLength(whole.length);
    expect(await unfound(judges, bytePlaces(judges.files, 601))).toEqual([]);
  });

  test('is found in any field of an entry, with the log made anew behind it', async () => {
    expect(await unfound(judges, every(37, entryPlaces(world, 2)))).toEqual([]);
  });

  test('is found in any field of a head', async () => {
    expect(await unfound(judges, every(17, headPlaces(world, 2)))).toEqual([]);
  });
});
