import { type Code, type WasmFunction, get, i32, i64, repeat, set } from './assembler.ts';
import {
  LIMBS,
  addMultiple,
  carry,
  eachLimb,
  limbsOf,
  loadBytes,
  productColumn,
  storeBytes,
  subtractOnce,
} from './limbs.ts';

/**
 * The loops of the multiplication protocol on scalars modulo the order of secp256k1. Every function takes
 * addresses and one count; the steps depend on the count alone. [protocol, 7.4]
 */

const q = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
/** 2^256 and 2^260 modulo q. */
const C256 = 2n ** 256n - q;
const C260 = 16n * C256;

// Five parameters, then two i32, then 64-bit locals, then one v128.
const [P0, P1, P2, P3, P4] = [0, 1, 2, 3, 4] as const;
const [INDEX, AT, COLUMNS] = [5, 6, 7] as const;
/** Columns of a sum of products, and what is left over behind them. */
const WIDE = 22;
const X = COLUMNS + WIDE;
const Y = X + LIMBS + 1;
const SPARE = Y + LIMBS;
const WORDS = SPARE + LIMBS;
const REST = WORDS + 4;
const ABOVE = REST + 1;
const SECOND = ABOVE + 1;
const SCRATCH = SECOND + WIDE;
const LOCALS = { parameters: 5, i32: 2, i64: SCRATCH - COLUMNS, v128: 1 } as const;
const PRODUCT_COLUMNS = 2 * LIMBS - 1;

const load = (to: number, address: Code): Code => loadBytes(to, address, SCRATCH, WORDS);
const store = (address: Code): Code => storeBytes(COLUMNS, address, WORDS);
const item = (base: number, index: Code, bytes: number): Code =>
  i32.add(get(base), i32.multiply(index, i32.constant(bytes)));
const clear = (at: number, count: number): Code => eachLimb((k) => set(at + k, i64.constant(0n)), count);
const addTo = (at: number, value: (k: number) => Code, count: number = LIMBS): Code =>
  eachLimb((k) => set(at + k, i64.add(get(at + k), value(k))), count);
const addProduct = (at: number): Code => addTo(at, (k) => productColumn(X, Y, k), PRODUCT_COLUMNS);

/** Takes `count` limbs behind the tenth away, and adds what they stand for: 2^260·h ≡ C260·h. */
function fold(count: number): Code {
  const limbs = limbsOf(C260, 6);
  return [
    ...eachLimb((k) => set(X + k, get(COLUMNS + LIMBS + k)), count),
    ...clear(COLUMNS + LIMBS, count),
    ...eachLimb((k) => addMultiple(COLUMNS + k, get(X + k), limbs), count),
  ];
}

/** 19 columns of a sum below 2^522 → ten canonical limbs below q. Uses X, and all that follows but SECOND. */
const reduce = (unsigned: boolean): Code => [
  ...carry(COLUMNS, PRODUCT_COLUMNS + 1, COLUMNS + PRODUCT_COLUMNS + 1, { unsigned }),
  ...fold(11), // the eleven limbs from 2^260 to 2^546: leaves a sum below 2^395
  ...carry(COLUMNS, 16, REST),
  ...fold(6), // below 2^268
  ...carry(COLUMNS, 11, REST),
  ...fold(1), // below 2^261
  ...finish(),
];

/** Ten signed columns of a sum in [0, 2^262) → canonical limbs below q. */
const finish = (): Code => [
  ...carry(COLUMNS, LIMBS, REST, { lastBits: 22n }),
  ...addMultiple(COLUMNS, get(REST), limbsOf(C256, 5)),
  ...carry(COLUMNS, LIMBS, REST, { lastBits: 22n }),
  ...subtractOnce(COLUMNS, REST, { spare: SPARE, above: ABOVE, complement: C256 }),
];

/** `maskedDifferences(x, y, z, count, out)` */
function maskedDifferences(): WasmFunction {
  const twice = limbsOf(2n * q);
  const each: Code = [
    ...load(X, item(P0, get(INDEX), 32)),
    ...load(Y, item(P1, get(INDEX), 32)),
    // Any 256 bits are below 2q: adding 2q keeps the difference positive.
    ...eachLimb((k) =>
      set(COLUMNS + k, i64.subtract(i64.add(get(X + k), i64.constant(twice[k] ?? 0n)), get(Y + k))),
    ),
    ...load(Y, item(P2, i32.and(get(INDEX), i32.constant(3)), 32)),
    ...addTo(COLUMNS, (k) => get(Y + k)),
    ...finish(),
    ...store(item(P4, get(INDEX), 32)),
  ];
  return { name: 'maskedDifferences', ...LOCALS, body: repeat(INDEX, P3, each) };
}

/** `selectedSums(x, bits, y, count, out)` */
function selectedSums(): WasmFunction {
  const bit = i64.fromU32(i32.loadByte(i32.add(get(P1), i32.shiftRight(get(INDEX), i32.constant(2)))));
  const each: Code = [
    ...load(X, item(P0, get(INDEX), 32)),
    ...load(Y, item(P2, get(INDEX), 32)),
    ...set(REST, bit),
    ...eachLimb((k) => set(COLUMNS + k, i64.add(get(X + k), i64.multiply(get(REST), get(Y + k))))),
    ...finish(),
    ...store(item(P4, get(INDEX), 32)),
  ];
  return { name: 'selectedSums', ...LOCALS, body: repeat(INDEX, P3, each) };
}

/** `checkSums(x, arguments, bits, rows, out)`; the arguments are θ and behind it η. */
function checkSums(): WasmFunction {
  const order = limbsOf(q);
  const bit = i64.fromU32(i32.loadByte(i32.add(get(P2), get(INDEX))));
  const argument = (n: number): Code => i32.add(get(P1), i32.constant(32 * n));
  const value = (n: number): Code => i32.add(get(AT), i32.constant(32 * n));
  const repetition = (z: number): Code => [
    ...clear(COLUMNS, WIDE),
    ...load(X, value(0)),
    ...load(Y, argument(2 * z)),
    ...addProduct(COLUMNS),
    ...load(X, value(1)),
    ...load(Y, argument(2 * z + 1)),
    ...addProduct(COLUMNS),
    ...load(X, value(2 + z)),
    ...load(Y, argument(4 + z)),
    ...set(REST, bit),
    ...addTo(COLUMNS, (k) => {
      const negative = i64.subtract(i64.constant(order[k] ?? 0n), get(Y + k));
      return i64.add(get(X + k), i64.multiply(get(REST), negative));
    }),
    ...reduce(false),
    ...store(i32.add(item(P4, get(INDEX), 64), i32.constant(32 * z))),
  ];
  const each: Code = [...set(AT, item(P0, get(INDEX), 128)), ...repetition(0), ...repetition(1)];
  return { name: 'checkSums', ...LOCALS, body: repeat(INDEX, P3, each) };
}

/** `weightedSums(x, weights, unused, rows, out)` */
function weightedSums(): WasmFunction {
  const each: Code = [
    ...set(AT, item(P0, get(INDEX), 128)),
    ...load(Y, item(P1, get(INDEX), 32)),
    ...load(X, get(AT)),
    ...addProduct(COLUMNS),
    ...load(X, i32.add(get(AT), i32.constant(32))),
    ...addProduct(SECOND),
  ];
  const body: Code = [
    ...clear(COLUMNS, WIDE),
    ...clear(SECOND, WIDE),
    ...repeat(INDEX, P3, each),
    ...reduce(true),
    ...store(get(P4)),
    ...eachLimb((k) => set(COLUMNS + k, get(SECOND + k)), WIDE),
    ...reduce(true),
    ...store(i32.add(get(P4), i32.constant(32))),
  ];
  return { name: 'weightedSums', ...LOCALS, body };
}

/** The functions of this file. */
export const scalarFunctions = (): readonly WasmFunction[] => [
  maskedDifferences(),
  selectedSums(),
  checkSums(),
  weightedSums(),
];
