const UNITS = ['ms', 's', 'min', 'h'] as const;

/** A span of milliseconds, short: `312 ms`, `4.2 s`, `3.5 min`. */
export function span(ms: number): string {
  const [unit, size] =
    Math.abs(ms) < 1_000
      ? [UNITS[0], 1]
      : Math.abs(ms) < 60_000
        ? [UNITS[1], 1_000]
        : Math.abs(ms) < 3_600_000
          ? [UNITS[2], 60_000]
          : [UNITS[3], 3_600_000];
  const value = ms / size;
  return `${size === 1 ? Math.round(value) : Math.round(value * 10) / 10} ${unit}`;
}

/** A time in UTC, with milliseconds; of a number that no calendar has, the number. */
export function moment(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime())
    ? `${ms} ms`
    : date.toISOString().replace('T', ' ').replace('Z', ' UTC');
}

/** The time of a block, from whole seconds. */
export const blockTime = (seconds: bigint): string =>
  seconds > 8_640_000_000_000n ? `${seconds} s` : moment(Number(seconds) * 1_000).replace('.000', '');

/** A number with its digits in threes. */
export const grouped = (value: bigint | number): string =>
  String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ' ');

/** 10^-18 of METIS as METIS, exactly. */
export function metis(wei: bigint): string {
  const fraction = (wei % 10n ** 18n).toString().padStart(18, '0').replace(/0+$/, '');
  return `${grouped(wei / 10n ** 18n)}${fraction === '' ? '' : `.${fraction}`} METIS`;
}

/** Wei per gas, in 10^9 of it. */
export function gwei(wei: bigint): string {
  const fraction = (wei % 10n ** 9n).toString().padStart(9, '0').replace(/0+$/, '');
  return `${grouped(wei / 10n ** 9n)}${fraction === '' ? '' : `.${fraction}`} gwei`;
}

/** Both ends of a hash. */
export const shortHash = (text: string): string =>
  text.length <= 14 ? text : `${text.slice(0, 8)}…${text.slice(-4)}`;

/** The beginning of long bytes, with the word how many there are. */
export function cut(hex: string, most = 512): string {
  const length = (hex.length - 2) / 2;
  return length <= most ? hex : `${hex.slice(0, 2 + 2 * most)}… (${grouped(length)} bytes)`;
}
