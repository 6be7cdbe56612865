import { describe, expect, it } from 'vitest';

import { systemClock } from '../../src/system/clock.ts';
import type { Clock } from '../../src/system/ports.ts';
import { SimClock } from '../sim/clock.ts';

const real = (): { clock: Clock; until: (isSo: () => boolean) => Promise<void> } => ({
  clock: systemClock,
  until: (isSo) =>
    new Promise((resolve) => {
      const look = (): void => void (isSo() ? resolve() : setImmediate(look));
      look();
    }),
});
const simulated = (): ReturnType<typeof real> => {
  const clock = new SimClock();
  return {
    clock,
    until: async (isSo) => {
      while (!isSo()) await clock.advance(1);
    },
  };
};

describe.each([
  ['real', real],
  ['simulated', simulated],
])('the %s clock', (_, make) => {
  it('runs events in the order of their times, not before', async () => {
    const { clock, until } = make();
    const startMs = clock.monotonicMs();
    const seen: [string, number][] = [];
    const note = (name: string) => (): void => void seen.push([name, clock.monotonicMs() - startMs]);
    clock.after(30, note('late'));
    clock.after(0, note('now'));
    clock.after(12, note('soon'));
    expect(seen).toEqual([]);
    await until(() => seen.length === 3);
    expect(seen.map(([name]) => name)).toEqual(['now', 'soon', 'late']);
    // Timers of Node round to whole milliseconds.
    expect(seen[2]?.[1]).toBeGreaterThanOrEqual(29);
  });

  it('runs events of one moment in the order in which they were planned', async () => {
    const { clock, until } = make();
    const seen: number[] = [];
    for (let i = 0; i < 20; i++) clock.after(5, () => void seen.push(i));
    await until(() => seen.length === 20);
    expect(seen).toEqual(Array.from({ length: 20 }, (_, i) => i));
  });

  it('runs no cancelled event, and cancels twice in peace', async () => {
    const { clock, until } = make();
    let isDone = false;
    const seen: string[] = [];
    const cancel = clock.after(1, () => void seen.push('cancelled'));
    clock.after(10, () => void (isDone = true));
    cancel();
    cancel();
    await until(() => isDone);
    cancel();
    expect(seen).toEqual([]);
  });

  it('lets an event plan another', async () => {
    const { clock, until } = make();
    let count = 0;
    const again = (): void => {
      count += 1;
      if (count < 5) clock.after(1, again);
    };
    clock.after(0, again);
    await until(() => count === 5);
    expect(count).toBe(5);
  });

  it('never goes back', async () => {
    const { clock, until } = make();
    const times: number[] = [];
    for (let i = 0; i < 10; i++) clock.after(i, () => void times.push(clock.monotonicMs()));
    await until(() => times.length === 10);
    expect([...times].sort((a, b) => a - b)).toEqual(times);
    expect(clock.nowMs()).toBeGreaterThan(1_600_000_000_000);
  });
});
