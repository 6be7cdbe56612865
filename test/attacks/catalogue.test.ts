import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from 'vitest';

/** One attack: where it is tried, and the test that shows what it does where its guard is missing. */
interface Row {
  readonly id: string;
  readonly title: string;
  readonly tests: readonly string[];
  readonly positiveControl: string | null;
  readonly status: 'tested' | 'partial';
}

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string): string => readFileSync(`${root}${path}`, 'utf8');
const rows = JSON.parse(read('test/attacks/catalogue.json')) as readonly Row[];

/** String literals of a file that name an attack: titles of tests, wherever they stand. */
const titlesIn = (path: string): readonly string[] =>
  [...read(path).matchAll(/(['`])((?:\\.|(?!\1)[^\n])*)\1/g)].map(([, , text = '']) => text);
const idsIn = (text: string): readonly string[] => [...text.matchAll(/ATK-[A-Z]\d+/g)].map(([id]) => id);

const files = readdirSync(`${root}test`, { recursive: true, encoding: 'utf8' })
  .map((path) => `test/${path.replaceAll('\\', '/')}`)
  .filter((path) => path.endsWith('.test.ts'));

describe('the catalogue of attacks', () => {
  it('has a row for every attack that a test is named after, with all files, and no other', () => {
    const found = new Map<string, Set<string>>();
    for (const file of files)
      for (const id of titlesIn(file).flatMap(idsIn)) found.set(id, (found.get(id) ?? new Set()).add(file));
    const expected = [...found].map(([id, where]) => [id, [...where].sort()] as const);
    const listed = rows.map(({ id, tests }) => [id, [...tests].sort()] as const);
    expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(expected));
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
  });

  it('names positive controls that are tests', () => {
    for (const { id, tests, positiveControl } of rows) {
      if (positiveControl === null) continue;
      const isTest = tests.some((file) => titlesIn(file).includes(positiveControl));
      expect([id, isTest]).toEqual([id, true]);
    }
  });

  it('shows for the attacks on the protocols what their guards are for', () => {
    const shown = rows.filter(({ positiveControl }) => positiveControl !== null).map(({ id }) => id);
    const required = ['P05', 'P06', 'P07', 'P10', 'P12', 'P16', 'P20', 'P21', 'P35'];
    expect(required.filter((id) => !shown.includes(`ATK-${id}`))).toEqual([]);
  });
});
