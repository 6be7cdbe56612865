import { InputError } from '../../src/crypto/errors.ts';
import { type LengthTable, blockLengths, codeLengthOrder } from './brotli-tables.ts';

/** The refusal of `Compressor.decompress`, with what was found. */
export const refused = (what: string): InputError =>
  new InputError('batch-compression', 'body', `the body does not decompress: ${what}`);

/** Bits of the stream, the lowest of each byte first. */
export class Bits {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#end = 8 * bytes.length;
  }

  /** An integer of at most 24 bits. */
  read(count: number): number {
    if (this.#at + count > this.#end) throw refused('it ends early');
    const byte = this.#at >>> 3;
    const at = (i: number): number => this.#bytes[byte + i] ?? 0;
    const word = (at(0) | (at(1) << 8) | (at(2) << 16) | (at(3) << 24)) >>> (this.#at & 7);
    this.#at += count;
    return word & (2 ** count - 1);
  }

  /** Goes on at the next whole byte; what is passed over is zero. */
  align(): void {
    const rest = (8 - (this.#at & 7)) & 7;
    if (this.read(rest) !== 0) throw refused('bits that mean nothing are set');
  }

  /** Whole bytes, from an aligned place. */
  take(count: number): Uint8Array {
    const from = this.#at >>> 3;
    if (from + count > this.#bytes.length) throw refused('it ends early');
    this.#at += 8 * count;
    return this.#bytes.subarray(from, from + count);
  }

  get isAtEnd(): boolean {
    return this.#at === this.#end;
  }
}

const MAX_CODE_BITS = 15;

/** A canonical prefix code: how many symbols have each length, and the symbols in order. [RFC 7932, 3.2] */
export class PrefixCode {
  readonly #counts = new Uint16Array(MAX_CODE_BITS + 1);
  readonly #symbols: Uint16Array;
  readonly #only: number | undefined;

  constructor(lengths: Uint8Array) {
    for (const length of lengths) if (length > 0) this.#counts[length] = (this.#counts[length] ?? 0) + 1;
    const starts = new Uint16Array(MAX_CODE_BITS + 2);
    for (let i = 1; i <= MAX_CODE_BITS; i++) starts[i + 1] = (starts[i] ?? 0) + (this.#counts[i] ?? 0);
    this.#symbols = new Uint16Array(starts[MAX_CODE_BITS + 1] ?? 0);
    lengths.forEach((length, symbol) => {
      if (length === 0) return;
      const place = starts[length] ?? 0;
      this.#symbols[place] = symbol;
      starts[length] = place + 1;
    });
    // A code of one symbol takes no bits at all.
    this.#only = this.#symbols.length === 1 ? this.#symbols[0] : undefined;
  }

  next(bits: Bits): number {
    if (this.#only !== undefined) return this.#only;
    let [code, first, index] = [0, 0, 0];
    for (let length = 1; length <= MAX_CODE_BITS; length++) {
      code |= bits.read(1);
      const count = this.#counts[length] ?? 0;
      if (code - first < count) return this.#symbols[index + code - first] ?? 0;
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    throw refused('a code has no symbol');
  }
}

/** A prefix code over an alphabet, as it stands in the stream. [RFC 7932, 3.4, 3.5] */
export function readCode(bits: Bits, alphabet: number): PrefixCode {
  const skipped = bits.read(2);
  return skipped === 1 ? simpleCode(bits, alphabet) : complexCode(bits, alphabet, skipped);
}

const shapes: readonly (readonly number[])[] = [[1], [1, 1], [1, 2, 2], [2, 2, 2, 2], [1, 2, 3, 3]];

function simpleCode(bits: Bits, alphabet: number): PrefixCode {
  const count = bits.read(2) + 1;
  const width = 32 - Math.clz32(alphabet - 1);
  const symbols = Array.from({ length: count }, () => bits.read(width));
  const shape = shapes[count === 4 ? 3 + bits.read(1) : count - 1] ?? [];
  const lengths = new Uint8Array(alphabet);
  symbols.forEach((symbol, i) => {
    if (symbol >= alphabet || lengths[symbol] !== 0) throw refused('a code names a symbol wrongly');
    lengths[symbol] = shape[i] ?? 0;
  });
  return new PrefixCode(lengths);
}

/** The code of code lengths: 0, 3, 4 and 2, 1, 5 in two to four bits. */
function lengthOfLength(bits: Bits): number {
  const two = bits.read(2);
  if (two < 3) return [0, 4, 3][two] ?? 0;
  if (bits.read(1) === 0) return 2;
  return bits.read(1) === 0 ? 1 : 5;
}

function complexCode(bits: Bits, alphabet: number, skipped: number): PrefixCode {
  const outer = new Uint8Array(codeLengthOrder.length);
  let [space, count] = [32, 0];
  for (const symbol of codeLengthOrder.slice(skipped)) {
    if (space <= 0) break;
    const length = lengthOfLength(bits);
    outer[symbol] = length;
    if (length === 0) continue;
    space -= 32 >> length;
    count++;
  }
  if (space < 0 || (space > 0 && count !== 1)) throw refused('a code of lengths is not whole');
  return new PrefixCode(codeLengths(bits, alphabet, new PrefixCode(outer)));
}

function codeLengths(bits: Bits, alphabet: number, code: PrefixCode): Uint8Array {
  const lengths = new Uint8Array(alphabet);
  let [at, space, before, repeated, times] = [0, 1 << MAX_CODE_BITS, 8, 0, 0];
  while (at < alphabet && space > 0) {
    const symbol = code.next(bits);
    if (symbol < 16) {
      lengths[at++] = symbol;
      times = 0;
      if (symbol === 0) continue;
      before = symbol;
      space -= (1 << MAX_CODE_BITS) >> symbol;
      continue;
    }
    const [extra, length] = symbol === 16 ? [2, before] : [3, 0];
    if (length !== repeated) times = 0;
    repeated = length;
    const old = times;
    times = (times > 0 ? (times - 2) << extra : 0) + bits.read(extra) + 3;
    const run = times - old;
    if (at + run > alphabet) throw refused('a code has too many lengths');
    lengths.fill(length, at, at + run);
    at += run;
    if (length > 0) space -= run << (MAX_CODE_BITS - length);
  }
  if (space !== 0) throw refused('a code is not whole');
  return lengths;
}

/** A number of types or trees, from 1 to 256. [RFC 7932, 9.2] */
function readCount(bits: Bits): number {
  if (bits.read(1) === 0) return 1;
  const width = bits.read(3);
  return 1 + 2 ** width + bits.read(width);
}

export const readLength = (bits: Bits, table: LengthTable, code: number): number => {
  const [base, extra] = table[code] ?? [0, 0];
  return base + bits.read(extra);
};

/** Which type of block is going on, and how much is left of it. [RFC 7932, 6] */
export class Blocks {
  readonly count: number;
  type = 0;
  readonly #codes: { readonly types: PrefixCode; readonly lengths: PrefixCode } | undefined;
  #before = 1;
  #left = 1 << 24;

  constructor(bits: Bits) {
    this.count = readCount(bits);
    if (this.count === 1) return;
    this.#codes = { types: readCode(bits, this.count + 2), lengths: readCode(bits, blockLengths.length) };
    this.#left = readLength(bits, blockLengths, this.#codes.lengths.next(bits));
  }

  /** Counts one symbol, of the type that is then in `type`. */
  step(bits: Bits): void {
    if (this.#left === 0 && this.#codes !== undefined) {
      const code = this.#codes.types.next(bits);
      const type = code === 0 ? this.#before : code === 1 ? (this.type + 1) % this.count : code - 2;
      [this.#before, this.type] = [this.type, type];
      this.#left = readLength(bits, blockLengths, this.#codes.lengths.next(bits));
    }
    this.#left--;
  }
}

/** Which tree belongs to which type of block and context. [RFC 7932, 7.3] */
export function readContextMap(
  bits: Bits,
  size: number,
): { readonly map: Uint8Array; readonly trees: number } {
  const trees = readCount(bits);
  const map = new Uint8Array(size);
  if (trees === 1) return { map, trees };
  const longest = bits.read(1) === 0 ? 0 : 1 + bits.read(4);
  const code = readCode(bits, trees + longest);
  for (let at = 0; at < size;) {
    const symbol = code.next(bits);
    const run = symbol === 0 || symbol > longest ? 1 : 2 ** symbol + bits.read(symbol);
    if (at + run > size) throw refused('a context map is too long');
    map.fill(symbol > longest ? symbol - longest : 0, at, at + run);
    at += run;
  }
  if (bits.read(1) === 1) moveToFront(map);
  return { map, trees };
}

function moveToFront(map: Uint8Array): void {
  const order = Array.from({ length: 256 }, (_, i) => i);
  map.forEach((place, i) => {
    const [value = 0] = order.splice(place, 1);
    order.unshift(value);
    map[i] = value;
  });
}
