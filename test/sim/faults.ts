import { type PartyIndex, partyIndex } from '../../src/crypto/brand.ts';
import { ascii, bytesToBigint, toHex, u32 } from '../../src/crypto/bytes.ts';
import { seededRng } from '../../src/crypto/drbg.ts';
import { type Signature, verifyDigest } from '../../src/crypto/ecdsa.ts';
import { taggedHash } from '../../src/crypto/hash.ts';
import { publicKeyOf } from '../../src/protocols/epoch.ts';
import type { KeygenOutput } from '../../src/protocols/keygen/keygen.ts';
import type { PresignBatch } from '../../src/protocols/presign/presign.ts';
import { type Stage, casesOf } from '../byz/cases.ts';
import { type Ending, type Lie, faultsOf, record, runLie, signsOf } from '../byz/harness.ts';
import { keygenScene, presignScene, signScene } from '../byz/scenes.ts';
import type { Tamper } from './cluster.ts';
import { dealKey, digestOf } from './signing.ts';

/** What one seed came to. */
export interface Trial {
  readonly seed: number;
  /** What was run, and what went wrong with it on purpose. */
  readonly scenario: string;
  /** How it showed. */
  readonly signs: readonly string[];
  /** What must never be: empty, or the simulation has found a mistake. */
  readonly faults: readonly string[];
}

/** Whole numbers below a limit, from a seed. */
export class Dice {
  readonly #rng: ReturnType<typeof seededRng>;

  constructor(seed: number) {
    this.#rng = seededRng(taggedHash('test', ascii('faults'), u32(seed)));
  }

  below(limit: number): number {
    return Number(bytesToBigint(this.#rng(6)) % BigInt(limit));
  }

  /** True in so many of a hundred throws. */
  percent(chance: number): boolean {
    return this.below(100) < chance;
  }

  of<T>(choices: readonly T[]): T {
    const chosen = choices[this.below(choices.length)];
    if (chosen === undefined) throw new RangeError('nothing to choose from');
    return chosen;
  }
}

/** Nobody: an index that takes no part. */
const nobody = partyIndex(64);
const sizes = [
  [3, 2],
  [4, 3],
  [5, 3],
  [5, 4],
] as const;

/** Where an envelope says of which round it is; a liar's may be no envelope. */
const ROUND = 70;

/** What the network does in one run. */
export interface Weather {
  readonly words: readonly string[];
  readonly network: Tamper;
  /** Whether everything arrives in the end: then an honest session finishes. */
  readonly losesNothing: boolean;
}

/** Losses, duplicates, junk, old messages and silence, each in some of the runs. */
export function weather(dice: Dice, old: readonly Uint8Array[], seats: readonly PartyIndex[]): Weather {
  const [loses, doubles, replays, junks] = [20, 40, 40, 40].map((chance) => dice.percent(chance));
  const silent = dice.percent(15) ? dice.of(seats) : undefined;
  const from = dice.below(5);
  const network: Tamper = (sender, _to, bytes) => {
    const round = bytes[ROUND] ?? 0;
    if (sender === silent && round >= from) return [];
    if (loses === true && dice.percent(3)) return [];
    const out = [bytes];
    if (doubles === true && dice.percent(30)) out.push(bytes);
    if (replays === true && dice.percent(20)) out.push(dice.of(old));
    if (junks === true && dice.percent(20)) out.push(bytes.map((byte, k) => (k === 100 ? byte ^ 1 : byte)));
    return out;
  };
  const words = [
    ...(loses === true ? ['losses'] : []),
    ...(doubles === true ? ['duplicates'] : []),
    ...(replays === true ? ['replays'] : []),
    ...(junks === true ? ['junk'] : []),
    ...(silent === undefined ? [] : [`party ${silent} is silent from round ${from}`]),
  ];
  return { words, network, losesNothing: loses !== true && silent === undefined };
}

/** What is the same of one protocol in all runs. */
interface Rules<T> {
  readonly nameOf: (output: T) => string;
  readonly more?: (ending: Ending<T>) => readonly string[];
}

/** A run with a liar in half of the seeds, in some weather. */
function play<T>(seed: number, dice: Dice, stage: Stage<T>, rules: Rules<T>): Trial {
  const { scene, recording } = stage;
  const old = [...stage.otherSession.envelopes.values()].map(({ bytes }) => bytes);
  const { words, network, losesNothing } = weather(
    dice,
    old,
    scene.seats.map(({ index }) => index),
  );
  const one = dice.percent(50) ? dice.of(casesOf(stage)) : undefined;
  const played = one === undefined ? { ...scene, liar: nobody } : scene;
  const lie: Lie = { ...one?.lie, network };
  const ending = runLie(played, recording, lie, seed);
  const faults = [...faultsOf(played, ending, rules.nameOf), ...(rules.more?.(ending) ?? [])];
  if (one === undefined && losesNothing)
    for (const [j, state] of ending.honest)
      if (state.kind !== 'done') faults.push(`party ${j} is ${state.kind} though nothing was lost`);
  const scenario = [
    `${scene.protocol} of ${scene.seats.length}`,
    ...words,
    one === undefined ? 'nobody lies' : `party ${scene.liar} lies: ${one.name}`,
  ].join('; ');
  return { seed, scenario, signs: signsOf(played, ending), faults };
}

function keygenTrial(seed: number, dice: Dice): Trial {
  const size = dice.of(sizes);
  const liar = 1 + dice.below(size[0]);
  const scene = keygenScene(size, liar, `sim ${seed}`);
  const stage: Stage<KeygenOutput> = {
    scene,
    recording: record(scene),
    otherSession: record(keygenScene(size, liar, `before ${seed}`)),
  };
  const nameOf = ({ epochId, publicKey }: KeygenOutput): string =>
    toHex(epochId) + toHex(publicKey.toBytes());
  return play(seed, dice, stage, { nameOf });
}

/** A dealt key, a quorum of it and one member. */
function seatsOf(dice: Dice): {
  readonly key: ReturnType<typeof dealKey>;
  readonly quorum: readonly number[];
  readonly liar: number;
} {
  const [n, threshold] = dice.of(sizes);
  const left = Array.from({ length: n }, (_, i) => i + 1);
  while (left.length > threshold) left.splice(dice.below(left.length), 1);
  return { key: dealKey(threshold, n), quorum: left, liar: dice.of(left) };
}

function presignTrial(seed: number, dice: Dice): Trial {
  const { key, quorum, liar } = seatsOf(dice);
  const scene = presignScene(key, quorum, liar, 'sim');
  const stage: Stage<PresignBatch> = {
    scene,
    recording: record(scene),
    otherSession: record(presignScene(key, quorum, liar, 'before')),
  };
  return play(seed, dice, stage, { nameOf: ({ ok, view }) => toHex(ok) + toHex(view) });
}

function signTrial(seed: number, dice: Dice): Trial {
  const { key, quorum, liar } = seatsOf(dice);
  const presigning = presignScene(key, quorum, liar, 'sim');
  const { sessions, outputs } = record(presigning);
  const presigned = { key, spec: presigning.spec, sessions, batches: outputs };
  const digest = digestOf(`seed ${seed}`);
  const scene = signScene(presigned, liar, digest, `sim ${seed}`);
  const stage: Stage<Signature> = {
    scene,
    recording: record(scene),
    otherSession: record(signScene(presigned, liar, digestOf('before'), 'before')),
  };
  const wrong = ({ honest }: Ending<Signature>): readonly string[] =>
    [...honest].flatMap(([j, state]) =>
      state.kind === 'done' && !verifyDigest(publicKeyOf(key.record), digest, state.output)
        ? [`party ${j} releases a wrong signature`]
        : [],
    );
  return play(seed, dice, stage, { nameOf: ({ r, s }) => `${r} ${s}`, more: wrong });
}

/** Runs one seed. The same seed gives the same trial, on every machine. */
export function runTrial(seed: number): Trial {
  const dice = new Dice(seed);
  const throwing = dice.below(10);
  if (throwing < 6) return keygenTrial(seed, dice);
  return throwing < 8 ? presignTrial(seed, dice) : signTrial(seed, dice);
}
