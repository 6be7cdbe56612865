import { lockHash } from '../../src/chain/lock.ts';
import { toHex } from '../../src/crypto/bytes.ts';
import type { SimDisk } from '../sim/disk.ts';
import type { CrashPlan, Durable, Point } from './crash-point.ts';
import { Invariants } from './invariants.ts';
import { type Change, SimulatedHouse, locksOn, newestOf } from './simulated-house.ts';
import { seedFor } from './simulated-node.ts';
import type { Step } from './steps.ts';

/** When who has ended is started again. */
export type Mode = 'at once' | 'after the deadline' | 'and again in its recovery';

/** One crash, or one for each victim, and what it is about. */
export interface CrashCase {
  readonly name: string;
  readonly step: Step;
  readonly point: Point;
  readonly victims: readonly number[];
  readonly mode: Mode;
  /** Goes on until the new shares have signed. */
  readonly signs: boolean;
}

/** A ceremony that is made to crash. */
export interface Scene {
  /** What the machines hold before. */
  readonly disks: readonly SimDisk[];
  /** `undefined` for a key generation. */
  readonly change: Change | undefined;
  /** Who takes part, and who serves the key afterwards. */
  readonly parties: readonly number[];
  readonly members: readonly number[];
  /** What each node makes durable while nothing goes wrong. */
  readonly traces: ReadonlyMap<number, readonly Durable[]>;
}

/** How a case went. */
export interface Outcome {
  readonly faults: readonly string[];
  readonly deaths: number;
  readonly story: string;
  /** The ceremony took effect; otherwise the next one did. */
  readonly isFirst: boolean;
  readonly agreedMs: number;
}

const AGREE_MS = 30_000;
/** The seed of everything but the disks: without a crash, all cases of a scene are the same run. */
const WORLD = 2;
const RESTARTS: Readonly<Record<Mode, number>> = {
  'at once': 100,
  'after the deadline': 6_000,
  'and again in its recovery': 100,
};

/** Prepares a scene: a run in which nothing goes wrong. */
export async function stage(given: Omit<Scene, 'traces'>): Promise<Scene> {
  const run = new Run({ ...given, traces: new Map() }, 'clean');
  await run.begin();
  const isWhole = await run.house.run(AGREE_MS, () => run.isWhole);
  if (!isWhole || run.house.faults.length > 0)
    throw new RangeError(`a run without crashes fails: ${run.house.faults.join('\n')}\n${run.house.story()}`);
  await run.house.run(1_000);
  return { ...given, traces: new Map(run.house.nodes.map(({ index, trace }) => [index, [...trace]])) };
}

/** The crash of one victim; `undefined` if it never takes that step. */
export function planOf(
  scene: Scene,
  { step, point }: Pick<CrashCase, 'step' | 'point'>,
  victim: number,
): CrashPlan | undefined {
  const found = step.find(scene.traces.get(victim) ?? []);
  return found === undefined ? undefined : { ...found, point };
}

/** One case, from the disks of its scene to the next signature. */
export async function crash(scene: Scene, one: CrashCase): Promise<Outcome> {
  const run = new Run(scene, one.name);
  const { house } = run;
  house.restartMs = RESTARTS[one.mode];
  for (const victim of one.victims.filter((index) => scene.parties.includes(index))) {
    const plan = planOf(scene, one, victim);
    if (plan !== undefined) house.at(victim).plans = [plan, ...again(one, victim)];
  }
  await run.begin();
  const isFirst = await run.settle(one.signs || one.step.isLate === true);
  const agreedMs = house.clock.monotonicMs() - house.lastStartMs;
  if (!isFirst) await run.repeat(one.signs);
  run.finish();
  const { deaths } = house;
  return { faults: run.faults, deaths, story: house.story(), isFirst, agreedMs };
}

/** The second crash, at any call of the process that recovers. */
function again({ name, mode, point }: CrashCase, victim: number): readonly CrashPlan[] {
  if (mode !== 'and again in its recovery') return [];
  return [{ point, fits: () => true, nth: 1 + (seedFor(`${name} ${victim}`) % 12) }];
}

class Run {
  readonly house: SimulatedHouse;
  readonly #scene: Scene;
  readonly #invariants: Invariants;
  #id = '';
  readonly #wrong: string[] = [];

  constructor(scene: Scene, name: string) {
    this.#scene = scene;
    const seed = seedFor(name);
    const disks = scene.disks.map((disk, i) => disk.fork(seed + i));
    this.house = new SimulatedHouse(WORLD, disks, 1);
    this.#invariants = new Invariants(this.house.nodes, seed, scene.change !== undefined);
    this.house.onDeath = ({ index }) => this.#invariants.look(`when node ${index} ended`);
  }

  get faults(): readonly string[] {
    return [...this.house.faults, ...this.#invariants.faults, ...this.#wrong];
  }

  /** Starts all nodes, and the ceremony. */
  async begin(): Promise<void> {
    const { parties } = this.#scene;
    await this.house.start(parties);
    this.#id = await this.house.hold(this.#definition(), parties);
  }

  /** Lets the nodes agree; returns whether it is on the new epoch. */
  async settle(untilWhole: boolean): Promise<boolean> {
    const { house } = this;
    const isOut = (): boolean => house.isUp && (untilWhole ? this.isWhole : this.#isNew && house.deaths > 0);
    await house.run(2 * AGREE_MS, () => isOut() || (house.isUp && this.#isGivenUp));
    // Given up is not undone: who comes back may bring what was missing, and the epoch changes all the same.
    if (!isOut()) await house.run(5_000, isOut);
    if (isOut() || this.#isGivenUp) return this.#isNew;
    this.#wrong.push(`INV3: no agreement: ${this.#standings()}`);
    return true;
  }

  /** What people do after a ceremony that came to nothing: they end it everywhere, and hold another. */
  async repeat(untilWhole: boolean): Promise<void> {
    const { house } = this;
    const { parties } = this.#scene;
    for (const node of house.nodes) node.disarm();
    for (const index of parties) house.abort(index, this.#id);
    await house.run(500);
    this.#id = await house.hold(this.#definition(), parties);
    const isDone = await house.run(AGREE_MS, () => (untilWhole ? this.isWhole : this.#isNew));
    if (!isDone) this.#wrong.push(`the next ceremony fails: ${this.#standings()}`);
  }

  /** What must hold at the end. */
  finish(): void {
    this.#invariants.look('at the end');
    const { house } = this;
    const halted = house.nodes.flatMap(({ lines }) => lines.filter(({ event }) => event === 'node halted'));
    if (halted.length > 0) this.#wrong.push('INV8: a node was halted');
    const locks = this.#scene.members.map((index) => {
      const lock = newestOf(locksOn(house.at(index).disk));
      return lock === undefined ? 'none' : toHex(lockHash(lock));
    });
    if (new Set(locks).size !== 1) this.#wrong.push(`INV3: ${new Set(locks).size} locks`);
  }

  /** The new shares have signed, and everybody has countersigned. */
  get isWhole(): boolean {
    return this.#isNew && this.#scene.members.every((index) => this.#stateOf(index) === 'complete');
  }

  /** All members serve the new epoch, and who leaves has left. */
  get #isNew(): boolean {
    const { parties, members, change } = this.#scene;
    const epoch = change === undefined ? '0' : '1';
    return parties.every((index) => this.house.epochOf(index) === (members.includes(index) ? epoch : 'left'));
  }

  /** Everybody is where it was before, and nothing is under way any more, or nothing ever began. */
  get #isGivenUp(): boolean {
    const { house } = this;
    const { parties, change } = this.#scene;
    const isBehind = parties.every((index) =>
      ['rejected', 'aborted', 'timed-out', 'failed', 'proposed', 'accepted', 'gathering', undefined].includes(
        this.#stateOf(index),
      ),
    );
    const old = change === undefined ? 'none' : '0';
    return (
      house.deaths > 0 && isBehind && parties.every((index) => [old, 'none'].includes(house.epochOf(index)))
    );
  }

  #stateOf(index: number): string | undefined {
    return this.house.stateOf(index, this.#id);
  }

  #definition(): Uint8Array {
    const { change, parties } = this.#scene;
    return change === undefined ? this.house.plan(parties, 3) : this.house.changePlan(change);
  }

  #standings(): string {
    return this.#scene.parties
      .map((index) => `${index} ${this.house.epochOf(index)} ${String(this.#stateOf(index))}`)
      .join(', ');
  }
}
