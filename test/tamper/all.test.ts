import { describe, expect, test } from 'vitest';

import { latin1 } from '../../src/crypto/bytes.ts';
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

/** When somebody signed a plan is a note for people, which no signature covers; docs/audit.md says so. */
function isTime(bytes: Uint8Array, place: string): boolean {
  const at = Number(/byte (\d+)$/.exec(place)?.[1]);
  const text = latin1(bytes);
  return text.slice(text.lastIndexOf('\n', at), at).includes('"signedAt');
}

describe('all single places', () => {
  test.each(oneOfEach(judges.files))(
    'of %s are found',
    async (path) => {
      const whole = fileOf(judges.files, path);
      const missed = await unfound(judges, bytePlaces(new Map([[path, whole]]), 1));
      expect(missed.filter((place) => !isTime(whole, place))).toEqual([]);
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
