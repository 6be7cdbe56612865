import { expect, it } from 'vitest';

import type { HeadChange } from '../../../../src/apps/rpc/head-feed.ts';
import { logsOfChange } from '../../../../src/apps/rpc/told-logs.ts';
import { named } from '../../node/helpers.ts';
import { FakeWorld, contract, signed } from './fake-world.ts';

const logs = ['a', 'b'].map((name) => ({ address: contract, topics: [named(name)], data: named('d') }));

it('gives removed logs newest first, with a mark, and then those that came', async () => {
  const raw = await signed(0);
  const world = new FakeWorld();
  const change: HeadChange = { removed: [world.extend([{ raw, logs }])], added: [world.extend()] };
  const [second, first, ...none] = logsOfChange(change);
  expect(none).toEqual([]);
  expect([second?.log.topics, first?.log.topics]).toEqual([[named('b')], [named('a')]]);
  expect(first?.printed()).toMatchObject({ logIndex: '0x0', removed: true });
  expect(JSON.parse(first?.text() ?? '')).toEqual(first?.printed());
});

it('prints a log once, however many ask for it', async () => {
  const world = new FakeWorld();
  const change: HeadChange = { removed: [], added: [world.extend([{ raw: await signed(0), logs }])] };
  const [one, other] = [logsOfChange(change), logsOfChange(change)];
  expect(other).toBe(one);
  expect(one[0]?.printed()).toBe(other[0]?.printed());
});
