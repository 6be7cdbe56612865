import type { Finished } from './meter.ts';
import type { Phases } from './rows.ts';

/** How long a case is repeated. */
export interface Effort {
  /** Unmeasured runs last this long or are this many, so that the compiler has seen the code. */
  readonly warmUpMs: number;
  readonly warmUpRuns: number;
  /** No further measured run is begun after this time. */
  readonly budgetMs: number;
  readonly maxRuns: number;
}

/** A first run of this length is its own warm-up, and counts. */
const LONG_RUN_MS = 4_000;

/** Runs a case until its time is used up. At least one run is measured. */
export function repeat<T extends { readonly session: Finished }>(
  run: () => T,
  { warmUpMs, warmUpRuns, budgetMs, maxRuns }: Effort,
): readonly [T, ...T[]] {
  let first = run();
  let spentMs = first.session.wallMs;
  for (let done = 1; spentMs < warmUpMs && done < warmUpRuns; done++) {
    first = run();
    spentMs += first.session.wallMs;
  }
  const isLong = first.session.wallMs > LONG_RUN_MS;
  const samples: [T, ...T[]] = [isLong ? first : run()];
  spentMs = samples[0].session.wallMs;
  while (spentMs < budgetMs && samples.length < maxRuns) {
    const next = run();
    samples.push(next);
    spentMs += next.session.wallMs;
  }
  return samples;
}

/** The middle one; of an even number, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return low === undefined || high === undefined ? NaN : (low + high) / 2;
}

/** The smallest value that `share` of all do not exceed, for a share in (0, 1]. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** CPU of one party in one run, which is the mean of all; then the median of the runs. */
export const cpuMsOf = (samples: readonly Finished[]): number =>
  median(samples.map(({ costs }) => mean(costs.map(({ cpuMs }) => cpuMs))));

/** Bytes that one party sends in one run: all send alike, so the largest stands for all. */
export const sentBytesOf = (samples: readonly Finished[]): number =>
  Math.max(...samples.flatMap(({ costs }) => costs.map(({ sentBytes }) => sentBytes)));

/** The steps of one party, as `cpuMsOf`, divided by `parts`. */
export function phasesOf(samples: readonly Finished[], parts = 1): Phases {
  const names = new Set(samples.flatMap(({ costs }) => costs.flatMap(({ phases }) => Object.keys(phases))));
  const ofName = (name: string): number =>
    median(samples.map(({ costs }) => mean(costs.map(({ phases }) => phases[name] ?? 0)))) / parts;
  return Object.fromEntries([...names].map((name) => [name, rounded(ofName(name))]));
}

/** Four digits that count: more would be noise. */
export const rounded = (value: number): number => Number(value.toPrecision(4));
