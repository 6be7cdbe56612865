import { describe, expect, it } from 'vitest';

import { type HeadChange, HeadFeed } from '../../../../src/apps/rpc/head-feed.ts';
import type { Executor } from '../../../../src/system/ports.ts';
import { to0x } from '../../../../src/crypto/bytes.ts';
import type { ExecutedBlock } from '../../../../src/chain/execution.ts';
import { FakeWorld } from './fake-world.ts';

const names = (blocks: readonly ExecutedBlock[]) => blocks.map(({ block }) => to0x(block.hash));
const rest = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function following(executor?: (world: FakeWorld) => Executor) {
  const world = new FakeWorld();
  world.extend();
  world.extend();
  const changes: HeadChange[] = [];
  const { chain, log, clock } = world;
  const feed = new HeadFeed({ chain, log, clock, executor: executor?.(world) ?? world.executor });
  const stop = feed.listen((change) => void changes.push(change));
  return { world, changes, feed, stop };
}

describe('the feed of heads', () => {
  it('tells every block that joins the chain, from the start on', async () => {
    const { world, changes } = following();
    const first = world.extend();
    await rest();
    // Moves that come while one is worked on are one change.
    const [second, third, fourth] = [world.extend(), world.extend(), world.extend()];
    await rest();
    world.moved();
    await rest();
    const expected = [[first], [second], [third, fourth]];
    expect(changes.map(({ added }) => names(added))).toEqual(expected.map(names));
    expect(changes.flatMap(({ removed }) => removed)).toEqual([]);
  });

  it('tells what a reorganisation took back, newest first, and then what came in its place', async () => {
    const { world, changes } = following();
    const old = [world.extend(), world.extend(), world.extend()];
    await rest();
    const base = world.canonical[2]!;
    const a = world.extend([], base, 'other');
    const b = world.extend([], a, 'other');
    await rest();
    const [, , turn, more] = changes;
    expect(names(turn!.removed)).toEqual(names([...old].reverse()));
    expect(names(turn!.added)).toEqual(names([a]));
    expect([turn!, more!].flatMap(({ added }) => names(added))).toEqual(names([a, b]));
    expect(more!.removed).toEqual([]);
  });

  it('tells a step back', async () => {
    const { world, changes } = following();
    const block = world.head;
    world.canonical = world.canonical.slice(0, -1);
    world.moved();
    await rest();
    expect(names(changes[0]!.removed)).toEqual(names([block]));
    expect(changes[0]!.added).toEqual([]);
  });

  it('tells of a leap only where it ended', async () => {
    const { world, changes } = following();
    const first = world.extend();
    for (let i = 0; i < 300; i++) world.extend();
    while (changes.length < 2) await rest();
    expect(changes.map(({ added }) => names(added))).toEqual([names([first]), names([world.head])]);
  });

  it('goes on after a failure, from where it was', async () => {
    let isBroken = true;
    const { world, changes } = following(({ executor }) => ({
      ...executor,
      block: (at) => (isBroken ? Promise.reject(new RangeError('disk')) : executor.block(at)),
    }));
    const first = world.extend();
    await rest();
    expect(world.log.lines).toMatchObject([{ event: 'rpc head not followed', fields: { reason: 'disk' } }]);
    isBroken = false;
    const second = world.extend();
    await rest();
    expect(changes.map(({ added }) => names(added))).toEqual([names([first, second])]);
  });

  it('tells those behind one that fails', async () => {
    const { world, changes, feed } = following();
    feed.listen(() => {
      throw new RangeError('bad luck');
    });
    const behind: HeadChange[] = [];
    feed.listen((change) => void behind.push(change));
    world.extend();
    world.extend();
    await rest();
    world.extend();
    await rest();
    expect(behind).toEqual(changes);
    expect(behind.length).toBeGreaterThan(1);
    expect(world.log.lines[0]).toMatchObject({ level: 'error', event: 'rpc listener failed' });
  });

  it('lets others have their turn for as long as telling has taken', async () => {
    const { world, feed } = following();
    const waits: [number, () => void][] = [];
    const after = (ms: number, event: () => void) => {
      waits.push([ms, event]);
      return () => undefined;
    };
    const clock = { ...world.clock, after };
    feed.close();
    const { chain, log, executor } = world;
    const slow = new HeadFeed({ chain, log, executor, clock });
    const told: string[] = [];
    const stops = ['first', 'second', 'third'].map((name) =>
      slow.listen(() => {
        told.push(name);
        world.clock.move(30);
      }),
    );
    world.extend();
    await rest();
    expect(told).toEqual(['first']);
    // Who leaves meanwhile hears nothing.
    stops[1]?.();
    expect(waits.map(([ms]) => ms)).toEqual([30]);
    waits[0]?.[1]();
    await rest();
    expect(told).toEqual(['first', 'third']);
  });

  it('tells nobody who has left, and nothing after its end', async () => {
    const { world, changes, feed, stop } = following();
    stop();
    world.extend();
    await rest();
    expect(changes).toEqual([]);
    feed.listen((change) => void changes.push(change));
    feed.close();
    world.extend();
    await rest();
    expect(changes).toEqual([]);
  });
});
