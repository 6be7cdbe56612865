import { bitAt, bytesOfWords, wordsOf } from './bits.ts';
import { assert } from './errors.ts';

/** Bytes of an element: the polynomial Σ bit_i·x^i, bits least significant first. [protocol, 3.6] */
const ELEMENT_BYTES = 16;
/** x^128 = x^7 + x^2 + x + 1. Not the bit order of GHASH. */
const REDUCTION = 0x87;
const NIBBLES = 32;
const TABLE_WORDS = NIBBLES * 16 * 4;

/** a · b, bit by bit, in variable time: the definition, against which the tables are tested. */
export function multiplySchoolbook(a: Uint8Array, b: Uint8Array): Uint8Array {
  assert(a.length === ELEMENT_BYTES && b.length === ELEMENT_BYTES, 'an element has 16 bytes');
  const product = new Uint32Array(4);
  const shifted = wordsOf(a);
  for (let i = 0; i < 128; i++) {
    if (bitAt(b, i) === 1) xorInto(product, 0, shifted, 0);
    multiplyByX(shifted, 0, shifted, 0);
  }
  return bytesOfWords(product);
}

function xorInto(target: Uint32Array, at: number, source: Uint32Array, from: number): void {
  for (let k = 0; k < 4; k++) target[at + k] = (target[at + k] ?? 0) ^ (source[from + k] ?? 0);
}

/** target[at..] = x · source[from..]; both may be the same place. */
function multiplyByX(target: Uint32Array, at: number, source: Uint32Array, from: number): void {
  let carry = -((source[from + 3] ?? 0) >>> 31) & REDUCTION;
  for (let k = 0; k < 4; k++) {
    const word = source[from + k] ?? 0;
    target[at + k] = (word << 1) ^ carry;
    carry = word >>> 31;
  }
}

/** Fills `table` with n · x^(4k) · h at (16k + n)·4, for every nibble position k and every nibble n. */
function fillTable(table: Uint32Array, h: Uint32Array): void {
  table.fill(0, 0, 4);
  table.set(h, 4);
  for (let k = 0; k < NIBBLES; k++) {
    const base = 64 * k;
    if (k > 0) {
      table.fill(0, base, base + 4);
      multiplyByX(table, base + 4, table, base - 64 + 32); // x^(4k) = x · (x^3 · x^(4(k-1)))
    }
    for (let n = 2; n < 16; n++) {
      if (n % 2 === 0) multiplyByX(table, base + 4 * n, table, base + 2 * n);
      else {
        table.copyWithin(base + 4 * n, base + 4 * n - 4, base + 4 * n);
        xorInto(table, base + 4 * n, table, base + 4);
      }
    }
  }
}

/** Adds to `out` the product of block `j` of every row and the element of `table`, one look-up a nibble. */
function addProducts(
  table: Uint32Array,
  rows: Uint32Array,
  out: Uint32Array,
  { j, rowWords }: { readonly j: number; readonly rowWords: number },
): void {
  for (let from = 4 * j, to = 0; to < out.length; from += rowWords, to += 4) {
    let [a, b, c, d] = [out[to] ?? 0, out[to + 1] ?? 0, out[to + 2] ?? 0, out[to + 3] ?? 0];
    let base = 0;
    for (let k = 0; k < 4; k++) {
      let word = rows[from + k] ?? 0;
      for (let n = 0; n < 8; n++) {
        const at = base + ((word & 15) << 2);
        a ^= table[at] ?? 0;
        b ^= table[at + 1] ?? 0;
        c ^= table[at + 2] ?? 0;
        d ^= table[at + 3] ?? 0;
        word >>>= 4;
        base += 64;
      }
    }
    out[to] = a;
    out[to + 1] = b;
    out[to + 2] = c;
    out[to + 3] = d;
  }
}

/**
 * fold(r) = block_m(r) ⊕ Σ_{j<m} h_j · block_j(r) of every row: `rows` holds rows of m + 1 blocks of 16
 * bytes one after another, `coefficients` the m elements h_j; the result has 16 bytes a row. [protocol, 7.3
 * step 5]
 *
 * A table is made once for each h_j and serves all rows. Look-ups by the nibbles of a row leave a trace in
 * the cache; rows are public or live for one session, and docs/threat-model.md says so.
 */
export function foldRows(rows: Uint8Array, coefficients: readonly Uint8Array[]): Uint8Array {
  const m = coefficients.length;
  const rowWords = 4 * (m + 1);
  assert(rows.length % (4 * rowWords) === 0, `${rows.length} bytes are no rows of ${m + 1} blocks`);
  const words = wordsOf(rows);
  const rowCount = words.length / rowWords;
  const out = new Uint32Array(4 * rowCount);
  for (let row = 0; row < rowCount; row++) xorInto(out, 4 * row, words, row * rowWords + 4 * m);
  const table = new Uint32Array(TABLE_WORDS);
  coefficients.forEach((h, j) => {
    fillTable(table, wordsOf(h));
    addProducts(table, words, out, { j, rowWords });
  });
  words.fill(0);
  return bytesOfWords(out);
}
