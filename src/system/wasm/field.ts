import { type Code, type WasmFunction, get, i64, repeat, set } from './assembler.ts';
import {
  LIMBS,
  addMultiple,
  carry,
  eachLimb,
  limbsOf,
  loadBytes,
  productColumn,
  squareColumn,
  storeBytes,
  subtractOnce,
} from './limbs.ts';

/**
 * The field of secp256k1. An element in memory has ten limbs of 64 bits, each below 2^27: any representative
 * of its class. Every function takes addresses; the steps do not depend on the values.
 */

const p = 2n ** 256n - 2n ** 32n - 977n;
/** 2^256 and 2^260 modulo p. */
const C256 = limbsOf(2n ** 32n + 977n, 2);
const C260 = limbsOf(16n * (2n ** 32n + 977n), 2);
/** Bytes of an element in memory. */
export const ELEMENT_BYTES: number = 8 * LIMBS;

// Four parameters, one i32, then 64-bit locals, then one v128.
const [P0, P1, P2, P3] = [0, 1, 2, 3] as const;
const [INDEX, COLUMNS] = [4, 5] as const;
const X = COLUMNS + 2 * LIMBS;
const Y = X + LIMBS;
const REST = Y + LIMBS;
const ABOVE = REST + 1;
const WORDS = ABOVE + 1;
const SCRATCH = WORDS + 4;
const LOCALS = { parameters: 4, i32: 1, i64: SCRATCH - COLUMNS, v128: 1 } as const;
const PRODUCT_COLUMNS = 2 * LIMBS - 1;

const load = (to: number, from: number): Code => eachLimb((k) => set(to + k, i64.load(get(from), 8 * k)));
const store = (from: number, to: number): Code => eachLimb((k) => i64.store(get(to), get(from + k), 8 * k));

/**
 * Ten columns in [0, 2^300) → limbs below 2^27 at the same place: two carries and what is above 2^260 twice.
 */
const weaken = (at: number): Code => [
  ...carry(at, LIMBS, REST),
  ...addMultiple(at, get(REST), C260),
  ...carry(at, LIMBS, REST),
  ...addMultiple(at, get(REST), C260),
];

/** 19 columns below 2^59 → limbs below 2^27 at COLUMNS. */
function reduceProduct(): Code {
  const high = COLUMNS + LIMBS;
  return [
    // The higher half first, alone: then each of its limbs has 26 bits, and its multiples fit.
    ...set(COLUMNS + PRODUCT_COLUMNS, i64.constant(0n)),
    ...carry(high, LIMBS, REST, { lastBits: 40n }),
    ...eachLimb((k) => addMultiple(COLUMNS + k, get(high + k), k === LIMBS - 1 ? C260.slice(0, 1) : C260)),
    // The last limb times the second one of C260 has weight 2^260 itself.
    ...set(high, i64.multiply(get(high + LIMBS - 1), i64.constant(C260[1] ?? 0n))),
    ...addMultiple(COLUMNS, get(high), C260),
    ...weaken(COLUMNS),
  ];
}

const define = (name: string, body: Code): WasmFunction => ({ name, ...LOCALS, body });

/** `multiply(out, a, b, unused)` */
const multiply = (): WasmFunction =>
  define('multiply', [
    ...load(X, P1),
    ...load(Y, P2),
    ...eachLimb((k) => set(COLUMNS + k, productColumn(X, Y, k)), PRODUCT_COLUMNS),
    ...reduceProduct(),
    ...store(COLUMNS, P0),
  ]);

/** `square(out, a, unused, times)`, times at least 1 */
const square = (): WasmFunction =>
  define('square', [
    ...load(X, P1),
    ...repeat(INDEX, P3, [
      ...eachLimb((k) => set(COLUMNS + k, squareColumn(X, k)), PRODUCT_COLUMNS),
      ...reduceProduct(),
      ...eachLimb((k) => set(X + k, get(COLUMNS + k))),
    ]),
    ...store(X, P0),
  ]);

/** `add(out, a, b, unused)` */
const add = (): WasmFunction =>
  define('add', [
    ...load(X, P1),
    ...load(Y, P2),
    ...eachLimb((k) => set(COLUMNS + k, i64.add(get(X + k), get(Y + k)))),
    ...weaken(COLUMNS),
    ...store(COLUMNS, P0),
  ]);

/** `subtract(out, a, b, unused)`: adds a multiple of p, 32p, that is above every representative. */
function subtract(): WasmFunction {
  const multiple = limbsOf(32n * p, LIMBS + 1);
  return define('subtract', [
    ...load(X, P1),
    ...load(Y, P2),
    ...eachLimb((k) =>
      set(COLUMNS + k, i64.add(i64.constant(multiple[k] ?? 0n), i64.subtract(get(X + k), get(Y + k)))),
    ),
    // The limb of the multiple behind the tenth stands for 2^260 each.
    ...addMultiple(COLUMNS, i64.constant(multiple[LIMBS] ?? 0n), C260),
    ...weaken(COLUMNS),
    ...store(COLUMNS, P0),
  ]);
}

/** `select(out, off, on, bit)` */
const select = (): WasmFunction =>
  define('select', [
    ...load(X, P1),
    ...load(Y, P2),
    ...set(REST, i64.subtract(i64.constant(0n), i64.fromU32(get(P3)))),
    ...eachLimb((k) =>
      set(COLUMNS + k, i64.xor(get(X + k), i64.and(get(REST), i64.xor(get(X + k), get(Y + k))))),
    ),
    ...store(COLUMNS, P0),
  ]);

/** `fromBytes(out, bytes, unused, unused)`: 32 bytes, big-endian. */
const fromBytes = (): WasmFunction =>
  define('fromBytes', [...loadBytes(COLUMNS, get(P1), SCRATCH, WORDS), ...store(COLUMNS, P0)]);

/** `toBytes(out, a, unused, unused)`: 32 bytes, big-endian, of the value in [0, p). */
const toBytes = (): WasmFunction =>
  define('toBytes', [
    ...load(COLUMNS, P1),
    ...carry(COLUMNS, LIMBS, REST, { lastBits: 22n }),
    ...addMultiple(COLUMNS, get(REST), C256),
    ...carry(COLUMNS, LIMBS, REST, { lastBits: 22n }),
    ...subtractOnce(COLUMNS, REST, { spare: X, above: ABOVE, complement: 2n ** 32n + 977n }),
    ...storeBytes(COLUMNS, get(P0), WORDS),
  ]);

/** The functions of this file. */
export const fieldFunctions = (): readonly WasmFunction[] => [
  multiply(),
  square(),
  add(),
  subtract(),
  select(),
  fromBytes(),
  toBytes(),
];
