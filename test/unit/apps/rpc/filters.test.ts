import { describe, expect, it } from 'vitest';

import { Filters } from '../../../../src/apps/rpc/filters.ts';
import { HeadFeed } from '../../../../src/apps/rpc/head-feed.ts';
import { PendingFeed } from '../../../../src/apps/rpc/pending-feed.ts';
import { named, seededRng } from '../../node/helpers.ts';
import { FakeWorld, contract, signed } from './fake-world.ts';

const rest = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const everything = {
  ...{ addresses: [], topics: [] },
  range: { kind: 'range', from: undefined, to: undefined },
} as const;

function filtering(limits: Partial<ConstructorParameters<typeof Filters>[0]['limits']> = {}) {
  const world = new FakeWorld();
  const pending = new PendingFeed(world);
  const filters = new Filters({
    ...{ heads: new HeadFeed(world), pending, clock: world.clock, rng: seededRng('filters') },
    limits: { filters: 10, filterMs: 1_000, filterItems: 5, ...limits },
  });
  return { world, pending, filters };
}

describe('filters', () => {
  it('have names that cannot be guessed', () => {
    const { filters } = filtering();
    const [a, b] = [filters.add({ kind: 'blocks' }), filters.add({ kind: 'blocks' })];
    expect(a).toMatch(/^0x[0-9a-f]{32}$/);
    expect(a).not.toBe(b);
  });

  it('are so many and no more', () => {
    const { filters } = filtering({ filters: 1 });
    const id = filters.add({ kind: 'blocks' });
    expect(() => filters.add({ kind: 'blocks' })).toThrow('too many filters');
    filters.remove(id);
    filters.add({ kind: 'blocks' });
  });

  it('that nobody polls are forgotten', () => {
    const { world, filters } = filtering({ filters: 1 });
    const id = filters.add({ kind: 'blocks' });
    world.clock.move(1_000);
    expect(filters.take(id)).toEqual([]);
    world.clock.move(1_001);
    filters.add({ kind: 'blocks' });
    expect(() => filters.take(id)).toThrow('filter not found');
  });

  it('that nobody polls are forgotten when something comes, and others are not', () => {
    const { world, pending, filters } = filtering({ filters: 2 });
    const [idle, polled] = [filters.add({ kind: 'transactions' }), filters.add({ kind: 'transactions' })];
    world.clock.move(900);
    filters.take(polled);
    world.clock.move(200);
    pending.announce(named('tx'));
    filters.add({ kind: 'blocks' });
    expect(() => filters.take(idle)).toThrow('filter not found');
    expect(filters.take(polled)).toHaveLength(1);
  });

  it('that hold too much are forgotten', () => {
    const { pending, filters } = filtering();
    const id = filters.add({ kind: 'transactions' });
    for (let i = 0; i < 5; i++) pending.announce(named(`tx ${i}`));
    expect(filters.take(id)).toHaveLength(5);
    for (let i = 0; i < 6; i++) pending.announce(named(`tx ${i}`));
    expect(() => filters.take(id)).toThrow('filter not found');
  });

  it('tell logs that were taken back, marked, before those in their place', async () => {
    const { world, filters } = filtering();
    const id = filters.add({ kind: 'logs', query: everything });
    const logs = ['a', 'b'].map((name) => ({ address: contract, topics: [named(name)], data: named('d') }));
    world.extend([{ raw: await signed(0), logs }]);
    await rest();
    world.extend([{ raw: await signed(0), logs: logs.slice(1) }], world.canonical[0], 'other');
    await rest();
    const seen = filters.take(id) as { removed: boolean; logIndex: string }[];
    expect(seen.map(({ removed, logIndex }) => [removed, logIndex])).toEqual([
      [false, '0x0'],
      [false, '0x1'],
      [true, '0x1'],
      [true, '0x0'],
      [false, '0x0'],
    ]);
  });

  it('hear nothing after their end', () => {
    const { pending, filters } = filtering();
    const id = filters.add({ kind: 'transactions' });
    filters.close();
    pending.announce(named('tx'));
    expect(() => filters.take(id)).toThrow('filter not found');
  });
});
