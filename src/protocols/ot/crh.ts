import { assert } from '../../crypto/errors.ts';
import { taggedHash } from '../../crypto/hash.ts';
import { primitives } from '../../crypto/primitives.ts';
import { tags } from '../../crypto/tags.ts';

/** The 16 bytes that bind the correlation-robust hash to a pair, its base OTs and its extension. */
export const crhPrefix = (sidAB: Uint8Array, dig: Uint8Array): Uint8Array =>
  taggedHash(tags.oteCrh, sidAB, dig).subarray(0, 16);

/**
 * The correlation-robust hash of the columns `firstColumn`, … : for each, in order, W digests of 32 bytes,
 * not yet reduced modulo q. `columns` holds 16 bytes a column, `shift` is XORed into each: zero or Δ. The
 * input of 37 bytes is shorter than that of any tagged hash, so that none is both. [protocol, 7.3]
 */
export function crhDigests(
  prefix: Uint8Array,
  columns: Uint8Array,
  { firstColumn, shift }: { readonly firstColumn: number; readonly shift: Uint8Array },
): Uint8Array {
  assert(columns.length % 16 === 0 && prefix.length === 16 && shift.length === 16, 'columns have 16 bytes');
  return primitives().bulk.columnHashes(columns, { prefix, firstColumn, shift });
}
