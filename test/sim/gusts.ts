import type { SessionState } from '../../src/protocols/kernel/session-state.ts';
import { Dice, weather } from './faults.ts';
import { type Crash, LoggedCluster, processAt } from './logged.ts';
import { Cluster, type Tamper } from './cluster.ts';
import { type PresignRun, dealKey, digestOf, presignSessions, quorumsOf, runSign } from './signing.ts';
import type { Tally } from './storm-tally.ts';

/** Signatures that one presign session is for. */
const BATCH = 32;
const key = dealKey(2, 3, 'gusts');
const quorums = quorumsOf(key);

const count = (of: Map<string, number>, name: string): void => void of.set(name, (of.get(name) ?? 0) + 1);

/** Adds one session whose members are all honest: how they ended, and whom any of them names. */
function add(tally: Tally, protocol: string, states: readonly SessionState<unknown>[], seed: number): void {
  const ends = states.map((state) => (state.kind === 'aborted' ? state.abort.code : state.kind));
  const isDone = ends.every((end) => end === 'done');
  const others = [...new Set(ends)].sort().join(' and ');
  count(tally.sessions, protocol);
  count(tally.endings, `${protocol}: ${isDone ? 'done' : ends.includes('done') ? 'done at some' : others}`);
  for (const state of states)
    if (state.kind === 'aborted')
      for (const member of state.abort.culprits)
        tally.accused.push({ member, what: `seed ${seed}: ${protocol} ${state.abort.message}` });
  for (const state of states)
    if (state.kind !== 'done' && state.kind !== 'aborted')
      tally.strays.push(`seed ${seed}: ${protocol} is still ${state.kind}`);
}

interface Air {
  readonly tally: Tally;
  readonly dice: Dice;
  readonly seed: number;
  /** Messages of other sessions, for replays. */
  readonly old: Uint8Array[];
}

/** What the network does in the next session; it is noted. */
function nextWeather({ tally, dice, old }: Air, seats: Parameters<typeof weather>[2]): Tamper {
  const { words, network } = weather(dice, old.length === 0 ? [new Uint8Array(300)] : old, seats);
  for (const word of words) count(tally.faults, word.startsWith('party') ? 'silence' : word);
  return network;
}

/** Presigning until it succeeds, then a signature with each presignature, each session in its own weather. */
function signing(air: Air): void {
  const { tally, dice, seed, old } = air;
  const quorum = dice.of(quorums);
  for (let tries = 0; tries < 4; tries++) {
    const label = `gust ${seed} ${tries}`;
    const { spec, sessions } = presignSessions(key, quorum, BATCH, {
      label,
      position: BigInt(seed * 8 + tries),
    });
    const cluster = new Cluster(sessions, seed, nextWeather(air, quorum));
    const states = cluster.run();
    add(tally, 'presign', [...states.values()], seed);
    old.push(...cluster.delivered.slice(0, 4).map(({ bytes }) => bytes));
    if (![...states.values()].every(({ kind }) => kind === 'done')) continue;
    signAll(air, { key, spec, sessions, states });
    return;
  }
}

function signAll(air: Air, run: PresignRun): void {
  for (let instance = 0; instance < BATCH; instance++) {
    const tamper = nextWeather(air, [...run.sessions.keys()]);
    const states = runSign(run, instance, digestOf(`gust ${air.seed}`), { tamper });
    add(air.tally, 'sign', [...states.values()], air.seed);
  }
}

/** Key generations whose processes end at a call of their disk or at a message, and are started again. */
async function keygens({ tally, dice, seed }: Air): Promise<void> {
  const cluster = new LoggedCluster(3, { seed, threshold: 2 });
  for (let n = 1; n <= 3; n++) {
    if (!dice.percent(60)) continue;
    const crash: Crash = dice.percent(50)
      ? { at: 'disk', call: 1 + dice.below(60), bytes: dice.below(40) }
      : { at: dice.of(['before-send', 'after-send'] as const), message: 1 + dice.below(16) };
    processAt(cluster, n).crash = crash;
    count(tally.faults, crash.at === 'disk' ? 'loss of power in a call of the disk' : 'crash at a message');
  }
  await cluster.run();
  count(tally.sessions, 'keygen');
  const endings = cluster.processes.map(({ finished }) => finished?.ending);
  const ends = endings.map((one) => (one?.kind === 'aborted' ? one.code : (one?.kind ?? 'waits')));
  count(tally.endings, `keygen: ${[...new Set(ends)].sort().join(' and ')}`);
  tally.deaths += cluster.processes.reduce((sum, { boots }) => sum + boots - 1, 0);
  for (const ending of endings)
    if (ending?.kind === 'aborted')
      for (const member of ending.culprits)
        tally.accused.push({ member, what: `seed ${seed}: ${ending.code}` });
  tally.strays.push(...cluster.contradictions.map((slot) => `seed ${seed}: two messages for ${slot}`));
}

/** Sessions of one seed without nodes around them: many for little, each with faults of its own. */
export async function runGust(seed: number, tally: Tally): Promise<void> {
  const air: Air = { tally, dice: new Dice(seed), seed, old: [] };
  signing(air);
  await keygens(air);
  tally.seeds.push(seed);
}
