import { setTimeout as pause } from 'node:timers/promises';

import { OperationError } from '../../crypto/errors.ts';

/** How something goes on. */
export interface Rounds {
  readonly isWatching: boolean;
  /** From round to round. */
  readonly everyMs: number;
  /** Hears of a round that failed, after which the next one is made all the same. */
  readonly failed: (error: OperationError) => void;
}

/**
 * Makes one round, or one after another until the process is told to stop. A round of one alone that fails
 * fails; among many, faults of a chain pass. @throws as `round`
 */
export async function inRounds(
  { isWatching, everyMs, failed }: Rounds,
  round: () => Promise<void>,
): Promise<void> {
  if (!isWatching) return round();
  const stop = new AbortController();
  const end = (): void => stop.abort();
  process.once('SIGINT', end).once('SIGTERM', end);
  try {
    while (!stop.signal.aborted) {
      await round().catch((error: unknown) => {
        if (!(error instanceof OperationError)) throw error;
        failed(error);
      });
      await pause(everyMs, undefined, { signal: stop.signal }).catch(() => undefined); // told to stop
    }
  } finally {
    process.off('SIGINT', end).off('SIGTERM', end);
  }
}
