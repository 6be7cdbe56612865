import { type Code, get, i64, lanes, set } from './assembler.ts';

/**
 * Numbers of 260 bits as ten limbs of 26 bits in locals of 64 bits, the lowest first. A product of two limbs
 * has 52 bits, so that a column of ten products can take part in a sum of 416 before it is carried: 9 · 416
 * < 2^12.
 */

/** Limbs of a number. */
export const LIMBS = 10;
/** Bits of a limb. */
const LIMB_BITS = 26n;
const MASK = (1n << LIMB_BITS) - 1n;

const constant = i64.constant;
const low = (a: Code): Code => i64.and(a, constant(MASK));
const times = (a: Code, factor: bigint): Code => i64.multiply(a, constant(factor));

/** Limbs of a constant. */
export const limbsOf = (value: bigint, count: number = LIMBS): readonly bigint[] =>
  Array.from({ length: count }, (_, k) => (value >> (LIMB_BITS * BigInt(k))) & MASK);

/** For each limb number, its code one after another. */
export const eachLimb = (code: (k: number) => Code, count: number = LIMBS): Code =>
  Array.from({ length: count }, (_, k) => code(k)).flat();

/** Ten limbs at `to` from 32 bytes, big-endian; `scratch` is a v128 local, `words` four i64 locals. */
export function loadBytes(to: number, address: Code, scratch: number, words: number): Code {
  const reversed = [15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0];
  const both = (offset: number, first: number): Code => [
    ...set(scratch, lanes.load(address, offset)),
    ...set(scratch, lanes.shuffle(get(scratch), get(scratch), reversed)),
    ...set(first, lanes.half(get(scratch), 0)),
    ...set(first + 1, lanes.half(get(scratch), 1)),
  ];
  const limb = (k: number): Code => {
    const bit = 26 * k;
    const [word, shift] = [bit >> 6, bit & 63];
    const here = i64.shiftRight(get(words + word), constant(BigInt(shift)));
    if (shift <= 38 || word === 3) return low(here);
    return low(i64.or(here, i64.shiftLeft(get(words + word + 1), constant(BigInt(64 - shift)))));
  };
  return [...both(16, words), ...both(0, words + 2), ...eachLimb((k) => set(to + k, limb(k)))];
}

/** 32 bytes, big-endian, from ten canonical limbs of a number below 2^256; `words` is an i64 local. */
export function storeBytes(from: number, address: Code, words: number): Code {
  const word = (w: number): Code => {
    const terms = Array.from({ length: LIMBS }, (_, k) => k)
      .filter((k) => 26 * k < 64 * (w + 1) && 26 * (k + 1) > 64 * w)
      .map((k) => {
        const shift = 26 * k - 64 * w;
        const limb = get(from + k);
        return shift >= 0
          ? i64.shiftLeft(limb, constant(BigInt(shift)))
          : i64.shiftRight(limb, constant(BigInt(-shift)));
      });
    return terms.reduce((a, b) => i64.or(a, b));
  };
  // Bytes are reversed one by one in a register: there is no byte swap, and stores are few.
  const swapped = (w: number): Code => [
    ...set(words, word(w)),
    ...set(words, swapBy(get(words), 8n, 0x00ff00ff00ff00ffn)),
    ...set(words, swapBy(get(words), 16n, 0x0000ffff0000ffffn)),
    ...set(
      words,
      i64.or(i64.shiftLeft(get(words), constant(32n)), i64.shiftRight(get(words), constant(32n))),
    ),
    ...i64.store(address, get(words), 24 - 8 * w),
  ];
  return [0, 1, 2, 3].flatMap(swapped);
}

const swapBy = (a: Code, bits: bigint, mask: bigint): Code =>
  i64.or(
    i64.and(i64.shiftRight(a, constant(bits)), constant(mask)),
    i64.shiftLeft(i64.and(a, constant(mask)), constant(bits)),
  );

/** Column k of the product of ten limbs and ten limbs, 0 ≤ k < 19. */
export function productColumn(a: number, b: number, k: number): Code {
  const products: Code[] = [];
  for (let i = Math.max(0, k - LIMBS + 1); i <= Math.min(k, LIMBS - 1); i++)
    products.push(i64.multiply(get(a + i), get(b + k - i)));
  return products.reduce((x, y) => i64.add(x, y));
}

/** Column k of a square: every mixed product once, doubled. */
export function squareColumn(a: number, k: number): Code {
  const mixed: Code[] = [];
  for (let i = Math.max(0, k - LIMBS + 1); 2 * i < k; i++)
    mixed.push(i64.multiply(get(a + i), get(a + k - i)));
  const doubled =
    mixed.length === 0
      ? []
      : [
          i64.shiftLeft(
            mixed.reduce((x, y) => i64.add(x, y)),
            constant(1n),
          ),
        ];
  const middle = k % 2 === 0 ? [i64.multiply(get(a + k / 2), get(a + k / 2))] : [];
  return [...doubled, ...middle].reduce((x, y) => i64.add(x, y));
}

/** How columns are carried: as signed numbers unless told, and with how many bits in the last limb. */
export interface CarryOptions {
  readonly lastBits?: bigint;
  readonly unsigned?: boolean;
}

/** Carries `count` columns into limbs of 26 bits; the local `rest` receives what is left over. */
export function carry(at: number, count: number, rest: number, options: CarryOptions = {}): Code {
  const { lastBits = LIMB_BITS, unsigned = false } = options;
  const shift = unsigned ? i64.shiftRight : i64.shiftRightSigned;
  const last = at + count - 1;
  return [
    ...eachLimb(
      (k) => [
        ...set(at + k + 1, i64.add(get(at + k + 1), shift(get(at + k), constant(LIMB_BITS)))),
        ...set(at + k, low(get(at + k))),
      ],
      count - 1,
    ),
    ...set(rest, shift(get(last), constant(lastBits))),
    ...set(last, i64.and(get(last), constant((1n << lastBits) - 1n))),
  ];
}

/** at += factor · 2^(26·k)-weighted limbs of a constant, times one local. */
export const addMultiple = (at: number, factor: Code, constants: readonly bigint[]): Code =>
  constants.flatMap((value, k) =>
    value === 0n ? [] : set(at + k, i64.add(get(at + k), times(factor, value))),
  );

/**
 * Replaces ten canonical limbs of v, below 2^256, and the bit `rest` above them, by v + 2^256·rest or, if
 * that is at least the modulus, by it minus the modulus. `spare` are ten i64 locals, `above` one. Below
 * twice the modulus.
 */
export function subtractOnce(
  at: number,
  rest: number,
  {
    spare,
    above,
    complement,
  }: { readonly spare: number; readonly above: number; readonly complement: bigint },
): Code {
  const limbs = limbsOf(complement);
  // v - modulus = v + complement - 2^256: a carry out of 256 bits, here or in `rest`, means v ≥ modulus.
  return [
    ...eachLimb((k) => set(spare + k, i64.add(get(at + k), constant(limbs[k] ?? 0n)))),
    ...carry(spare, LIMBS, above, { lastBits: 22n }),
    ...set(above, i64.subtract(constant(0n), i64.or(get(above), get(rest)))),
    ...eachLimb((k) =>
      set(at + k, i64.xor(get(at + k), i64.and(get(above), i64.xor(get(at + k), get(spare + k))))),
    ),
  ];
}
