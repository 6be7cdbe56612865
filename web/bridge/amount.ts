/** Decimal places of METIS. */
const PLACES = 18;
const GWEI = 10n ** 9n;

/** What is wrong with an amount that was typed, for its reader. */
export class BadAmount extends Error {}

/** METIS that was typed as wei, exactly: nothing is rounded. @throws BadAmount */
export function weiOf(typed: string): bigint {
  const text = typed.trim().replaceAll(/[ _]/g, '');
  const [, whole, fraction = ''] = /^([0-9]{1,30})(?:\.([0-9]+))?$/.exec(text) ?? [];
  if (whole === undefined) throw new BadAmount('Write an amount such as 12 or 0.5.');
  if (fraction.length > PLACES) throw new BadAmount(`METIS has ${PLACES} decimal places and no more.`);
  const wei = BigInt(whole + fraction.padEnd(PLACES, '0'));
  if (wei === 0n) throw new BadAmount('Nothing is to be moved.');
  return wei;
}

/** What of a deposit is not credited with it: credits are whole gwei, and the rest waits for the next. */
export const dustOf = (wei: bigint): bigint => wei % GWEI;
