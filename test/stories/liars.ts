import { afterEach, beforeAll, beforeEach, expect } from 'vitest';

import { readEvidence } from '../../src/audit/evidence-file.ts';
import type { PartyIndex } from '../../src/crypto/brand.ts';
import { equalBytes } from '../../src/crypto/bytes.ts';
import { type EpochRecord, epochIdOf } from '../../src/protocols/epoch.ts';
import { judge } from '../../src/protocols/judge.ts';
import { type Resident, changePlan, hold, stateOf, until } from './house.ts';
import { type Script, corrupt, reform } from './liar.ts';
import {
  type Image,
  all,
  awakenAll,
  imagesOf,
  linked,
  makeKey,
  ready,
  restarted,
  settleAll,
  stopAll,
} from './village.ts';

let residents: Resident[] = [];

/** All four of them. */
export const everybody = (): readonly Resident[] => residents;
/** The one that lies: party 2. */
export const liar = (): Resident => {
  const [, second] = residents;
  if (second === undefined) throw new RangeError('no second resident');
  return second;
};
/** The others. */
export const honest = (): readonly Resident[] => residents.filter((one) => one !== liar());

/** Four nodes with a key that needs three, made once; every test begins on that day, with honest nodes. */
export function fourNodes(port: number): void {
  let images: readonly Image[] = [];
  beforeAll(async () => {
    const made = await settleAll(4, port);
    await makeKey(made, 3);
    await stopAll(made);
    images = imagesOf(made);
  }, 60_000);
  beforeEach(async () => {
    residents = awakenAll(images);
    for (const { node } of residents) await node.start();
    await ready(residents);
    await linked(residents);
  });
  afterEach(async () => {
    reform();
    await stopAll(residents);
  });
}

/** The key is refreshed, while the second follows a script. Returns the ceremony. */
export async function refresh(script: Script, roundTimeoutMs = 10_000): Promise<string> {
  const [first] = residents;
  if (first === undefined) throw new RangeError('no first resident');
  corrupt(liar().publicKey, script);
  return hold(residents, changePlan(first, { kind: 'refresh', roundTimeoutMs }));
}

/**
 * The liar is an honest node from now on, in a new process. Before that its session has gone with its log: an
 * honest node cannot repeat what the liar said, and would halt.
 */
export async function reformLiar(): Promise<void> {
  const hasLog = (): boolean => [...liar().disk.files.keys()].some((path) => path.startsWith('wal/'));
  await until('the end of its session', () => !hasLog());
  reform();
  const again = await restarted(liar());
  residents = residents.map((one, i) => (i === 1 ? again : one));
}

/** The ceremony is over at all honest nodes, and has come to nothing. */
export const over = async (id: string): Promise<void> =>
  all('an end', honest(), (one) => ['aborted', 'failed', 'timed-out'].includes(stateOf(one, id) ?? ''));

/** The ceremony is complete at these. */
export const complete = async (id: string, of: readonly Resident[] = honest()): Promise<void> =>
  all('complete', of, (one) => stateOf(one, id) === 'complete');

/** The files of evidence of a node. */
export const evidenceOf = ({ disk }: Resident): readonly string[] =>
  [...disk.files.keys()].filter((path) => path.includes('/evidence/'));

/**
 * Whom a file of evidence convicts, by what is in it alone; `accuser` where it proves nothing. The epoch in
 * it
 * must be the one that was left.
 */
export function convictedBy({ disk }: Resident, path: string, old: EpochRecord): PartyIndex | 'accuser' {
  const { spec, evidence, record } = readEvidence(disk.read(path) ?? new Uint8Array(0), path);
  if (record === undefined || !equalBytes(epochIdOf(record), epochIdOf(old))) return 'accuser';
  return judge(evidence, spec, [], record).guilty === 'accused' ? evidence.accused : 'accuser';
}

/** How a ceremony ended at a node, for people. */
export const failureOf = ({ node }: Resident, id: string): string | undefined =>
  node.ceremonies().find((view) => view.id === id)?.failure;

/** Every honest node accuses these of something that is proven, and nobody else. */
export function expectNamed(names: readonly string[]): void {
  for (const { events } of honest()) {
    const blames = events.filter(({ type }) => type === 'blame');
    expect([...new Set(blames.flatMap(({ accused }) => accused as readonly string[]))]).toEqual(names);
  }
}
