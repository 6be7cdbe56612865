import { type Tally, newTally, sessionsOf } from './storm-tally.ts';

const groups = ['sessions', 'endings', 'faults'] as const;

/** A tally as text, for another process. */
export const tallyText = (tally: Tally): string =>
  JSON.stringify({
    ...tally,
    ...Object.fromEntries(groups.map((group) => [group, Object.fromEntries(tally[group])])),
  });

/** A tally of such a text, by the same program. */
export function tallyFromText(text: string): Tally {
  const parsed = JSON.parse(text) as Omit<Tally, (typeof groups)[number]> &
    Record<(typeof groups)[number], Record<string, number>>;
  const mapOf = (group: (typeof groups)[number]): Map<string, number> =>
    new Map(Object.entries(parsed[group]));
  return { ...parsed, sessions: mapOf('sessions'), endings: mapOf('endings'), faults: mapOf('faults') };
}

/** The sum of several. */
export function merged(tallies: readonly Tally[]): Tally {
  const sum = newTally();
  for (const one of tallies) {
    sum.deaths += one.deaths;
    sum.unresponsive += one.unresponsive;
    sum.seeds.push(...one.seeds);
    sum.accused.push(...one.accused);
    sum.strays.push(...one.strays);
    for (const group of groups)
      for (const [name, more] of one[group]) sum[group].set(name, (sum[group].get(name) ?? 0) + more);
  }
  return sum;
}

/** Seeds as ranges: `1 to 9, 20 to 30`. */
export function rangesOf(seeds: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const seed of [...seeds].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && seed === last[1] + 1) last[1] = seed;
    else ranges.push([seed, seed]);
  }
  return ranges.map(([from, to]) => `${from} to ${to}`).join(', ');
}

const rows = (counts: ReadonlyMap<string, number>): readonly string[] =>
  [...counts].sort((a, b) => b[1] - a[1]).map(([name, count]) => `| ${name} | ${count} |`);

/** What storms came to, as a document. */
export function report(tally: Tally): string {
  const { sessions, endings, faults, seeds, accused, strays, deaths, unresponsive } = tally;
  return [
    `- storms: ${seeds.length}, seeds ${rangesOf(seeds)}`,
    `- sessions: ${sessionsOf(tally)}`,
    `- honest members accused, by an ending, a verdict in a log or an exclusion: ${accused.length}`,
    `- errors that no node may throw: ${strays.length}`,
    `- processes that ended and were started again: ${deaths}`,
    `- members that did not answer a demand in time, by any log; it is no blame: ${unresponsive}`,
    '',
    ...['| protocol | sessions |', '| --- | --- |', ...rows(sessions), ''],
    ...['| end | sessions |', '| --- | --- |', ...rows(endings), ''],
    ...['| fault | times |', '| --- | --- |', ...rows(faults)],
  ].join('\n');
}
