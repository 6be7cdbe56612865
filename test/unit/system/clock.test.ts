import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { systemClock } from '../../../src/system/clock.ts';

describe('the clock of the machine', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('calls an event once, when its time has come', () => {
    const event = vi.fn();
    systemClock.after(250, event);
    vi.advanceTimersByTime(249);
    expect(event).not.toHaveBeenCalled();
    vi.advanceTimersByTime(10_000);
    expect(event).toHaveBeenCalledTimes(1);
  });

  it('forgets a cancelled event', () => {
    const event = vi.fn();
    const cancel = systemClock.after(250, event);
    cancel();
    vi.advanceTimersByTime(10_000);
    expect(event).not.toHaveBeenCalled();
  });

  it('waits longer than one timer of Node can, and can still be cancelled then', () => {
    const thirtyDaysMs = 30 * 24 * 3600 * 1000;
    const event = vi.fn();
    const cancelled = vi.fn();
    systemClock.after(thirtyDaysMs, event);
    const cancel = systemClock.after(thirtyDaysMs, cancelled);
    vi.advanceTimersByTime(thirtyDaysMs - 1);
    expect(event).not.toHaveBeenCalled();
    cancel();
    vi.advanceTimersByTime(1);
    expect(event).toHaveBeenCalledTimes(1);
    expect(cancelled).not.toHaveBeenCalled();
  });

  it('has a monotonic time apart from the time of day', () => {
    vi.setSystemTime(1_000_000);
    const before = systemClock.monotonicMs();
    vi.setSystemTime(0);
    expect(systemClock.nowMs()).toBe(0);
    expect(systemClock.monotonicMs()).toBeGreaterThanOrEqual(before);
  });
});
