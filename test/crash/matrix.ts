import { type CrashCase, type Mode } from './crash-case.ts';
import { type Point, points } from './crash-point.ts';
import { type Step, changeSteps, keygenSteps, stepNamed } from './steps.ts';

/** Who ends. */
export type Group =
  'the coordinator' | 'who leaves' | 'who stays' | 'who joins' | 'one less than sign' | 'all';
/** Of a committee of four, the second leaves and a fifth joins; three sign. */
export const victims: Readonly<Record<Group, readonly number[]>> = {
  'the coordinator': [1],
  'who leaves': [2],
  'who stays': [4],
  'who joins': [5],
  'one less than sign': [3, 4],
  all: [1, 2, 3, 4, 5],
};

/** Steps that append to a log: behind their fsync there is no other before the message. */
const APPENDING = / logged$|^commit lock$/;

/** What a batch of cases has in common. */
export interface Batch {
  readonly steps: readonly string[];
  readonly groups: readonly Group[];
  readonly points?: readonly Point[];
  readonly mode?: Mode;
  /** Every case goes on until the new shares have signed; left out: those of late steps only. */
  readonly signs?: boolean;
}

/** Every group. */
export const everyGroup: readonly Group[] = Object.keys(victims) as readonly Group[];

/** The cases of a batch of an epoch change. */
export const changeCases = (batch: Batch): readonly CrashCase[] => casesOf(changeSteps, batch);
/** The cases of a batch of a key generation. */
export const keygenCases = (batch: Batch): readonly CrashCase[] => casesOf(keygenSteps, batch);

function casesOf(steps: readonly Step[], batch: Batch): readonly CrashCase[] {
  const { mode = 'at once', signs = false } = batch;
  return batch.steps.flatMap((name) => {
    const step = stepNamed(steps, name);
    return pointsOf(name, batch).flatMap((point) =>
      batch.groups
        .filter((group) => victims[group].some((victim) => step.by.includes(victim)))
        .map((group) => ({
          name: `${name}: ${point}, ${group}, ${mode}`,
          ...{ step, point, mode, signs },
          victims: victims[group],
        })),
    );
  });
}

const pointsOf = (step: string, { points: wanted = points }: Batch): readonly Point[] =>
  wanted.filter((point) => point !== 'before-folder-fsync' || !APPENDING.test(step));
