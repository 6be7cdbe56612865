const UNITS_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Milliseconds of a duration such as `250ms`, `8s`, `10m`, `24h` or `30d`; `undefined` if it is none. */
export function durationMs(text: string): number | undefined {
  const match = /^(0|[1-9][0-9]{0,8})(ms|s|m|h|d)$/.exec(text);
  const [, number, unit] = match ?? [];
  if (number === undefined) return undefined;
  const ms = Number(number) * UNITS_MS[unitOf(unit)];
  return Number.isSafeInteger(ms) ? ms : undefined;
}

const unitOf = (unit: string | undefined): keyof typeof UNITS_MS =>
  unit === 'ms' || unit === 's' || unit === 'm' || unit === 'h' ? unit : 'd';

/** A duration for people: `420 ms`, `3.2 s`, `4m05s`, `2h10m`. */
export function shortDuration(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  const two = (value: number): string => String(value).padStart(2, '0');
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m${two(seconds % 60)}s`;
  return `${Math.floor(seconds / 3_600)}h${two(Math.floor((seconds % 3_600) / 60))}m`;
}
