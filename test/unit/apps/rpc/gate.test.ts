import { describe, expect, it } from 'vitest';

import { Gate } from '../../../../src/apps/rpc/gate.ts';
import { SimClock, settle } from '../../../sim/clock.ts';

describe('a gate', () => {
  it('lets a few run at a time, the others in their order', async () => {
    const gate = new Gate({ running: 2, waiting: 2, rests: true }, new SimClock());
    const [begun, ends]: [number[], (() => void)[]] = [[], []];
    const tasks = [0, 1, 2, 3].map((i) =>
      gate.run(() => {
        begun.push(i);
        return new Promise<number>((resolve) => void (ends[i] = () => resolve(i)));
      }),
    );
    await settle();
    expect(begun).toEqual([0, 1]);
    expect(gate.isFull).toBe(true);
    ends[1]!();
    await settle();
    expect(begun).toEqual([0, 1, 2]);
    expect(gate.isFull).toBe(false);
    ends[0]!();
    await settle();
    for (const i of [2, 3]) ends[i]!();
    expect(await Promise.all(tasks)).toEqual([0, 1, 2, 3]);
  });

  it('gives the place of a task that failed to the next', async () => {
    const gate = new Gate({ running: 1, waiting: 1, rests: true }, new SimClock());
    const failing = gate.run(() => Promise.reject(new RangeError('no')));
    const next = gate.run(async () => 'yes');
    await expect(failing).rejects.toThrow('no');
    expect(await next).toBe('yes');
    expect(await gate.run(async () => 'again')).toBe('again');
  });

  it('leaves the place of a task that took long empty for as long again', async () => {
    const clock = new SimClock();
    const gate = new Gate({ running: 1, waiting: 9, rests: true }, clock);
    const lasting = (durationMs: number) =>
      gate.run(
        () => new Promise<number>((resolve) => clock.after(durationMs, () => resolve(clock.monotonicMs()))),
      );
    const tasks = [lasting(49), lasting(80), lasting(10)];
    await clock.advance(1_000);
    // The second begins at once, ends at 129, and the third waits for 80 more.
    expect(await Promise.all(tasks)).toEqual([49, 129, 219]);
    expect(await Promise.all([gate.run(async () => 'free')])).toEqual(['free']);
  });

  it('that need not rest lets the next in at once', async () => {
    const clock = new SimClock();
    const gate = new Gate({ running: 1, waiting: 9, rests: false }, clock);
    const lasting = () =>
      gate.run(() => new Promise<number>((resolve) => clock.after(80, () => resolve(clock.monotonicMs()))));
    const tasks = [lasting(), lasting()];
    await clock.advance(1_000);
    expect(await Promise.all(tasks)).toEqual([80, 160]);
  });
});
