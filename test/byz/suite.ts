import { readFileSync } from 'node:fs';

import { expect } from 'vitest';

import { type Case, type Stage, casesOf } from './cases.ts';
import { type Ending, faultsOf, runLie, signsOf } from './harness.ts';
import type { ProtocolName } from './registry.ts';

/** What a protocol adds to the oracles. */
export interface Oracles<T> {
  /** What must be equal at all who have a result. */
  readonly nameOf: (output: T) => string;
  /** What else is wrong with a case. */
  readonly more?: (ending: Ending<T>) => readonly string[];
  /** Where all honest parties have finished: how the lie shows later, or nothing. */
  readonly later?: (ending: Ending<T>) => readonly string[];
}

/** What came of all cases of some stages. */
export interface Findings {
  readonly cases: number;
  /** How the lie showed, by row of the table. */
  readonly rows: ReadonlyMap<string, ReadonlySet<string>>;
  /** Cases that break an oracle, with what is wrong and the seed of their schedule. */
  readonly faults: readonly string[];
}

/** Nothing of it shows, anywhere. */
export const NO_EFFECT = 'no effect';

function judged<T>(
  stage: Stage<T>,
  one: Case,
  seed: number,
  oracles: Oracles<T>,
): { readonly signs: readonly string[]; readonly faults: readonly string[] } {
  const ending = runLie(stage.scene, stage.recording, one.lie, seed);
  const faults = [...faultsOf(stage.scene, ending, oracles.nameOf), ...(oracles.more?.(ending) ?? [])];
  const signs = signsOf(stage.scene, ending);
  if (signs.length > 0) return { signs, faults };
  const later = oracles.later?.(ending) ?? [];
  return { signs: later.length > 0 ? later : [NO_EFFECT], faults };
}

/** Runs every case of a stage; schedules differ from case to case, and are the same in every run. */
export function runStage<T>(
  stage: Stage<T>,
  oracles: Oracles<T>,
  isTried: (one: Case) => boolean = () => true,
): Findings {
  const rows = new Map<string, Set<string>>();
  const faults: string[] = [];
  const cases = casesOf(stage).filter(isTried);
  for (const [seed, one] of cases.entries()) {
    try {
      const found = judged(stage, one, seed, oracles);
      const row = rows.get(one.row) ?? new Set();
      for (const sign of found.signs) row.add(sign);
      rows.set(one.row, row);
      faults.push(...found.faults.map((fault) => `${one.name} (schedule ${seed}): ${fault}`));
    } catch (error) {
      faults.push(`${one.name} (schedule ${seed}): thrown, ${String(error)}`);
    }
  }
  return { cases: cases.length, rows, faults };
}

/** What is said of one row: how a change of this leaf shows, and why it may show without a name. */
interface Outcomes {
  readonly outcomes: readonly string[];
  readonly reason?: string;
}

const table = JSON.parse(readFileSync(new URL('./outcomes.json', import.meta.url), 'utf8')) as Readonly<
  Record<ProtocolName, Readonly<Record<string, Outcomes>>>
>;

/** Whether somebody names the liar. */
const isNamed = (outcome: string): boolean => /^[AB] /.test(outcome);

/** Where nobody need be named: nothing can be checked before the signature is, [security, 2.5]. */
const unattributed: ReadonlySet<string> = new Set([
  'presign/multiply direct [*].psi',
  'sign/share broadcast .w',
  'sign/share broadcast .u',
]);

/** Rows about how an envelope travels; what is not of this session is dropped, as if it had not been sent. */
const isOfEnvelope = (row: string): boolean => / (header|signature|sent) ?/.test(row);

/** Compares what came of the cases of all configurations with the table, and says how many there were. */
export function expectOutcomes(protocol: ProtocolName, findings: readonly Findings[]): void {
  const merged = new Map<string, Set<string>>();
  for (const { rows } of findings)
    for (const [row, outcomes] of rows) merged.set(row, new Set([...(merged.get(row) ?? []), ...outcomes]));
  const found = Object.fromEntries([...merged].sort().map(([row, outcomes]) => [row, [...outcomes].sort()]));
  const expected = Object.entries(table[protocol]).map(([row, { outcomes }]) => [row, [...outcomes].sort()]);
  expect(found).toEqual(Object.fromEntries(expected));
  const cases = findings.reduce((sum, one) => sum + one.cases, 0);
  process.stdout.write(`${protocol}: ${cases} cases of ${merged.size} leaves and kinds of change\n`);
}

/** What the table may say at all: a change of content names the liar, and every exception has a reason. */
export function expectSoundTable(protocol: ProtocolName): void {
  for (const [row, { outcomes, reason }] of Object.entries(table[protocol])) {
    const unnamed = outcomes.filter((outcome) => !isNamed(outcome));
    expect([row, unnamed.length > 0 && reason === undefined]).toEqual([row, false]);
    if (isOfEnvelope(row)) continue;
    const allowed = unattributed.has(row) ? ['unnamed C combined-signature-invalid'] : [];
    expect([row, unnamed.filter((outcome) => !allowed.includes(outcome))]).toEqual([row, []]);
    if (allowed.length > 0) expect([row, unnamed]).toEqual([row, allowed]);
  }
}
