import { taggedHash } from '../../crypto/hash.ts';
import { primitives } from '../../crypto/primitives.ts';
import { tags } from '../../crypto/tags.ts';
import { words } from '../params.ts';

/** pre ‖ u32(j) ‖ u8(w) ‖ row: less than the 68 bytes of the shortest tagged hash, so that none is both. */
const INPUT_BYTES = 37;
const ROW_AT = 21;

/** The 16 bytes that bind the correlation-robust hash to a pair, its base OTs and its extension. */
export const crhPrefix = (sidAB: Uint8Array, dig: Uint8Array): Uint8Array =>
  taggedHash(tags.oteCrh, sidAB, dig).subarray(0, 16);

/**
 * The correlation-robust hash of the columns `firstColumn`, … : for each, in order, `words` digests of 32 bytes,
 * not yet reduced modulo q. `columns` holds 16 bytes a column, `shift` is XORed into each: zero or Δ.
 * [protocol, 7.3]
 */
export function crhDigests(
  prefix: Uint8Array,
  columns: Uint8Array,
  { firstColumn, shift }: { readonly firstColumn: number; readonly shift: Uint8Array },
): Uint8Array {
  const count = columns.length / 16;
  const inputs = new Uint8Array(count * words * INPUT_BYTES);
  const view = new DataView(inputs.buffer);
  let at = 0;
  for (let c = 0; c < count; c++) {
    for (let w = 0; w < words; w++) {
      inputs.set(prefix, at);
      view.setUint32(at + 16, firstColumn + c);
      inputs[at + 20] = w;
      for (let k = 0; k < 16; k++) inputs[at + ROW_AT + k] = (columns[16 * c + k] ?? 0) ^ (shift[k] ?? 0);
      at += INPUT_BYTES;
    }
  }
  const digests = digestAll(inputs, INPUT_BYTES);
  inputs.fill(0);
  return digests;
}

function digestAll(inputs: Uint8Array, size: number): Uint8Array {
  const { sha256 } = primitives();
  const out = new Uint8Array((32 * inputs.length) / size);
  for (let n = 0; n * size < inputs.length; n++)
    out.set(sha256(inputs.subarray(n * size, (n + 1) * size)), 32 * n);
  return out;
}
