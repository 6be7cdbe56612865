import { describe, expect, test } from 'vitest';

import { makeWorld } from '../unit/audit/support/logs.ts';
import {
  bytePlaces,
  entryPlaces,
  headPlaces,
  judgesOf,
  oneOfEach,
  unfound,
} from '../unit/audit/support/places.ts';
import { fileOf } from '../unit/audit/support/tamper.ts';

const world = makeWorld(1);
const judges = await judgesOf(world, true);
const HOUR_MS = 3_600_000;

describe('all single places', () => {
  test.each(oneOfEach(judges.files))(
    'of %s are found',
    async (path) => {
      const file = new Map([[path, fileOf(judges.files, path)]]);
      expect(await unfound(judges, bytePlaces(file, 1))).toEqual([]);
    },
    HOUR_MS,
  );

  test(
    'of all fields of all entries are found, with the log made anew behind each',
    async () => {
      expect(await unfound(judges, entryPlaces(world, 2))).toEqual([]);
    },
    HOUR_MS,
  );

  test(
    'of all fields of a head are found',
    async () => {
      expect(await unfound(judges, headPlaces(world, 2))).toEqual([]);
    },
    HOUR_MS,
  );
});
