import { getActivePrecompiles } from '@ethereumjs/evm';
import type { PrecompileFunc } from '@ethereumjs/evm';
import { bn254 } from '@noble/curves/bn254.js';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';

import { bigintToBytes, concat, to0x } from '../../../../src/crypto/bytes.ts';
import { type Machine, createMachine } from '../../../../src/services/engine/machine.ts';

// Those of the library are the judges: slow, and right.
let machine: Machine;
let theirs: ReadonlyMap<string, PrecompileFunc>;
beforeAll(async () => {
  machine = await createMachine(7n);
  theirs = getActivePrecompiles(machine.common);
});

const nameOf = (at: number): string => at.toString(16).padStart(40, '0');
async function told(
  functions: ReadonlyMap<string, PrecompileFunc>,
  at: number,
  data: Uint8Array,
  gas: bigint,
) {
  const { common, evm } = machine;
  const result = await functions.get(nameOf(at))!({ data, gasLimit: gas, common, _EVM: evm });
  const { executionGasUsed, returnValue, exceptionError } = result;
  return { gas: executionGasUsed, value: to0x(returnValue), fault: exceptionError?.error };
}
const ours = (at: number, data: Uint8Array, gas = 10n ** 9n) => told(machine.evm.precompiles, at, data, gas);
const expected = (at: number, data: Uint8Array, gas = 10n ** 9n) => told(theirs, at, data, gas);
const powerOf = (base: bigint, exponent: bigint, modulus: bigint): bigint => {
  if (exponent === 0n) return 1n;
  const half = powerOf(base, exponent / 2n, modulus);
  return (half * half * (exponent % 2n === 0n ? 1n : base)) % modulus;
};
const word = (value: bigint | number): Uint8Array => bigintToBytes(BigInt(value), 32);

describe('modexp', () => {
  const bytes = fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ maxLength: 3 }));
  const question = fc
    .record({ base: bytes, exponent: bytes, modulus: bytes, cut: fc.nat(40), more: fc.boolean() })
    .map(({ base, exponent, modulus, cut, more }) => {
      const head = [base, exponent, modulus].map(({ length }) => word(length + (more ? cut % 3 : 0)));
      const whole = concat(...head, base, exponent, modulus);
      return whole.subarray(0, whole.length - (cut > 20 ? cut : 0));
    });

  it('costs and answers as that of the library, for whatever is asked', async () => {
    await fc.assert(
      fc.asyncProperty(question, fc.constantFrom(10n ** 9n, 10n ** 9n, 250n, 199n), async (data, gas) => {
        expect(await ours(5, data, gas)).toEqual(await expected(5, data, gas));
      }),
      { numRuns: 2_000 },
    );
  });

  it(
    'is done in seconds for an exponent of millions of bytes that nobody sent',
    { timeout: 30_000 },
    async () => {
      // By the little theorem of Fermat the exponent counts modulo p − 1 only.
      const p = 2n ** 64n - 59n;
      const data = concat(word(1), word(1_000_000), word(8), Uint8Array.of(2, 1));
      const whole = concat(data, new Uint8Array(999_999), bigintToBytes(p, 8));
      const short = await ours(5, whole.subarray(0, 98), 3_000_000n);
      // Behind the end of the input the modulus is 0, and so is what is left.
      expect(short).toEqual({ gas: 2_666_664n, value: to0x(new Uint8Array(8)), fault: undefined });
      const from = performance.now();
      const power = powerOf(2n, powerOf(2n, 7_999_992n, p - 1n), p);
      expect((await ours(5, whole, 3_000_000n)).value).toBe(to0x(bigintToBytes(power, 8)));
      expect(performance.now() - from).toBeLessThan(20_000);
    },
  );

  it('of lengths beyond all bounds costs more than there is', async () => {
    const huge = word(2n ** 255n);
    for (const lengths of [
      concat(huge, word(1), word(1)),
      concat(word(1), huge, word(1)),
      concat(word(0), huge),
    ])
      expect(await ours(5, lengths)).toEqual(
        lengths.length === 64
          ? { gas: 200n, value: '0x', fault: undefined }
          : { gas: 10n ** 9n, value: '0x', fault: 'out of gas' },
      );
  });
});

describe('a point of bn254 times a number', () => {
  const points = [0n, 1n, 2n, 123_456_789n, bn254.fields.Fr.ORDER - 1n].map((n) => {
    const { x, y } = bn254.G1.Point.BASE.multiplyUnsafe(n).toAffine();
    return concat(word(x), word(y));
  });
  const { ORDER } = bn254.fields.Fp;
  const bad = [concat(word(1), word(3)), concat(word(ORDER), word(0)), concat(word(1), word(ORDER + 2n))];
  const numbers = [0n, 1n, 2n, bn254.fields.Fr.ORDER, bn254.fields.Fr.ORDER + 5n, 2n ** 256n - 1n];

  it('is as that of the library says, and so are faults', async () => {
    for (const point of [...points, ...bad])
      for (const number of numbers) {
        const data = concat(point, word(number));
        expect(await ours(7, data)).toEqual(await expected(7, data));
      }
    for (const length of [0, 1, 63, 64, 95, 96, 200]) {
      const data = concat(points[3]!, word(77), new Uint8Array(104)).subarray(0, length);
      expect(await ours(7, data)).toEqual(await expected(7, data));
    }
    for (const gas of [5_999n, 6_000n])
      expect(await ours(7, points[2]!, gas)).toEqual(await expected(7, points[2]!, gas));
  });
});
