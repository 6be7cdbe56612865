import type { Clock } from './ports.ts';

/** The longest wait that one timer of Node takes, in milliseconds; longer ones fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

function after(durationMs: number, event: () => void): () => void {
  let timer: ReturnType<typeof setTimeout>;
  const wait = (restMs: number): void => {
    const stepMs = Math.min(restMs, MAX_TIMER_MS);
    timer = setTimeout(() => (restMs > stepMs ? wait(restMs - stepMs) : event()), stepMs);
  };
  wait(Math.max(0, durationMs));
  return () => clearTimeout(timer);
}

/** The clock of the machine. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after,
};

/** A moment as ISO 8601 text, for records that people read. */
export const isoTime = (msSinceEpoch: number): string => new Date(msSinceEpoch).toISOString();
