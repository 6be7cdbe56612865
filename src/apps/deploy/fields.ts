import { z } from 'zod';

import { fromHex } from '../../crypto/bytes.ts';
import { InputError } from '../../crypto/errors.ts';
import { type Address, parseAddress } from '../../ethereum/address.ts';

/** A whole number as decimal digits. */
export const numberText: z.ZodType<bigint> = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,30})$/, 'is no whole number in decimal digits')
  .transform(BigInt);

/** An account. */
export const accountText: z.ZodType<Address> = z.string().transform((text, context) => {
  try {
    return parseAddress(text, 'account');
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
