import { assert } from './errors.ts';

/** Bit `i` of a byte string, least significant bit of each byte first. [protocol, 3.6] */
export const bitAt = (bytes: Uint8Array, i: number): number => ((bytes[i >> 3] ?? 0) >> (i & 7)) & 1;

/** `on` when the bit is 1, `off` when it is 0, by mask: the steps do not depend on the bit. Equal lengths. */
export function selectBytes(bit: number, off: Uint8Array, on: Uint8Array): Uint8Array {
  assert(off.length === on.length, `selection between ${off.length} and ${on.length} bytes`);
  const mask = -bit & 0xff;
  return off.map((byte, i) => byte ^ (mask & (byte ^ (on[i] ?? 0))));
}

/** Bytes as 32-bit words whose bit `i` is bit `i` of the string, on a machine of either byte order. */
export function wordsOf(bytes: Uint8Array): Uint32Array {
  assert(bytes.length % 4 === 0, `${bytes.length} bytes are no whole words`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const out = new Uint32Array(bytes.length / 4);
  for (let i = 0; i < out.length; i++) out[i] = view.getUint32(4 * i, true);
  return out;
}

/** The inverse of `wordsOf`. */
export function bytesOfWords(words: Uint32Array): Uint8Array {
  const out = new Uint8Array(4 * words.length);
  const view = new DataView(out.buffer);
  for (let i = 0; i < words.length; i++) view.setUint32(4 * i, words[i] ?? 0, true);
  return out;
}

/** Transposes 32 words in place as a square of bits, by swapping halves of halves. [Hacker's Delight, 7-3] */
export function transpose32(block: Uint32Array): void {
  assert(block.length === 32, `a square of 32 words, not ${block.length}`);
  let mask = 0x0000ffff;
  for (let width = 16; width > 0; width >>= 1) {
    for (let k = 0; k < 32; k = (k + width + 1) & ~width) {
      const low = block[k] ?? 0;
      const high = block[k + width] ?? 0;
      const swap = ((low >>> width) ^ high) & mask;
      block[k] = low ^ (swap << width);
      block[k + width] = high ^ swap;
    }
    mask ^= mask << (width >> 1);
  }
}

/**
 * The columns of a matrix of bits: `rows` holds a multiple of 32 rows of `rowBytes` bytes, one after
 * another; the result holds `columns` strings of rows/8 bytes, where bit i of column j is bit j of row i.
 */
export function transposeBits(rows: Uint8Array, rowBytes: number, columns: number): Uint8Array {
  const rowCount = rows.length / rowBytes;
  assert(rowCount % 32 === 0 && columns % 32 === 0 && rowBytes % 4 === 0, 'the matrix has no whole blocks');
  assert(columns <= 8 * rowBytes, `${columns} columns of rows of ${8 * rowBytes} bits`);
  const input = wordsOf(rows);
  const rowWords = rowBytes / 4;
  const columnWords = rowCount / 32;
  const out = new Uint32Array(columns * columnWords);
  const block = new Uint32Array(32);
  for (let band = 0; band < columnWords; band++) {
    for (let w = 0; w < columns / 32; w++) {
      for (let r = 0; r < 32; r++) block[r] = input[(32 * band + r) * rowWords + w] ?? 0;
      transpose32(block);
      for (let c = 0; c < 32; c++) out[(32 * w + c) * columnWords + band] = block[c] ?? 0;
    }
  }
  return bytesOfWords(out);
}
