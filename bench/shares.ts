import type { Size } from './cases.ts';
import { anything, generateKey, presignBatch, signOnce } from './committee.ts';
import { type Context, measureOn } from './context.ts';
import type { Finished } from './meter.ts';
import { hasNative, profile } from './primitives.ts';

/** What one session of all parties spends its time with. */
export interface Share {
  readonly what: string;
  readonly totalMs: number;
  /** Largest first; what no operation accounts for comes last. */
  readonly spent: readonly (readonly [operation: string, ms: number])[];
}

const size: Size = { n: 4, t: 3 };
const BATCH = 64;

/** Runs the sessions of the targets once more, with a clock around every operation. */
export function measureShares(context: Context): readonly Share[] {
  measureOn(hasNative ? 'native' : 'pure');
  const key = context.keyOf(size);
  const { presigned, places } = context.take(size, 1);
  context.say('one session of each kind with a clock around every operation');
  return [
    shareOf('Key generation (4, 3)', () => generateKey(size).session),
    shareOf(`Presigning (4, 3), batch ${BATCH}`, () => presignBatch(key, BATCH).session),
    shareOf('Online signing (4, 3)', () => signOnce(presigned, places[0] ?? 0, anything())),
  ];
}

function shareOf(what: string, run: () => Finished): Share {
  let totalMs = 0;
  const spent = profile(() => {
    totalMs = run().costs.reduce((sum, { cpuMs }) => sum + cpuMs, 0);
  });
  const known = [...spent].sort(([, a], [, b]) => b - a);
  const rest = totalMs - known.reduce((sum, [, ms]) => sum + ms, 0);
  return { what, totalMs, spent: [...known, ['everything else, in JavaScript', Math.max(0, rest)]] };
}
