import { expect, it } from 'vitest';

import type { ExecutedBlock, HeadHashes, ImportVerdict } from '../../../../src/chain/execution.ts';
import { equalBytes } from '../../../../src/crypto/bytes.ts';
import { OperationError } from '../../../../src/crypto/errors.ts';
import { Witness } from '../../../../src/services/witness/service.ts';
import { catchingUp } from '../../../../src/system/engine-catch-up.ts';
import type { Engine } from '../../../../src/system/ports.ts';
import { SimClock, settle } from '../../../sim/clock.ts';
import { keptLog } from '../../../sim/log.ts';
import { chain } from '../../chain/blocks-samples.ts';

const blocks = chain.map(({ block }) => block);

const executed = (hash: Uint8Array): ExecutedBlock | undefined => {
  const block = blocks.find((one) => equalBytes(one.hash, hash));
  return block && ({ block } as ExecutedBlock);
};

/** A chain with a head, another engine that judges, and what was said. */
class World {
  readonly clock = new SimClock();
  readonly log = keptLog();
  readonly taken: bigint[] = [];
  readonly told: HeadHashes[] = [];
  readonly deaths: unknown[] = [];
  readonly differences: string[] = [];
  at = 1;
  verdict: ImportVerdict = { kind: 'valid' };
  isAway = false;
  readonly engine: Engine = {
    name: 'geth',
    importBlock: async (block) => {
      if (this.isAway) throw new OperationError('engine-unreachable', 'retry', 'no answer');
      this.taken.push(block.header.number);
      return this.verdict;
    },
    setHeads: async (heads) => void this.told.push(heads),
    heads: async () => this.heads(),
  };
  connect = async (_: () => boolean): Promise<Engine> => this.engine;
  readonly witness = new Witness({
    ...{ clock: this.clock, log: this.log },
    connect: (isWanted) => this.connect(isWanted),
    executor: { block: async (at) => (typeof at === 'bigint' ? undefined : executed(at)) },
    heads: () => this.heads(),
    differs: (why) => void this.differences.push(why),
    fatal: (error) => void this.deaths.push(error),
  });

  heads(): HeadHashes {
    const [hash, genesis] = [blocks[this.at]!.hash, blocks[0]!.hash];
    return { unsafe: hash, safe: genesis, finalized: genesis };
  }

  async follow(): Promise<void> {
    this.witness.follow();
    for (let i = 0; i < 6; i++) await settle();
  }
}

it('a second engine is given every head, one after another', async () => {
  const world = new World();
  await world.follow();
  world.at = 2;
  await world.follow();
  const numbers = [blocks[1]!.header.number, blocks[2]!.header.number];
  expect(world.taken).toEqual(numbers);
  expect(world.told.at(-1)?.unsafe).toBe(blocks[2]!.hash);
  expect(world.witness.status()).toEqual({ state: 'agrees', number: numbers[1] });
  expect(world.deaths).toEqual([]);
});

it('one that is away holds up nothing, and is asked again by itself', async () => {
  const world = new World();
  world.isAway = true;
  await world.follow();
  expect(world.witness.status()).toMatchObject({ state: 'away' });
  world.isAway = false;
  await world.clock.advance(2_000);
  for (let i = 0; i < 6; i++) await settle();
  expect(world.witness.status()).toMatchObject({ state: 'agrees' });
  world.verdict = { kind: 'parent-unknown' };
  await world.follow();
  expect(world.witness.status()).toMatchObject({ state: 'away' });
  expect(world.differences).toEqual([]);
});

it('one that finds another result is an alarm, told once, and never asked again', async () => {
  const world = new World();
  world.verdict = { kind: 'invalid', field: 'stateRoot' };
  await world.follow();
  world.verdict = { kind: 'valid' };
  await world.follow();
  expect(world.taken).toHaveLength(1);
  expect(world.told).toEqual([]);
  expect(world.differences).toEqual([expect.stringContaining('another stateRoot')]);
  expect(world.witness.status()).toMatchObject({ state: 'differs' });
});

it('nothing is asked after the end, and a fault of ours is told', async () => {
  const world = new World();
  await world.witness.stop();
  await world.follow();
  expect(world.taken).toEqual([]);
  const broken = new World();
  broken.at = 1_000;
  await broken.follow();
  expect(broken.deaths).toHaveLength(1);
});

it('one that is on its way up from block 0 is left behind the block that it is at', async () => {
  const world = new World();
  world.at = blocks.length - 1;
  const held = new Set([blocks[0]]);
  let [answer, asked]: [() => void, number] = [() => undefined, 0];
  const slow: Engine = {
    ...world.engine,
    importBlock: async (block) => {
      asked += 1;
      if (!held.has(blocks.find((one) => equalBytes(one.hash, block.header.parentHash))))
        return { kind: 'parent-unknown' };
      await new Promise<void>((resolve) => void (answer = resolve));
      held.add(block);
      return { kind: 'valid' };
    },
  };
  world.connect = async (isWanted) => catchingUp(slow, async (hash) => executed(hash)?.block, isWanted);
  await world.follow();
  const stopped = world.witness.stop();
  const before = asked;
  answer();
  await stopped;
  expect([held.size, asked]).toEqual([2, before]);
  // Nothing is wrong with it, and nobody will ask again.
  expect(world.witness.status()).toEqual({ state: 'away', why: 'it was not asked yet' });
  expect(world.log.lines).toEqual([]);
});
