import { z } from 'zod';

import { InputError } from '../crypto/errors.ts';
import { type Address, parseAddress } from '../ethereum/address.ts';
import { durationMs } from './duration.ts';

// Every scalar of the file is text: a YAML parser that guesses reads an address as a floating-point number.
/** A word of printable characters without blanks. */
export const word: z.ZodType<string> = z
  .string()
  .regex(/^[\x21-\x7e]{1,256}$/, 'is not 1 to 256 printable characters without blanks');
/** A whole number in decimal digits, of any size. */
export const decimal: z.ZodType<bigint> = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,77})$/, 'is no whole number in decimal digits')
  .transform(BigInt);
/** A whole number between two bounds, both counted. */
export const count = (least: number, most: number): z.ZodType<number> =>
  z
    .string()
    .regex(/^(0|[1-9][0-9]{0,9})$/, 'is no whole number in decimal digits')
    .transform(Number)
    .refine((value) => value >= least && value <= most, `is not between ${least} and ${most}`);
/** Milliseconds of a duration, at most `mostMs`. */
export const duration = (mostMs: number): z.ZodType<number> =>
  z
    .string()
    .transform((text) => durationMs(text) ?? -1)
    .refine((ms) => ms > 0 && ms <= mostMs, 'is no duration such as 250ms, 8s, 10m or 1h, or too long');
/** `host:port`. */
export const place: z.ZodType<string> = z
  .string()
  .regex(/^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):[0-9]{1,5}$/, 'is not of the form host:port')
  .refine((text) => Number(text.replace(/^.*:/, '')) <= 65_535, 'has a port above 65535');
/** Relative, and never out of the data folder: the store follows no other. */
export const inside: z.ZodType<string> = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9._-]*(\/[A-Za-z0-9_][A-Za-z0-9._-]*)*$/, 'is no path below the data folder');
/** A path of the machine. */
export const path: z.ZodType<string> = z.string().regex(/^[^\0]{1,1024}$/, 'is no path');
/** An account, in lower case or with its checksum. */
export const account: z.ZodType<Address> = z.string().transform((text, context) => {
  try {
    return parseAddress(text, 'to');
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    context.addIssue(`is no account: ${error.message}`);
    return z.NEVER;
  }
});
/** The URL of an endpoint. */
export const url: z.ZodType<string> = z.string().regex(/^https?:\/\/[^\s]{1,512}$/, 'is no http(s) URL');
/** `yes` or `no`. */
export const yesOrNo: z.ZodType<boolean> = z.enum(['yes', 'no']).transform((answer) => answer === 'yes');
