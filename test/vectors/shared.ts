import { existsSync, readFileSync } from 'node:fs';

/** A file of the Wycheproof project: groups of cases, each case with the verdict that is expected. */
export interface Wycheproof<Group> {
  readonly numberOfTests: number;
  readonly testGroups: readonly Group[];
}

/** One set of public vectors, and where it comes from. */
export interface VectorSet<Group> {
  readonly origin: 'committed sample' | 'whole set';
  readonly groups: readonly Group[];
  readonly numberOfTests: number;
}

const readJson = (path: URL): unknown => JSON.parse(readFileSync(path, 'utf8'));

/** A file of `test/vectors/data`. */
export const data = (name: string): unknown => readJson(new URL(`data/${name}`, import.meta.url));

/**
 * The committed sample of a Wycheproof set, and the whole set where the folder of public vectors stands beside
 * the repository. Where it does not, that is said aloud, and the sample is what runs.
 */
export function wycheproof<Group>(sample: string, file: string): readonly VectorSet<Group>[] {
  const own = data(sample) as Wycheproof<Group>;
  const sets: VectorSet<Group>[] = [setOf('committed sample', own)];
  const path = new URL(`../../../shared/vectors/wycheproof/${file}`, import.meta.url);
  if (existsSync(path)) sets.push(setOf('whole set', readJson(path) as Wycheproof<Group>));
  else
    process.stderr.write(
      `PUBLIC VECTORS ABSENT: ${file} is not beside this repository; ` +
        `the ${own.numberOfTests} committed cases of ${sample} run instead\n`,
    );
  return sets;
}

const setOf = <Group>(origin: VectorSet<Group>['origin'], from: Wycheproof<Group>): VectorSet<Group> => ({
  origin,
  groups: from.testGroups,
  numberOfTests: from.numberOfTests,
});
