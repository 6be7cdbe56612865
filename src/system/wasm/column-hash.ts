import { type Code, type WasmFunction, get, i32, lanes, repeat, set } from './assembler.ts';

/**
 * SHA-256 of one block, four at a time, one a lane: the four words w = 0 … 3 of one OT, whose inputs differ
 * in one byte. [FIPS 180-4, 6.2; protocol, 7.3]
 */

/** First 32 bits of the fractional parts of the cube roots of the first 64 primes. [FIPS 180-4, 4.2.2] */
const roundConstants = (): readonly number[] => primes(64).map((prime) => fraction(prime, 3n));
/** The same of the square roots of the first 8. [5.3.3] */
const initialState = (): readonly number[] => primes(8).map((prime) => fraction(prime, 2n));

function primes(count: number): readonly bigint[] {
  const found: bigint[] = [];
  for (let n = 2n; found.length < count; n++) if (found.every((prime) => n % prime !== 0n)) found.push(n);
  return found;
}

/** ⌊2^32 · n^(1/degree)⌋ mod 2^32, by bisection on integers. */
function fraction(n: bigint, degree: 2n | 3n): number {
  const target = n << (32n * degree);
  let [low, high] = [0n, 1n << 40n];
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (middle ** degree <= target) low = middle;
    else high = middle;
  }
  return Number(low & 0xffffffffn) | 0;
}

// Parameters, and locals behind them.
const [PREFIX, COLUMNS, FIRST, SHIFT, COUNT, OUT] = [0, 1, 2, 3, 4, 5] as const;
const [INDEX, ROW] = [6, 7] as const;
const [STATE, WORDS, T1, T2, CONST] = [8, 16, 32, 33, 34] as const;
const LOCALS = { i32: 2, i64: 0, v128: 27 } as const;

const splat = (value: number): Code => lanes.splat(i32.constant(value));
const rotate = (a: Code, bits: number): Code =>
  lanes.or(lanes.shiftRight(a, bits), lanes.shiftLeft(a, 32 - bits));
const three = (a: Code, b: Code, c: Code): Code => lanes.xor(lanes.xor(a, b), c);
const sum = (...terms: readonly Code[]): Code => terms.reduce((total, term) => lanes.add(total, term));

/** A big-endian word of memory. */
function bigEndian(address: Code, offset: number): Code {
  const byte = (k: number): Code => i32.loadByte(address, offset + k);
  const [a, b, c, d] = [byte(0), byte(1), byte(2), byte(3)];
  return i32.or(
    i32.or(i32.shiftLeft(a, i32.constant(24)), i32.shiftLeft(b, i32.constant(16))),
    i32.or(i32.shiftLeft(c, i32.constant(8)), d),
  );
}

/** Word k of the shifted row, big-endian, as i32. */
const rowWord = (k: number): Code => i32.xor(bigEndian(get(ROW), 4 * k), bigEndian(get(SHIFT), 4 * k));

/** The 16 words of the padded input: 16 bytes of prefix, u32, u8, 16 bytes of row, 0x80, and 296 bits. */
function message(): Code {
  const put = (k: number, value: Code): Code => set(WORDS + k, value);
  const shifted = (k: number): Code =>
    i32.or(i32.shiftLeft(rowWord(k), i32.constant(24)), i32.shiftRight(rowWord(k + 1), i32.constant(8)));
  return [
    ...[0, 1, 2, 3].flatMap((k) => put(k, lanes.splat(bigEndian(get(PREFIX), 4 * k)))),
    ...put(4, lanes.splat(i32.add(get(FIRST), get(INDEX)))),
    ...put(5, lanes.or(get(CONST), lanes.splat(i32.shiftRight(rowWord(0), i32.constant(8))))),
    ...[0, 1, 2].flatMap((k) => put(6 + k, lanes.splat(shifted(k)))),
    ...put(9, lanes.splat(i32.or(i32.shiftLeft(rowWord(3), i32.constant(24)), i32.constant(0x800000)))),
    ...[10, 11, 12, 13, 14].flatMap((k) => put(k, splat(0))),
    ...put(15, splat(37 * 8)),
  ];
}

/** The four values of w in the top byte of each lane. */
const wordNumbers = (): Code => [...[0xfd, 0x0c], ...[0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3]];

function schedule(t: number): Code {
  const word = (k: number): Code => get(WORDS + ((t + k) & 15));
  const [w15, w2] = [word(-15), word(-2)];
  const small0 = three(rotate(w15, 7), rotate(w15, 18), lanes.shiftRight(w15, 3));
  const small1 = three(rotate(w2, 17), rotate(w2, 19), lanes.shiftRight(w2, 10));
  return set(WORDS + (t & 15), sum(word(-16), small0, word(-7), small1));
}

/** One round: the names of the state move, the values stay. */
function round(t: number, constant: number): Code {
  const local = (k: number): number => STATE + ((k - t) & 7);
  const [a, b, c, d] = [local(0), local(1), local(2), local(3)];
  const [e, f, g, h] = [local(4), local(5), local(6), local(7)];
  const big1 = three(rotate(get(e), 6), rotate(get(e), 11), rotate(get(e), 25));
  const big0 = three(rotate(get(a), 2), rotate(get(a), 13), rotate(get(a), 22));
  const choice = lanes.choose(get(e), get(f), get(g));
  const majority = lanes.choose(lanes.xor(get(a), get(b)), get(c), get(a));
  return [
    ...(t < 16 ? [] : schedule(t)),
    ...set(T1, sum(get(h), big1, choice, splat(constant), get(WORDS + (t & 15)))),
    ...set(T2, lanes.add(big0, majority)),
    ...set(d, lanes.add(get(d), get(T1))),
    ...set(h, lanes.add(get(T1), get(T2))),
  ];
}

/** Writes the four digests: a transposition of four words by four lanes, twice, to big-endian bytes. */
function store(): Code {
  const reverse = (a: Code): Code =>
    lanes.shuffle(a, a, [3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12]);
  const lowPair = [0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23];
  const highPair = lowPair.map((k) => k + 8);
  const firstHalves = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];
  const secondHalves = firstHalves.map((k) => k + 8);
  const half = (from: number, offset: number): Code => {
    const state = (k: number): Code => get(STATE + from + k);
    const [a, b, c, d] = [state(0), state(1), state(2), state(3)];
    const put = (lane: number, value: Code): Code =>
      lanes.store(get(OUT), reverse(value), 32 * lane + offset);
    return [
      ...set(WORDS, lanes.shuffle(a, b, lowPair)),
      ...set(WORDS + 1, lanes.shuffle(c, d, lowPair)),
      ...set(WORDS + 2, lanes.shuffle(a, b, highPair)),
      ...set(WORDS + 3, lanes.shuffle(c, d, highPair)),
      ...put(0, lanes.shuffle(get(WORDS), get(WORDS + 1), firstHalves)),
      ...put(1, lanes.shuffle(get(WORDS), get(WORDS + 1), secondHalves)),
      ...put(2, lanes.shuffle(get(WORDS + 2), get(WORDS + 3), firstHalves)),
      ...put(3, lanes.shuffle(get(WORDS + 2), get(WORDS + 3), secondHalves)),
    ];
  };
  return [...half(0, 0), ...half(4, 16)];
}

/**
 * `columnHashes(prefix, columns, firstColumn, shift, count, out)`: addresses and numbers, count at least 1.
 */
export function columnHashes(): WasmFunction {
  const initial = initialState();
  const each: Code = [
    ...set(ROW, i32.add(get(COLUMNS), i32.shiftLeft(get(INDEX), i32.constant(4)))),
    ...message(),
    ...initial.flatMap((value, k) => set(STATE + k, splat(value))),
    ...roundConstants().flatMap((constant, t) => round(t, constant)),
    ...initial.flatMap((value, k) => set(STATE + k, lanes.add(get(STATE + k), splat(value)))),
    ...store(),
    ...set(OUT, i32.add(get(OUT), i32.constant(128))),
  ];
  const body: Code = [...set(CONST, wordNumbers()), ...repeat(INDEX, COUNT, each)];
  return { name: 'columnHashes', parameters: 6, ...LOCALS, body };
}
