import { z } from 'zod';

import { fromHex } from '../../crypto/bytes.ts';
import { InputError } from '../../crypto/errors.ts';
import { type Address, parseAddress } from '../../ethereum/address.ts';

/** A whole number as decimal digits. */
export const numberText: z.ZodType<bigint> = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,30})$/, 'is no whole number in decimal digits')
  .transform(BigInt);

/** Unix seconds; who wrote milliseconds is told so, and not some thousand years later. */
export const timeText: z.ZodType<bigint> = numberText.refine(
  (time) => time < 1n << 40n,
  'is no time in Unix seconds',
);

/** An account. Nobody has the account zero: contracts refuse it, after others are there and paid for. */
export const accountText: z.ZodType<Address> = z.string().transform((text, context) => {
  try {
    const account = parseAddress(text, 'account');
    if (/[1-9a-f]/i.test(account.slice(2))) return account;
    context.addIssue('is the account zero, which nobody has');
    return z.NEVER;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    context.addIssue(`is no account: ${error.message}`);
    return z.NEVER;
  }
});

/** 32 bytes that are not zero, as 0x and hex. */
export const hashText: z.ZodType<Uint8Array> = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/, 'is not 0x and 64 hex digits')
  .refine((text) => /[1-9a-f]/.test(text.slice(2)), 'is zero')
  .transform((text) => fromHex(text) ?? new Uint8Array(32));
