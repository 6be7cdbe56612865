import { partyIndex } from '../../src/crypto/brand.ts';
import { envelopeKinds, parseEnvelope } from '../../src/protocols/kernel/envelope.ts';
import { loadIdentity } from '../../src/node/identity.ts';
import { withBody } from '../byz/harness.ts';
import { isPowerLoss } from '../crash/crash-point.ts';
import { type Extras, foundedDisks, freshDisks } from '../crash/simulated-house.ts';
import type { Sent, SimulatedNode } from '../crash/simulated-node.ts';
import type { SimDisk } from './disk.ts';
import { Choices } from './random.ts';
import { Storm, type StormPlan } from './storm.ts';
import { type Tally, addStorm, sidsOn } from './storm-tally.ts';

/** What storms begin with: three members of whom two sign, and machines without a key. */
export interface Ground {
  readonly founded: readonly SimDisk[];
  readonly fresh: readonly SimDisk[];
  /** Sessions that were before any storm. */
  readonly before: ReadonlySet<string>;
}

/** Prepares the ground, once for all storms. */
export async function prepare(): Promise<Ground> {
  const founded = (await foundedDisks([1, 2, 3], 2)).slice(0, 3);
  return { founded, fresh: freshDisks(3), before: sidsOn(founded.map((disk) => ({ disk }))) };
}

/** What a seed is about: of twenty, sixteen sign, two make a key and two share one anew. */
export function planOf(seed: number): StormPlan {
  const draw = seed % 20;
  const percent = 18;
  if (draw >= 18) return { what: 'keygen', requests: 0, percent: 70 };
  if (draw >= 16) return { what: 'reshare', requests: 2, percent: 70 };
  return { what: 'signing', requests: 100, percent };
}

/** How a member cheats. */
export type Cheat = 'two-words' | 'junk' | 'flipped';

/** One member that cheats in the sessions of its worker. */
export function cheater(disks: readonly SimDisk[], index: number, how: Cheat): Extras {
  let seed: Uint8Array | undefined;
  const bend = (node: SimulatedNode, event: Sent): readonly Sent[] => {
    if (node.index !== index) return [event];
    seed ??= loadIdentity((disks[index - 1] ?? node.disk).fork(1).open(), node.master, 'keys').lend((one) =>
      one.slice(),
    );
    return bent(event, seed, how);
  };
  return { bend };
}

function bent(event: Sent, seed: Uint8Array, how: Cheat): readonly Sent[] {
  const envelope = parseEnvelope(event.bytes);
  const { kind, round } = envelope.header;
  if (how === 'flipped') {
    if (kind !== envelopeKinds.direct || round < 2) return [event];
    return [{ ...event, bytes: withBody(envelope, flipLast(envelope.body), seed) }];
  }
  if (kind !== envelopeKinds.broadcast || round !== 1) return [event];
  if (how === 'junk') return [{ ...event, bytes: withBody(envelope, envelope.body.slice(1), seed) }];
  return [event, { ...event, bytes: withBody(envelope, flipLast(envelope.body), seed) }];
}

const flipLast = (body: Uint8Array): Uint8Array =>
  body.map((byte, i) => (i === body.length - 1 ? byte ^ 1 : byte));

/** Runs the storm of one seed, and adds what came of it. */
export async function runStorm(
  ground: Ground,
  seed: number,
  tally: Tally,
  { plan = planOf(seed), ...more }: Extras & { readonly plan?: StormPlan } = {},
): Promise<Storm> {
  const storm = new Storm(seed, plan.what === 'keygen' ? ground.fresh : ground.founded, more);
  const release = hear(storm);
  try {
    await storm.start();
    if (plan.what !== 'signing') await storm.ceremony(plan);
    if (plan.what !== 'keygen') await storm.sign(plan);
    await storm.calm();
    addStorm(tally, storm, ground.before);
    tally.seeds.push(seed);
    storm.restartMs = 1e12;
    for (const node of storm.nodes) node.kill();
  } finally {
    release();
  }
  return storm;
}

/** What nobody caught of all that is under way. */
function hear(storm: Storm): () => void {
  const former = process.listeners('unhandledRejection');
  const listener = (error: unknown): void => {
    if (!isPowerLoss(error)) storm.stray(error);
  };
  process.removeAllListeners('unhandledRejection');
  process.on('unhandledRejection', listener);
  return () => {
    process.removeListener('unhandledRejection', listener);
    for (const one of former) process.on('unhandledRejection', one);
  };
}

/** The member that cheats in the storm of a seed, and how. */
export function cheatOf(seed: number): { readonly index: number; readonly how: Cheat } {
  const choices = new Choices(seed + 77);
  const hows = ['two-words', 'junk', 'flipped'] as const;
  return { index: partyIndex(1 + choices.below(3)), how: hows[choices.below(hows.length)] ?? 'junk' };
}
