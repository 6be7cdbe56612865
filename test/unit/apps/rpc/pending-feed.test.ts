import { expect, it } from 'vitest';

import { PendingFeed } from '../../../../src/apps/rpc/pending-feed.ts';
import { to0x } from '../../../../src/crypto/bytes.ts';
import { keptLog } from '../../../sim/log.ts';
import { named } from '../../node/helpers.ts';

const rest = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const hashOf = (name: number): Uint8Array => named(String(name));
const shown = (...which: readonly number[]): readonly string[] => which.map((one) => to0x(hashOf(one)));

/** A feed on a clock that is moved by hand, and the waits that it asked for. */
function feeding() {
  const [waits, log]: [[number, () => void][], ReturnType<typeof keptLog>] = [[], keptLog()];
  let now = 0;
  const clock = {
    monotonicMs: () => now,
    after: (ms: number, event: () => void) => {
      waits.push([ms, event]);
      return () => undefined;
    },
  };
  /** Lets the wait that is open pass. */
  const wait = async (): Promise<void> => {
    const [ms, event] = waits.at(-1)!;
    now += ms;
    event();
    await rest();
  };
  const move = (ms: number): void => void (now += ms);
  return { feed: new PendingFeed({ clock, log }), waits, wait, move, log };
}

it('tells at once where telling is quick, and whoever has left hears no more', () => {
  const { feed, waits, log } = feeding();
  const [one, two]: [string[], string[]] = [[], []];
  feed.listen((hash) => void one.push(hash));
  const stop = feed.listen((hash) => void two.push(hash));
  feed.announce(hashOf(1));
  stop();
  feed.announce(hashOf(2));
  feed.close();
  feed.announce(hashOf(3));
  expect([one, two]).toEqual([shown(1, 2), shown(1)]);
  expect([waits, log.lines]).toEqual([[], []]);
});

it('lets others have their turn for as long as telling has taken', async () => {
  const { feed, waits, wait, move } = feeding();
  const told: string[] = [];
  const stops = ['first', 'second', 'third', 'fourth'].map((name) =>
    feed.listen(() => {
      told.push(name);
      move(25);
    }),
  );
  feed.announce(hashOf(1));
  expect(told).toEqual(['first']);
  stops[1]?.();
  await wait();
  expect(told).toEqual(['first', 'third']);
  await wait();
  await wait();
  expect(told).toEqual(['first', 'third', 'fourth']);
  expect(waits.map(([ms]) => ms)).toEqual([25, 25, 25]);
});

it('takes a burst of short tellings for one long one, but not what has rested in between', async () => {
  const { feed, waits, wait, move } = feeding();
  const told: string[] = [];
  feed.listen((hash) => {
    told.push(hash);
    move(8);
  });
  for (let i = 1; i <= 4; i++) feed.announce(hashOf(i));
  expect(told).toEqual(shown(1, 2, 3));
  expect(waits.map(([ms]) => ms)).toEqual([24]);
  await wait();
  expect(told).toEqual(shown(1, 2, 3, 4));
  for (let i = 5; i <= 9; i++) {
    move(8);
    feed.announce(hashOf(i));
  }
  expect(told).toHaveLength(9);
  expect(waits).toHaveLength(1);
});

it('tells nobody of what came before', async () => {
  const { feed, wait, move } = feeding();
  const [early, late]: [string[], string[]] = [[], []];
  feed.listen((hash) => {
    early.push(hash);
    move(30);
  });
  feed.announce(hashOf(1));
  feed.announce(hashOf(2));
  feed.listen((hash) => void late.push(hash));
  feed.announce(hashOf(3));
  for (let i = 0; i < 3; i++) await wait();
  expect([early, late]).toEqual([shown(1, 2, 3), shown(3)]);
});

it('drops the oldest of what waits, says how many, and tells the rest in order', async () => {
  const { feed, wait, move, log } = feeding();
  const told: string[] = [];
  let isSlow = true;
  feed.listen((hash) => {
    told.push(hash);
    if (isSlow) move(20);
  });
  for (let i = 1; i <= 4_100; i++) feed.announce(hashOf(i));
  isSlow = false;
  await wait();
  expect(told).toHaveLength(4_097);
  expect([told[0], told[1], told.at(-1)]).toEqual(shown(1, 5, 4_100));
  expect(log.lines).toMatchObject([{ event: 'rpc pending transactions not told', fields: { count: 3 } }]);
});

it('tells those behind one that fails', () => {
  const { feed, log } = feeding();
  const told: string[] = [];
  feed.listen(() => {
    throw new RangeError('bad luck');
  });
  feed.listen((hash) => void told.push(hash));
  feed.announce(hashOf(1));
  feed.announce(hashOf(2));
  expect(told).toEqual(shown(1, 2));
  expect(log.lines).toMatchObject([{ event: 'rpc listener failed' }, { event: 'rpc listener failed' }]);
});
