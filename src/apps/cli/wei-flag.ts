import { usage } from './context.ts';

/** An amount in the smallest unit, up to all that a contract can count. @throws InputError usage */
export function weiFlag(flag: string, text: string): bigint {
  if (/^(0|[1-9][0-9]{0,77})$/.test(text) && BigInt(text) < 1n << 256n) return BigInt(text);
  throw usage(flag, `${flag} is ${text.slice(0, 40)}, which is no whole number of 256 bits`);
}
