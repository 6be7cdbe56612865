import { afterEach, beforeAll, beforeEach, expect } from 'vitest';

import { type Resident, changePlan, hold, stateOf } from './house.ts';
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

/** The liar is an honest node from now on, in a new process. */
export async function reformLiar(): Promise<void> {
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
