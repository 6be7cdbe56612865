import { describe, expect, it } from 'vitest';

import { silent } from '../../../../src/apps/guard-folder.ts';
import { isUnderRoot, blocksRoot } from '../../../../src/chain/blocks-root.ts';
import { Challenger } from '../../../../src/services/outputs/challenger.ts';
import type { GameDeps } from '../../../../src/services/outputs/games.ts';
import { Proposer } from '../../../../src/services/outputs/proposer.ts';
import {
  FakeChain,
  FakeOutputs,
  gameOf,
  other,
  outputAfter,
  outputOf,
  own,
  rootAfter,
} from './fake-outputs.ts';

interface World {
  readonly l1: FakeOutputs;
  readonly chain: FakeChain;
  readonly deps: GameDeps;
  readonly proposer: Proposer;
  readonly challenger: Challenger;
}
const world = (evidenceOf: GameDeps['evidenceOf'] = async () => undefined): World => {
  const [l1, chain] = [new FakeOutputs(), new FakeChain()];
  l1.batches = [
    { index: 1n, firstBlock: 1n, lastBlock: 30n },
    { index: 2n, firstBlock: 41n, lastBlock: 60n },
  ];
  const deps: GameDeps = { l1, own: chain, evidenceOf, log: silent };
  return { l1, chain, deps, proposer: new Proposer(deps, { every: 20n }), challenger: new Challenger(deps) };
};

describe('a proposer', () => {
  it('claims what its chain has after the newest batch, and shows the block there', async () => {
    const { l1, chain, proposer } = world();
    expect(await proposer.step()).toBe(true);
    const [[index, output, place]] = l1.proposed as [(typeof l1.proposed)[number]];
    expect([index, output]).toEqual([1n, outputAfter(60n)]);
    const hashes = await chain.hashes(41n, 60n);
    expect([place.batchIndex, place.position]).toEqual([2n, 19n]);
    const shown = { count: 20, position: 19, hash: output.blockHash, path: place.path };
    expect(isUnderRoot(blocksRoot(hashes), shown)).toBe(true);
  });

  it('counts from the newest output that stands, not from one that was rejected', async () => {
    const { l1, proposer } = world();
    l1.outputs = [outputOf(30n), outputOf(59n, { status: 'rejected' })];
    expect(await proposer.step()).toBe(true);
    expect(l1.proposed[0]?.[0]).toBe(3n);
    l1.outputs = [outputOf(30n), outputOf(59n)];
    expect(await proposer.step()).toBe(false);
  });

  it('claims nothing without a bond, nothing it has not derived, nothing that a reorg took', async () => {
    const poor = world();
    poor.l1.free = 9n;
    const behind = world();
    behind.chain.safeBlock = 59n;
    const reorged = world();
    reorged.l1.bond = async () => {
      reorged.chain.safeBlock = 0n;
      return { free: 10n, needed: 10n };
    };
    for (const { l1, proposer } of [poor, behind, reorged]) {
      expect(await proposer.step()).toBe(false);
      expect(l1.proposed).toEqual([]);
    }
  });

  it('defends what it claimed: root in the middle, then the block in its batch, or in none', async () => {
    const { l1, chain, proposer } = world();
    l1.batches.length = 1;
    l1.outputs = [outputOf(30n)];
    l1.games = [gameOf()];
    expect(await proposer.step()).toBe(true);
    l1.games = [gameOf({ low: 19n, high: 20n, phase: 'reveal' })];
    await proposer.step();
    l1.games = [gameOf({ low: 39n, high: 40n, phase: 'reveal' })];
    await proposer.step();
    expect(l1.moves).toMatchObject([
      { kind: 'publish', id: 1n, middle: 10n, root: rootAfter(10n) },
      { kind: 'reveal', id: 1n, output: outputAfter(20n), place: { batchIndex: 1n, position: 19n } },
      { kind: 'reveal', id: 1n, output: outputAfter(40n), place: { batchIndex: 0n, path: [] } },
    ]);
    chain.safeBlock = 39n;
    expect(await proposer.step()).toBe(false);
  });
});

describe('a challenger', () => {
  it('disputes the first output that is wrong, and leaves all others alone', async () => {
    const { l1, challenger } = world();
    const outputRoot = new Uint8Array(32).fill(9);
    l1.final = 1n;
    l1.outputs = [
      ...[outputOf(10n, { outputRoot }), outputOf(20n), outputOf(30n, { outputRoot, status: 'disputed' })],
      ...[outputOf(40n, { outputRoot, windowEnd: 999n }), outputOf(61n, { outputRoot })],
      ...[outputOf(50n, { outputRoot }), outputOf(55n, { outputRoot })],
    ];
    expect(await challenger.step()).toBe(true);
    expect(l1.moves).toEqual([{ kind: 'open', outputIndex: 6n, counterRoot: rootAfter(50n) }]);
  });

  it('cannot dispute without a deposit, and goes on to the next', async () => {
    const { l1, challenger } = world();
    const outputRoot = new Uint8Array(32).fill(9);
    l1.outputs = [outputOf(10n, { outputRoot, bond: 11n }), outputOf(20n, { outputRoot })];
    expect(await challenger.step()).toBe(true);
    expect(l1.moves).toEqual([{ kind: 'open', outputIndex: 2n, counterRoot: rootAfter(20n) }]);
    l1.free = 0n;
    expect(await challenger.step()).toBe(false);
  });

  it('chooses a half, and brings evidence where it has some', async () => {
    const evidence = { verifier: other, evidence: Uint8Array.of(1) };
    const { l1, challenger } = world(async ({ block }) => (block === 20n ? evidence : undefined));
    const mine = { proposer: other, challenger: own };
    l1.games = [
      gameOf({ ...mine, id: 1n, phase: 'choose' }),
      gameOf({ ...mine, id: 2n, phase: 'choose', midRoot: new Uint8Array(32) }),
      gameOf({ ...mine, id: 3n, phase: 'judge', low: 19n, high: 20n }),
      gameOf({ ...mine, id: 4n, phase: 'judge', low: 20n, high: 21n }),
    ];
    expect(await challenger.step()).toBe(true);
    expect(l1.moves).toEqual([
      { kind: 'choose', id: 1n, isLowerHalf: false },
      { kind: 'choose', id: 2n, isLowerHalf: true },
      { kind: 'judge', id: 3n, ...evidence },
    ]);
  });

  it('plays no game of others, and does not look at what is over again', async () => {
    const { l1, challenger } = world();
    const strange = { proposer: other, challenger: other };
    l1.time = 1_001n;
    l1.games = [
      ...[gameOf({ id: 1n, phase: 'resolved' }), gameOf({ id: 2n, ...strange })],
      gameOf({ id: 3n, phase: 'resolved' }),
    ];
    expect(await challenger.step()).toBe(false);
    expect(await challenger.step()).toBe(false);
    expect(l1.moves).toEqual([]);
    expect(l1.asked).toEqual([1n, 2n, 3n, 2n, 3n]);
  });
});
