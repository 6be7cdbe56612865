import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { bigintToBytes, bytesToBigint } from '../../../../src/crypto/bytes.ts';
import { type Code, encodeModule, get, i32, i64, set } from '../../../../src/system/wasm/assembler.ts';
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
} from '../../../../src/system/wasm/limbs.ts';
import { webAssembly } from '../../../../src/system/wasm/machine.ts';

// Locals: 64-bit ones from 0, the vector behind them. Memory: two inputs, then the output.
const [A, B, C, REST, ABOVE, WORDS, SCRATCH] = [0, 11, 22, 42, 43, 44, 48] as const;
const [FIRST, SECOND, OUT] = [0, 32, 64] as const;
const at = (address: number): Code => i32.constant(address);
const load = (to: number, from: number): Code => loadBytes(to, at(from), SCRATCH, WORDS);

/** Runs on two numbers of 256 bits; answers with the limbs that the code leaves at C, and with the rest. */
function run(
  body: Code,
  a: bigint,
  b: bigint = 0n,
): { readonly limbs: readonly bigint[]; readonly bytes: bigint } {
  const platform = webAssembly()!;
  const code = encodeModule(
    [{ name: 'run', parameters: 0, i32: 0, i64: SCRATCH, v128: 1, body: [...body, ...dump()] }],
    1,
  );
  const { exports } = new platform.Instance(new platform.Module(code));
  const { memory, run: call } = exports as { memory: { buffer: ArrayBuffer }; run: () => void };
  const bytes = new Uint8Array(memory.buffer);
  bytes.set(bigintToBytes(a, 32), FIRST);
  bytes.set(bigintToBytes(b, 32), SECOND);
  call();
  const view = new DataView(memory.buffer);
  return {
    limbs: Array.from({ length: 21 }, (_, k) => view.getBigInt64(OUT + 32 + 8 * k, true)),
    bytes: bytesToBigint(bytes.subarray(OUT, OUT + 32)),
  };
}
const dump = (): Code => eachLimb((k) => i64.store(at(OUT + 32), get(C + k), 8 * k), 21);
const value = (limbs: readonly bigint[]): bigint =>
  limbs.reduce((total, limb, k) => total + (limb << (26n * BigInt(k))), 0n);
const any = fc.oneof(
  fc.constantFrom(0n, 1n, 2n ** 256n - 1n, 2n ** 255n, 2n ** 26n - 1n, 2n ** 64n, 2n ** 128n - 1n),
  fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
);
const few = { numRuns: 25 };

describe('limbs', () => {
  it('bytes become limbs of 26 bits, and bytes again', () => {
    fc.assert(
      fc.property(any, (a) => {
        const { limbs, bytes } = run([...load(C, FIRST), ...storeBytes(C, at(OUT), WORDS)], a);
        expect(limbs.slice(0, LIMBS)).toEqual(limbsOf(a));
        expect(bytes).toBe(a);
      }),
      few,
    );
  });

  it('the columns of a product, and of a square, add up to it', () => {
    const columns = (column: (k: number) => Code): Code => [
      ...load(A, FIRST),
      ...load(B, SECOND),
      ...eachLimb((k) => set(C + k, column(k)), 19),
    ];
    fc.assert(
      fc.property(any, any, (a, b) => {
        expect(
          value(
            run(
              columns((k) => productColumn(A, B, k)),
              a,
              b,
            ).limbs.slice(0, 19),
          ),
        ).toBe(a * b);
        expect(
          value(
            run(
              columns((k) => squareColumn(A, k)),
              a,
            ).limbs.slice(0, 19),
          ),
        ).toBe(a * a);
      }),
      few,
    );
  });

  it('a carry keeps the value, of signed columns too', () => {
    const difference = eachLimb((k) => set(C + k, i64.subtract(get(A + k), get(B + k))));
    const rest = set(C + LIMBS, get(REST));
    fc.assert(
      fc.property(any, any, (a, b) => {
        const body = [
          ...load(A, FIRST),
          ...load(B, SECOND),
          ...difference,
          ...carry(C, LIMBS, REST),
          ...rest,
        ];
        const { limbs } = run(body, a, b);
        expect(value(limbs.slice(0, LIMBS + 1))).toBe(a - b);
        expect(limbs.slice(0, LIMBS).every((limb) => limb >= 0n && limb < 2n ** 26n)).toBe(true);
      }),
      few,
    );
  });

  it('an unsigned carry takes columns of all 64 bits', () => {
    const body = [
      ...eachLimb((k) => set(C + k, i64.constant(2n ** 64n - 1n - 2n ** 38n)), 2),
      ...carry(C, 3, C + 3, { unsigned: true }),
    ];
    expect(value(run(body, 0n).limbs.slice(0, 4))).toBe((2n ** 64n - 1n - 2n ** 38n) * (1n + 2n ** 26n));
  });

  it('the last limb keeps as many bits as it is told', () => {
    const body = [
      ...load(C, FIRST),
      ...carry(C, LIMBS, REST, { lastBits: 20n }),
      ...set(C + LIMBS, get(REST)),
    ];
    const { limbs } = run(body, 2n ** 256n - 1n);
    expect(limbs[9]).toBe(2n ** 20n - 1n);
    expect(limbs[LIMBS]).toBe(3n);
  });

  it('a multiple of a constant is added limb by limb', () => {
    const constant = 2n ** 133n - 12_345n;
    const body = [...load(C, FIRST), ...addMultiple(C, i64.constant(1000n), limbsOf(constant, 6))];
    expect(value(run(body, 77n).limbs.slice(0, LIMBS))).toBe(77n + 1000n * constant);
  });

  it('the modulus is subtracted once, exactly when the value reaches it', () => {
    const modulus = 2n ** 256n - 189n;
    const body = (rest: bigint): Code => [
      ...load(C, FIRST),
      ...set(REST, i64.constant(rest)),
      ...subtractOnce(C, REST, { spare: A, above: ABOVE, complement: 189n }),
    ];
    for (const a of [0n, 1n, modulus - 1n, modulus, modulus + 1n, 2n ** 256n - 1n])
      expect(value(run(body(0n), a).limbs.slice(0, LIMBS))).toBe(a % modulus);
    for (const a of [0n, 5n, modulus - 200n])
      expect(value(run(body(1n), a).limbs.slice(0, LIMBS))).toBe(2n ** 256n + a - modulus);
  });
});
